import { type BranchMove, type BranchSnapshot, type FileReading, ForgeError } from "../ports/forge.ts";
import type { Release, RolloutState } from "../release/state.ts";
import type { Ports } from "./ports.ts";
import { endedPath, parseEnded, parseState, STATE_BRANCH, statePath } from "./state-document.ts";

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
  | { readonly status: "refused"; readonly reason: string };

/** Moves by others that are looked into; so many are no accident. */
const STRANGERS = 20;
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
  const whose = await whoseIs(ports, head, path, file.status === "text" ? file.oid : null);
  if (whose.status === "unsure") {
    if (tries === 0) {
      throw new ForgeError("server", `GitHub's log of pushes does not show yet who moved ${STATE_BRANCH}`);
    }
    // Another rollout may have written meanwhile.
    const fresh = await ports.forge.snapshot([{ branch: STATE_BRANCH, paths: [path] }]);
    return readState(ports, fresh.get(STATE_BRANCH), name, tries - 1);
  }
  if (file.status === "missing" || head === null) {
    return {
      status: "none",
      head,
      removedBy: whose.status === "ours" ? null : (whose.by ?? "somebody else"),
    };
  }
  if (whose.status === "foreign") return { status: "refused", reason: changedBy(name, whose) };
  const parsed = parsedOnce(ports, name, file.oid, file.text);
  return parsed.ok
    ? { status: "ok", state: parsed.state, oid: file.oid, head }
    : { status: "refused", reason: parsed.reason };
}

/** A release that has ended, as we left it; null where there is none, or somebody else touched it. */
export async function readEnded(ports: Ports, name: string, number: number): Promise<Release | null> {
  const path = endedPath(name, number);
  const branch = (await ports.forge.snapshot([{ branch: STATE_BRANCH, paths: [path] }])).get(STATE_BRANCH);
  const file = branch?.files.get(path);
  if (!branch || file?.status !== "text") return null;
  const { status } = await whoseIs(ports, branch.head, path, file.oid);
  return status === "ours" ? parseEnded(file.text) : null;
}

/**
 * Number of the last release of a document that we left on the branch and that is there no more, as far as GitHub's
 * log and objects reach; 0 where nothing of it is left.
 */
export async function numberLeft(ports: Ports, head: string | null, name: string): Promise<number> {
  const log = (await logDownTo(ports, head, null)) ?? [];
  for (const { after } of log.filter(({ ours }) => ours).slice(0, STRANGERS)) {
    const text = after === null ? null : await textAt(ports, after, statePath(name));
    const parsed = text === null ? null : parseState(name, text);
    // One that began in the place of a lost one has neither a release nor a last one, but goes on from its numbers.
    if (parsed?.ok) return parsed.state.next - 1;
  }
  return 0;
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
  | { readonly status: "foreign"; readonly by: string | null; readonly commit: string | null }
  /** Branch and log do not agree on where it is. */
  | { readonly status: "unsure" };

const OURS: Whose = { status: "ours" };

/** Who gave the document its present object; `oid` is null where there is none. */
async function whoseIs(ports: Ports, head: string | null, path: string, oid: string | null): Promise<Whose> {
  const { forge, memory } = ports;
  const here = head ?? "no branch";
  if (memory.verified.get(path) === here) return OURS;
  let brought: string | null = null;
  if (head !== null && oid !== null) {
    const [last] = await forge.history(head, { path, limit: 1 });
    if (!last?.ours) return { status: "foreign", by: last?.author ?? null, commit: last?.oid ?? null };
    brought = last.oid;
  }
  const whose = await moved(ports, head, path, oid, brought);
  if (whose.status === "ours") memory.verified.set(path, here);
  return whose;
}

/** By the log: from the newest move down to the one by which we pushed `brought`, the document's last commit. */
async function moved(
  ports: Ports,
  head: string | null,
  path: string,
  oid: string | null,
  brought: string | null,
): Promise<Whose> {
  const log = await logDownTo(ports, head, brought);
  if (log === null || log.length === 0) return OURS;
  if (log[0]?.after !== head) return { status: "unsure" };
  let strangers = 0;
  for (let at = 0; at < log.length; at += 1) {
    const move = log[at];
    if (!move || (move.ours && move.after === brought)) return OURS;
    if (move.ours) continue;
    const left = log.findIndex((other, index) => index > at && other.ours);
    if (log[left]?.after === move.after) {
      // Put back to where we had left it: as if nothing had been between.
      at = left - 1;
      continue;
    }
    const foreign = { status: "foreign", by: move.by, commit: move.after } as const;
    strangers += 1;
    if (strangers > STRANGERS) return foreign;
    const before = await objectAt(ports, move.before, path);
    const after = await objectAt(ports, move.after, path);
    if (after === "unknown") return foreign;
    // Nobody else changed it later, so if it is another object now, that was us.
    if (before !== after) return after === oid ? foreign : OURS;
  }
  return OURS;
}

/** All rollouts of a repository share one reading of it. */
async function logDownTo(
  { forge, memory }: Ports,
  head: string | null,
  commit: string | null,
): Promise<readonly BranchMove[] | null> {
  const known = memory.stateLog;
  const isThere = ({ after }: BranchMove) => commit !== null && after === commit;
  if (known?.head === head && (known.whole || known.moves.some(isThere))) return known.moves;
  const moves = await forge.moves(STATE_BRANCH, isThere);
  if (moves === null) return null;
  // One that is behind is asked for again.
  const behind = moves.length > 0 && moves[0]?.after !== head;
  memory.stateLog = behind ? null : { head, moves, whole: !moves.some(isThere) };
  return moves;
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

function changedBy(name: string, { by, commit }: Extract<Whose, { status: "foreign" }>): string {
  const who = by === null ? "by somebody else" : `by ${by}`;
  return (
    `${statePath(name)} on ${STATE_BRANCH} was last changed ${who} (${commit?.slice(0, 7) ?? "unknown commit"}), not by this App. ` +
    `Nothing is done. Delete the file there, check the weights, then comment \`/canary ${name} resume\`.`
  );
}
