import type { Margin } from "./types.ts";

/** How many times worse the canary may be; each is optimal for one size of harm. */
const RATIOS = [1.25, 1.7, 2.8, 6, 20, 100] as const;
export const RATIO_COUNT = RATIOS.length;
const LOG_RATIOS = RATIOS.map(Math.log);

/** The parts of `twoSample` that depend on the numbers of requests alone. */
export interface Odds {
  readonly canary: Float64Array;
  readonly stable: Float64Array;
  readonly request: Float64Array;
}

export function newOdds(): Odds {
  const part = () => new Float64Array(RATIO_COUNT);
  return { canary: part(), stable: part(), request: part() };
}

/**
 * Bets that the canary's probability is more than `factor` times the stable side's, for one interval with
 * `canary` and `stable` requests: with D = n_c factor r + n_s, x = n_s (r-1)/D and y = n_c factor (r-1)/D,
 *
 *     ln E = e_c ln(1+x) + e_s ln(1-y) - n_c plus x
 *
 * has E[E] <= 1 whenever p_c <= factor p_s + plus. For factor 1 and plus 0 it is the conditional binomial
 * likelihood ratio of Lindon & Malek, "Anytime-Valid Inference for Multinomial Count Data" (NeurIPS 2022), and
 * the two-by-two e-variable of Turner, Ly & Grünwald (2021) for rare events. Given both sides' errors together
 * it is valid even for errors that strike both sides at once (Hoeffding 1963).
 */
export function setOdds(odds: Odds, canary: number, stable: number, margin: Margin): void {
  if (canary === 0 || stable === 0) {
    for (const part of [odds.canary, odds.stable, odds.request]) part.fill(0);
    return;
  }
  for (let j = 0; j < RATIO_COUNT; j++) {
    const r = RATIOS[j] ?? 1;
    const d = canary * margin.factor * r + stable;
    const x = (stable * (r - 1)) / d;
    odds.canary[j] = Math.log(1 + x);
    odds.stable[j] = Math.log(1 - (canary * margin.factor * (r - 1)) / d);
    odds.request[j] = canary * margin.plus * x;
  }
}

const bets = new Float64Array(RATIO_COUNT);

/** ln E of each ratio, tempered by the spread `phi >= 1`. The array is used again by the next call. */
export function twoSample(odds: Odds, canary: number, stable: number, phi: number): Float64Array {
  for (let j = 0; j < RATIO_COUNT; j++) {
    const won = canary * (odds.canary[j] ?? 0) + stable * (odds.stable[j] ?? 0);
    bets[j] = (won - (odds.request[j] ?? 0)) / phi;
  }
  return bets;
}

/** Bets of `events` among `requests` against a probability of at most `q`: ln E = e ln r - n q (r-1), a Poisson bet. */
export function oneSample(events: number, requests: number, q: number, phi: number): Float64Array {
  for (let j = 0; j < RATIO_COUNT; j++) {
    const r = RATIOS[j] ?? 1;
    bets[j] = (events * (LOG_RATIOS[j] ?? 0) - requests * q * (r - 1)) / phi;
  }
  return bets;
}

/** What part of its share the canary may still get. */
const LEFT = [0.93, 0.8, 0.6, 0.4, 0.15, 0.01] as const;
export const LEFT_COUNT = LEFT.length;
const arrivalBets = new Float64Array(LEFT_COUNT);

/**
 * Bets that the canary gets less than `least` of the share committed for it: the sample-ratio mismatch test of
 * Lindon & Malek, one-sided. Each request is the canary's with odds `share least : 1 - share` at the edge of
 * what is accepted.
 */
export function arrivalsBets(
  canary: number,
  stable: number,
  share: number,
  least: number,
  phi: number,
): Float64Array {
  const rest = 1 - share;
  const edge = share * least;
  for (let j = 0; j < LEFT_COUNT; j++) {
    const left = LEFT[j] ?? 1;
    const whole = Math.log((edge + rest) / (edge * left + rest));
    arrivalBets[j] = (canary * (Math.log(left) + whole) + stable * whole) / phi;
  }
  return arrivalBets;
}
