import { quantile } from "./latency.ts";
import type { Counts, Scrape } from "./types.ts";

/** What both sides did, stretch by stretch since the first weight: for pictures and sums, never for a verdict. */
export interface Track {
  /** Scrapes that one point holds. */
  readonly per: number;
  /** Ascending; at most `MOST`. */
  readonly points: readonly TrackPoint[];
}

interface TrackPoint {
  /** Epoch ms of its last scrape. */
  readonly at: number;
  /** Canary's percent then. */
  readonly percent: number;
  readonly scrapes: number;
  readonly canary: TrackSide;
  readonly stable: TrackSide;
}

export interface TrackSide {
  readonly requests: number;
  readonly errors: number;
  /** Milliseconds at the quantile of the rollout, of joined stretches the mean by requests; null where nothing was timed. */
  readonly latency: number | null;
}

/** Two points become one when there would be more: a release of any length keeps the same few kilobytes. */
const MOST = 40;

export const NO_TRACK: Track = { per: 1, points: [] };

/** With one more scrape, whose last moment was at `percent`. */
export function follow(track: Track, scrape: Scrape, percent: number, q: number): Track {
  const { at } = scrape;
  const fresh: TrackPoint = {
    at,
    percent,
    scrapes: 1,
    canary: sideOf(scrape.canary, q),
    stable: sideOf(scrape.stable, q),
  };
  const last = track.points.at(-1);
  if (last && last.scrapes < track.per) {
    return { ...track, points: [...track.points.slice(0, -1), joined(last, fresh)] };
  }
  const points = [...track.points, fresh];
  return points.length <= MOST ? { ...track, points } : { per: track.per * 2, points: halved(points) };
}

/** Both sides' sums over the whole track. */
export function sums({ points }: Track): { readonly canary: TrackSide; readonly stable: TrackSide } {
  const none: TrackSide = { requests: 0, errors: 0, latency: null };
  return points.reduce(
    ({ canary, stable }, point) => ({
      canary: added(canary, point.canary),
      stable: added(stable, point.stable),
    }),
    { canary: none, stable: none },
  );
}

function sideOf({ requests, errors, latency }: Counts, q: number): TrackSide {
  const value = quantile(latency, q);
  // Beyond the last edge nothing more is known than that it is beyond.
  const known = value === Infinity ? (latency.findLast(({ le }) => le < Infinity)?.le ?? NaN) : value;
  return { requests, errors, latency: Number.isNaN(known) ? null : Number(known.toPrecision(4)) };
}

function halved(points: readonly TrackPoint[]): readonly TrackPoint[] {
  const half: TrackPoint[] = [];
  for (let i = 0; i < points.length; i += 2) {
    const [first, second] = points.slice(i, i + 2);
    if (first) half.push(second ? joined(first, second) : first);
  }
  return half;
}

function joined(a: TrackPoint, b: TrackPoint): TrackPoint {
  return {
    at: b.at,
    percent: b.percent,
    scrapes: a.scrapes + b.scrapes,
    canary: added(a.canary, b.canary),
    stable: added(a.stable, b.stable),
  };
}

function added(a: TrackSide, b: TrackSide): TrackSide {
  const requests = a.requests + b.requests;
  return { requests, errors: a.errors + b.errors, latency: mean(a, b) };
}

function mean(a: TrackSide, b: TrackSide): number | null {
  if (a.latency === null || b.latency === null) return a.latency ?? b.latency;
  const requests = a.requests + b.requests;
  if (requests === 0) return a.latency;
  return Number(((a.latency * a.requests + b.latency * b.requests) / requests).toPrecision(4));
}
