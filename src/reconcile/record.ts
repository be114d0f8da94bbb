import type { RolloutState } from "../release/state.ts";
import { inertPlain } from "../views/inert.ts";
import { leave } from "./left-heads.ts";
import { doubt, type Ports } from "./ports.ts";
import { claim } from "./stand-by.ts";
import { endedPath, STATE_BRANCH, statePath, writeEnded, writeState } from "./state-document.ts";
import type { StateReading } from "./stored-state.ts";

/** Where the state document stands: what a write is compared with. */
export interface Anchor {
  readonly head: string | null;
  /** The document's object; null when there is none yet. */
  readonly oid: string | null;
}

export type Recorded =
  | { readonly status: "recorded"; readonly head: string }
  | { readonly status: "lost-race" }
  /** A rule of the repository forbids it; says what to do. */
  | { readonly status: "blocked"; readonly reason: string };

const TRIES = 10;
const SUBJECT = 72;
const LONGEST = 2000;

export function anchorOf(state: StateReading): Anchor {
  if (state.status === "ok") return { head: state.head, oid: state.oid };
  return { head: state.status === "none" ? state.head : null, oid: null };
}

/**
 * One commit on `sluice/state`. Other rollouts share the branch, so a moved head alone loses nothing:
 * the write is repeated as long as our own document is the one that was read.
 */
export async function record(
  ports: Ports,
  anchor: Anchor,
  state: RolloutState,
  why: string,
  ended: boolean,
): Promise<Recorded> {
  const { forge, memory } = ports;
  const document = ended ? { ...state, release: null } : state;
  const text = writeState(document);
  const files = [{ path: statePath(state.rollout), text }];
  if (ended && state.release) {
    files.push({
      path: endedPath(state.rollout, state.release.number),
      text: writeEnded(state.rollout, state.release),
    });
  }
  const message = messageOf(state.rollout, why);
  const priority = state.release?.phase === "rolling-back" ? "rollback" : "state";
  let { head } = anchor;
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const writing =
      head === null
        ? forge.createOrphan(STATE_BRANCH, message, files)
        : forge.commit({ branch: STATE_BRANCH, expectedHead: head, message, files, priority, restsOn: [] });
    const outcome = await writing.catch((error: unknown) => {
      // Nobody knows where the branch is now.
      doubt(memory);
      leave(ports, head, null);
      throw error;
    });
    if (outcome.status === "committed") {
      // It changed no other rollout's document.
      const base = outcome.base ?? head;
      for (const [path, known] of memory.verified) if (known === base) memory.verified.set(path, outcome.oid);
      for (const { path } of files) memory.verified.set(path, outcome.oid);
      leave(ports, base, outcome.oid);
      memory.stateLog = null;
      claim(ports, state.rollout, text);
      return { status: "recorded", head: outcome.oid };
    }
    if (outcome.status === "blocked") {
      const reason = `${STATE_BRANCH} cannot be written: ${outcome.reason} Let this App push to that branch; until then nothing is done.`;
      return { status: "blocked", reason };
    }
    const snapshot = (
      await forge.snapshot([{ branch: STATE_BRANCH, paths: [statePath(state.rollout)] }])
    ).get(STATE_BRANCH);
    const file = snapshot?.files.get(statePath(state.rollout));
    const oid = file?.status === "text" ? file.oid : null;
    if (oid !== anchor.oid || (file?.status === "unusable" && snapshot)) return { status: "lost-race" };
    head = snapshot?.head ?? null;
  }
  return { status: "lost-race" };
}

/** A subject that reads well in `git log --oneline`; the whole reason below it when it says more. */
function messageOf(rollout: string, why: string): string {
  const said = (why.startsWith(rollout) ? why : `${rollout}: ${why}`).replace(/\s+/g, " ").trim();
  // Metrics sources and GitHub itself speak in some reasons, and GitHub notifies and links from commit messages.
  const text = inertPlain(said, LONGEST).replaceAll(`${rollout}#\u200b`, `${rollout}#`);
  if (text.length <= SUBJECT) return text;
  const end = text.indexOf(": ", rollout.length + 2);
  const subject = end > 0 && end <= SUBJECT ? text.slice(0, end) : `${text.slice(0, SUBJECT - 1)}…`;
  return `${subject}\n\n${text}`;
}
