import type { GateReading } from "../analysis/gates.ts";
import { quoted } from "../config/fields.ts";
import { sameGate } from "../config/gates.ts";
import type { Gate, Rollout } from "../config/types.ts";
import { listed } from "../manifests/listed.ts";
import { hold } from "./holds.ts";
import { type Hold, isShut, type Release, type Waived } from "./state.ts";
import type { Decision, World } from "./world.ts";

/** The gates between the present step and the next. */
export function gatesOf(
  { gates, steps }: Pick<Rollout, "gates" | "steps">,
  { step }: Pick<Release, "step">,
): readonly Gate[] {
  return (step < 0 ? gates : steps[step]?.gates) ?? [];
}

/** The commit that they are asked about: of the present weight, and before the first what brought the version. */
export function gatedCommit({ step, shift, cause }: Pick<Release, "step" | "shift" | "cause">): string {
  return (step < 0 ? null : shift.commit) ?? cause.commit;
}

/** ``check `e2e / smoke` ``, a sentence's words. */
export function gateName({ kind, name }: Gate): string {
  return `${kind} ${quoted(name)}`;
}

/** Nothing but what they say is missing. */
export function asking(gates: readonly Gate[], release: Release): Decision {
  return {
    kind: "wait",
    until: null,
    why: "asking the gates",
    asks: { gates, commit: gatedCommit(release) },
  };
}

/** Those that are not open, and that nobody has let the release go on without as they are now. */
export function shutGates(readings: readonly GateReading[], release: Release): readonly GateReading[] {
  return readings.filter((reading) => reading.status !== "open" && waiver(reading, release) === null);
}

/** Whoever went on without an unfinished one has not said so of one that failed since. */
function waiver({ gate, status }: GateReading, { approved }: Release): Waived | null {
  const known = approved?.without?.find((one) => sameGate(one.gate, gate));
  return known && (known.status === "closed" || known.status === status) ? known : null;
}

/** A gate that is not open waits for itself or for a person, for as long as that takes. */
export function gateHold(world: World, release: Release): Hold | null {
  const gates = shutGates(world.gates ?? [], release);
  if (gates.length === 0) return null;
  const held = hold(world, release, { kind: "person", reason: "gate", detail: gateDetail(gates), gates });
  // One that closes calls people, each time anew; and what was said before is not said of it.
  const { hold: before } = release;
  if (before?.reason !== "gate") return held;
  const turned = isShut(before) !== isShut(held) || gates.some((one) => !stood(one, before.gates ?? []));
  return turned ? { ...held, since: world.now } : held;
}

/** Among those that held already, and then no better than now. */
function stood({ gate, status }: GateReading, before: readonly GateReading[]): boolean {
  const then = before.find((one) => sameGate(one.gate, gate));
  return then !== undefined && (then.status === status || then.status === "closed");
}

/** What they say, and how to go on without them. */
export function gateDetail(gates: readonly GateReading[]): string {
  return `Not open: ${namedGates(gates)}. \`approve\` goes on without ${gates.length === 1 ? "it" : "them"}.`;
}

/** What the gates said when the release went through, for the record; empty where there were none. */
export function gateWords(readings: readonly GateReading[], release: Release): string {
  const said = readings.map((reading) => {
    const { gate, status, words, link } = reading;
    const by = waiver(reading, release)?.by;
    const how = status === "open" ? `open (${words})` : `passed over by ${by} (${words})`;
    return `${gateName(gate)} ${how}${link === null ? "" : `, ${link}`}`;
  });
  return said.length === 0 ? "" : `; ${said.join("; ")}`;
}

/** ``check `e2e / smoke` (failure, by github-actions) and hook `load-test` (…)``. */
export function namedGates(readings: readonly GateReading[]): string {
  return listed(readings.map(({ gate, words }) => `${gateName(gate)} (${words})`));
}
