import { hash } from "node:crypto";

/** A git repository in memory: objects that never change, and branches that move. */

export interface Commit {
  readonly oid: string;
  readonly parents: readonly string[];
  /** Path → object. */
  readonly files: ReadonlyMap<string, string>;
  readonly message: string;
  readonly author: string;
  /** Made through GitHub's API by the account that is its author, so that GitHub signed it. */
  readonly signed: boolean;
  /** Epoch ms. */
  readonly at: number;
  readonly order: number;
}

interface Move {
  readonly at: number;
  readonly oid: string | null;
}

export type Moved = (branch: string, from: string | null, to: string | null, by: string) => void;

export class Git {
  readonly #blobs = new Map<string, string>();
  readonly #commits = new Map<string, Commit>();
  readonly #moves = new Map<string, Move[]>();
  readonly #now: () => number;
  readonly #listeners: Moved[] = [];

  constructor(now: () => number) {
    this.#now = now;
  }

  onMove(listener: Moved): void {
    this.#listeners.push(listener);
  }

  blob(text: string): string {
    const oid = sha1(`blob ${Buffer.byteLength(text)}\0${text}`);
    this.#blobs.set(oid, text);
    return oid;
  }

  text(oid: string): string | null {
    return this.#blobs.get(oid) ?? null;
  }

  commit(oid: string): Commit | null {
    return this.#commits.get(oid) ?? null;
  }

  /** Where a branch was at a time, now if none is given. */
  head(branch: string, at = Number.POSITIVE_INFINITY): string | null {
    return this.#moves.get(branch)?.findLast((move) => move.at <= at)?.oid ?? null;
  }

  /** Whether a file was ever so before a commit, on whatever branch. */
  had(path: string, oid: string, before: string): boolean {
    const { order = 0 } = this.#commits.get(before) ?? {};
    return [...this.#commits.values()].some((one) => one.order < order && one.files.get(path) === oid);
  }

  /** Text of a file at a commit or branch; null where there is none. */
  read(ref: string, path: string): string | null {
    const files = this.#commits.get(this.head(ref) ?? ref)?.files;
    return this.text(files?.get(path) ?? "");
  }

  move(branch: string, to: string | null, by: string): void {
    const from = this.head(branch);
    const moves = this.#moves.get(branch) ?? [];
    moves.push({ at: this.#now(), oid: to });
    this.#moves.set(branch, moves);
    for (const listener of this.#listeners) listener(branch, from, to, by);
  }

  /** A commit that no branch has yet. `changes`: path → text, null deletes. */
  make(
    parents: readonly string[],
    changes: ReadonlyMap<string, string | null>,
    about: Pick<Commit, "message" | "author" | "signed">,
  ): Commit {
    const files = new Map(this.#commits.get(parents[0] ?? "")?.files);
    for (const [path, text] of changes) {
      if (text === null) files.delete(path);
      else files.set(path, this.blob(text));
    }
    return this.#add({ ...about, parents, files });
  }

  /** The merge of `theirs` into `ours`; null where both changed a file, each in its way. */
  merge(ours: string, theirs: string, about: Pick<Commit, "message" | "author" | "signed">): Commit | null {
    const files = this.#merged(ours, theirs);
    return files && this.#add({ ...about, parents: [ours, theirs], files });
  }

  /** Whether the two can be merged without a conflict. */
  merges(ours: string, theirs: string): boolean {
    return this.#merged(ours, theirs) !== null;
  }

  #merged(ours: string, theirs: string): Map<string, string> | null {
    const base = this.#commits.get(this.mergeBase(ours, theirs) ?? "")?.files ?? new Map<string, string>();
    const files = new Map(this.#commits.get(ours)?.files);
    const other = this.#commits.get(theirs)?.files ?? new Map<string, string>();
    for (const path of new Set([...base.keys(), ...other.keys()])) {
      const [was, here, there] = [base.get(path), files.get(path), other.get(path)];
      if (was === there || here === there) continue;
      if (here !== was) return null;
      if (there === undefined) files.delete(path);
      else files.set(path, there);
    }
    return files;
  }

  mergeBase(a: string, b: string): string | null {
    const ofA = new Set(this.history(a).map(({ oid }) => oid));
    return this.history(b).find(({ oid }) => ofA.has(oid))?.oid ?? null;
  }

  /** Newest first; with `path` those that changed it, as `git log -- path` simplifies. */
  history(from: string, path?: string, limit = Number.POSITIVE_INFINITY): readonly Commit[] {
    const waiting = new Map<string, Commit>();
    const add = (oid: string) => {
      const commit = this.#commits.get(oid);
      if (commit) waiting.set(oid, commit);
    };
    const found: Commit[] = [];
    add(from);
    while (waiting.size > 0 && found.length < limit) {
      let newest: Commit | null = null;
      for (const commit of waiting.values()) {
        if (!newest || commit.order > newest.order) newest = commit;
      }
      if (!newest) break;
      waiting.delete(newest.oid);
      const { parents, files } = newest;
      const same =
        path === undefined
          ? undefined
          : parents.find((oid) => this.#commits.get(oid)?.files.get(path) === files.get(path));
      if (same !== undefined) {
        add(same);
        continue;
      }
      if (path === undefined || parents.length > 0 || files.has(path)) found.push(newest);
      for (const parent of parents) add(parent);
    }
    return found;
  }

  #add(commit: Omit<Commit, "oid" | "at" | "order">): Commit {
    const order = this.#commits.size;
    const oid = sha1(`commit ${order} ${commit.parents.join()} ${commit.message}`);
    const made = { ...commit, oid, at: this.#now(), order };
    this.#commits.set(oid, made);
    return made;
  }
}

function sha1(text: string): string {
  return hash("sha1", text, "hex");
}
