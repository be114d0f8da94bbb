import type { Track } from "../analysis/track.ts";
import type { Rollout } from "../config/types.ts";
import { type Release, releaseName } from "../release/state.ts";
import { charts, curveTable } from "./charts.ts";
import { commitLink, count, listed, percent, plural, time } from "./format.ts";
import { code, inert, prose } from "./inert.ts";
import { BODY_LIMIT, compose, type Section, text, title } from "./layout.ts";
import { seeAlso, sloTable, timeline, weightsTable } from "./parts.ts";
import type { TargetWeights } from "./plan-view.ts";
import type { Page } from "./standing.ts";

/** A rollback pull request as a person has to judge it. */
export interface RollbackView {
  readonly rollout: Rollout;
  /** Carries the failure. */
  readonly release: Release;
  /** The same targets in the same order. */
  readonly before: readonly TargetWeights[];
  readonly after: readonly TargetWeights[];
  /** Canary requests since the release's first weight was live; null when unknown. */
  readonly hit: { readonly requests: number; readonly errors: number | null } | null;
  /** What both sides did; null when unknown. */
  readonly track: Track | null;
  /** The commits that made this version of the last good one, newest first. */
  readonly changes: readonly {
    readonly oid: string;
    readonly subject: string;
    readonly author: string | null;
  }[];
  /** PromQL that was asked; `link` is an address for people, where the operator gave one. */
  readonly queries: readonly { readonly query: string; readonly link: string | null }[];
  /** Files the pull request changes. */
  readonly files: readonly string[];
  /** The canary workload goes back to what it was. */
  readonly reverted: boolean;
  readonly merge: RollbackMerge;
  readonly repositoryUrl: string;
  /** Where the operator lets people see more. */
  readonly pages: readonly Page[];
}

export type RollbackMerge =
  | { readonly how: "auto" }
  | { readonly how: "manual" }
  /** `reason` is GitHub's own sentence, or the hold that keeps Sluice from merging. */
  | { readonly how: "blocked"; readonly reason: string }
  /** Weight 0 was committed directly; the pull request carries the rest. */
  | { readonly how: "rest"; readonly commit: string };

/** The body leaves room for the trailers its caller adds. */
export function rollbackPull(view: RollbackView): { readonly title: string; readonly body: string } {
  const { rollout, release } = view;
  const name = releaseName(rollout.name, release.number);
  const sections = [
    text(mergeWords(view.merge)),
    text(verdict(view)),
    ...(release.failure === null ? [] : sloTable(release.failure.slos)),
    ...curveTable(rollout, view.track),
    ...changed(view),
    text("**What merging does**"),
    ...weightsTable(view.before, view.after),
    text(what(view)),
    ...charts(rollout, view.track),
    ...seeAlso(view.pages),
    ...asked(view),
    ...timeline(release, rollout.name),
  ];
  return {
    title: title(`Roll back ${name}: canary ${percent(release.shift.percent)} → 0 %`),
    body: compose(sections, BODY_LIMIT),
  };
}

/** What broke, since when, and who felt it: the lines to read at three in the morning. */
function verdict({ rollout, release, hit, repositoryUrl }: RollbackView): string {
  const { failure, shift, startedAt, cause } = release;
  const name = code(releaseName(rollout.name, release.number));
  const lines: string[] = [];
  if (failure !== null) {
    // The line itself says that it failed, and where.
    const said = prose(failure.words.replace(/^Failed at [\d.]+ %: /, ""));
    const at = time(failure.at, startedAt);
    lines.push(
      failure.by === null
        ? `**${name} failed at ${percent(shift.percent)}** (${at}): ${said}`
        : `**${inert(failure.by, 60)} asked to roll back ${name} at ${percent(shift.percent)}** (${at}): ${said}`,
    );
  }
  lines.push(
    shift.live === null
      ? `This weight was committed at ${time(shift.at, startedAt)} and not seen live.`
      : `This weight has been live since ${time(shift.live.at, startedAt)}.`,
  );
  if (hit !== null) {
    const errors = hit.errors === null ? "" : `, ${count(hit.errors)} of them failed`;
    lines.push(`Requests that reached the canary in this release: ${count(hit.requests)}${errors}.`);
  }
  const pull = cause.pull === null ? "" : ` (#${cause.pull})`;
  lines.push(`Caused by ${commitLink(repositoryUrl, cause.commit)}${pull}.`);
  return lines.join("\\\n");
}

/** Whose work it is, so that the right person is asked. */
function changed({ changes, repositoryUrl }: RollbackView): readonly Section[] {
  if (changes.length === 0) return [];
  const authors = [...new Set(changes.flatMap(({ author }) => author ?? []))];
  const by = authors.length === 0 ? "" : ` by ${listed(authors.map((author) => inert(author, 60)))}`;
  return [
    {
      before: [`**Since the last good version**: ${plural(changes.length, "commit")}${by}`, ""],
      items: changes.map(
        ({ oid, subject, author }) =>
          `- ${commitLink(repositoryUrl, oid)} ${inert(subject, 100)}${author === null ? "" : ` · ${inert(author, 60)}`}`,
      ),
      after: [],
      gap: (left) => `- … ${left} more`,
      rank: 0,
    },
  ];
}

/** What was measured, to be asked again. */
function asked({ queries }: RollbackView): readonly Section[] {
  if (queries.length === 0) return [];
  return [
    {
      before: ["<details>", `<summary>Queries (${queries.length})</summary>`, ""],
      items: queries.map(({ query, link }) =>
        link === null ? `- ${code(query, 1000)}` : `- [open](${link}) ${code(query, 1000)}`,
      ),
      after: ["", "</details>"],
      gap: (left) => `- … ${left} more`,
      rank: 0,
    },
  ];
}

function what({ files, reverted, rollout }: RollbackView): string {
  const changed = files.length === 0 ? "nothing" : listed(shortened(files).map((file) => code(file, 160)));
  const workload = code(rollout.workloads.canary, 160);
  return [
    `Changes ${changed}${files.length > 20 ? ` and ${files.length - 20} more` : ""}.`,
    reverted
      ? `The canary workload ${workload} goes back to what it was before this release.`
      : `The canary workload ${workload} stays as it is.`,
  ].join(" ");
}

function shortened(files: readonly string[]): readonly string[] {
  return files.slice(0, 20);
}

function mergeWords(merge: RollbackMerge): string {
  switch (merge.how) {
    case "auto":
      return "Sluice merges this pull request at once.";
    case "manual":
      return "**Merge this pull request** to take the version back: this rollout asks for a person.";
    case "blocked":
      return `**Merge this pull request now.** Sluice cannot: ${inert(merge.reason, 600)}`;
    case "rest":
      return `Canary weight 0 is already committed (${inert(merge.commit.slice(0, 7), 7)}); traffic is safe. **Merge this pull request** for the rest.`;
  }
}
