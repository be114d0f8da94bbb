import type { Gate, Rollout } from "../config/types.ts";
import { gateName } from "../release/gates.ts";
import { listed } from "../views/format.ts";
import type { Ports } from "./ports.ts";

/** Gates that would wait for ever, as far as the configuration alone shows it. */
export function gateNotes({ commit, steps, gates: first = [], from }: Rollout): readonly string[] {
  // What brings an image from elsewhere is a commit of ours, too.
  const asked = [...(from ? first : []), ...steps.flatMap(({ gates = [] }) => gates)].filter(
    ({ kind }) => kind !== "hook",
  );
  if (!commit.skipCi || asked.length === 0) return [];
  return [
    `\`commit: { skipCi: true }\`: no workflow runs for the commits of weights, so ${named(asked)} may never open.`,
  ];
}

/** Hooks that the operator has not configured for this repository. */
export function hookNotes(
  { hooks }: Pick<Ports, "hooks">,
  { gates = [], steps }: Rollout,
): readonly string[] {
  const asked = [...gates, ...steps.flatMap((step) => step.gates ?? [])];
  const unknown = asked.filter(({ kind, name }) => kind === "hook" && !hooks.knows(name));
  if (unknown.length === 0) return [];
  return [
    `The operator has configured no ${named(unknown)} for this repository: it never opens, and somebody has to approve.`,
  ];
}

function named(gates: readonly Gate[]): string {
  return listed([...new Set(gates.map(gateName))]);
}
