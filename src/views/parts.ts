import type { SloVerdict, VerdictWord } from "../analysis/types.ts";
import { rowWord } from "../analysis/words.ts";
import type { Gate, Rollout } from "../config/types.ts";
import { exposureWords } from "../release/exposure.ts";
import { liveWords } from "../release/proof.ts";
import type { Ended, Entry, Release } from "../release/state.ts";
import { commitLink, count, duration, listed, percent, time } from "./format.ts";
import { askedFor, askedHead } from "./gates.ts";
import { code, inert, prose } from "./inert.ts";
import { type Section, table, text } from "./layout.ts";
import type { TargetWeights } from "./plan-view.ts";
import { fitting, type Page, type ReleaseView } from "./standing.ts";

const TIMELINE_MAX = 60;

const VERDICT: Readonly<Record<VerdictWord, string>> = {
  pass: "pass",
  fail: "**fail**",
  inconclusive: "not enough data",
  unavailable: "no data",
};

/** The ladder with what is done, what is going on and what comes. */
export function ladder({ rollout, release, ended }: ReleaseView): Section {
  const stepping = ended === null && release.phase === "stepping";
  const rows = rollout.steps.map((step, index) => {
    const current = index === release.step;
    const approved = current && release.approved !== null ? `by ${inert(release.approved.by)}` : null;
    return [
      String(index + 1),
      exposureWords(percent(step.weight), step.routes),
      step.bake === 0 ? "–" : duration(step.bake),
      askedFor(step.approval ? (approved ?? (index < release.step ? "given" : "needed")) : null, step),
      stepState(index, release, stepping, ended?.outcome === "promoted", rollout.auto),
    ];
  });
  const before = rollout.gates === undefined ? [] : [gatesRow(rollout.gates, release, stepping)];
  return table(
    ["Step", "Canary", "Bake", askedHead(rollout), ""],
    [...before, ...rows, ["", "promotion", "–", "–", promotionState(release, ended)]],
  );
}

/** What stands before the first step. */
function gatesRow(gates: readonly Gate[], { step }: Release, stepping: boolean): readonly string[] {
  return ["", "start", "–", askedFor(null, { gates }), step >= 0 ? "done" : stepping ? "**now**" : ""];
}

function stepState(
  index: number,
  release: Release,
  stepping: boolean,
  promoted: boolean,
  auto: boolean,
): string {
  // The timeline says which were taken.
  if (auto && index < release.step) return "taken or skipped";
  if (auto && index > release.step) return "";
  if (index < release.step || promoted || release.promotion !== null) return "done";
  if (index === release.step)
    return stepping ? "**now**" : release.failure === null ? "reached" : "**failed**";
  return stepping && index === release.step + 1 ? "next" : "";
}

function promotionState({ promotion, phase }: Release, ended: Ended | null): string {
  if (ended !== null) return ended.outcome === "promoted" ? "done" : "";
  return promotion !== null && (phase === "promoting" || phase === "returning") ? "**now**" : "";
}

/** The rows of a verdict; nothing when no SLO was judged. */
export function sloTable(
  slos: readonly (Omit<SloVerdict, "requests" | "words" | "verdict"> & {
    readonly verdict: string;
    readonly requests?: number | null;
    readonly words?: string;
  })[],
): readonly Section[] {
  if (slos.length === 0) return [];
  const rows = slos.map((slo) => [
    sloName(slo.name),
    measured(slo.canary),
    measured(slo.stable),
    measured(slo.limit),
    slo.requests === undefined || slo.requests === null ? "–" : count(slo.requests),
    verdictWords(rowWord(slo), slo.words),
  ]);
  const head = ["SLO", "Canary", "Stable", "Limit", "Requests", "Verdict"];
  const counted = slos.some((slo) => slo.requests !== undefined);
  const shown = (cells: readonly string[]) => (counted ? cells : cells.filter((_, index) => index !== 4));
  return [table(shown(head), rows.map(shown))];
}

/** Known names are words; anything else is a query. */
export function sloName(name: string): string {
  return /^[a-z0-9. ]+$/i.test(name) ? inert(name, 60) : code(name, 160);
}

/** A number stays beside its unit. */
function measured(value: string | null): string {
  if (value === null) return "–";
  return value.length > 12 ? inert(value, 60) : inert(value, 60).replaceAll(" ", "\u00a0");
}

function verdictWords(verdict: string, words: string | undefined): string {
  const known = Object.entries(VERDICT).find(([word]) => word === verdict)?.[1] ?? inert(verdict, 60);
  return words === undefined || words === "" || words === verdict ? known : `${known}: ${prose(words)}`;
}

/** Whether and since when the data plane does what git says. */
export function liveLine({ release, repositoryUrl }: ReleaseView): string {
  const { shift, startedAt } = release;
  const committed = shift.commit === null ? "" : ` (${commitLink(repositoryUrl, shift.commit)})`;
  if (shift.commit === null && shift.live === null) return "No weight written yet.";
  if (shift.live === null) {
    return `${percent(shift.percent)} committed at ${time(shift.at, startedAt)}${committed}; not seen live yet.`;
  }
  const since = time(shift.live.at, startedAt);
  return `${percent(shift.percent)} live: ${prose(liveWords(shift.live))}. Since ${since}${committed}.`;
}

/** Who did what and why, newest last, folded away. */
export function timeline(release: Release, rollout: string): readonly Section[] {
  const { timeline: entries } = release;
  if (entries.length === 0) return [];
  const first = entries.slice(0, entries.length > TIMELINE_MAX ? 5 : entries.length);
  const last = entries.length > TIMELINE_MAX ? entries.slice(5 - TIMELINE_MAX) : [];
  const gap = (left: number) =>
    `- … ${left} entries left out here; all are in the history of \`rollouts/${rollout}.json\` on the branch \`sluice/state\``;
  const cut = entries.length - first.length - last.length;
  const show = (entry: Entry) => entryLine(entry, release.startedAt);
  return [
    {
      before: ["<details>", `<summary>Timeline (${entries.length})</summary>`, ""],
      items: [...first.map(show), ...(cut > 0 ? [gap(cut)] : []), ...last.map(show)],
      after: ["", "</details>"],
      gap,
      rank: 0,
    },
  ];
}

/** The same entries stand in the comment and in every check, look after look. */
const lines = new WeakMap<Entry, string>();

function entryLine(entry: Entry, startedAt: number): string {
  const known = lines.get(entry);
  if (known !== undefined) return known;
  const by = entry.by === null ? "" : ` · ${inert(entry.by, 60)}`;
  const line = `- ${time(entry.at, startedAt)} · ${prose(entry.text)}${by}`;
  lines.set(entry, line);
  return line;
}

/** `See [Grafana](…) · [Kiali](…).` */
export function seeAlso(pages: readonly Page[]): readonly Section[] {
  if (pages.length === 0) return [];
  return [text(`See ${pages.map(({ title, link }) => `[${inert(title, 40)}](${link})`).join(" · ")}.`)];
}

/** The commands that would be accepted now, and from whom. */
export function commandLines(rollout: Rollout, legal: readonly string[], elsewhere?: string): string {
  if (legal.length === 0) return "No command applies now.";
  return `Commands now: ${legal.map((typed) => code(typed)).join(" · ")}\\\n${capital(whoMay(rollout, elsewhere))}`;
}

export function whoMay({ approvers }: Rollout, elsewhere?: string): string {
  const where = elsewhere === undefined ? "this repository" : inert(elsewhere, 150);
  if (approvers.length === 0) return `from anyone who may write to ${where}.`;
  return `from ${listed(
    approvers.map((login) => inert(login, 60)),
    "or",
  )}, with write access to ${where}.`;
}

/** Where files and reasons are, of which only numbers are shown here; nothing where all is shown. */
export function toldIn({
  elsewhere,
  details,
}: Pick<ReleaseView, "elsewhere" | "details">): readonly string[] {
  if (elsewhere === undefined || details === undefined) return [];
  return [`Files and reasons are told in [${inert(elsewhere, 150)}](${details}), to whoever may read it.`];
}

/** The commands that lead out of a hold, of those that are legal. */
export function next(wanted: readonly string[], legal: readonly string[]): readonly string[] {
  const commands = fitting(wanted, legal).map((typed) => code(typed));
  return commands.length === 0 ? [] : [`Next: ${listed(commands, "or")}`];
}

export function capital(word: string): string {
  return word.slice(0, 1).toUpperCase() + word.slice(1);
}

export function paragraph(...sentences: readonly string[]): Section {
  return text(sentences.filter((sentence) => sentence !== "").join(" "));
}

/** What the targets say now and what they would say; nothing where that is the same. */
export function weightsTable(
  before: readonly TargetWeights[],
  after: readonly TargetWeights[],
): readonly Section[] {
  const same = after.every(({ stable, canary }, index) => {
    const now = before[index];
    return now?.stable === stable && now.canary === canary;
  });
  if (same) return [];
  const rows = after.map((target, index) => {
    const now = before[index];
    return [
      code(target.name, 80),
      code(target.file, 160),
      now === undefined ? "–" : `${now.stable} / ${now.canary}`,
      `${target.stable} / ${target.canary}`,
    ];
  });
  return [table(["Target", "File", "Now (stable / canary)", "After"], rows)];
}
