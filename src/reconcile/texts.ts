import { toPercent } from "../manifests/index.ts";
import { commitMessage } from "../views/commit.ts";
import type { Act } from "./act.ts";
import { factsOf } from "./facts.ts";

/** The words an effect carries into the repository. */
export interface Texts {
  readonly subject: string;
  readonly body: string;
}

export function textsOf(context: Act): Texts {
  const { rollout, state, pending, reading, ports } = context;
  const { effect } = pending;
  const { release } = state;
  const last = release?.timeline.at(-1) ?? null;
  const outcome = factsOf(rollout, reading.files, ports.memory.reader);
  const verdict = ports.memory.verdicts.get(rollout.name) ?? null;
  const first = outcome.ok ? outcome.facts.weights[0] : null;
  if (effect.kind === "close-rollback") return { subject: "", body: "" };
  return commitMessage({
    rollout,
    release,
    effect,
    before: (first && toPercent(first)) ?? 0,
    why: last?.text ?? "adopted: at rest the canary has weight 0",
    by: last?.by ?? null,
    verdict: effect.kind === "set-weights" && effect.step !== null ? verdict : null,
  });
}
