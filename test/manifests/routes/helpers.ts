import type { HeaderMatch, HeaderRoute, ManagedRoute, MirrorRoute } from "../../../src/config/types.ts";
import { setRoutes, standingRoutes } from "../../../src/manifests/index.ts";
import type { Result, Selector } from "../../../src/manifests/types.ts";
import { value } from "../helpers.ts";

export interface Sides {
  readonly stable: string;
  readonly canary: string;
}

type How = HeaderMatch["value"]["how"];

export const header = (name: string, text: string, how: How = "exact"): HeaderMatch => ({
  in: "header",
  name,
  value: { how, text },
});

export const cookie = (name: string, text: string, how: How = "exact"): HeaderMatch => ({
  in: "cookie",
  name,
  value: { how, text },
});

export const headerRoute = (...match: HeaderMatch[]): HeaderRoute => ({
  kind: "header",
  name: "beta",
  match,
});
export const mirrorRoute = (percent: number): MirrorRoute => ({ kind: "mirror", name: "shadow", percent });

export const BETA = headerRoute(header("X-Beta", "yes"));

/** Routes beside the split between v1 and v2, unless said otherwise. */
export function beside(text: string, sides: Sides = { stable: "v1", canary: "v2" }, selector: Selector = {}) {
  return {
    change: (before: readonly ManagedRoute[], after: readonly ManagedRoute[]): Result<string> =>
      setRoutes("f.yaml", text, selector, sides, { before, after }),
    with: (...routes: ManagedRoute[]): string =>
      value(setRoutes("f.yaml", text, selector, sides, { before: [], after: routes })),
    without: (...routes: ManagedRoute[]): string =>
      value(setRoutes("f.yaml", text, selector, sides, { before: routes, after: [] })),
    standing: (...routes: ManagedRoute[]): readonly ManagedRoute[] =>
      value(standingRoutes("f.yaml", text, selector, sides, routes)),
  };
}

/** The lines that a longer text has and a shorter one has not. */
export function linesPutIn(before: string, after: string): readonly string[] {
  const rest = before.split("\n");
  return after.split("\n").filter((line) => {
    if (rest[0] !== line) return true;
    rest.shift();
    return false;
  });
}
