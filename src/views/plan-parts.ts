import type { Rollout, Slo } from "../config/types.ts";
import { exposureWords } from "../release/exposure.ts";
import { duration, listed, percent, plural } from "./format.ts";
import { askedFor, askedHead } from "./gates.ts";
import { code, inert, prose, verbatim } from "./inert.ts";
import { type Section, table, text } from "./layout.ts";
import { sloName, whoMay } from "./parts.ts";
import type { ImageChange, PresentSlo, RolloutPlan, Rung } from "./plan-view.ts";

const PRESENT = { met: "met", broken: "**broken already**", unknown: "not known" } as const;

/** So that a limit that is broken, or a query that gives nothing, is seen before the release and not in it. */
export function presentTable(present: readonly PresentSlo[]): readonly Section[] {
  if (present.length === 0) return [];
  const rows = present.map(({ name, limit: allowed, now, state, words }) => [
    sloName(name),
    now === null ? "–" : inert(now, 60),
    inert(allowed, 60),
    words === "" ? PRESENT[state] : `${PRESENT[state]}: ${prose(words)}`,
  ]);
  return [table(["SLO", "Stable, last hour", "Limit", "Today"], rows)];
}

const DIFF_LINES = 80;

/** One fold a step. Nothing in a fence is formatted, linked or notified by GitHub. */
export function stepDiffs(rollout: Rollout, rungs: readonly Rung[]): readonly Section[] {
  return rungs.flatMap(({ percent: weight, diffs }, index) => {
    if (diffs.length === 0) return [];
    const all = diffs.flatMap(({ file, lines }) => [`--- ${file}`, ...lines]);
    const lines = all.slice(0, DIFF_LINES).map((line) => verbatim(line));
    const cut = all.length > DIFF_LINES ? [`… ${all.length - DIFF_LINES} more lines`] : [];
    const longest = Math.max(2, ...(lines.join("\n").match(/`+/g) ?? []).map(({ length }) => length));
    const fence = "`".repeat(longest + 1);
    const named = exposureWords(percent(weight), rollout.steps[index]?.routes ?? []);
    return [
      {
        before: ["<details>", `<summary>Step ${index + 1}, ${inert(named)}</summary>`, "", `${fence}diff`],
        items: [...lines, ...cut],
        after: [fence, "", "</details>"],
        gap: (count: number) => `… ${count} lines left out`,
        rank: -1,
      },
    ];
  });
}

export function imageTable(images: readonly ImageChange[]): readonly Section[] {
  const changed = images.filter(({ from, to }) => from !== to);
  if (changed.length === 0) return [text("The images stay; the pod template changes otherwise.")];
  const cell = (image: string | null) => (image === null ? "–" : code(image));
  const rows = changed.map(({ container, from, to }) => [code(container, 60), cell(from), cell(to)]);
  return [table(["Container", "From", "To"], rows)];
}

export function rungTable(rollout: Rollout, rungs: readonly Rung[]): Section {
  const named = (rungs[0]?.targets ?? []).map(({ file, name }) => `${code(name, 80)}<br>${inert(file, 120)}`);
  const rows = rungs.map((rung, index) => {
    const step = rollout.steps[index];
    return [
      String(index + 1),
      exposureWords(percent(rung.percent), step?.routes ?? []),
      ...rung.targets.map(({ stable, canary }) => `${stable} / ${canary}`),
      step === undefined || step.bake === 0 ? "–" : duration(step.bake),
      askedFor(step?.approval === true ? "needed" : null, step ?? {}),
    ];
  });
  const { gates } = rollout;
  const before = gates && ["", "start", ...named.map(() => "–"), "–", askedFor(null, { gates })];
  return table(["Step", "Canary", ...named, "Bake", askedHead(rollout)], before ? [before, ...rows] : rows);
}

/** How long it takes: at least, usually, and at most; and whom it waits for. */
export function pace({ rollout, typical }: RolloutPlan): string {
  const { auto, holds, live, promotion } = rollout;
  const shortest = rollout.steps.reduce((sum, step, index) => {
    const taken = !auto || index === 0 || index === rollout.steps.length - 1;
    return sum + (taken ? step.bake : 0);
  }, 0);
  const all = rollout.steps.reduce((sum, step) => sum + step.bake + live.after, 0);
  const approvals = rollout.steps.filter((step) => step.approval).map(({ weight }) => percent(weight));
  const gates = [rollout, ...rollout.steps].flatMap((each) => each.gates ?? []).length;
  const usual =
    typical === null
      ? "no earlier release to go by"
      : `typically ${duration(minutes(typical.takes))} (the middle of ${plural(typical.of, "promoted release")})`;
  const longest =
    holds.then === "rollback"
      ? `at most ${duration(all + holds.limit + promotion.settle)}`
      : "without evidence as long as it takes";
  return [
    auto ? "`steps: auto`: a step whose harm is already excluded is skipped. " : "",
    `Weights are stable / canary. Time: at least ${duration(shortest)}; ${usual}; ${longest}`,
    approvals.length + rollout.windows.length + gates === 0
      ? "."
      : gates === 0
        ? ", besides what it waits for people."
        : ", besides what it waits for people and gates.",
    approvals.length === 0
      ? " No approval is needed."
      : ` It asks for approval at ${listed(approvals)}, ${whoMay(rollout)}`,
    rollout.windows.length === 0
      ? ""
      : ` Moves only in ${listed(rollout.windows.map((each) => code(each.text)))}.`,
  ].join("");
}

/** To the full minute, where it is that long. */
function minutes(takes: number): number {
  return takes < 60_000 ? takes : Math.ceil(takes / 60_000) * 60_000;
}

export function sloLine({ slos, minRequests, confidence }: Rollout): readonly Section[] {
  if (slos.length === 0) return [text("No SLO is declared: nothing would stop this release.")];
  const limits = slos.map(limit).join("; ");
  const plain = slos.some((slo) => slo.kind !== "query" && slo.mode === "threshold");
  const weighed = slos.some((slo) => slo.kind !== "query" && slo.mode === "sequential");
  const how = [
    ...(weighed
      ? [
          ` Weighed against stable beside it at every look; ${percent(confidence.falseRollback * 100)} of releases as good as stable may be rolled back.`,
        ]
      : []),
    ...(plain ? [` Plain limits are judged from ${plural(minRequests, "canary request")} on.`] : []),
  ];
  return [text(`Stops at: ${limits}.${how.join("")}`)];
}

function limit(slo: Slo): string {
  switch (slo.kind) {
    case "errorRate":
      return `error rate at most ${percent(slo.max * 100)}`;
    case "latency":
      return `p${Number((slo.quantile * 100).toFixed(4))} latency at most ${milliseconds(slo.max)}`;
    case "query":
      if (slo.query === "mtls") return `${code("mtls")} at least ${percent((slo.min ?? 0) * 100)}`;
      return `${code(slo.query, 160)} ${bounds(slo.min, slo.max)}`;
  }
}

function milliseconds(value: number): string {
  return value < 1000 ? `${value} ms` : `${value / 1000} s`;
}

function bounds(min: number | null, max: number | null): string {
  const said = [...(min === null ? [] : [`at least ${min}`]), ...(max === null ? [] : [`at most ${max}`])];
  return listed(said);
}
