import { setImmediate } from "node:timers/promises";
import type { Problem, Rollout } from "../config/types.ts";
import type { Workload } from "../manifests/types.ts";
import type { FileReading, PullFacts } from "../ports/forge.ts";
import { readTrailers } from "../release/trailers.ts";
import { duration } from "../views/format.ts";
import { planCheck } from "../views/plan.ts";
import type { ImageChange, PlanView, RolloutPlan } from "../views/plan-view.ts";
import { withoutWrite } from "./access.ts";
import { bypassesIn, bypassWords } from "./edits.ts";
import { climbable, type Facts, factsOf, leftOutNotes, type Reader } from "./facts.ts";
import { bringNotes } from "./plan-bring.ts";
import { clockSays } from "./plan-clock.ts";
import { misfits } from "./plan-fit.ts";
import { gateNotes, hookNotes } from "./plan-gates.ts";
import { metricsSay, NOTHING_SAID } from "./plan-metrics.ts";
import { typicalTime } from "./plan-past.ts";
import { promotionNotes } from "./plan-promotion.ts";
import { ruleNotes } from "./plan-rules.ts";
import { rungsOf } from "./plan-steps.ts";
import type { Ports } from "./ports.ts";
import { CONFIG_FILE, filesOf, knownConfig } from "./read.ts";
import { showCheck } from "./show.ts";
import { STATE_BRANCH, statePaths } from "./state-document.ts";
import { readState, type StateReading } from "./stored-state.ts";
import { targetWeights } from "./target-weights.ts";

/**
 * The check `sluice` on a pull request's head: what merging it will do. The head's own configuration is
 * read only to say what is wrong with it; what counts is the one on the base.
 */
export async function checkPull(ports: Ports, number: number): Promise<void> {
  const pull = await ports.forge.pull(number);
  const { login } = await ports.forge.identity();
  if (pull.state !== "open") return;
  // Our own says itself what it does; what somebody added to its branch is anybody's.
  const ours = pull.author === login && (await isOurs(ports, pull.head));
  const view = ours ? { problems: [], rollouts: [] } : await planOfPull(ports, pull);
  if (view) await showCheck(ports, pull.head, "plan", planCheck(view));
}

async function isOurs({ forge }: Ports, head: string): Promise<boolean> {
  const [tip] = await forge.history(head, { limit: 1 });
  return tip?.ours === true && readTrailers(tip.message) !== null;
}

/** More files than this are not read for one check. */
const FILES = 100;

/** null when the repository has nothing to do with Sluice. */
export async function planOfPull(ports: Ports, pull: PullFacts): Promise<PlanView | null> {
  const { forge } = ports;
  const { defaultBranch } = await forge.repository();
  const listed = await forge.pullFiles(pull.number);
  const touched = new Set(listed);
  const proposes = pull.base === defaultBranch && touched.has(CONFIG_FILE);
  const config = knownConfig(ports, await forge.file(proposes ? pull.head : defaultBranch, CONFIG_FILE));
  if (config.status === "missing") return null;
  if (config.status === "broken") return { problems: config.problems, rollouts: [] };
  if (pull.base !== (config.config.branch ?? defaultBranch)) return { problems: [], rollouts: [] };
  const { rollouts } = config.config;
  if (listed === null) return outline(rollouts, rollouts, UNLISTED);
  const concerned = rollouts.filter(
    (rollout) => proposes || filesOf(rollout).some((path) => touched.has(path)),
  );
  if (proposes && pull.fork) return outline(rollouts, concerned, FROM_A_FORK);
  const readable = [rollouts, concerned].find((some) => pathsOf(some).length <= FILES);
  if (!readable) return outline(rollouts, concerned, TOO_MANY);
  const files = await filesFor(ports, pull, touched, readable);
  // A query of the base is run for anybody of the repository itself; one that is proposed, for who may write.
  const stranger = proposes ? await withoutWrite(forge, pull.author) : null;
  const rules = await ruleNotes(ports, pull.base, concerned);
  const plans: RolloutPlan[] = [];
  const problems: Problem[] = [];
  for (const rollout of rollouts) {
    if (!readable.includes(rollout)) {
      plans.push(unread(rollout, null));
      continue;
    }
    // Understanding many large files takes a while; deliveries and looks go on in between.
    await setImmediate();
    const plan = planOfRollout(ports, rollout, rollouts, files);
    if ("problems" in plan) problems.push(...plan.problems);
    else {
      const speaks = concerned.includes(rollout);
      // A fork's files name whom to ask about: nothing is asked for them.
      const asks = speaks && stranger === null && !pull.fork;
      const said = asks ? await metricsSay(ports, plan, files.merged) : NOTHING_SAID;
      const unasked =
        speaks && stranger !== null ? [`The metrics are not asked by this configuration: ${stranger}`] : [];
      const state = files.states.get(rollout.name);
      const clock = clockSays(plan, state?.status === "ok" ? state.state : null, ports.clock.now());
      plans.push({
        ...plan,
        nextStart: clock.nextStart,
        present: said.present,
        notes: [
          ...rules(rollout),
          ...plan.notes,
          ...(await promotionNotes(ports, plan, files, state)),
          ...(asks ? hookNotes(ports, plan.rollout) : []),
          ...unasked,
          ...(unasked.length === 0 ? [...clock.notes, ...lateNotes(plan, ports)] : []),
          ...said.notes,
        ],
      });
    }
  }
  return { problems, rollouts: plans };
}

const FROM_A_FORK =
  "The configuration comes from a fork, so the files that it names are not read before it is merged.";
const UNLISTED =
  "GitHub lists at most 3,000 files of a pull request, and this one changes as many or more: whether it ships a version is not known. Put what is to be delivered into a pull request of its own to see its plan; merged as it is, a new version in the canary workload counts all the same.";
const TOO_MANY = `More than ${FILES} files would have to be read, so none was.`;

function outline(rollouts: readonly Rollout[], concerned: readonly Rollout[], reason: string): PlanView {
  return {
    problems: [],
    rollouts: rollouts.map((rollout) => unread(rollout, concerned.includes(rollout) ? reason : null)),
  };
}

/** A rollout whose files were not read; `reason` is null when the pull request changes none of them. */
function unread(rollout: Rollout, reason: string | null): RolloutPlan {
  return {
    rollout,
    unread: reason,
    ships: false,
    images: [],
    steps: { ok: true, rungs: [] },
    running: null,
    adopts: false,
    weightsNow: [],
    nextStart: null,
    typical: null,
    present: [],
    notes: [],
  };
}

interface Files {
  readonly base: ReadonlyMap<string, FileReading>;
  /** What merging gives: a branch holds old weights of files that it does not change. */
  readonly merged: ReadonlyMap<string, FileReading>;
  /** By rollout. */
  readonly states: ReadonlyMap<string, StateReading>;
  readonly reader: Reader;
}

/** One request for the base and the states, and one for each file that the pull request changes. */
async function filesFor(
  ports: Ports,
  pull: PullFacts,
  touched: ReadonlySet<string>,
  rollouts: readonly Rollout[],
): Promise<Files> {
  const { forge } = ports;
  const paths = pathsOf(rollouts);
  const snapshot = await forge.snapshot([
    { branch: pull.base, paths },
    { branch: STATE_BRANCH, paths: rollouts.flatMap(({ name }) => statePaths(name)) },
  ]);
  const base = snapshot.get(pull.base)?.files ?? new Map<string, FileReading>();
  const merged = new Map(base);
  for (const path of paths) {
    if (touched.has(path)) merged.set(path, await forge.file(pull.head, path));
  }
  const states = new Map<string, StateReading>();
  for (const { name } of rollouts) states.set(name, await readState(ports, snapshot.get(STATE_BRANCH), name));
  return { base, merged, states, reader: ports.memory.reader };
}

function pathsOf(rollouts: readonly Rollout[]): readonly string[] {
  return [...new Set(rollouts.flatMap(filesOf))];
}

function planOfRollout(
  { metrics }: Pick<Ports, "metrics">,
  declared: Rollout,
  rollouts: readonly Rollout[],
  { base, merged, states, reader }: Files,
): RolloutPlan | { readonly problems: readonly Problem[] } {
  const outcome = factsOf(declared, merged, reader);
  if (!outcome.ok) return { problems: outcome.problems };
  const { facts } = outcome;
  const fit = misfits(metrics, declared, facts, rollouts);
  if (fit.problems.length > 0) return { problems: fit.problems };
  const rollout = climbable(declared, facts);
  const { canary } = rollout.workloads;
  const before = base.get(canary);
  const known = before?.status === "text" ? reader.workload(canary, before.oid, before.text) : null;
  const present = known?.ok ? known.value : null;
  const state = states.get(rollout.name);
  // On the first look there is no version before it: the baseline is recorded, nothing is shipped.
  const ships = present !== null && present.version !== facts.canary.version;
  return {
    rollout,
    unread: null,
    ships,
    images: imageChanges(present, facts.canary),
    steps: rungsOf(rollout, facts, merged, ships),
    running: state?.status === "ok" ? state.state.release : null,
    adopts: state?.status === "none" && state.removedBy === null,
    weightsNow: targetWeights(rollout, facts),
    nextStart: null,
    typical: ships && state?.status === "ok" ? typicalTime(state.state) : null,
    present: [],
    notes: [
      // A state that is not ours is not touched.
      ...(state?.status === "refused" ? [state.reason] : []),
      ...leftOutNotes(declared, facts),
      ...fit.notes,
      ...gateNotes(rollout),
      ...bringNotes(rollout, facts),
      ...notes(rollout, facts),
      ...bypassNotes(rollout, facts, merged),
    ],
  };
}

function imageChanges(before: Workload | null, after: Workload): readonly ImageChange[] {
  const names = new Set([...(before?.containers ?? []), ...after.containers].map(({ name }) => name));
  const image = (workload: Workload | null, name: string) =>
    workload?.containers.find((c) => c.name === name)?.image ?? null;
  return [...names]
    .map((container) => ({ container, from: image(before, container), to: image(after, container) }))
    .filter(({ from, to }) => from !== to);
}

/** What the timers that this runs on expose users to. */
function lateNotes({ ships }: RolloutPlan, { settings: { lookEvery, late = 0 } }: Ports): readonly string[] {
  if (!ships || late === 0) return [];
  return [
    `Timers come up to ${duration(late)} late where Sluice runs: what goes wrong may go on for ${duration(lookEvery + late)} before it is looked at. Each look judges all that was measured since the one before.`,
  ];
}

/** What promotion and rollback will not do here. */
function notes(rollout: Rollout, { stable, canary }: Facts): readonly string[] {
  const missing = canary.containers.filter(
    ({ name }) => !stable.containers.some((container) => container.name === name),
  );
  const shared =
    rollout.rollback.revert && rollout.targets.some(({ file }) => file === rollout.workloads.canary);
  return [
    ...missing.map(
      ({ name }) =>
        `Promotion copies images by container name; ${rollout.workloads.stable} has no container ${name}.`,
    ),
    ...(shared
      ? [
          `A rollback returns the weights only: ${rollout.workloads.canary} holds weights and workload, so \`revert\` cannot set it back whole.`,
        ]
      : []),
  ];
}

/** Who gets a new version with the merge, before any step and whatever the weights. */
function bypassNotes(rollout: Rollout, facts: Facts, files: Files["merged"]): readonly string[] {
  const then =
    rollout.rollback.bypass === "remove"
      ? "a rollback takes this route out"
      : "a rollback leaves this route and stays open while it reaches the failed version";
  return bypassesIn(rollout, facts, files, []).map(
    (bypass) =>
      `Beside the split: ${bypassWords(bypass)}, whatever the weights. They get a new version as soon as it is merged; ${then} (\`rollback.bypass\`).`,
  );
}
