import { z } from "zod";
import type { Code } from "./codes.ts";
import { choice, duration, refusedKey } from "./fields.ts";
import { weight } from "./percent.ts";
import type { ManagedRoute, Step } from "./types.ts";

const MOST_STEPS = 50;

/** One line of a ladder as it is written: exactly one of the two keys. */
export interface Rung {
  readonly setWeight?: number | undefined;
  readonly pause?: { readonly bake: number; readonly approval: boolean } | undefined;
}

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
    setWeight: weight().optional().describe("Percent of stable + canary that the canary gets; rises to 100."),
    pause: pause.optional().describe("Keeps the step before it longer, or until somebody approves."),
    analysis: refusedKey(
      "`analysis` is not needed: every step is judged by the rollout's `slos`. Remove this line.",
    ),
    experiment: refusedKey("`experiment` is not available: Sluice starts no workloads. Remove this line."),
    setCanaryScale: refusedKey(
      "`setCanaryScale` is not available: Sluice scales no workloads. Set replicas in the manifest.",
    ),
    setHeaderRoute: refusedKey(
      "`setHeaderRoute` is not available yet in this version: steps split by weight only.",
    ),
    setMirrorRoute: refusedKey(
      "`setMirrorRoute` is not available yet in this version: steps split by weight only.",
    ),
    plugin: refusedKey("`plugin` is not available: Sluice runs no code of yours. Remove this line."),
    replicaProgressThreshold: refusedKey(
      "`replicaProgressThreshold` is not available: a step counts once it is live.",
    ),
  })
  .superRefine((said, context) => {
    const count = Number(said.setWeight !== undefined) + Number(said.pause !== undefined);
    if (count === 1) return;
    const message =
      count === 0
        ? "A step is `setWeight` or `pause`."
        : "One line holds one of `setWeight` and `pause`. Make it two.";
    context.addIssue({ code: "custom", params: { code: "conflict" satisfies Code, depth: 0 }, message });
  })
  .meta({ oneOf: [{ required: ["setWeight"] }, { required: ["pause"] }] });

/** The ladder in Argo Rollouts' words. */
export const steps = z
  .array(rung, {
    error: (issue) =>
      issue.code === "invalid_type" && issue.input === "auto"
        ? "`steps: auto` is not available yet in this version. List the steps."
        : undefined,
  })
  .max(200)
  .superRefine((rungs, context) => {
    for (const { path, message, code } of ladderFlaws(rungs)) {
      context.addIssue({ code: "custom", path: [...path], params: { code, depth: path.length }, message });
    }
  })
  .meta({ minItems: 1 });

interface LadderFlaw {
  readonly path: readonly PropertyKey[];
  readonly code: Code;
  readonly message: string;
}

function ladderFlaws(rungs: readonly Rung[]): readonly LadderFlaw[] {
  const flaws: LadderFlaw[] = [];
  const flaw = (path: readonly PropertyKey[], code: Code, message: string) =>
    flaws.push({ path, code, message });
  let last: { readonly index: number; readonly weight: number } | null = null;
  let count = 0;
  for (const [index, { setWeight }] of rungs.entries()) {
    if (setWeight === undefined) {
      if (last === null) {
        const advice =
          "To start by hand write `on: command`; to wait at the first weight put the pause after it.";
        flaw(
          [index, "pause"],
          "bad-steps",
          `A pause before the first \`setWeight\` keeps nothing. ${advice}`,
        );
      }
      continue;
    }
    count++;
    if (last !== null && setWeight <= last.weight) {
      const how = setWeight === last.weight ? "repeats" : "goes down to";
      const message = `This step ${how} ${setWeight} after ${last.weight}: every step must be higher than the one before.`;
      flaw([index, "setWeight"], "bad-steps", message);
    }
    last = { index, weight: setWeight };
  }
  if (last === null) flaw([], "bad-steps", "At least one step is needed, such as `- setWeight: 100`.");
  else if (last.weight !== 100) {
    flaw(
      [last.index, "setWeight"],
      "bad-steps",
      `The last step is ${last.weight}: add \`- setWeight: 100\` at the end.`,
    );
  }
  if (count > MOST_STEPS) flaw([], "out-of-range", `${count} steps are too many: at most ${MOST_STEPS}.`);
  return flaws;
}

/** Each `setWeight` with the pauses that follow it. `bake` (ms) is what every step gets at least. */
export function foldSteps(rungs: readonly Rung[], bake: number): readonly Step[] {
  const folded: { weight: number; routes: readonly ManagedRoute[]; bake: number; approval: boolean }[] = [];
  for (const { setWeight, pause } of rungs) {
    if (setWeight !== undefined) folded.push({ weight: setWeight, routes: [], bake: 0, approval: false });
    const step = folded.at(-1);
    if (pause === undefined || step === undefined) continue;
    step.bake += pause.bake;
    step.approval ||= pause.approval;
  }
  return folded.map((step) => ({ ...step, bake: Math.max(bake, step.bake) }));
}
