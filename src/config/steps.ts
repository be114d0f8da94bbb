import { z } from "zod";
import type { Code } from "./codes.ts";
import { choice, duration, quoted, refusedKey } from "./fields.ts";
import { gate, sameGate } from "./gates.ts";
import { headerRoute, mirrorRoute } from "./managed-routes.ts";
import { MOST_HELD_BACK, weight } from "./percent.ts";
import type { Path } from "./source.ts";
import type { Gate, HeaderRoute, ManagedRoute, MirrorRoute, Step } from "./types.ts";

const MOST_STEPS = 50;

/** One line of a ladder as it is written: exactly one of the keys. */
export interface Rung {
  readonly setWeight?: number | undefined;
  /** Without a match: taken away. */
  readonly setHeaderRoute?: HeaderRoute | undefined;
  /** With 0 percent: taken away. */
  readonly setMirrorRoute?: MirrorRoute | undefined;
  readonly pause?: { readonly bake: number; readonly approval: boolean } | undefined;
  readonly gate?: Gate | undefined;
}

const RUNGS = ["setWeight", "setHeaderRoute", "setMirrorRoute", "pause", "gate"] as const;
const RUNG_WORDS = "`setWeight`, `setHeaderRoute`, `setMirrorRoute`, `pause` or `gate`";

const pause = z
  .strictObject(
    {
      duration: duration({ zero: true })
        .optional()
        .describe("How long the step must be live at least; several pauses add up."),
      until: choice(["approved"]).optional().describe("Waits for `/canary approve`; so does `pause: {}`."),
    },
    {
      error: (issue) =>
        issue.code === "invalid_type" ? "Write `pause: { duration: 5m }` or `pause: {}`." : undefined,
    },
  )
  .transform((said) => ({
    bake: said.duration ?? 0,
    approval: said.duration === undefined || said.until !== undefined,
  }));

const rung = z
  .strictObject({
    setWeight: weight()
      .optional()
      .describe(
        "Percent of stable + canary that the canary gets; rises to 100, or to what `holdback` leaves.",
      ),
    pause: pause.optional().describe("Keeps the step before it longer, or until somebody approves."),
    gate: gate
      .optional()
      .describe(
        "Asked once the step before it is good: it is left when the gate is open, or somebody approves. Before the first step it keeps the release from starting to climb.",
      ),
    analysis: refusedKey(
      "`analysis` is not needed: every step is judged by the rollout's `slos`. Remove this line.",
    ),
    experiment: refusedKey("`experiment` is not available: Sluice starts no workloads. Remove this line."),
    setCanaryScale: refusedKey(
      "`setCanaryScale` is not available: Sluice scales no workloads. Set replicas in the manifest.",
    ),
    setHeaderRoute: headerRoute
      .optional()
      .describe("Sends requests with a header or cookie to the canary, whatever the weights (A/B)."),
    setMirrorRoute: mirrorRoute.optional().describe("Sends copies of requests to the canary."),
    plugin: refusedKey("`plugin` is not available: Sluice runs no code of yours. Remove this line."),
    replicaProgressThreshold: refusedKey(
      "`replicaProgressThreshold` is not available: a step counts once it is live.",
    ),
  })
  .superRefine((said, context) => {
    const count = RUNGS.filter((key) => said[key] !== undefined).length;
    if (count === 1) return;
    const message =
      count === 0 ? `A step is ${RUNG_WORDS}.` : `One line holds one of ${RUNG_WORDS}. Make it ${count}.`;
    context.addIssue({ code: "custom", params: { code: "conflict" satisfies Code, depth: 0 }, message });
  })
  .meta({ oneOf: RUNGS.map((key) => ({ required: [key] })) });

/** Lines that are steps one by one, whatever they make together. */
export const rungs = z.array(rung).max(200);

const ladder = rungs
  .superRefine((said, context) => {
    for (const { path, message, code } of ladderFlaws(said)) {
      context.addIssue({ code: "custom", path: [...path], params: { code, depth: path.length }, message });
    }
  })
  .meta({ minItems: 1 });

/** The ladder in Argo Rollouts' words, or `auto`. */
export const steps = z.union([ladder, choice(["auto"])], {
  error: (issue) => (issue.input === undefined ? undefined : "Write a list of steps, or `auto`."),
});
type WrittenSteps = z.output<typeof steps>;

export interface LadderFlaw {
  readonly path: Path;
  readonly code: Code;
  readonly message: string;
}

function ladderFlaws(rungs: readonly Rung[]): readonly LadderFlaw[] {
  const flaws: LadderFlaw[] = [];
  const flaw = (path: readonly PropertyKey[], code: Code, message: string) =>
    flaws.push({ path, code, message });
  let last: { readonly index: number; readonly weight: number } | null = null;
  const standing = new Map<string, ManagedRoute>();
  // Those set in the step that is being read.
  let step = { weighted: false, set: new Set<string>() };
  let asked: Gate[] = [];
  for (const [index, rung] of rungs.entries()) {
    const { setWeight, gate } = rung;
    if (gate === undefined && rung.pause === undefined) asked = [];
    if (gate !== undefined) {
      step = { weighted: false, set: new Set() };
      if (asked.some((one) => sameGate(one, gate))) flaw([index, "gate"], "bad-steps", ASKED_TWICE);
      asked.push(gate);
    } else if (rung.pause !== undefined) {
      step = { weighted: false, set: new Set() };
      const first = last === null && standing.size === 0;
      if (first) flaw([index, "pause"], "bad-steps", EARLY_PAUSE);
    } else if (setWeight !== undefined) {
      step = { weighted: true, set: step.weighted ? new Set() : step.set };
      if (last !== null && setWeight <= last.weight) {
        const how = setWeight === last.weight ? "repeats" : "goes down to";
        const message = `This step ${how} ${setWeight} after ${last.weight}: every step must be higher than the one before.`;
        flaw([index, "setWeight"], "bad-steps", message);
      }
      last = { index, weight: setWeight };
    } else {
      const said = routeFlaw(rung, standing, step.set);
      if (said !== null) flaw([index], "bad-steps", said);
    }
  }
  if (last === null) flaw([], "bad-steps", "At least one step is needed, such as `- setWeight: 100`.");
  const folded = foldSteps(rungs, 0);
  if (folded.length > MOST_STEPS) {
    flaw([], "out-of-range", `${folded.length} steps are too many: at most ${MOST_STEPS}.`);
  }
  if (folded.some(({ weight: at, routes }) => at === 0 && routes.length === 0)) {
    flaw([], "bad-steps", "A step without weight and routes shows the canary to nobody. Remove it.");
  }
  const top = last?.weight;
  if (folded.some(({ weight: at, routes }) => at === top && routes.some(({ kind }) => kind === "mirror"))) {
    const message =
      "At the last weight the canary would get mirrored requests twice. Take the mirror away before, with `- setMirrorRoute: { name: … }`.";
    flaw([], "bad-steps", message);
  }
  return flaws;
}

/** Where a ladder does not end at what `holdback` (percent) leaves; the path begins at the ladder. */
export function endFlaw(written: readonly Rung[], holdback: number | undefined): LadderFlaw | null {
  const index = written.findLastIndex(({ setWeight }) => setWeight !== undefined);
  const last = written[index]?.setWeight;
  const top = topOf(holdback);
  if (last === undefined || last === top) return null;
  const rest = topOf(last);
  const keep =
    rest > MOST_HELD_BACK
      ? ""
      : `, or \`holdback: ${rest}%\` to the rollout to keep that part of the old version until the release is promoted`;
  const message =
    holdback === undefined
      ? `The last step is ${last}: add \`- setWeight: 100\` at the end${keep}.`
      : `The last step is ${last}: with \`holdback: ${holdback}%\` it must be \`setWeight: ${top}\`.`;
  return { path: [index, "setWeight"], code: "bad-steps", message };
}

/** What is left of 100, in the six decimals that a percentage may have. */
function topOf(holdback = 0): number {
  return Number((100 - holdback).toFixed(6));
}

const ASKED_TWICE = "This gate is asked already before this step is left. Remove this line.";

const EARLY_PAUSE =
  "A pause before the first `setWeight` keeps nothing. To start by hand write `on: command`; to wait at the first weight put the pause after it.";

/** Why a route cannot be set or taken away here, or null; notes in `standing` what it does. */
function routeFlaw(rung: Rung, standing: Map<string, ManagedRoute>, set: Set<string>): string | null {
  const route = rung.setHeaderRoute ?? rung.setMirrorRoute;
  if (route === undefined) return null;
  const before = standing.get(route.name);
  if (takesAway(route) && set.has(route.name)) {
    return `The route ${quoted(route.name)} is set and taken away in one step, so it never stands: put a \`pause\` between.`;
  }
  if (!takesAway(route)) set.add(route.name);
  if (takesAway(route)) standing.delete(route.name);
  else standing.set(route.name, route);
  if (before !== undefined && before.kind !== route.kind) {
    return `The route ${quoted(route.name)} is a ${before.kind} route already: give this one another name.`;
  }
  if (before !== undefined || !takesAway(route)) return null;
  return route.kind === "header"
    ? `There is no route ${quoted(route.name)} to take away here. To set one add \`match\`.`
    : `There is no route ${quoted(route.name)} to take away here. To set one add \`percentage\`.`;
}

function takesAway(route: ManagedRoute): boolean {
  return route.kind === "header" ? route.match.length === 0 : route.percent === 0;
}

/** Weights that `steps: auto` chooses among, below the last. */
const AUTO = [1, 5, 10, 25, 50];

/** The steps of a rollout. `bake` (ms) is what every step gets at least, `watch` what the last one gets. */
export function stepsOf(
  written: WrittenSteps,
  { bake, watch = 0, holdback }: { bake: number; watch?: number | undefined; holdback?: number | undefined },
): readonly Step[] {
  const top = topOf(holdback);
  const rungs = [...AUTO.filter((rung) => rung < top), top].map((setWeight) => ({ setWeight }));
  const folded = foldSteps(written === "auto" ? rungs : written, bake);
  return folded.map((step, index) =>
    index === folded.length - 1 ? { ...step, bake: Math.max(step.bake, watch) } : step,
  );
}

interface Folded {
  weight: number;
  routes: readonly ManagedRoute[];
  bake: number;
  approval: boolean;
  gates?: readonly Gate[];
}

/** Gates that stand before the first step. */
export function gatesBefore(written: WrittenSteps): readonly Gate[] {
  if (written === "auto") return [];
  const first = written.findIndex(({ gate, pause }) => gate === undefined && pause === undefined);
  return written.slice(0, Math.max(first, 0)).flatMap(({ gate }) => gate ?? []);
}

/**
 * Each run of lines that set something, with the pauses and gates that follow it; a second `setWeight` begins the next step.
 * `bake` (ms) is what every step gets at least.
 */
function foldSteps(rungs: readonly Rung[], bake: number): readonly Step[] {
  const folded: Folded[] = [];
  let open: { weighted: boolean } | null = null;
  for (const { setWeight, setHeaderRoute, setMirrorRoute, pause, gate } of rungs) {
    const before = folded.at(-1);
    if (gate !== undefined) {
      open = null;
      if (before !== undefined) before.gates = [...(before.gates ?? []), gate];
      continue;
    }
    if (pause !== undefined) {
      open = null;
      if (before === undefined) continue;
      before.bake += pause.bake;
      before.approval ||= pause.approval;
      continue;
    }
    if (open === null || (open.weighted && setWeight !== undefined)) {
      open = { weighted: false };
      folded.push({ weight: before?.weight ?? 0, routes: before?.routes ?? [], bake: 0, approval: false });
    }
    const step = folded.at(-1);
    if (step === undefined) continue;
    if (setWeight !== undefined) {
      step.weight = setWeight;
      open.weighted = true;
    }
    const route = setHeaderRoute ?? setMirrorRoute;
    if (route !== undefined) step.routes = withRoute(step.routes, route);
  }
  return folded.map((step) => ({ ...step, bake: Math.max(bake, step.bake) }));
}

function withRoute(routes: readonly ManagedRoute[], route: ManagedRoute): readonly ManagedRoute[] {
  const others = routes.filter(({ name }) => name !== route.name);
  return takesAway(route) ? others : [...others, route];
}
