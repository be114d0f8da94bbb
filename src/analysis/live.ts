import { total } from "./counts.ts";
import type { LiveReading, Scrape } from "./types.ts";
import { counted, duration, percent } from "./words.ts";

export interface LiveQuestion {
  /** Those at or before `committedAt` are left out. */
  readonly scrapes: readonly Scrape[];
  /** Canary's share of stable + canary before and after the commit, 0 to 1. */
  readonly from: number;
  readonly to: number;
  /** Epoch ms. */
  readonly committedAt: number;
  readonly now: number;
  /** Milliseconds after which traffic too low to tell counts as live. */
  readonly after: number;
  readonly beside: Beside;
}

/** What the canary gets that the split does not decide. */
export type Beside =
  | { readonly kind: "nothing" }
  /** The same before and after the commit: its share is read from scrapes while the split was still at `from`. */
  | { readonly kind: "steady"; readonly before: readonly Scrape[] }
  /** Nobody can tell how much, so shares prove nothing. */
  | { readonly kind: "unknown"; readonly why: string };

/** Fewer requests than these say too little about what comes beside the split. */
const LEAST_BESIDE = 100;

/**
 * The observed requests must be this many times likelier under the new split than under the old one.
 * A sum that restarts at zero passes ln(1000) by chance at most once in 1,000 scrapes on average
 * (Lorden 1971) while the old split still holds, and needs a few dozen requests for a step from 10 % to 25 %.
 */
const CERTAIN = Math.log(1000);
/**
 * One request in a thousand may go astray (a probe, a retry, a connection that was open before):
 * without this margin a single one would make a split of 0 % or 100 % impossible for ever.
 */
const ASTRAY = 0.001;

/** Does the data plane route by the new split? */
export function readLive(question: LiveQuestion): LiveReading {
  const { committedAt, now, after } = question;
  const beside = besideShare(question);
  if ("why" in beside) return byTime(question, beside.why);
  const from = seenAs(question.from, beside.share);
  const to = seenAs(question.to, beside.share);
  if (from === to) {
    return {
      live: true,
      how: "shares",
      detail: `the split stays at ${percent(to)}: nothing has to take effect`,
    };
  }
  const aside = beside.share === 0 ? "" : `, ${percent(beside.share)} of them beside the split`;
  const scrapes = question.scrapes.filter((scrape) => scrape.at > committedAt);
  const { proof, begun, forOld, forBeyond } = weighed(scrapes, from, to);
  if (proof) {
    const seen = observed(scrapes.slice(proof.from, proof.to));
    const detail = `${seen}: over 1,000 times likelier at ${percent(to)} than at ${percent(from)}${aside}`;
    return { live: true, how: "shares", at: proof.at, detail };
  }
  const seen = `${observed(scrapes)} since the commit`;
  // Where no more requests come to tell, the clock does.
  if (begun !== null && now - begun < after) {
    return { live: false, detail: `${seen}: the next scrape tells whether the split is ${percent(to)}` };
  }
  if (forOld >= CERTAIN) {
    return { live: false, detail: `${seen}: traffic still follows the old split of ${percent(from)}` };
  }
  if (forBeyond >= CERTAIN) {
    return { live: false, detail: `${seen}: traffic follows neither ${percent(to)} nor ${percent(from)}` };
  }
  const waited = now - committedAt;
  if (scrapes.length === 0 && waited >= after) {
    return { live: false, detail: "nothing was read of the time since the commit" };
  }
  if (waited >= after) {
    const detail = `${seen}, too few to tell; ${duration(waited)} have passed since the commit`;
    return { live: true, how: "time", detail };
  }
  const rest = duration(after - waited);
  return {
    live: false,
    detail: `${seen}, too few to tell ${percent(to)} from ${percent(from)}; ${rest} to wait`,
  };
}

interface Weighed {
  /** The scrapes that prove the new split, and when it was certain (epoch ms). */
  readonly proof: { readonly from: number; readonly to: number; readonly at: number } | null;
  /** The scrape that says what only the next one can prove, epoch ms; null where none does. */
  readonly begun: number | null;
  /** Log-likelihood ratios against the new split. */
  readonly forOld: number;
  readonly forBeyond: number;
}

/**
 * Cumulative sums of the log-likelihood ratio of new against old share, scrape by scrape. Each restarts at zero, so
 * traffic from before the change took effect does not have to be outweighed by traffic after it.
 *
 * The scrape in which the data plane changed over counts some requests of each split: a third of them at 15 % among
 * those at 0 % looks like 5 %. So the scrape after the one that made it certain, which is of one split, must speak for
 * the new one too.
 */
function weighed(scrapes: readonly Scrape[], from: number, to: number): Weighed {
  // As far on the other side of the new split as the old one is on this side: a commit before the last may still
  // rule the data plane, and its split is none of the two.
  const beyond = 2 * to - from;
  let forNew = 0;
  let forOld = 0;
  let forBeyond = 0;
  let restarted = 0;
  let certain: Scrape | null = null;
  for (const [index, scrape] of scrapes.entries()) {
    const { canary, stable } = scrape;
    const ratio = logRatio(canary.requests, stable.requests, clipped(from), clipped(to));
    // By the old split: whatever spoke for the new one was a part of a scrape.
    if (ratio <= -CERTAIN) forNew = 0;
    if (forNew + ratio <= 0) restarted = index + 1;
    forNew = Math.max(0, forNew + ratio);
    forOld = Math.max(0, forOld - ratio);
    const farther = logRatio(canary.requests, stable.requests, clipped(to), clipped(beyond));
    // However long it lasted, one scrape by the new split is enough to end the doubt.
    forBeyond = Math.min(2 * CERTAIN, Math.max(0, forBeyond + farther));
    if (forNew < CERTAIN || forBeyond >= CERTAIN) certain = null;
    else if (certain && ratio > 0) {
      const proof = { from: restarted, to: index + 1, at: certain.at };
      return { proof, begun: certain.at, forOld, forBeyond };
    } else certain ??= scrape;
  }
  return { proof: null, begun: certain?.at ?? null, forOld, forBeyond };
}

/** The share of all requests that reaches the canary outside the split, or why nobody knows. */
function besideShare({ beside, from }: LiveQuestion): { readonly share: number } | { readonly why: string } {
  if (beside.kind === "nothing") return { share: 0 };
  if (beside.kind === "unknown") return { why: beside.why };
  if (from === 1) {
    const why =
      "routes beside the split reach the canary too, and at 100 % nobody can tell how many requests they take";
    return { why };
  }
  const canary = total(beside.before, "canary").requests;
  const all = canary + total(beside.before, "stable").requests;
  if (all < LEAST_BESIDE) {
    const why =
      "routes beside the split reach the canary, and there is too little to tell how many requests they take";
    return { why };
  }
  return { share: Math.max(0, (canary / all - from) / (1 - from)) };
}

/** What a share of the split's requests looks like among all requests. */
function seenAs(share: number, beside: number): number {
  return beside + (1 - beside) * share;
}

function byTime({ committedAt, now, after }: LiveQuestion, why: string): LiveReading {
  const waited = now - committedAt;
  if (waited < after) return { live: false, detail: `${why}; ${duration(after - waited)} to wait` };
  return { live: true, how: "time", detail: `${why}; ${duration(waited)} have passed since the commit` };
}

function logRatio(canary: number, stable: number, from: number, to: number): number {
  return canary * Math.log(to / from) + stable * Math.log((1 - to) / (1 - from));
}

function clipped(share: number): number {
  return Math.min(1 - ASTRAY, Math.max(ASTRAY, share));
}

function observed(scrapes: readonly Scrape[]): string {
  const canary = total(scrapes, "canary").requests;
  const all = canary + total(scrapes, "stable").requests;
  if (all === 0) return "no request";
  return `canary got ${percent(canary / all)} of ${counted(all, "request")}`;
}
