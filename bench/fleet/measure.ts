import { setImmediate as turn } from "node:timers/promises";
import type { keyId } from "../../src/ports/scheduler.ts";
import { Fleet, type Size } from "./world.ts";

const MINUTE = 60_000;
/** Releases of which the canary begins to fail. */
const BREACHES = { least: 10, most: 200 } as const;

export interface Measured {
  readonly size: Size;
  /** Looks at releases that wait, a second of processor time; the simulated ports are in it. */
  readonly looksASecond: number;
  /** ms of processor time, of this many virtual minutes. */
  readonly cpu: number;
  readonly minutes: number;
  /** From the first failed request to the commit that sets the weight to 0, ms of virtual time. */
  readonly p50: number;
  readonly p99: number;
  readonly breaches: number;
  /** Of a failed release no such commit came. */
  readonly missed: number;
  /** Bytes that live for the bot alone. */
  readonly memory: number;
  /** ms of processor time, and calls of GitHub, for a look at everything. */
  readonly sweep: { readonly cpu: number; readonly calls: number };
  /** Calls of GitHub an active release and minute, while it waits. */
  readonly calls: number;
}

/** `minutes`: how long it is measured, of virtual time. */
export async function measure(size: Size, minutes: number): Promise<Measured> {
  const fleet = new Fleet(size);
  await fleet.sweep();
  const swept = await spent(fleet, () => fleet.sweep());
  fleet.ship();
  await fleet.wait(5 * MINUTE);
  const { keys } = fleet;
  const begun = keys.filter((key) => fleet.share(key) > 0).length;
  if (begun !== size.active) throw new Error(`${begun} of ${size.active} releases have begun.`);
  const steady = await spent(fleet, () => fleet.wait(minutes * MINUTE));

  const count = Math.min(size.active, Math.max(BREACHES.least, Math.min(BREACHES.most, size.active / 10)));
  for (let at = 0; at < count; at++) {
    const key = keys[Math.floor((at * keys.length) / count)];
    // Spread over a minute, so that they come at every moment between two looks.
    if (key) fleet.breaches.set(idOf(key), fleet.agenda.now + (at * MINUTE) / count);
  }
  await fleet.wait(10 * MINUTE, () => fleet.tookBack.size === fleet.breaches.size);
  const took = [...fleet.tookBack]
    .map(([key, at]) => at - (fleet.breaches.get(key) ?? 0))
    .sort((a, b) => a - b);
  const quantile = (share: number) =>
    took[Math.min(took.length - 1, Math.floor(share * took.length))] ?? Number.NaN;

  const all = await heap();
  fleet.drop();
  const memory = all - (await heap());
  return {
    size,
    looksASecond: (steady.looks / steady.cpu) * 1000,
    cpu: steady.cpu,
    minutes,
    p50: quantile(0.5),
    p99: quantile(0.99),
    breaches: fleet.breaches.size,
    missed: fleet.breaches.size - took.length,
    memory,
    sweep: { cpu: swept.cpu, calls: swept.calls },
    calls: steady.calls / size.active / minutes,
  };
}

function idOf({ repository, rollout }: Parameters<typeof keyId>[0]): string {
  return `${repository.id}/${rollout}`;
}

async function spent(fleet: Fleet, work: () => Promise<void>) {
  const { looks, calls } = fleet;
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return { cpu: (user + system) / 1000, looks: fleet.looks - looks, calls: fleet.calls - calls };
}

async function heap(): Promise<number> {
  for (let round = 0; round < 3; round++) {
    await turn();
    globalThis.gc?.();
  }
  return process.memoryUsage().heapUsed;
}
