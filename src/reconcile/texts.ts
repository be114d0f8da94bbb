import { toPercent } from "../manifests/index.ts";
import type { Effect } from "../release/state.ts";
import { commitMessage } from "../views/commit.ts";
import { rollbackPull } from "../views/rollback.ts";
import type { Act } from "./act.ts";
import { type Facts, factsOf } from "./facts.ts";
import { targetWeights } from "./target-weights.ts";

/** The words an effect carries into the repository. */
export interface Texts {
  readonly subject: string;
  readonly body: string;
  /** Only for the rollback PR. */
  readonly pull: { readonly title: string; readonly body: string } | null;
}

export function textsOf(context: Act): Texts {
  const { rollout, state, pending, reading, ports } = context;
  const { effect } = pending;
  const { release } = state;
  const last = release?.timeline.at(-1) ?? null;
  const outcome = factsOf(rollout, reading.files);
  const facts = outcome.ok ? outcome.facts : null;
  const verdict = ports.memory.verdicts.get(rollout.name) ?? null;
  const first = facts?.weights[0];
  if (effect.kind === "close-rollback") return { subject: "", body: "", pull: null };
  const message = commitMessage({
    rollout,
    release,
    effect,
    before: (first && toPercent(first)) ?? 0,
    why: last?.text ?? "adopted: at rest the canary has weight 0",
    by: last?.by ?? null,
    verdict: effect.kind === "set-weights" && effect.step !== null ? verdict : null,
  });
  return {
    ...message,
    pull: effect.kind === "open-rollback" && release && facts ? pullTexts(context, effect, facts) : null,
  };
}

function pullTexts(context: Act, effect: Extract<Effect, { kind: "open-rollback" }>, facts: Facts) {
  const { rollout, state, reading, ports } = context;
  const { release } = state;
  if (!release) return null;
  const counted =
    ports.memory.verdicts.get(rollout.name)?.slos.flatMap(({ requests }) => requests ?? []) ?? [];
  const requests = counted.length === 0 ? null : Math.max(...counted);
  const restored = Object.keys(effect.restore);
  return rollbackPull({
    rollout,
    release,
    before: targetWeights(rollout, facts),
    after: targetWeights(rollout, facts, effect.to),
    hit: requests === null ? null : { requests, errors: null },
    files: [...new Set([...rollout.targets.map(({ file }) => file), ...restored])],
    reverted: restored.includes(rollout.workloads.canary),
    merge: rollout.rollback.merge === "auto" ? { how: "auto" } : { how: "manual" },
    repositoryUrl: reading.repository.url,
  });
}
