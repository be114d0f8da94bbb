import type { Problem, Rollout } from "../../../config/types.ts";
import type { Bypass } from "../../../manifests/types.ts";
import { bypassesIn } from "../../../reconcile/edits.ts";
import { type Facts, factsOf } from "../../../reconcile/facts.ts";
import { CONFIG_FILE, filesOf, readConfig } from "../../../reconcile/read.ts";
import { openCheckout } from "../checkout.ts";
import { problemLine } from "../files.ts";
import { inert } from "../table.ts";

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
  const refused = (problems: readonly Problem[]): Found => ({
    ok: false,
    problems: problems.map((problem) => inert(problemLine(problem))),
  });
  let read: Awaited<ReturnType<typeof openCheckout>>;
  try {
    read = await openCheckout(folder);
  } catch {
    return { ok: false, problems: [`${folder}:1:1: this is no folder that can be read`] };
  }
  const config = readConfig(await read(CONFIG_FILE));
  if (config.status === "missing") {
    return { ok: false, problems: [`${CONFIG_FILE}:1:1: there is no such file in ${folder}`] };
  }
  if (config.status === "broken") return refused(config.problems);
  const { rollouts } = config.config;
  const rollout = name === null ? onlyOne(rollouts) : rollouts.find((one) => one.name === name);
  if (!rollout) {
    const names = rollouts.map((one) => one.name).join(", ");
    const what = name === null ? "it has several rollouts" : `it has no rollout "${name}"`;
    return {
      ok: false,
      problems: [inert(`${CONFIG_FILE}:1:1: ${what}; say --rollout with one of: ${names}`)],
    };
  }
  const paths = filesOf(rollout);
  const files = new Map(await Promise.all(paths.map(async (path) => [path, await read(path)] as const)));
  const outcome = factsOf(rollout, files);
  if (!outcome.ok) return refused(outcome.problems);
  const { facts } = outcome;
  const bypasses = bypassesIn(rollout, facts, files, []);
  return { ok: true, declared: { rollout, facts, bypasses, config: config.oid } };
}

function onlyOne(rollouts: readonly Rollout[]): Rollout | undefined {
  return rollouts.length === 1 ? rollouts[0] : undefined;
}
