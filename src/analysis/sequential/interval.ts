/** What is known of one side's rate: the share seen, and an interval that holds at every look together. */
export interface RateInterval {
  readonly requests: number;
  readonly events: number;
  /** Fractions of requests; `share` is null without a request. */
  readonly share: number | null;
  readonly low: number;
  readonly high: number;
}

/** The prior of the mixture: worth half an event in a hundred requests, so it says little. */
const SHAPE = 0.5;
const REQUESTS = 100;

/**
 * A confidence sequence for a Poisson rate: all rates under which the Gamma-mixture martingale
 * (Robbins 1970; Howard, Ramdas, McAuliffe & Sekhon 2021, section 3) stays below 1/risk. It holds for all looks
 * at once while the rate is constant. Counts are divided by their spread first, as everywhere here.
 */
export function rateInterval(events: number, requests: number, risk: number, spread: number): RateInterval {
  if (requests === 0) return { requests, events, share: null, low: 0, high: 1 };
  const k = events / spread;
  const n = requests / spread;
  const share = events / requests;
  const constant =
    logGamma(SHAPE + k) -
    logGamma(SHAPE) +
    SHAPE * Math.log(REQUESTS) -
    (SHAPE + k) * Math.log(REQUESTS + n) -
    Math.log(1 / risk);
  const outside = (rate: number) => constant + n * rate - (k > 0 ? k * Math.log(rate) : 0) > 0;
  return {
    requests,
    events,
    share,
    low: k === 0 ? 0 : edge(outside, share, 0),
    high: outside(1) ? edge(outside, share, 1) : 1,
  };
}

/** Between a rate inside and one outside. */
function edge(outside: (rate: number) => boolean, inside: number, far: number): number {
  let [near, beyond] = [inside, far];
  for (let i = 0; i < 50; i++) {
    const middle = (near + beyond) / 2;
    if (outside(middle)) beyond = middle;
    else near = middle;
  }
  return near;
}

/** ln Γ(x) for x > 0: recurrence up to 10, then Stirling's series. */
function logGamma(x: number): number {
  let shift = 0;
  let z = x;
  for (; z < 10; z++) shift += Math.log(z);
  const inverse = 1 / z;
  const series = inverse * (1 / 12 - inverse ** 2 * (1 / 360 - inverse ** 2 / 1260));
  return (z - 0.5) * Math.log(z) - z + 0.5 * Math.log(2 * Math.PI) + series - shift;
}
