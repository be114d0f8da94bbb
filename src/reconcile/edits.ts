import { createHash } from "node:crypto";
import type { ManagedRoute, Problem, Rollout } from "../config/types.ts";
import { findBypasses, removeBypasses, setRoutes, setWeights, standingRoutes } from "../manifests/index.ts";
import type { Bypass } from "../manifests/types.ts";
import type { FileChange, FileReading } from "../ports/forge.ts";
import type { Release, Weights } from "../release/state.ts";
import type { Plan } from "../release/world.ts";
import { type Facts, planOf, selectorOf } from "./facts.ts";

type Files = ReadonlyMap<string, FileReading>;

/** What the targets shall say. */
export interface Wanted {
  readonly weights: readonly Weights[];
  /** Those that stand now, as far as Sluice set them, and those that shall stand. */
  readonly routes: { readonly before: readonly ManagedRoute[]; readonly after: readonly ManagedRoute[] };
  /** Routes of the team's own to the canary go too, where they can. */
  readonly removeBypasses: boolean;
  /** On the way down no route that cannot be taken away keeps the weights from going. */
  readonly atLeast: "everything" | "weights";
}

export type Changes =
  | { readonly ok: true; readonly changes: readonly FileChange[] }
  | { readonly ok: false; readonly reason: string };

/** The target files as they shall be; those that stay as they are are left out. */
export function targetChanges(rollout: Rollout, wanted: Wanted, files: Files): Changes {
  const texts = new Map<string, string>();
  const { before, after } = wanted.routes;
  for (const [i, target] of rollout.targets.entries()) {
    const { file, stable, canary } = target;
    const weights = wanted.weights[i];
    if (!weights) return { ok: false, reason: `${file} has no planned weights` };
    const selector = selectorOf(target);
    const arms = new Map([
      [stable, weights.stable],
      [canary, weights.canary],
    ]);
    const sides = { stable, canary };
    const weighted = setWeights(file, texts.get(file) ?? textOf(files, file), selector, arms);
    if (!weighted.ok) return refused(file, weighted.problem);
    let text = weighted.value;
    if (wanted.atLeast === "everything" && before.length + after.length > 0) {
      const routed = setRoutes(file, text, selector, sides, wanted.routes);
      if (!routed.ok) return refused(file, routed.problem);
      text = routed.value;
    }
    for (const route of wanted.atLeast === "weights" ? before : []) {
      const without = setRoutes(file, text, selector, sides, { before: [route], after: [] });
      if (without.ok) text = without.value;
    }
    if (wanted.removeBypasses) {
      const cleared = removeBypasses(file, text, selector, sides, after);
      // What stays is seen at the next look and holds the release open.
      if (cleared.ok) text = cleared.value;
    }
    texts.set(file, text);
  }
  const changes = [...texts].filter(([path, text]) => text !== textOf(files, path));
  return { ok: true, changes: changes.map(([path, text]) => ({ path, text })) };
}

function refused(file: string, { line, message }: Problem): Changes {
  return { ok: false, reason: `${file}:${line}: ${message}` };
}

/** The weights that express `percent` in every target, where these and the routes can be written. */
export function planStep(
  rollout: Rollout,
  facts: Facts,
  files: Files,
  percent: number,
  routes: Wanted["routes"],
): Plan {
  const plan = planOf(rollout, facts, percent);
  if (!plan.ok || routes.before.length + routes.after.length === 0) return plan;
  const wanted = { weights: plan.weights, routes, removeBypasses: false, atLeast: "everything" } as const;
  const written = targetChanges(rollout, wanted, files);
  return written.ok ? plan : written;
}

/** Those of `routes` that stand, target by target. */
export function standingIn(
  rollout: Rollout,
  files: Files,
  routes: readonly ManagedRoute[],
): readonly (readonly ManagedRoute[])[] {
  return rollout.targets.map((target) => {
    if (routes.length === 0) return [];
    const { file, stable, canary } = target;
    const found = standingRoutes(file, textOf(files, file), selectorOf(target), { stable, canary }, routes);
    return found.ok ? found.value : [];
  });
}

/** Routes of the team's own that reach a target's canary whatever the weights; the targets themselves are none. */
export function bypassesIn(
  rollout: Rollout,
  { splits }: Facts,
  files: Files,
  ours: readonly ManagedRoute[],
): readonly Bypass[] {
  const found = rollout.targets.flatMap((target) => {
    const { file, stable, canary } = target;
    const bypasses = findBypasses(file, textOf(files, file), selectorOf(target), { stable, canary }, ours);
    return bypasses.ok ? bypasses.value : [];
  });
  const place = ({ file, kind, name, route }: Pick<Bypass, "file" | "kind" | "name" | "route">) =>
    JSON.stringify([file, kind, name, route]);
  const driven = new Set(splits.map(place));
  return [...new Map(found.map((bypass) => [place(bypass), bypass])).values()].filter(
    (bypass) => !driven.has(place(bypass)),
  );
}

export function textOf(files: Files, path: string): string {
  const file = files.get(path);
  return file?.status === "text" ? file.text : "";
}

/** `mesh/checkout.yaml:12: http[0] of VirtualService checkout sends all requests with user-agent … to the canary`. */
export function bypassWords({ file, line, kind, name, route, match, percent }: Bypass): string {
  const where = `${file}:${line}: ${route === null ? "" : `${route} of `}${kind} ${name}`;
  const share = percent === 100 ? "every request" : `${Number(percent.toFixed(2))} % of the requests`;
  return `${where} sends ${share}${match === null ? "" : ` that match ${match}`} to the canary`;
}

/** Routes of a running release or of its ladder of which something can still be taken out of a target. */
export function leftIn(rollout: Rollout, files: Files, release: Release | null): readonly ManagedRoute[] {
  if (release === null) return [];
  const all = [...release.routes, ...rollout.steps.flatMap(({ routes }) => routes)];
  const known = [...new Map(all.map((route) => [JSON.stringify(route), route])).values()];
  return known.filter((route) =>
    rollout.targets.some((target) => {
      const { file, stable, canary } = target;
      const text = textOf(files, file);
      const change = { before: [route], after: [] };
      const without = setRoutes(file, text, selectorOf(target), { stable, canary }, change);
      // What cannot be read is not known to be gone.
      return !without.ok || without.value !== text;
    }),
  );
}

/** The same for the same bypasses, whatever their lines; empty for none. */
export function besideKey(bypasses: readonly Bypass[]): string {
  if (bypasses.length === 0) return "";
  const keys = bypasses.map(({ file, kind, name, route, match, percent }) =>
    JSON.stringify([file, kind, name, route, match, percent]),
  );
  return createHash("sha256").update(keys.sort().join("\n")).digest("hex").slice(0, 12);
}
