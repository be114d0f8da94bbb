import type { Problem, Rollout } from "../config/types.ts";
import { isPath } from "../manifests/by-path.ts";
import type { Metrics } from "../ports/metrics.ts";
import type { Facts } from "./facts.ts";
import { sidesOf } from "./observe.ts";
import { sharedNotes, workloadNotes } from "./plan-workloads.ts";

/** What is wrong between a rollout, its files and its data plane, although each of them can be read. */
export interface Misfits {
  /** No release could be judged. */
  readonly problems: readonly Problem[];
  /** What may be meant, or be set right by something that is not in the files. */
  readonly notes: readonly string[];
}

export function misfits(
  metrics: Pick<Metrics, "fitOf">,
  rollout: Rollout,
  facts: Pick<Facts, "splits" | "stable" | "canary">,
  /** All of the configuration. */
  rollouts: readonly Rollout[],
): Misfits {
  const { problem, notes } = metrics.fitOf({
    sides: sidesOf(rollout, facts),
    slos: rollout.slos,
    workloads: [facts.stable, facts.canary],
    splits: facts.splits.map((split, i) => {
      const { stable = "", canary = "" } = rollout.targets[i] ?? {};
      return { ...split, byPath: isPath(stable) || isPath(canary) };
    }),
  });
  const place = { file: rollout.workloads.canary, line: 1, column: 1 };
  return {
    problems: problem === null ? [] : [{ ...place, code: "sides", message: `${rollout.name}: ${problem}` }],
    notes: [...notes, ...workloadNotes(facts), ...sharedNotes(rollout, rollouts)],
  };
}
