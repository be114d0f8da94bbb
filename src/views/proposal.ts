import type { Track } from "../analysis/track.ts";
import type { Verdict } from "../analysis/types.ts";
import type { Rollout } from "../config/types.ts";
import { exposureWords } from "../release/exposure.ts";
import { type Change, type Release, releaseName } from "../release/state.ts";
import { charts, curveTable } from "./charts.ts";
import { listed, percent } from "./format.ts";
import { code, inert, prose } from "./inert.ts";
import { BODY_LIMIT, compose, text } from "./layout.ts";
import { seeAlso, sloTable, timeline, weightsTable } from "./parts.ts";
import type { TargetWeights } from "./plan-view.ts";
import type { Page } from "./standing.ts";

/** With `delivery: pull-request`: one change of a release, as a person has to judge it. */
export interface ProposalView {
  readonly rollout: Rollout;
  /** null when nothing is released. */
  readonly release: Release | null;
  readonly change: Change;
  /** The same targets in the same order. */
  readonly before: readonly TargetWeights[];
  readonly after: readonly TargetWeights[];
  /** The reason, with its numbers, and whose word it is. */
  readonly why: string;
  readonly by: string | null;
  readonly verdict: Verdict | null;
  readonly track: Track | null;
  readonly pages: readonly Page[];
}

/** The body leaves room for the trailers its caller adds. */
export function proposalBody(view: ProposalView): string {
  const { rollout, release, why, by, verdict, track, before, after } = view;
  const whose = by === null ? "" : `${inert(by, 60)}: `;
  return compose(
    [
      text(what(view)),
      text(`**Why**: ${whose}${prose(why)}`),
      ...(verdict === null ? [] : sloTable(verdict.slos)),
      ...curveTable(rollout, track),
      ...weightsTable(before, after),
      text(next(view)),
      ...charts(rollout, track),
      ...seeAlso(view.pages),
      ...(release === null ? [] : timeline(release, rollout.name)),
    ],
    BODY_LIMIT,
  );
}

/** What a pull request says once it is not to be merged any more; `body` is what it said. */
export function withdrawnBody(body: string, reason: string): string {
  return `**Withdrawn**: ${prose(reason)}\n\n${body}`;
}

function what({ rollout, release, change }: ProposalView): string {
  const name = release === null ? code(rollout.name) : code(releaseName(rollout.name, release.number));
  if (change.kind === "copy-images") {
    const images = listed(Object.values(change.images).map((image) => code(image, 160)));
    return `Merging this pull request promotes ${name}: ${images} to ${code(rollout.workloads.stable, 160)}.`;
  }
  if (change.kind === "bring-image") {
    return `Merging this pull request brings ${code(change.offer.image, 200)} to the canary of ${name}. It was asked for by ${code(`${change.repository}@${change.offer.commit}`, 200)}.`;
  }
  const to = exposureWords(percent(change.percent), change.routes);
  if (release === null) {
    return `Merging this pull request takes the canary of ${name} to ${to}: at rest it has no traffic.`;
  }
  const step = change.step === null ? "" : `, step ${change.step + 1} of ${rollout.steps.length}`;
  const from = percent(release.shift.percent);
  return `Merging this pull request takes the canary of ${name} from ${from} to ${inert(to)}${step}.`;
}

function next({ rollout, change }: ProposalView): string {
  if (change.kind === "bring-image") {
    return "Sluice merges it as soon as the rules of the branch allow it; you may at any time. Closing it says no to this image; the next one is proposed again.";
  }
  return (
    "Sluice merges it as soon as the rules of the branch allow it, while the release would still go on; " +
    "you may at any time. Closing it says no: the release then holds until " +
    `${code(`/canary ${rollout.name} resume`)} has it proposed anew. It is closed by itself when the release fails.`
  );
}
