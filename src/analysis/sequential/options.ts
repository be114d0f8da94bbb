import type { Options } from "./types.ts";

export const DEFAULTS: Options = {
  falseRollback: 0.01,
  errors: { factor: 1.1, plus: 0.0005 },
  latency: { factor: 1.4, plus: 0.001 },
  arrivals: 0.92,
  limit: null,
  warmUp: 60_000,
  bake: { first: 60_000, later: 45_000 },
  watch: { since: 2_100_000, least: 600_000 },
  patience: 480_000,
  trouble: 1_800_000,
  risk: 8,
};

/** Parts of the budget; they add up to 1. A weighted sum of e-processes is one (Vovk & Wang 2021). */
export const BUDGET = { errors: 0.5, latency: 0.25, arrivals: 0.1, past: 0.1, limit: 0.05 } as const;
export type ChannelName = keyof typeof BUDGET;
