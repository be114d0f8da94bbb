import type { Release, RolloutState } from "../release/state.ts";
import { SCHEMA } from "../release/state.ts";

export const STATE_BRANCH = "sluice/state";

export function statePath(rollout: string): string {
  return `rollouts/${rollout}.json`;
}

/** Where it stands that a document was refused. */
export function refusedPath(rollout: string): string {
  return `refused/${rollout}.json`;
}

/** All that says how a rollout stands. */
export function statePaths(rollout: string): readonly string[] {
  return [statePath(rollout), refusedPath(rollout)];
}

export function endedPath(rollout: string, number: number): string {
  return `releases/${rollout}/${number}.json`;
}

export function writeState(state: RolloutState): string {
  return `${JSON.stringify(state, null, 2)}\n`;
}

export function writeEnded(rollout: string, release: Release): string {
  return `${JSON.stringify({ schema: SCHEMA, rollout, release }, null, 2)}\n`;
}

/** null for anything that is not a document we wrote. */
export function parseEnded(text: string): Release | null {
  try {
    const value: unknown = JSON.parse(text);
    const known = typeof value === "object" && value !== null && "schema" in value && value.schema === SCHEMA;
    return known && "release" in value ? (value.release as Release) : null;
  } catch {
    return null;
  }
}

/** A document that somebody else left there, by its object, and who that was. */
export interface Refusal {
  readonly document: string;
  readonly by: string | null;
  readonly commit: string | null;
}

export function writeRefusal(rollout: string, refusal: Refusal): string {
  return `${JSON.stringify({ schema: SCHEMA, rollout, ...refusal }, null, 2)}\n`;
}

/** null for anything else; whoever writes one can only have a document refused. */
export function parseRefusal(text: string): Refusal | null {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null || !("document" in value)) return null;
    const { document, by, commit } = value as Partial<Record<keyof Refusal, unknown>>;
    const said = (word: unknown) => (typeof word === "string" ? word : null);
    return typeof document === "string" ? { document, by: said(by), commit: said(commit) } : null;
  } catch {
    return null;
  }
}

/** Only commits of our own App come here, so beyond schema and name the shape is the one we wrote. */
export function parseState(
  rollout: string,
  text: string,
): { readonly ok: true; readonly state: RolloutState } | { readonly ok: false; readonly reason: string } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { ok: false, reason: `${statePath(rollout)} on ${STATE_BRANCH} is not JSON.` };
  }
  if (!isDocument(value) || value.rollout !== rollout) {
    return {
      ok: false,
      reason: `${statePath(rollout)} on ${STATE_BRANCH} is not a state document of ${rollout}.`,
    };
  }
  if (value.schema !== SCHEMA) {
    const reason = `${statePath(rollout)} has schema ${value.schema}; this Sluice reads ${SCHEMA}. Run the newer Sluice that wrote it.`;
    return { ok: false, reason };
  }
  return { ok: true, state: value as unknown as RolloutState };
}

function isDocument(value: unknown): value is { readonly schema: number; readonly rollout: string } {
  return (
    typeof value === "object" &&
    value !== null &&
    "schema" in value &&
    typeof value.schema === "number" &&
    "rollout" in value &&
    "release" in value &&
    isRelease(value.release) &&
    "handled" in value &&
    Array.isArray(value.handled)
  );
}

function isRelease(value: unknown): boolean {
  if (value === null) return true;
  if (typeof value !== "object") return false;
  return ["number", "phase", "cause", "shift", "expected", "timeline"].every((key) => key in value);
}
