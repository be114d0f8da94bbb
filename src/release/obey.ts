import type { GateReading } from "../analysis/gates.ts";
import { listed } from "../manifests/listed.ts";
import { toZero } from "./adopt.ts";
import { withSource } from "./bring.ts";
import { cancel, plan } from "./clock.ts";
import { asExpected, nothingExposed, sameRoutes, uneven } from "./exposure.ts";
import { freeze, frozen, unfreeze } from "./freeze.ts";
import { asking, gateDetail, gatesOf, gateWords, namedGates, shutGates } from "./gates.ts";
import { describe, newVersion } from "./news.ts";
import { isBefore, overtaken } from "./overtaken.ts";
import type { Release, RolloutState } from "./state.ts";
import { releaseName } from "./state.ts";
import { shiftTo } from "./stepping.ts";
import {
  begin,
  done,
  end,
  fail,
  intend,
  isZero,
  percentsOf,
  record,
  refuse,
  sameWeights,
  withHandled,
  withRelease,
  wordOf,
} from "./transitions.ts";
import type { Decision, Order, World } from "./world.ts";

/** Carries out a person's command, or refuses it with the reason. Either way its key is kept with the state it made. */
export function obey(world: World, state: RolloutState, order: Order): Decision {
  if (!order.allowed.yes) return refuse(state, order, order.allowed.reason);
  const late = overtaken(world, state, order);
  if (late !== null) return refuse(state, order, late);
  const { command } = order;
  const { release } = state;
  switch (command.name) {
    case "start":
      return command.at === null ? start(world, state, order, false) : plan(world, state, order, command.at);
    case "retry":
      return start(world, state, order, true);
    case "cancel":
      return cancel(world, state, order);
    case "freeze":
      return freeze(world, state, order, command);
    case "unfreeze":
      return unfreeze(world, state, order);
    case "resume":
      return release ? resume(world, state, release, order) : resumeRest(world, state, order);
    case "pause":
    case "approve":
    case "promote":
    case "rollback":
    case "weight":
      if (!release) return refuse(state, order, "Nothing is being released.");
      return DURING[command.name](world, state, release, order);
  }
}

type During = (world: World, state: RolloutState, release: Release, order: Order) => Decision;

const DURING: Record<"pause" | "approve" | "promote" | "rollback" | "weight", During> = {
  pause(world, state, release, order) {
    if (release.phase !== "stepping" && release.phase !== "promoting")
      return refuse(state, order, lateReason(release));
    const word = wordOf(world, order, release.will);
    const will = { kind: "paused", ...word } as const;
    if (release.will?.kind === "paused") {
      // What was said between the two is older than the second.
      const again = word.after === undefined ? { ...state, release: { ...release, will } } : state;
      return refuse(again, order, `It is paused already, by ${release.will.by}.`);
    }
    return done(world, state, release, order, { will }, `Paused by ${order.by}`);
  },

  approve(world, state, release, order) {
    if (release.phase !== "stepping") return refuse(state, order, lateReason(release));
    const { hold } = release;
    if (hold?.reason === "gate" && hold.gates) {
      const now = hold.gates.map(({ gate, status }) => ({ gate, status, by: order.by }));
      const known = release.approved ?? { by: order.by, at: world.now };
      const approved = { ...known, without: [...now, ...(known.without ?? [])] };
      const why = `${order.by} goes on without ${namedGates(hold.gates)}`;
      return done(world, state, release, order, { approved }, why);
    }
    const step = world.rollout.steps[release.step];
    if (!step?.approval) return refuse(state, order, "This step asks for no approval.");
    if (release.approved) return refuse(state, order, `Approved already, by ${release.approved.by}.`);
    const approved = { by: order.by, at: world.now };
    return done(world, state, release, order, { approved }, `${step.weight} % approved by ${order.by}`);
  },

  promote(world, state, release, order) {
    const { hold } = release;
    const lacks = hold?.kind === "evidence";
    const what = seen(world, release);
    if (release.phase === "promoting" && hold?.reason === "stable-behind" && what.length > 0) {
      const promotion = {
        copiedAt: null,
        forcedBy: null,
        ...release.promotion,
        without: { by: order.by, what },
      };
      const why = `${order.by} promotes without ${listed(what)}`;
      return done(world, state, release, order, { promotion, hold: null }, why);
    }
    if (release.phase === "promoting" && (lacks || hold?.reason === "promotion-failed")) {
      const copiedAt = release.promotion?.copiedAt ?? null;
      const promotion = { ...release.promotion, copiedAt, forcedBy: order.by };
      const what = lacks ? `without what is missing (${hold.reason})` : "in spite of the failure";
      return done(world, state, release, order, { promotion, hold: null }, `${order.by} promotes ${what}`);
    }
    if (release.phase !== "stepping") return refuse(state, order, lateReason(release));
    if (edited(world, release)) return refuse(state, order, EDITED);
    if (world.workloads.canary.version !== release.version) return refuse(state, order, OTHER_VERSION);
    const stopped = frozen(world, state);
    if (stopped) return refuse(state, order, stopped.words);
    const last = world.rollout.steps.length - 1;
    const top = world.rollout.steps[last]?.weight ?? 100;
    const plan = world.plan(top, world.rollout.steps[last]?.routes ?? []);
    if (!plan.ok) return refuse(state, order, plan.reason);
    const passed = hold?.reason === "gate" && hold.gates ? `, without ${namedGates(hold.gates)}` : "";
    // Should the weight not come at once, what is below it is judged as what it is: no step that was passed.
    const kept = { ...release, will: null, ...fromHere(world, release) };
    const cleared = withHandled({ ...state, release: kept }, order, "done", "promote");
    if (release.shift.percent < top) {
      return shiftTo(
        world,
        cleared,
        kept,
        last,
        `${order.by} promotes: ${release.shift.percent} % → ${top} %, steps between are skipped${passed}`,
        order.by,
      );
    }
    // Nobody has seen anything of a weight that has only just been written.
    if (!release.shift.live && !lacks)
      return refuse(state, order, `${top} % is not live yet. Look at what comes of it, then say it again.`);
    const gates = gatesOf(world.rollout, { step: last });
    if (gates.length > 0 && world.gates === null) return asking(gates, release);
    const shut = shutGates(world.gates ?? [], release);
    if (shut.length > 0)
      return refuse(state, order, hold?.reason === "gate" ? gateDetail(shut) : notOpen(shut));
    const why = `${order.by} promotes${gateWords(world.gates ?? [], release)}`;
    const promotion = { copiedAt: null, forcedBy: lacks ? order.by : null };
    return record(
      withRelease(
        cleared,
        kept,
        { phase: "promoting", step: last, promotion, hold: null },
        { at: world.now, text: why, by: order.by },
      ),
      why,
    );
  },

  rollback(world, state, release, order) {
    if (release.phase === "returning") return refuse(state, order, lateReason(release));
    const words = `Rollback asked for by ${order.by} at ${release.shift.percent} %`;
    // By name: the weights found, whoever set them, are the ones to leave.
    const change = { will: null, hold: null, blocked: null, expected: world.weights } as const;
    if (release.phase === "rolling-back") {
      if (release.failure?.by && !stopped(world, release))
        return refuse(state, order, "It is being rolled back already.");
      const failure = release.failure && { ...release.failure, by: order.by };
      return done(world, state, release, order, { ...change, failure, rollback: anew(release) }, words);
    }
    const handled = withHandled(state, order, "done", "rollback");
    return fail(world, handled, { ...release, ...change }, { at: world.now, words, by: order.by, slos: [] });
  },

  weight(world, state, release, order) {
    if (order.command.name !== "weight") return refuse(state, order, "Not a weight.");
    const { percent } = order.command;
    if (percent === 100 && release.routes.some(({ kind }) => kind === "mirror"))
      return refuse(state, order, MIRRORED);
    // Nothing for the canary is nothing by any way.
    const routes = percent === 0 ? [] : release.routes;
    if (release.phase !== "stepping") return refuse(state, order, lateReason(release));
    if (edited(world, release)) return refuse(state, order, EDITED);
    if (world.workloads.canary.version !== release.version) {
      return refuse(state, order, OTHER_VERSION);
    }
    const plan = world.plan(percent, routes);
    if (!plan.ok) return refuse(state, order, plan.reason);
    // Whatever was released: what somebody set lower by hand would rise.
    const lowest = Math.min(release.shift.percent, ...percentsOf(world.weights));
    const stopped = percent > lowest ? frozen(world, state) : null;
    if (stopped) return refuse(state, order, stopped.words);
    const will = afterwards(world, order, release);
    const why = `${order.by} sets ${release.shift.percent} % → ${percent} %`;
    if (sameWeights(plan.weights, world.weights) && sameRoutes(routes, release.routes))
      return done(world, state, release, order, { will }, why);
    const entry = { at: world.now, text: why, by: order.by };
    const changed = withHandled(
      withRelease(state, release, { will, hold: null, beside: world.beside }, entry),
      order,
      "done",
      `set to ${percent} %`,
    );
    return intend(
      world,
      changed,
      {
        kind: "set-weights",
        percent,
        step: null,
        from: world.weights,
        to: plan.weights,
        routes,
      },
      why,
    );
  },
};

/** A weight by hand takes the place of what was said before it; a pause that is newer stands. */
function afterwards(world: World, order: Order, { will }: Release): NonNullable<Release["will"]> {
  const paused = will?.kind === "paused" && order.said !== null && isBefore(order.said, will.at);
  return paused ? will : { kind: "manual-weight", ...wordOf(world, order, will) };
}

function start(world: World, state: RolloutState, order: Order, retry: boolean): Decision {
  if (state.release)
    return refuse(state, order, `${releaseName(state.rollout, state.release.number)} is running already.`);
  if (state.hold) return refuse(state, order, state.hold.detail);
  if (state.proposal)
    return refuse(
      state,
      order,
      `At rest the canary has weight 0: #${state.proposal.pull} must be merged first.`,
    );
  if (!world.declared) return refuse(state, order, "The rollout is not in the configuration.");
  if (retry && (!state.last || state.last.outcome === "promoted"))
    return refuse(state, order, "No release has ended that could be tried again; `start` begins one.");
  const news = newVersion(world, state, { retry });
  if (!news.yes) return refuse(state, order, news.reason);
  const stopped = frozen(world, state);
  if (stopped) return refuse(state, order, stopped.words);
  const found = "cause" in world.trigger ? world.trigger.cause : null;
  const cause = found ?? {
    kind: "command" as const,
    commit: world.head,
    // Of another repository it is no pull request here.
    pull: order.repository === undefined ? order.pull : null,
    actor: order.by,
    deployment: null,
  };
  const why = `${releaseName(state.rollout, state.next)} begins: ${describe(world)}, ${retry ? "tried again" : "started"} by ${order.by}`;
  return record(
    withHandled(
      begin(world, state, { ...withSource(world, state, cause), actor: order.by }, why),
      order,
      "done",
      order.command.name,
    ),
    why,
  );
}

/** What stable lacks, as far as the release has said so. */
function seen({ templates }: World, { hold, promotion }: Release): readonly string[] {
  const told = hold?.kind === "person" ? hold.lacking : undefined;
  if (told === undefined) return templates.lacking;
  const known = [...told, ...(promotion?.without?.what ?? [])];
  return templates.lacking.filter((place) => known.includes(place));
}

function resume(world: World, state: RolloutState, release: Release, order: Order): Decision {
  const why = `Resumed by ${order.by}`;
  const { hold } = release;
  const cleared: Partial<Release> = { will: null, blocked: null, hold: null };
  if (release.phase === "rolling-back") {
    if (hold?.reason === "rollback-closed") return refuse(state, order, CLOSED);
    if (!stopped(world, release)) return refuse(state, order, "It is being rolled back; nothing holds it.");
    const change = { ...cleared, expected: world.weights, rollback: anew(release) };
    return done(world, state, release, order, change, why);
  }
  if (hold?.reason === "bypass") {
    const handled = withHandled(state, order, "done", why);
    return end(
      handled,
      release,
      release.ending ?? "rolled-back",
      world,
      `${why}: rolled back; ${hold.detail}`,
    );
  }
  const hands = edited(world, release);
  const accepts = hold?.reason === "workload-edit";
  if (!hands && !accepts && !release.will && release.blocked === null && hold?.kind !== "evidence") {
    return refuse(state, order, hold ? `It waits for something else: ${hold.detail}` : "Nothing holds it.");
  }
  const { stable } = world.workloads;
  const change: Partial<Release> = {
    ...cleared,
    ...(release.phase === "stepping" || hands ? fromHere(world, release) : {}),
    ...(accepts && {
      workloads: { ...release.workloads, stableVersion: stable.version, stable: stable.oid },
    }),
  };
  return done(world, state, release, order, change, why);
}

/** Goes on from the weights that are there: on the highest step at or below all of them, which must prove itself there. */
function fromHere(world: World, release: Release): Partial<Release> {
  const { steps } = world.rollout;
  const hands = edited(world, release);
  const present = steps[release.step];
  // Several steps may have one weight: the one it stands on is not skipped.
  const same = (present?.weight ?? 0) === release.shift.percent;
  if (!hands && same && sameRoutes(present?.routes ?? [], release.routes)) return {};
  const percents = percentsOf(world.weights);
  const above = steps.findIndex((step) => step.weight > Math.min(...percents));
  // With nothing left of it the first step has to prove itself again.
  const step = nothingExposed(world) ? -1 : (above === -1 ? steps.length : above) - 1;
  if (!hands) return { step };
  const percent = Math.max(...percents);
  // One that was changed is gone on with as it is; one that is gone stays gone.
  const routes = release.routes.filter(({ name }) => world.left.some((route) => route.name === name));
  const accepted = routes.map(({ name }) => name);
  const shift = {
    percent,
    before: release.shift.percent,
    rerouted: !sameRoutes(routes, release.routes) || uneven(release.expected) || uneven(world.weights),
    baseline: world.now,
    at: world.now,
    commit: world.head,
    live: null,
  };
  const { promotion } = release;
  // Not yet copied and never failed: it may climb again. After a failure it may not.
  const climbs = release.phase === "promoting" && promotion?.copiedAt === null && !promotion.failed;
  const back = climbs && step < steps.length - 1 ? ({ phase: "stepping", promotion: null } as const) : {};
  return { ...back, step, expected: world.weights, routes, accepted, shift, approved: null };
}

/** What keeps a rollback from going on, and a person may lift. */
function stopped(world: World, release: Release): boolean {
  const { will, hold, rollback } = release;
  const paused = will?.kind === "paused";
  const refused = rollback?.direct === "refused" || hold?.reason === "blocked";
  return paused || refused || edited(world, release);
}

/** What GitHub refused may be tried again; what was done stays done. */
function anew({ rollback }: Release): Release["rollback"] {
  if (!rollback) return null;
  return { ...rollback, blocked: null, direct: rollback.direct === "refused" ? "no" : rollback.direct };
}

function resumeRest(world: World, state: RolloutState, order: Order): Decision {
  const { hold } = state;
  if (!hold) return refuse(state, order, "Nothing is being released.");
  const { canary } = world.workloads;
  const free = withHandled({ ...state, hold: null }, order, "done", "resume");
  const unwritten = hold.reason === "blocked" || hold.reason === "proposal-closed";
  if (unwritten && !isZero(world.weights)) {
    return intend(world, free, toZero(world), `${order.by} lets canary weight 0 be committed again`);
  }
  const why = `${order.by} takes what is there as the baseline`;
  const baseline = { ...free, rest: { version: canary.version, canary: canary.oid } };
  if (isZero(world.weights)) return record(baseline, why);
  return intend(world, baseline, toZero(world), `${why}; at rest the canary has weight 0`);
}

const CLOSED = "After a failure the weight does not rise again; `rollback` returns the traffic.";

const MIRRORED =
  "While requests are mirrored the canary would get each twice at 100 %. `promote` takes the mirror away with the last step.";

const EDITED =
  "The weights were edited by hand: `resume` goes on from what is there, `rollback` returns to 0.";

function notOpen(shut: readonly GateReading[]): string {
  return `Not open: ${namedGates(shut)}. Once nothing else is missing, \`approve\` goes on without that.`;
}

const OTHER_VERSION = "The canary workload holds another version than the one being released.";

function edited(world: World, release: Release): boolean {
  return !asExpected(world, release);
}

function lateReason(release: Release): string {
  const words = {
    stepping: "stepping",
    promoting: "being promoted",
    returning: "ending",
    "rolling-back": "being rolled back",
  };
  return `The release is ${words[release.phase]}${release.phase === "rolling-back" ? "; after a failure its weight does not rise again" : ""}.`;
}
