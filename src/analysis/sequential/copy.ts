import type { EProcess, Spread, Summary } from "./types.ts";

/** A summary that may be written into: everything but the baseline, which never changes. */
export function copied(summary: Summary): Summary {
  const { errors, tail, arrivals, step, incident } = summary;
  return {
    ...summary,
    errors: {
      process: processOf(errors.process),
      spread: spreadOf(errors.spread),
      bound: boundOf(errors.bound),
    },
    latency: summary.latency.map(({ le, process, spread, past }) => ({
      le,
      process: processOf(process),
      spread: spreadOf(spread),
      past: processOf(past),
    })),
    tail: tail && { le: tail.le, bound: boundOf(tail.bound) },
    arrivals: { ...arrivals, process: processOf(arrivals.process), spread: spreadOf(arrivals.spread) },
    past: processOf(summary.past),
    limit: processOf(summary.limit),
    step: { ...step, canary: { ...step.canary }, stable: { ...step.stable } },
    recent: { ...summary.recent },
    incident: {
      ...incident,
      raised: incident.raised && { ...incident.raised },
      retreat: incident.retreat && { ...incident.retreat },
    },
  };
}

function processOf({ log, weights }: EProcess): EProcess {
  return { log, weights: weights.slice() };
}

function spreadOf(spread: Spread): Spread {
  return { ...spread, block: { ...spread.block } };
}

function boundOf({ bets, requests }: { bets: number[]; requests: number }) {
  return { bets: bets.slice(), requests };
}
