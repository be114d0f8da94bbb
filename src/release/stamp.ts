import { createHash } from "node:crypto";
import type { Release } from "./state.ts";

/**
 * Eight hexadecimal digits that name where a release stands as far as a person's word is about it: its step, its
 * weight, and what it waits for from people. Evidence that comes and goes does not change it.
 */
export function stampOf({ number, phase, step, shift, will, hold, approved, failure }: Release): string {
  const shut = hold?.kind === "person" ? hold.gates?.map(({ gate, status }) => [gate, status]) : undefined;
  const waits = hold?.kind !== "person" ? null : shut ? [hold.reason, shut] : hold.reason;
  const where = [
    number,
    phase,
    step,
    shift.percent,
    shift.commit,
    will,
    waits,
    approved,
    failure?.at ?? null,
  ];
  return createHash("sha256").update(JSON.stringify(where)).digest("hex").slice(0, 8);
}
