import type { Observed, Seen } from "./observe.ts";

/** How far our clock may be from GitHub's, ms: an answer takes its time, and says whole seconds only. */
export const MOST_SKEW = 30_000;

/** `skew` in ms; null: not known. */
export function isRight(skew: number | null): boolean {
  return skew === null || Math.abs(skew) <= MOST_SKEW;
}

/** Of what GitHub's clock seems to be behind, so much may be the answer itself, ms. */
const ANSWER = 2_000;

/**
 * What of the difference is certain, ms: by so much a time of ours is corrected that is compared with one of GitHub's.
 * In doubt a moment of ours is taken for later than it was. With a clock that is wrong nobody knows which one wrote it.
 */
export function certain(skew: number | null): number {
  if (skew === null || !isRight(skew)) return 0;
  return skew > 0 ? skew : Math.min(0, skew + ANSWER);
}

/**
 * Windows of metrics, bakes and hours go by our clock. While it is off, nothing that was measured is good news: it may
 * be of before the weight. A failure still counts, as going back is safe.
 */
export function byTheClock(seen: Seen, skew: number | null): Seen {
  if (skew === null || isRight(skew)) return seen;
  const words = `this machine's clock is ${Math.round(Math.abs(skew) / 1000)} s ${skew > 0 ? "behind" : "ahead of"} GitHub's; set it right`;
  return {
    ...seen,
    live: seen.live && { live: false, detail: words },
    verdict: doubted(seen.verdict, words),
  };
}

function doubted(verdict: Observed["verdict"], words: string): Observed["verdict"] {
  if (verdict === null || verdict.verdict === "fail") return verdict;
  return { verdict: "unavailable", window: null, slos: [], words };
}
