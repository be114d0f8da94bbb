import type { ManagedRoute } from "../../config/types.ts";
import type { Rule } from "../kind.ts";

/** True when Sluice itself put a rule there for a step: it goes when the step says so. */
export function isOurs(rule: Rule, ours: readonly ManagedRoute[]): boolean {
  return ours.some(({ kind, name }) => kind === "header" && `sluice-${name}` === rule.name);
}
