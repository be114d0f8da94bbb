import { nextTime } from "../config/schedule.ts";
import type { Freeze, Rollout, Schedule } from "../config/types.ts";
import { frozenAt } from "./freeze.ts";
import { newVersion } from "./news.ts";
import type { RolloutState } from "./state.ts";
import { releaseName } from "./state.ts";
import { moment, record, refuse, withHandled, wordOf } from "./transitions.ts";
import type { Decision, Order, World } from "./world.ts";

/** The words of a schedule. */
export function scheduleWords({ cron, zone }: Schedule): string {
  return `\`${cron}\` ${zone}`;
}

/** The first time of a schedule after `since` (epoch ms) that no freeze covers: one that does is passed over. */
export function scheduledStart(
  schedule: Schedule,
  freezes: readonly Freeze[],
  state: Pick<RolloutState, "freeze"> | null,
  since: number,
): number | null {
  let after = since;
  // Each turn but the last is a freeze that ends later than the one before.
  for (let turn = 0; turn <= freezes.length + 1; turn++) {
    const next = nextTime(schedule, after);
    const freeze = next === null ? null : frozenAt(freezes, state, next);
    if (freeze === null) return next;
    if (freeze.until === null) return null;
    after = freeze.until - 1;
  }
  return null;
}

/** What the clock holds back at `now` and when it starts the next release, for whoever asks; `state` is null where there is none. */
export function clockOf(
  { on, freezes }: Rollout,
  state: RolloutState | null,
  now: number,
): { readonly frozen: string | null; readonly nextStart: number | null } {
  const since = state?.release ? now : (state?.waits?.since ?? now);
  const nextStart = on.kind === "schedule" ? scheduledStart(on, freezes, state, since) : null;
  return { frozen: frozenAt(freezes, state, now)?.words ?? null, nextStart };
}

/** The first of some times that is still to come; null where none is. */
export function soonest(now: number, ...times: readonly (number | null)[]): number | null {
  const coming = times.filter((time) => time !== null && time > now);
  return coming.length === 0 ? null : Math.min(...coming.map(Number));
}

/** The version that waits is written down, and since when: which times of the schedule are its own rests on it. */
export function noted(world: World, state: RolloutState, schedule: Schedule): Decision | null {
  const { version } = world.workloads.canary;
  const words = scheduleWords(schedule);
  if (state.waits?.version === version && state.waits.schedule === words) return null;
  const waits = { version, schedule: words, since: world.now };
  const why = `${state.rollout}: version ${version} waits for ${words}`;
  return record({ ...state, waits }, why);
}

/** A start that somebody planned for the version that is there; null where there is none, or another version came since. */
export function plannedStart(
  state: RolloutState,
  version: string,
): NonNullable<RolloutState["planned"]> | null {
  return state.planned?.version === version ? state.planned : null;
}

export function plan(world: World, state: RolloutState, order: Order, at: number): Decision {
  if (state.release)
    return refuse(state, order, `${releaseName(state.rollout, state.release.number)} is running already.`);
  if (state.hold) return refuse(state, order, state.hold.detail);
  if (!world.declared) return refuse(state, order, "The rollout is not in the configuration.");
  const news = newVersion(world, state);
  if (!news.yes) return refuse(state, order, news.reason);
  if (at <= world.now) return refuse(state, order, `${moment(at)} is in the past; \`start\` begins at once.`);
  const { version } = world.workloads.canary;
  const stopped = frozenAt(world.rollout.freezes, state, at);
  const late = stopped ? ` ${stopped.words} It begins after that.` : "";
  const why = `Version ${version} starts at ${moment(at)}, planned by ${order.by}; \`cancel\` takes that back.${late}`;
  const { by, pull, repository } = order;
  const planned = { at, by, pull, version, ...(repository !== undefined && { repository }) };
  const planning = { kind: "planned", ...wordOf(world, order, state.planning) } as const;
  return record(withHandled({ ...state, planned, planning }, order, "done", why, { told: true }), why);
}

export function cancel(world: World, state: RolloutState, order: Order): Decision {
  const { planned, release } = state;
  if (release) {
    return refuse(state, order, "No start is planned. `rollback` ends the release that is running.");
  }
  // Of a plan that was said before, though it be heard only later, this is said too.
  const planning = { kind: "cancelled", ...wordOf(world, order, state.planning) } as const;
  if (!planned) return refuse({ ...state, planning }, order, "No start is planned.");
  const why = `The start planned for ${moment(planned.at)} is cancelled by ${order.by}`;
  return record(withHandled({ ...state, planned: null, planning }, order, "done", why), why);
}
