import { stampOf } from "../release/stamp.ts";
import type { CheckButton } from "./check.ts";
import { fitting, type ReleaseView } from "./standing.ts";

/** GitHub shows three, with 20 characters of label, 40 of description and 20 of identifier. */
const MOST = 3;

/** Most urgent first; each is a command without an argument. */
const WORDS = {
  approve: { label: "Approve", description: "Let this step end" },
  resume: { label: "Resume", description: "Go on from what is there" },
  pause: { label: "Pause", description: "Stay at this weight" },
  rollback: { label: "Roll back", description: "Return all traffic to stable" },
} as const;
export type ButtonName = keyof typeof WORDS;
const NAMES = ["approve", "resume", "pause", "rollback"] as const satisfies readonly ButtonName[];

/** What may be ordered now by one click; the identifier carries where the release stood when it was shown. */
export function buttons(view: ReleaseView): readonly CheckButton[] {
  if (view.ended !== null) return [];
  const stamp = stampOf(view.release);
  const offered = NAMES.filter((name) => fitting([name], view.legal).length > 0);
  return offered.slice(0, MOST).map((name) => ({ ...WORDS[name], identifier: `${name}:${stamp}` }));
}

/** What a button's identifier orders, and when it was shown; null for anything that is not ours. */
export function readButton(identifier: string): { readonly name: ButtonName; readonly stamp: string } | null {
  const [said, stamp, ...more] = identifier.split(":");
  const name = NAMES.find((one) => one === said);
  return name && stamp !== undefined && /^[0-9a-f]{8}$/.test(stamp) && more.length === 0
    ? { name, stamp }
    : null;
}
