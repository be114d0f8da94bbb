import type { Problem, Rollout, Slo } from "../config/types.ts";
import { exposureWords } from "../release/exposure.ts";
import { type Release, releaseName } from "../release/state.ts";
import type { CheckView } from "./check.ts";
import { date, duration, listed, percent, plural } from "./format.ts";
import { askedFor, askedHead } from "./gates.ts";
import { code, inert, inertPlain, prose, verbatim } from "./inert.ts";
import { compose, type Section, SUMMARY_LIMIT, table, text, title } from "./layout.ts";
import { paragraph, sloName, whoMay } from "./parts.ts";

/** What merging a pull request would do. */
export interface PlanView {
  /** What is wrong with the configuration or with a file it names. */
  readonly problems: readonly Problem[];
  readonly rollouts: readonly RolloutPlan[];
}

export interface RolloutPlan {
  readonly rollout: Rollout;
  /** Why its files were not read, one sentence: then nothing but `rollout` says anything. null otherwise. */
  readonly unread: string | null;
  /** The pull request changes the canary's version. */
  readonly ships: boolean;
  /** Container by container, in the canary workload; null: absent on that side. */
  readonly images: readonly ImageChange[];
  readonly steps:
    | { readonly ok: true; readonly rungs: readonly Rung[] }
    /** The weights cannot express a step; says what would do. */
    | { readonly ok: false; readonly reason: string };
  /** The release that runs now. */
  readonly running: Release | null;
  /** The merge declares a rollout that has no state yet: at rest its canary has weight 0. */
  readonly adopts: boolean;
  readonly weightsNow: readonly TargetWeights[];
  /** With `on: schedule`: its next time that no freeze covers, epoch ms; null where there is none. */
  readonly nextStart: number | null;
  /** How long such releases took, ms, and how many there were; null where there were none. */
  readonly typical: { readonly takes: number; readonly of: number } | null;
  /** Empty where the metrics were not asked or did not answer. */
  readonly present: readonly PresentSlo[];
  /** Anything else a reviewer should know, one sentence each. */
  readonly notes: readonly string[];
}

export interface ImageChange {
  readonly container: string;
  readonly from: string | null;
  readonly to: string | null;
}

export interface Rung {
  readonly percent: number;
  readonly targets: readonly TargetWeights[];
  /** What the step changes in the files as the step before left them. */
  readonly diffs: readonly {
    readonly file: string;
    /** Of a unified diff, without its head. */
    readonly lines: readonly string[];
  }[];
}

/** An objective as the stable side meets it now. */
export interface PresentSlo {
  readonly name: string;
  readonly limit: string;
  /** null where nothing is known. */
  readonly now: string | null;
  readonly state: "met" | "broken" | "unknown";
  /** Why nothing is known; empty otherwise. */
  readonly words: string;
}

/** In the object's own units. */
export interface TargetWeights {
  readonly file: string;
  /** Such as `VirtualService checkout`. */
  readonly name: string;
  readonly stable: number;
  readonly canary: number;
}

/** GitHub takes 50 annotations a request. */
const ANNOTATIONS = 50;
const MESSAGE_MAX = 4000;

/** The check run `sluice` on a pull request's head. */
export function planCheck(view: PlanView): CheckView {
  const { problems, rollouts } = view;
  const refused = rollouts.some((plan) => refusal(plan) !== null);
  return {
    name: "sluice",
    status: "completed",
    conclusion: problems.length > 0 || refused ? "failure" : unread(rollouts) ? "neutral" : "success",
    title: title(planTitle(view)),
    summary: compose(planSections(view), SUMMARY_LIMIT),
    annotations: problems.slice(0, ANNOTATIONS).map(({ file, line, message }) => ({
      path: file,
      line,
      message: inertPlain(message, MESSAGE_MAX),
    })),
  };
}

/** The same as the sections of a comment. */
export function planSections({ problems, rollouts }: PlanView): readonly Section[] {
  return [
    ...problemTable(problems),
    ...rollouts.filter(speaks).flatMap(rolloutSections),
    ...quiet(rollouts.filter((plan) => !speaks(plan))),
    ...(rollouts.length === 0 && problems.length === 0 ? [text("No rollout is touched.")] : []),
  ];
}

function planTitle({ problems, rollouts }: PlanView): string {
  const [problem] = problems;
  if (problem !== undefined) {
    const more = problems.length === 1 ? "" : ` (and ${problems.length - 1} more)`;
    return `${inertPlain(problem.file, 80)}:${problem.line}: ${inertPlain(problem.message, 120)}${more}`;
  }
  for (const plan of rollouts) {
    const reason = refusal(plan);
    if (reason !== null) return reason.title;
  }
  if (unread(rollouts)) return "Not checked: not all files were read";
  const shipping = rollouts.filter((plan) => plan.ships);
  const [only] = shipping;
  if (only === undefined) return adoptionTitle(rollouts) ?? "Nothing to do: no new canary version";
  if (shipping.length > 1) return `Ships ${listed(shipping.map((plan) => plan.rollout.name))}`;
  return `${starts(only.rollout)} ${only.rollout.name}: ${ladderWords(only.rollout)}${after(only)}`;
}

/** null where no weight changes by it. */
function adoptionTitle(rollouts: readonly RolloutPlan[]): string | null {
  const moved = rollouts.flatMap((plan) => {
    const share = adoptedFrom(plan);
    return share === null ? [] : [{ name: plan.rollout.name, share }];
  });
  const [only, ...more] = moved;
  if (only === undefined) return null;
  return more.length === 0
    ? `Adopts ${only.name}: ${adoptionWords(only.share)}`
    : `Adopts ${listed(moved.map(({ name }) => name))}: merging sets their canaries to 0 %`;
}

function adoptionWords(share: string): string {
  return `merging sets the canary from ${share} to 0 %`;
}

/** What the canary has before the merge that adopts takes it away; null where it has nothing, or is not adopted. */
function adoptedFrom({ adopts, weightsNow }: RolloutPlan): string | null {
  const shares = weightsNow.map(({ stable, canary }) =>
    canary === 0 ? 0 : (canary / (stable + canary)) * 100,
  );
  const highest = Math.max(0, ...shares);
  return adopts && highest > 0 ? percent(highest) : null;
}

/** The first look after the merge starts nothing. */
function adoption(plan: RolloutPlan): readonly Section[] {
  if (!plan.adopts) return [];
  const share = adoptedFrom(plan);
  const moves = share === null ? "" : ` At rest the canary has no weight: **${adoptionWords(share)}**.`;
  return [
    text(
      `Merging adopts ${code(plan.rollout.name)}: what runs now is recorded as the baseline, and nothing is released by it.${moves}`,
    ),
  ];
}

function starts({ on }: Rollout): string {
  return on.kind === "merge" ? "Merging starts" : "Merging ships";
}

function after({ rollout, nextStart }: RolloutPlan): string {
  const { on, name, steps } = rollout;
  switch (on.kind) {
    case "merge": {
      const asks = steps.find((step) => step.approval);
      return asks === undefined ? "" : ` · then /canary approve at ${percent(asks.weight)}`;
    }
    case "command":
      return ` · then /canary ${name} start`;
    case "deployment":
      return ` · starts with a deployment to ${inertPlain(on.environment, 60)}`;
    case "schedule":
      return nextStart === null ? " · by a schedule that never comes" : ` · starts ${date(nextStart)}`;
  }
}

function ladderWords(rollout: Rollout): string {
  const words = rollout.steps.map(({ weight, routes }) => {
    const names = routes.length === 0 ? "" : ` (${routes.map(({ name }) => name).join(", ")})`;
    return `${percent(weight).replace(" %", "")}${names}`;
  });
  return `${words.join(" → ")} %${rollout.auto ? ", or fewer" : ""}`;
}

interface Refusal {
  readonly title: string;
  readonly words: string;
}

/** Why the pull request should not be merged as it is; null when nothing speaks against it. */
function refusal(plan: RolloutPlan): Refusal | null {
  const { rollout, ships, running, weightsNow } = plan;
  if (!plan.steps.ok) {
    return {
      title: `${rollout.name}: ${inertPlain(plan.steps.reason, 200)}`,
      words: `The steps cannot be written into the manifests. ${prose(plan.steps.reason)}`,
    };
  }
  if (!ships || rollout.supersede === "restart") return null;
  if (running !== null) {
    const name = releaseName(rollout.name, running.number);
    const { pull } = running.cause;
    const where = pull === null ? "on a merged pull request" : `on #${pull}`;
    return {
      title: `${name} is running; wait for its end, or /canary ${rollout.name} rollback ${where}`,
      words: `${code(name)} is running at ${percent(running.shift.percent)}. Merging now would change the version under it. Wait until it has ended, or end it with ${code(`/canary ${rollout.name} rollback`)} ${where}.`,
    };
  }
  const carrying = weightsNow.filter((target) => target.canary !== 0);
  if (carrying.length === 0) return null;
  const where = listed(
    carrying.map(({ file, name, canary }) => `${code(`${name} in ${file}`)} (canary ${canary})`),
  );
  return {
    title: `${rollout.name}: canary weight is not 0 while nothing is released; set it to 0 first`,
    words: `Nothing is being released, but the canary already has weight: ${where}. Merging would send users to the new version at once. Set the canary's weight to 0 first.`,
  };
}

/** What merging does cannot be told of each of them. */
function unread(rollouts: readonly RolloutPlan[]): boolean {
  return rollouts.some((plan) => plan.unread !== null);
}

/** Has more to say than "no new version". */
function speaks(plan: RolloutPlan): boolean {
  const troubled = plan.present.some(({ state }) => state !== "met");
  return (
    plan.ships ||
    plan.adopts ||
    plan.unread !== null ||
    refusal(plan) !== null ||
    troubled ||
    plan.notes.length > 0
  );
}

function rolloutSections(plan: RolloutPlan): readonly Section[] {
  const { rollout, ships, images, running, notes } = plan;
  if (plan.unread !== null) {
    return [
      text(`### ${code(rollout.name)}`),
      text(`**Not checked:** ${prose(plan.unread)}`),
      text(`Steps: ${ladderWords(rollout)}, in ${plural(rollout.targets.length, "target")}.`),
    ];
  }
  const refused = refusal(plan);
  return [
    text(`### ${code(rollout.name)}`),
    ...(refused === null ? [] : [text(`**Not yet:** ${refused.words}`)]),
    ...(ships ? [] : [text("No new version.")]),
    ...adoption(plan),
    ...(ships && refused === null ? [paragraph(effect(plan), superseding(rollout, running))] : []),
    ...(ships ? imageTable(images) : []),
    ...(plan.steps.ok && ships ? [rungTable(rollout, plan.steps.rungs), text(pace(plan))] : []),
    ...(ships ? sloLine(rollout) : []),
    ...presentTable(plan.present),
    ...notes.map((note) => text(`- ${prose(note)}`)),
    ...(plan.steps.ok && ships ? stepDiffs(rollout, plan.steps.rungs) : []),
  ];
}

const PRESENT = { met: "met", broken: "**broken already**", unknown: "not known" } as const;

/** So that a limit that is broken, or a query that gives nothing, is seen before the release and not in it. */
function presentTable(present: readonly PresentSlo[]): readonly Section[] {
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
function stepDiffs(rollout: Rollout, rungs: readonly Rung[]): readonly Section[] {
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

function effect({ rollout, nextStart }: RolloutPlan): string {
  const { on } = rollout;
  switch (on.kind) {
    case "merge":
      return "Merging starts a release of this version.";
    case "command":
      return `Merging ships this version at canary weight 0; ${code(`/canary ${rollout.name} start`)} then starts its release.`;
    case "deployment":
      return `Merging ships this version at canary weight 0; ${on.when === "success" ? "a successful deployment" : "a deployment"} to ${code(on.environment)} that contains it starts its release.`;
    case "schedule": {
      const next = nextStart === null ? "which never comes" : `next at ${date(nextStart)}`;
      return `Merging ships this version at canary weight 0; its release starts by the schedule ${code(`${on.cron} ${on.zone}`)}, ${next}; a newer version that is merged by then takes its place.`;
    }
  }
}

function superseding({ name, supersede }: Rollout, running: Release | null): string {
  if (running === null || supersede === "refuse") return "";
  return `${code(releaseName(name, running.number))} is running and is superseded: canary weight goes to 0 first, and the new release starts when 0 is live.`;
}

function imageTable(images: readonly ImageChange[]): readonly Section[] {
  const changed = images.filter(({ from, to }) => from !== to);
  if (changed.length === 0) return [text("The images stay; the pod template changes otherwise.")];
  const cell = (image: string | null) => (image === null ? "–" : code(image));
  const rows = changed.map(({ container, from, to }) => [code(container, 60), cell(from), cell(to)]);
  return [table(["Container", "From", "To"], rows)];
}

function rungTable(rollout: Rollout, rungs: readonly Rung[]): Section {
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
function pace({ rollout, typical }: RolloutPlan): string {
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

function sloLine({ slos, minRequests, confidence }: Rollout): readonly Section[] {
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

function problemTable(problems: readonly Problem[]): readonly Section[] {
  if (problems.length === 0) return [];
  const rows = problems.map(({ file, line, column, message }) => [
    code(`${file}:${line}:${column}`, 200),
    prose(message),
  ]);
  return [
    text("Fix these first; until then nothing is released by this configuration."),
    table(["Where", "What"], rows),
  ];
}

function quiet(plans: readonly RolloutPlan[]): readonly Section[] {
  if (plans.length === 0) return [];
  return [text(`No new version for ${listed(plans.map((plan) => code(plan.rollout.name)))}.`)];
}
