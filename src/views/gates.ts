import type { GateReading } from "../analysis/gates.ts";
import { sameGate } from "../config/gates.ts";
import type { Gate, Rollout, Step } from "../config/types.ts";
import { gateDetail, gateName } from "../release/gates.ts";
import type { Hold } from "../release/state.ts";
import { listed } from "./format.ts";
import { code, prose } from "./inert.ts";

/** Why a headline says that it stands still: of our own words alone, as there is Markdown and there is none. */
export function gateShort(gates: readonly GateReading[]): string {
  const shut = gates.some(({ status }) => status === "closed");
  const what = gates.length === 1 ? ` (${gates[0]?.gate.kind})` : "s";
  return `${shut ? "held by its" : "waits for its"} gate${what}`;
}

/** What the gates of a hold say, as it is known now, and where more of that is told. */
export function gatesSaid(hold: Hold, now: readonly GateReading[], repositoryUrl: string): string {
  const held = (hold.kind === "person" && hold.gates) || [];
  const gates = held.map((then) => now.find(({ gate }) => sameGate(gate, then.gate)) ?? then);
  const pages = gates.flatMap(({ gate, link }) => (link === null ? [] : [page(gate, link, repositoryUrl)]));
  return [prose(gateDetail(gates)), ...(pages.length === 0 ? [] : [`See ${listed(pages)}.`])].join(" ");
}

/** A page of the repository itself may be followed; whatever else was said to be one is only shown. */
function page(gate: Gate, link: string, repositoryUrl: string): string {
  const own = link.startsWith(`${repositoryUrl}/`) && /^[\w./:?=&%#-]+$/.test(link);
  return own ? `[the ${gate.kind}](${link})` : code(link, 500);
}

/** Above what `askedFor` says of each step. */
export function askedHead({ gates, steps }: Pick<Rollout, "gates" | "steps">): string {
  return gates || steps.some((step) => step.gates) ? "Approval, gates" : "Approval";
}

/** What a step waits for besides its evidence: ``needed``, ``check `smoke` ``; a dash where that is nothing. */
export function askedFor(approval: string | null, { gates = [] }: Pick<Step, "gates">): string {
  const words = [...(approval === null ? [] : [approval]), ...gates.map((gate) => prose(gateName(gate)))];
  return words.length === 0 ? "–" : words.join(", ");
}
