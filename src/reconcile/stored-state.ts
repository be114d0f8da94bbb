import {
  type BranchLog,
  type BranchMove,
  type BranchSnapshot,
  type FileReading,
  ForgeError,
} from "../ports/forge.ts";
import type { Release, RolloutState } from "../release/state.ts";
import { madeOf } from "./left-heads.ts";
import { logIsBehind, SHOWN_WITHIN } from "./log-is-behind.ts";
import type { Ports } from "./ports.ts";
import {
  endedPath,
  parseEnded,
  parseRefusal,
  parseState,
  type Refusal,
  refusedPath,
  STATE_BRANCH,
  statePath,
  statePaths,
  writeRefusal,
} from "./state-document.ts";

/**
 * The state of a rollout, taken only from what our App itself left on the branch: whoever may push can put anything
 * there, and decisions rest on it. Two things must agree (docs/decisions/011-whose-state.md): the last commit of the
 * document is ours, and in GitHub's log of pushes nobody else changed the document since we pushed that commit.
 */
export type StateReading =
  | {
      readonly status: "none";
      readonly head: string | null;
      /** There was one, and this person took it away. */
      readonly removedBy: string | null;
    }
  | { readonly status: "ok"; readonly state: RolloutState; readonly oid: string; readonly head: string }
  /** Not ours to act on: a person must look. */
  | {
      readonly status: "refused";
      readonly reason: string;
      /** What is to be remembered of it, upon which head. */
      readonly unsaid?: { readonly refusal: Refusal; readonly head: string };
    };

/** Moves by others that are looked into; so many are no accident. */
const STRANGERS = 20;
/** And so many that were put back. */
const PUT_BACK = 100;
const TRIES = 3;

export async function readState(
  ports: Ports,
  branch: BranchSnapshot | undefined,
  name: string,
  tries = TRIES,
): Promise<StateReading> {
  const path = statePath(name);
  const file: FileReading = branch?.files.get(path) ?? { status: "missing" };
  if (file.status === "unusable")
    return { status: "refused", reason: `${path} cannot be read: ${file.reason}` };
  const head = branch?.head ?? null;
  const before = refusalIn(branch, name);
  if (file.status === "text" && before?.document === file.oid)
    return { status: "refused", reason: changedBy(name, before) };
  const oid = file.status === "text" ? file.oid : null;
  const whose = await whoseIs(ports, head, { path, oid, refusal: refusedPath(name) });
  if (whose.status === "unsure") {
    if (tries === 0) throw logIsBehind(STATE_BRANCH);
    // Another rollout may have written meanwhile.
    const fresh = await ports.forge.snapshot([{ branch: STATE_BRANCH, paths: statePaths(name) }]);
    return readState(ports, fresh.get(STATE_BRANCH), name, tries - 1);
  }
  if (file.status === "missing" || head === null) {
    return {
      status: "none",
      head,
      removedBy: whose.status === "ours" ? null : (whose.by ?? "somebody else"),
    };
  }
  if (whose.status === "foreign") {
    const refusal = { document: file.oid, by: whose.by, commit: whose.commit };
    const reason = changedBy(name, refusal);
    return { status: "refused", reason, ...(whose.proven && { unsaid: { refusal, head } }) };
  }
  const parsed = parsedOnce(ports, name, file.oid, file.text);
  return parsed.ok
    ? { status: "ok", state: parsed.state, oid: file.oid, head }
    : { status: "refused", reason: parsed.reason };
}

/**
 * A document that was refused stays refused: GitHub's log is read a thousand moves back only, and behind them a forgery
 * would be forgotten. Where somebody else wrote meanwhile, the next look says it.
 */
export async function rememberRefusal(
  { forge, memory }: Ports,
  name: string,
  state: StateReading,
): Promise<void> {
  if (state.status !== "refused" || !state.unsaid) return;
  const { refusal, head } = state.unsaid;
  await forge.commit({
    branch: STATE_BRANCH,
    expectedHead: head,
    message: `${name}: ${statePath(name)} is refused`,
    files: [{ path: refusedPath(name), text: writeRefusal(name, refusal) }],
    priority: "state",
  });
  memory.stateLog = null;
}

function refusalIn(branch: BranchSnapshot | undefined, name: string): Refusal | null {
  const file = branch?.files.get(refusedPath(name));
  return file?.status === "text" ? parseRefusal(file.text) : null;
}

/** A release that has ended, as we left it; null where there is none, or somebody else touched it. */
export async function readEnded(ports: Ports, name: string, number: number): Promise<Release | null> {
  const path = endedPath(name, number);
  const branch = (await ports.forge.snapshot([{ branch: STATE_BRANCH, paths: [path] }])).get(STATE_BRANCH);
  const file = branch?.files.get(path);
  if (!branch || file?.status !== "text") return null;
  const { status } = await whoseIs(ports, branch.head, { path, oid: file.oid });
  return status === "ours" ? parseEnded(file.text) : null;
}

/**
 * Number of the last release of a document that we left on the branch and that is there no more, as far as GitHub's
 * log and objects reach; 0 where nothing of it is left.
 */
export async function numberLeft(ports: Ports, head: string | null, name: string): Promise<number> {
  const log = await logDownTo(ports, head, null);
  // Where each stretch of ours ends: whoever moved the branch back may have taken the newest document away, and what we
  // wrote after that stands upon an older one.
  const lefts = log?.moves.filter(({ ours }, i, all) => ours && !all[i - 1]?.ours).slice(0, STRANGERS) ?? [];
  const numbers = lefts.map(async ({ after }) => {
    const parsed = after === null ? null : await ourLast(ports, after, name);
    // One that began in the place of a lost one has neither a release nor a last one, but goes on from its numbers.
    return parsed?.ok ? parsed.state.next - 1 : 0;
  });
  return Math.max(0, ...(await Promise.all(numbers)));
}

/** The document as we wrote it last before `commit`, whatever somebody else made of it since; null: we never did. */
async function ourLast(ports: Ports, commit: string, name: string) {
  const path = statePath(name);
  if ((await textAt(ports, commit, path)) === null) return null;
  const history = await ports.forge.history(commit, { path, limit: STRANGERS });
  const written = history.find(({ ours }) => ours);
  const text = written ? await textAt(ports, written.oid, path) : null;
  return text === null ? null : parseState(name, text);
}

async function textAt({ forge }: Ports, commit: string, path: string): Promise<string | null> {
  try {
    const file = await forge.file(commit, path);
    return file.status === "text" ? file.text : null;
  } catch (error) {
    if (error instanceof ForgeError && error.code === "not-found") return null;
    throw error;
  }
}

/** Most looks find the document as the last one did. */
function parsedOnce(
  { memory }: Ports,
  name: string,
  oid: string,
  text: string,
): ReturnType<typeof parseState> {
  const known = memory.documents.get(name);
  if (known?.oid === oid) return known.parsed;
  const parsed = parseState(name, text);
  memory.documents.set(name, { oid, parsed });
  return parsed;
}

type Whose =
  | { readonly status: "ours" }
  | {
      readonly status: "foreign";
      readonly by: string | null;
      readonly commit: string | null;
      /** Not only for want of what GitHub no longer has, or has not yet. */
      readonly proven: boolean;
    }
  /** Branch and log do not agree on where it is. */
  | { readonly status: "unsure" };

const OURS: Whose = { status: "ours" };

interface Document {
  readonly path: string;
  /** Its present object; null where there is none. */
  readonly oid: string | null;
  /** Where its refusal would stand. */
  readonly refusal?: string;
}

/** Who gave the document its present object. */
async function whoseIs(ports: Ports, head: string | null, document: Document): Promise<Whose> {
  const { path, oid } = document;
  const { forge, memory } = ports;
  const here = head ?? "no branch";
  if (madeOf(ports, head) === null && memory.verified.get(path) === here) return OURS;
  let brought: string | null = null;
  if (head !== null && oid !== null) {
    const [last] = await forge.history(head, { path, limit: 1 });
    if (!last) return { status: "foreign", by: null, commit: null, proven: false };
    if (!last.ours) return { status: "foreign", by: last.author, commit: last.oid, proven: true };
    brought = last.oid;
  }
  const whose = await moved(ports, head, document, brought);
  if (whose.status === "ours") memory.verified.set(path, here);
  return whose;
}

/**
 * By the log: from the newest move down to the one by which we pushed `brought`, the document's last commit, and below
 * it as far as the log was read for that: GitHub compares heads alone, so a process that had read an old document may
 * have written upon it in the moment in which somebody forced the branch back there.
 */
async function moved(
  ports: Ports,
  head: string | null,
  { path, oid, refusal }: Document,
  brought: string | null,
): Promise<Whose> {
  const { moves: log, cut } = (await logDownTo(ports, head, brought)) ?? { moves: [], cut: false };
  if (log.length === 0) return OURS;
  if (log[0]?.after !== head) return { status: "unsure" };
  // Not even what we wrote upon this head is there yet.
  const own = madeOf(ports, head);
  const late = own !== null && own.next !== null && ports.clock.now() < own.at + SHOWN_WITHIN;
  if (late && !cut && !log.some(({ after }) => after === own.next)) return { status: "unsure" };
  let strangers = 0;
  let between = 0;
  let below = false;
  for (let at = 0; at < log.length; at += 1) {
    const move = log[at];
    if (!move) return OURS;
    if (move.ours) {
      below ||= move.after === brought;
      continue;
    }
    const foreign = { status: "foreign", by: move.by, commit: move.after, proven: true } as const;
    const left = log.findIndex(({ ours, after }, index) => index > at && ours && after === move.after);
    if (left !== -1 && (await isUntouched(ports, log.slice(at + 1, left), path))) {
      // Put back to where we had left it: as if nothing had been between, unless that is to hide what is behind.
      between += left - at;
      if (between > PUT_BACK) return below ? OURS : foreign;
      below ||= log.slice(at, left).some(({ ours, after }) => ours && after === brought);
      at = left - 1;
      continue;
    }
    strangers += 1;
    if (strangers > STRANGERS) return below ? OURS : foreign;
    const before = await objectAt(ports, move.before, path);
    const after = await objectAt(ports, move.after, path);
    // Ours began where there was nothing.
    if (after === null && oid !== null) return OURS;
    if (after === "unknown") return below ? OURS : { ...foreign, proven: false };
    // Whoever takes away that it was refused wants it believed.
    if (refusal) {
      const noted = await objectAt(ports, move.before, refusal);
      const left = await objectAt(ports, move.after, refusal);
      if (noted !== left) return { ...foreign, proven: noted !== "unknown" && left !== "unknown" };
    }
    // Nobody took it away later: what stands there is theirs, or rests upon theirs.
    if (before !== after) return { ...foreign, proven: before !== "unknown" };
  }
  return OURS;
}

/** Our own moves among these left the document as it was, as one that notes down a refusal does. */
async function isUntouched(ports: Ports, moves: readonly BranchMove[], path: string): Promise<boolean> {
  const own = moves.filter(({ ours }) => ours);
  if (own.length > STRANGERS) return false;
  for (const { before, after } of own) {
    if ((await objectAt(ports, before, path)) !== (await objectAt(ports, after, path))) return false;
  }
  return true;
}

/** All rollouts of a repository share one reading of it. */
async function logDownTo(
  ports: Ports,
  head: string | null,
  commit: string | null,
): Promise<BranchLog | null> {
  // Somebody who puts it back there is not who brought it.
  const isThere = ({ ours, after }: BranchMove) => ours && commit !== null && after === commit;
  const { forge, memory } = ports;
  const own = madeOf(ports, head);
  const known = memory.stateLog;
  const moves = known?.head === head ? known.log.moves : [];
  const older = own !== null && !moves.some(({ after }) => after !== null && after === own.next);
  if (known?.head === head && !older && (known.whole || moves.some(isThere))) return known.log;
  const log = await forge.moves(STATE_BRANCH, isThere);
  if (log === null) return null;
  // One that is behind is asked for again.
  const behind = log.moves.length > 0 && log.moves[0]?.after !== head;
  memory.stateLog = behind ? null : { head, log, whole: !log.moves.some(isThere) };
  return log;
}

async function objectAt(
  { forge }: Ports,
  commit: string | null,
  path: string,
): Promise<string | null | "unknown"> {
  if (commit === null) return null;
  try {
    const file = await forge.file(commit, path);
    if (file.status === "missing") return null;
    return file.status === "text" ? file.oid : "unknown";
  } catch (error) {
    // What no branch holds any more is thrown away one day.
    if (error instanceof ForgeError && error.code === "not-found") return "unknown";
    throw error;
  }
}

function changedBy(name: string, { by, commit }: Omit<Refusal, "document">): string {
  const who = by === null ? "by somebody else" : `by ${by}`;
  return (
    `${statePath(name)} on ${STATE_BRANCH} was last changed ${who} (${commit?.slice(0, 7) ?? "unknown commit"}), not by this App. ` +
    `Nothing is done. Delete the file there, check the weights, then comment \`/canary ${name} resume\`.`
  );
}
