import type { Habit, Spread } from "./types.ts";

/** Scrapes in a block: a minute at the usual 15 s. */
export const BLOCK = 4;
/** How many blocks the expectation from history is worth. */
const PRIOR_BLOCKS = 2;
const LEAST = 1.05;

export function newSpread(): Spread {
  return {
    canary: 0,
    stable: 0,
    canaryUnits: 0,
    stableUnits: 0,
    block: { scrapes: 0, canary: 0, stable: 0, canaryUnits: 0, stableUnits: 0 },
    blocks: 0,
    residuals: 0,
    weight: 0,
  };
}

/**
 * What the history makes one expect of the spread of the canary's count: `expected` events in a block with
 * frailty (rates that wander, so the spread grows with the count) or in clumps (so it does not).
 */
export function expectedSpread(habit: Habit, expected: number, most: number): number {
  return Math.max(LEAST, Math.min(most, 1 + expected * habit.frailty), Math.min(habit.fano, 6));
}

/**
 * The divisor of the log-evidence (quasi-likelihood; Wedderburn 1974): what history lets expect, corrected by the
 * residuals between the sides so far. It uses earlier scrapes only, so tempering with it keeps e-values valid.
 */
export function dispersion(spread: Spread, expected: number): number {
  const seen = (PRIOR_BLOCKS + spread.residuals) / (PRIOR_BLOCKS + spread.weight);
  return Math.max(1, expected * seen);
}

/**
 * One interval of both sides: events, and the units they are counted per (requests, or the share committed).
 * Each finished block gives a squared residual around the running ratio of the sides *including* the block, or
 * the canary's own harm would pass for noise; relative to what was expected, or spread that grows with the
 * weight would be forgotten.
 */
export function addToSpread(
  spread: Spread,
  canary: number,
  stable: number,
  canaryUnits: number,
  stableUnits: number,
  expected: number,
): void {
  const { block } = spread;
  block.scrapes += 1;
  block.canary += canary;
  block.stable += stable;
  block.canaryUnits += canaryUnits;
  block.stableUnits += stableUnits;
  if (block.scrapes < BLOCK) return;
  spread.canary += block.canary;
  spread.stable += block.stable;
  spread.canaryUnits += block.canaryUnits;
  spread.stableUnits += block.stableUnits;
  const events = block.canary + block.stable;
  const earlier = spread.blocks;
  if (events > 0 && spread.canaryUnits > 0 && spread.stableUnits > 0) {
    const mine = (block.canaryUnits * spread.canary) / spread.canaryUnits;
    const theirs = (block.stableUnits * spread.stable) / spread.stableUnits;
    const q = mine / (mine + theirs);
    const variance = events * q * (1 - q);
    if (earlier > 0 && variance > 0) {
      const square = ((block.canary - events * q) ** 2 / variance) * ((earlier + 1) / earlier);
      const weight = variance / (variance + 1);
      spread.residuals += weight * Math.min(25, square / expected);
      spread.weight += weight;
    }
    spread.blocks += 1;
  }
  spread.block = { scrapes: 0, canary: 0, stable: 0, canaryUnits: 0, stableUnits: 0 };
}
