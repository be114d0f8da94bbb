import type { RolloutState } from "../release/state.ts";
import type { RolloutPlan } from "../views/plan-view.ts";
import type { Ports } from "./ports.ts";
import { endedPath, parseEnded, STATE_BRANCH } from "./state-document.ts";

/** So many of the newest releases of a rollout are looked at. */
const NEWEST = 10;

/** How long releases that were promoted took: the middle of the newest few, by rollout. One request for all, or none. */
export async function typicalTimes(
  { forge }: Ports,
  states: readonly RolloutState[],
): Promise<ReadonlyMap<string, RolloutPlan["typical"]>> {
  const past = new Map(states.map(({ rollout, next }) => [rollout, newest(rollout, next)]));
  const paths = [...past.values()].flat();
  if (paths.length === 0) return new Map();
  const files = (await forge.snapshot([{ branch: STATE_BRANCH, paths }])).get(STATE_BRANCH)?.files;
  const took = (path: string): readonly number[] => {
    const file = files?.get(path);
    const release = file?.status === "text" ? parseEnded(file.text) : null;
    const last = release?.timeline.at(-1);
    return release?.ending === "promoted" && last ? [last.at - release.startedAt] : [];
  };
  return new Map([...past].map(([rollout, own]) => [rollout, middle(own.flatMap(took))]));
}

function newest(rollout: string, next: number): readonly string[] {
  const count = Math.min(NEWEST, next - 1);
  return Array.from({ length: count }, (_, i) => endedPath(rollout, next - 1 - i));
}

function middle(took: readonly number[]): RolloutPlan["typical"] {
  const takes = took.toSorted((a, b) => a - b)[Math.floor((took.length - 1) / 2)];
  return takes === undefined ? null : { takes, of: took.length };
}
