import { Agent, get } from "node:http";
import { SIDE_HEADER } from "./side.ts";

export interface LoadOptions {
  readonly url: string;
  readonly perSecond: number;
}

/** What users saw. */
interface LoadCounts {
  readonly ok: number;
  /** 5xx, or no answer. */
  readonly failed: number;
  /** By the side that answered; `none` when nobody did. */
  readonly bySide: Readonly<
    Record<"stable" | "canary" | "none", { readonly ok: number; readonly failed: number }>
  >;
  /** Epoch ms. */
  readonly firstFailureAt: number | null;
}

export interface Load {
  counts(): LoadCounts;
  /** Epoch ms of the first request since `from` (epoch ms) that users saw fail; `side` keeps to those it answered. */
  firstFailure(from: number, side?: "stable" | "canary"): number | null;
  /** Sends no more, waits for the answers that are due, and counts them. */
  stop(): Promise<LoadCounts>;
}

/** Users who do not wait for each other would pile up without end before a dead service. */
const MOST_IN_FLIGHT = 500;
const TICK_MS = 10;
const PATIENCE_MS = 30_000;

/** Sends real requests at an even pace, whatever their answers take. */
export function startLoad({ url, perSecond }: LoadOptions): Load {
  const agent = new Agent({ keepAlive: true });
  const bySide = { stable: { ok: 0, failed: 0 }, canary: { ok: 0, failed: 0 }, none: { ok: 0, failed: 0 } };
  const inFlight = new Set<Promise<void>>();
  const failures: { readonly at: number; readonly side: string }[] = [];

  const count = (side: string, ok: boolean) => {
    const counts = side === "stable" || side === "canary" ? bySide[side] : bySide.none;
    counts[ok ? "ok" : "failed"] += 1;
    if (!ok) failures.push({ at: Date.now(), side });
  };
  const sendOne = () => {
    const answered = new Promise<void>((resolve) => {
      let began = false;
      const request = get(url, { agent, timeout: PATIENCE_MS }, (response) => {
        began = true;
        response.resume();
        count(String(response.headers[SIDE_HEADER]), (response.statusCode ?? 500) < 500);
        response.once("close", resolve);
      });
      request.once("timeout", () => request.destroy());
      request.once("error", () => {
        if (!began) count("none", false);
        resolve();
      });
    });
    inFlight.add(answered);
    answered.then(() => inFlight.delete(answered));
  };

  let last = performance.now();
  let owed = 0;
  const timer = setInterval(() => {
    const now = performance.now();
    owed += ((now - last) * perSecond) / 1000;
    last = now;
    for (; owed >= 1; owed -= 1) if (inFlight.size < MOST_IN_FLIGHT) sendOne();
  }, TICK_MS);

  const counts = (): LoadCounts => ({
    ok: bySide.stable.ok + bySide.canary.ok + bySide.none.ok,
    failed: bySide.stable.failed + bySide.canary.failed + bySide.none.failed,
    bySide: structuredClone(bySide),
    firstFailureAt: failures[0]?.at ?? null,
  });
  return {
    counts,
    firstFailure: (from, side) =>
      failures.find((failure) => failure.at >= from && (side === undefined || failure.side === side))?.at ??
      null,
    async stop() {
      clearInterval(timer);
      await Promise.all(inFlight);
      agent.destroy();
      return counts();
    },
  };
}
