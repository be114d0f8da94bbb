import { matchers, type Names, ruleMatchers, type Side } from "./names.ts";
import type { Plane, Rule } from "./planes/plane.ts";

const BOTH = ["stable", "canary"] as const;

/** All series of a metric that count requests of one of the sides. */
export function selector(
  plane: Pick<Plane, "scope" | "narrow" | "sides" | "stable">,
  names: Names,
  metric: string,
  where: Readonly<Record<string, Rule>> = {},
  sides: readonly Side[] = BOTH,
): string {
  return `${metric}{${[...matchers(plane, names, sides), ...ruleMatchers(where)].join(",")}}`;
}
