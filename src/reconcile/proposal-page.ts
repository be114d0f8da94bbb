import type { Change } from "../release/state.ts";
import { proposalBody } from "../views/proposal.ts";
import type { Act } from "./act.ts";
import { factsOf } from "./facts.ts";
import { trackOf } from "./show.ts";
import { targetWeights } from "./target-weights.ts";
import { askedWords, type Page, textsOf } from "./texts.ts";

/** The pull request of a change in words; null where the files cannot be read. */
export async function proposalPage(context: Act, change: Change): Promise<Page | null> {
  const { ports, rollout, reading, state } = context;
  const { release } = state;
  const outcome = factsOf(rollout, reading.files, ports.memory.reader);
  if (!outcome.ok) return null;
  const { facts } = outcome;
  const last = release?.timeline.at(-1) ?? null;
  const moves = change.kind === "set-weights";
  const body = proposalBody({
    rollout,
    release,
    change,
    before: targetWeights(rollout, facts),
    after: targetWeights(rollout, facts, moves ? change.to : facts.weights),
    why:
      change.kind === "bring-image"
        ? askedWords(change)
        : (last?.text ?? "adopted: at rest the canary has weight 0"),
    by: change.kind === "bring-image" ? change.offer.actor : (last?.by ?? null),
    verdict: moves && change.step !== null ? (ports.memory.verdicts.get(rollout.name) ?? null) : null,
    track: release && trackOf(ports, rollout.name, release),
    pages: release ? ports.pages.pagesOf(rollout, release, null) : [],
  });
  return { title: textsOf(context).subject, body };
}
