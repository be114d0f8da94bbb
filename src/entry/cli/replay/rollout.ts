import type { Rollout } from "../../../config/types.ts";
import type { Bypass } from "../../../manifests/types.ts";
import { bypassesIn } from "../../../reconcile/edits.ts";
import { climbable, type Facts, factsOf } from "../../../reconcile/facts.ts";
import { CONFIG_FILE, filesOf } from "../../../reconcile/read.ts";
import { linesOf, openConfigured } from "../configured.ts";

/** A rollout as a checkout has it. */
export interface Declared {
  readonly rollout: Rollout;
  readonly facts: Facts;
  readonly bypasses: readonly Bypass[];
  /** Blob of the configuration. */
  readonly config: string;
}

export type Found =
  | { readonly ok: true; readonly declared: Declared }
  | { readonly ok: false; readonly problems: readonly string[] };

/** The rollout called `name`, or the only one there is. */
export async function findRollout(folder: string, name: string | null): Promise<Found> {
  const opened = await openConfigured(folder);
  if (!opened.ok) return opened;
  const { config, oid, read } = opened;
  const { rollouts } = config;
  const rollout = name === null ? onlyOne(rollouts) : rollouts.find((one) => one.name === name);
  if (!rollout) {
    const names = rollouts.map((one) => one.name).join(", ");
    const what = name === null ? "it has several rollouts" : `it has no rollout "${name}"`;
    return {
      ok: false,
      problems: [`${CONFIG_FILE}:1:1: ${what}; say --rollout with one of: ${names}`],
    };
  }
  const paths = filesOf(rollout);
  const files = new Map(await Promise.all(paths.map(async (path) => [path, await read(path)] as const)));
  const outcome = factsOf(rollout, files);
  if (!outcome.ok) return { ok: false, problems: linesOf(outcome.problems) };
  const { facts } = outcome;
  const bypasses = bypassesIn(rollout, facts, files, []);
  return { ok: true, declared: { rollout: climbable(rollout, facts), facts, bypasses, config: oid } };
}

function onlyOne(rollouts: readonly Rollout[]): Rollout | undefined {
  return rollouts.length === 1 ? rollouts[0] : undefined;
}
