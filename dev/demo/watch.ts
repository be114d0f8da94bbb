import { setTimeout as sleep } from "node:timers/promises";
import type { Commit, GitReader } from "./git.ts";
import type { Screen } from "./screen.ts";

/** A diff longer than this is a new file, which is in the repository to read. */
const LONG = 8;

/** Shows both branches as they grow: each weight with its diff and the numbers that allowed it. */
export function watch(git: GitReader, screen: Screen, signal: AbortSignal): Promise<void> {
  return follow();

  async function follow(): Promise<void> {
    const seen = new Set((await git.log("main")).map(({ oid }) => oid));
    while (!signal.aborted) {
      for (const commit of await git.log("sluice/state")) {
        if (!seen.has(commit.oid)) showState(commit);
        seen.add(commit.oid);
      }
      for (const commit of await git.log("main")) {
        if (!seen.has(commit.oid)) await showCommit(commit);
        seen.add(commit.oid);
      }
      await sleep(200, undefined, { signal }).catch(() => undefined);
    }
  }

  async function showCommit(commit: Commit): Promise<void> {
    screen.act(`main  ${commit.oid.slice(0, 7)}  ${commit.subject}`);
    const why = commit.body.split("\n").filter((line) => line.startsWith("Why: ") || line.startsWith("By: "));
    screen.detail(why);
    const diff = await git.diff(commit.oid);
    screen.diff(diff.length <= LONG ? diff : [`+${diff.length} lines`]);
  }

  function showState(commit: Commit): void {
    const subject = commit.subject.replace(/^checkout: /, "");
    // Settlements say what the commit on main has just shown.
    if (!/^(canary at|images copied)/.test(subject)) screen.note(`      ${subject}`);
  }
}

/** Nothing takes so long, on however busy a machine, unless it never happens. */
const PATIENCE_SECONDS = 240;

/** Waits for something to become true in the repository or on GitHub. */
export async function until<T>(
  what: string,
  find: () => Promise<T | null | undefined | false>,
  seconds = PATIENCE_SECONDS,
): Promise<T> {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    const found = await find();
    if (found !== null && found !== undefined && found !== false) return found;
    if (Date.now() > deadline) throw new Error(`${what} did not happen within ${seconds} s`);
    await sleep(100);
  }
}
