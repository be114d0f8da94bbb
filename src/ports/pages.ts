import type { Rollout } from "../config/types.ts";
import type { Ended, Release } from "../release/state.ts";
import type { Page } from "../views/standing.ts";

/** Places outside GitHub where people see more. */
export interface Pages {
  /** What the operator named for a release, in his order. */
  pagesOf(rollout: Rollout, release: Release, ended: Ended | null): readonly Page[];
}
