import type { ManagedRoute, Rollout } from "../config/types.ts";
import type { Release, Weights } from "./state.ts";
import { isZero, percentsOf, sameWeights } from "./transitions.ts";
import type { World } from "./world.ts";

/** By weight, by a route of ours, or by copies of requests: the canary has something to be judged by. */
export function exposed({ shift, routes }: Pick<Release, "shift" | "routes">): boolean {
  return shift.percent > 0 || routes.length > 0;
}

/** With `steps: auto`: the first weight is still to be chosen, and no person keeps it from being. */
export function choosesFirst(
  { auto }: Pick<Rollout, "auto">,
  release: Pick<Release, "shift" | "routes" | "phase" | "hold" | "will">,
): boolean {
  const { phase, hold, will } = release;
  return auto && phase === "stepping" && !exposed(release) && hold?.kind !== "person" && will === null;
}

/** The manifests send the canary nothing that Sluice ever sent it. */
export function nothingExposed({ weights, left }: Pick<World, "weights" | "left">): boolean {
  return isZero(weights) && left.length === 0;
}

/** The manifests say what Sluice last wrote; on the way down a route may be gone before its time. */
export function asExpected(world: World, release: Release): boolean {
  const { expected, phase } = release;
  const down = phase === "rolling-back" || phase === "returning";
  return sameWeights(world.weights, expected) && (down || missingRoutes(world, release).length === 0);
}

/** Targets in which a route of ours is not as it would be written now, nor accepted as it is. */
export function missingRoutes(
  { routes: standing, left }: World,
  { routes, accepted }: Release,
): readonly { readonly target: number; readonly route: ManagedRoute }[] {
  const kept = (name: string) => accepted.includes(name) && left.some((route) => route.name === name);
  return standing.flatMap((found, target) =>
    routes
      .filter((route) => !found.some((other) => sameRoute(other, route)) && !kept(route.name))
      .map((route) => ({ target, route })),
  );
}

/** The canary's share is not the same in all files: what all requests together show is known of none of them. */
export function uneven(weights: readonly Weights[]): boolean {
  const percents = percentsOf(weights);
  return Math.max(...percents) - Math.min(...percents) > 0.5;
}

/** In any order. */
export function sameRoutes(a: readonly ManagedRoute[], b: readonly ManagedRoute[]): boolean {
  return a.length === b.length && a.every((route) => b.some((other) => sameRoute(route, other)));
}

function sameRoute(a: ManagedRoute, b: ManagedRoute): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** What a release becomes when the canary has nothing any more, by whoever's hand. */
export function wentDown(
  world: World,
  release: Release,
  expected: readonly Weights[],
  commit: string | null,
  baseline: number,
): Partial<Release> {
  const { percent } = release.shift;
  if (!exposed(release)) return { expected };
  const rerouted = release.routes.length > 0 || uneven(release.expected);
  return {
    expected,
    routes: [],
    shift: {
      percent: 0,
      before: percent,
      rerouted,
      baseline,
      at: world.now,
      commit,
      live: null,
    },
  };
}

/** When the traffic became what it is now; what was never seen live began with its commit, and before the first is rest. */
export function steadySince({ shift }: Release): number {
  return shift.commit === null ? shift.baseline : (shift.live?.at ?? shift.at);
}

/** `header route testers set, mirror shadow taken away`; null when nothing changes. */
export function routeWords(before: readonly ManagedRoute[], after: readonly ManagedRoute[]): string | null {
  const set = after.filter((route) => !before.some((other) => sameRoute(route, other)));
  const gone = before.filter(({ name }) => !after.some((other) => other.name === name));
  const words = [
    ...set.map((route) => `${routeName(route)} set`),
    ...gone.map((route) => `${routeName(route)} taken away`),
  ];
  return words.length === 0 ? null : words.join(", ");
}

/** `25 %`, `0 % + header route testers`. */
export function exposureWords(percent: string, routes: readonly ManagedRoute[]): string {
  return [percent, ...routes.map(routeName)].join(" + ");
}

/** `header route testers`, `mirror shadow of 10 %`. */
export function routeName(route: ManagedRoute): string {
  return route.kind === "header"
    ? `header route ${route.name}`
    : `mirror ${route.name} of ${route.percent} %`;
}
