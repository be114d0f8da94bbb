import type { Problem, Rollout } from "../config/types.ts";
import { type Release, releaseName } from "../release/state.ts";
import type { CheckView } from "./check.ts";
import { date, listed, percent, plural } from "./format.ts";
import { code, inertPlain, prose } from "./inert.ts";
import { compose, type Section, SUMMARY_LIMIT, table, text, title } from "./layout.ts";
import { paragraph } from "./parts.ts";
import { imageTable, pace, presentTable, rungTable, sloLine, stepDiffs } from "./plan-parts.ts";
import type { PlanView, RolloutPlan } from "./plan-view.ts";

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
