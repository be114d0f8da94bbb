import { toPercent } from "../manifests/index.ts";
import { isProposed } from "../release/proposal.ts";
import type { Effect, Entry, RolloutState } from "../release/state.ts";
import { trailersOf, writeTrailers } from "../release/trailers.ts";
import { commitMessage, type Worded } from "../views/commit.ts";
import type { Act } from "./act.ts";
import { factsOf } from "./facts.ts";

/** A pull request in words. */
export interface Page {
  readonly title: string;
  readonly body: string;
}

/** The words an effect carries into the repository. */
export interface Texts {
  readonly subject: string;
  readonly body: string;
}

export function textsOf(context: Act): Texts {
  const { rollout, state, pending, reading, ports } = context;
  const { release } = state;
  const effect = wordedOf(state, pending.effect);
  if (!effect) return { subject: "", body: "" };
  const asked = effect.kind === "bring-image" ? { text: askedWords(effect), by: effect.offer.actor } : null;
  const last = asked ? asked : release ? release.timeline.at(-1) : atRest(state);
  const outcome = factsOf(rollout, reading.files, ports.memory.reader);
  const verdict = ports.memory.verdicts.get(rollout.name) ?? null;
  const first = outcome.ok ? outcome.facts.weights[0] : null;
  return commitMessage({
    rollout,
    release,
    effect,
    checked: effect === pending.effect && isProposed(rollout, state),
    before: (first && toPercent(first)) ?? 0,
    why: last?.text ?? "",
    by: last?.by ?? null,
    verdict: effect.kind === "set-weights" && effect.step !== null ? verdict : null,
  });
}

/** The code's repository may be private: its name and a commit say nothing of what it has. */
export function askedWords({ repository, offer }: Extract<Effect, { readonly kind: "bring-image" }>): string {
  return `${repository} asked for it at ${offer.commit}`;
}

/** A merge is worded as what it brings; what is closed has no commit. */
function wordedOf({ proposal }: RolloutState, effect: Effect): Worded | null {
  switch (effect.kind) {
    case "close-rollback":
    case "close-proposal":
      return null;
    case "merge-proposal":
      return proposal?.change ?? null;
    default:
      return effect;
  }
}

/** With our trailers, by which the effect is found again. */
export function commitMessageOf(context: Act): string {
  const { subject, body } = textsOf(context);
  return `${subject}\n\n${body}\n\n${writeTrailers(trailersOf(context.state, context.pending))}\n`;
}

/** At rest 0 is committed on the first look, or at the word of the person who spoke last. */
function atRest({ handled }: RolloutState): Pick<Entry, "text" | "by"> {
  const by = handled.at(-1)?.by ?? null;
  return { text: `${by === null ? "adopted" : `resumed by ${by}`}: at rest the canary has weight 0`, by };
}
