import type { ManagedRoute, Problem, Rollout } from "../config/types.ts";
import type { Bypass } from "../manifests/types.ts";
import type { FileReading } from "../ports/forge.ts";
import type { Release } from "../release/state.ts";
import { bypassesIn, leftIn, standingIn } from "./edits.ts";
import { type Facts, factsOf, type Reader } from "./facts.ts";

/** What the files of a rollout say, and what stands beside its split. */
export interface Understood {
  readonly facts: Facts;
  readonly bypasses: readonly Bypass[];
  /** The release's routes that stand, target by target. */
  readonly standing: readonly (readonly ManagedRoute[])[];
  /** Routes that the ladder or the release knows and of which something still stands. */
  readonly left: readonly ManagedRoute[];
}

export type Understanding =
  | { readonly ok: true; readonly understood: Understood }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** Rollout → what was understood last, and of what. */
export type Understandings = Map<string, { readonly of: string; readonly understanding: Understanding }>;

/** A release is looked at far more often than its files change: the same objects are understood once. */
export function understand(
  { understood: known, reader }: { readonly understood: Understandings; readonly reader: Reader },
  rollout: Rollout,
  files: ReadonlyMap<string, FileReading>,
  release: Release | null,
): Understanding {
  const { name, targets, workloads, steps } = rollout;
  const objects = [...files].map(([path, file]) => [path, file.status === "text" ? file.oid : file]);
  const of = JSON.stringify([targets, workloads, steps, release?.routes, objects]);
  const before = known.get(name);
  if (before?.of === of) return before.understanding;
  const understanding = read(rollout, files, release, reader);
  known.set(name, { of, understanding });
  return understanding;
}

function read(
  rollout: Rollout,
  files: ReadonlyMap<string, FileReading>,
  release: Release | null,
  reader: Reader,
): Understanding {
  const outcome = factsOf(rollout, files, reader);
  if (!outcome.ok) return outcome;
  const { facts } = outcome;
  const routes = release?.routes ?? [];
  return {
    ok: true,
    understood: {
      facts,
      bypasses: release ? bypassesIn(rollout, facts, files, routes) : [],
      standing: standingIn(rollout, files, routes),
      left: leftIn(rollout, files, release),
    },
  };
}
