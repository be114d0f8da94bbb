import { begin } from "./begin.ts";
import { fold } from "./fold.ts";
import { nextStep } from "./next-step.ts";
import type { Baseline, Options } from "./types.ts";

export interface Forecast {
  /** ms until the last rung is in effect, and until the release is done; null beyond a week. */
  readonly full: number | null;
  readonly done: number | null;
  /** Percents, in the order in which they are committed. */
  readonly path: readonly number[];
}

export interface Climb {
  /** Percents, ascending. */
  readonly rungs: readonly number[];
  /** Those that the evidence makes needless are left out. */
  readonly skips: boolean;
  /** Least time at a rung, ms, beside what the options ask for. */
  readonly bake: (percent: number) => number;
  /** ms until a committed weight is in effect. */
  readonly lag: number;
}

const SCRAPE = 15_000;
const LONG = 60_000;
/** Requests a second. */
const SLOW = 0.2;
const WEEK = 7 * 86_400_000;

/**
 * How long a release takes that is as good as the history and sees today's traffic: the judge itself, fed with
 * what it expects.
 */
export function forecast(base: Baseline, climb: Climb, options: Options): Forecast {
  const { rungs, skips, bake, lag } = climb;
  // What slow releases wait for is requests: longer intervals show the same.
  const interval = base.rate < SLOW ? LONG : SCRAPE;
  let summary = begin(base, 0);
  let committed = 0;
  let percent = 0;
  let due = 0;
  let full: number | null = null;
  const path: number[] = [];
  for (let now = 0; now <= WEEK; now += interval) {
    if (now > 0) {
      const settled = percent === committed;
      if (now - interval >= due) percent = committed;
      const reading = { at: now, percent, settled, ...expected(base, percent / 100, interval) };
      summary = fold(summary, [reading], options);
    }
    if (full === null && percent === rungs.at(-1)) full = summary.since;
    if (full !== null && options.watch.since === Number.POSITIVE_INFINITY) return { full, done: null, path };
    const next = nextStep(summary, { rungs, committed, fresh: true, now }, options);
    if (next.kind === "done") return { full, done: now, path };
    if (next.kind === "fail") return { full, done: null, path };
    if (next.kind === "advance" && (percent === 0 || now - summary.since >= bake(percent))) {
      committed = skips ? next.percent : (rungs.find((rung) => rung > percent) ?? next.percent);
      path.push(committed);
      due = now + lag;
    }
  }
  return { full, done: null, path };
}

function expected(base: Baseline, share: number, interval: number) {
  const requests = (base.rate * interval) / 1000;
  const side = (part: number) => ({
    requests: requests * part,
    errors: requests * part * base.errors.share,
    latency: [
      ...base.latency.map(({ le, share: slow }) => ({ le, count: requests * part * (1 - slow) })),
      { le: Infinity, count: requests * part },
    ],
  });
  return { canary: side(share), stable: side(1 - share) };
}
