import { mkdir } from "node:fs/promises";
import { ObjectReader } from "./batch.ts";
import {
  type CommitObject,
  encodeCommit,
  encodeTree,
  parseCommit,
  parseTree,
  type TreeItem,
  writeObject,
} from "./objects.ts";
import { type GitResult, git, runGit } from "./run.ts";

const OID = /^\^?[0-9a-f]{40}$/;
export const zeroOid = "0".repeat(40);

/** One change of a tree; `oid: null` removes the path. */
export interface TreeEdit {
  readonly path: string;
  readonly mode: string;
  readonly oid: string | null;
}
export type RefUpdate = {
  readonly ref: string;
  readonly before: string | null;
  readonly after: string | null;
};

/** A bare repository on disk. Everything in it is real git; `dir` can be cloned and read by the git CLI. */
export class GitStore {
  readonly dir: string;
  readonly #reader: ObjectReader;
  readonly #compared = new Map<string, Promise<GitResult>>();

  private constructor(dir: string) {
    this.dir = dir;
    this.#reader = new ObjectReader(dir);
  }

  static async create(dir: string, defaultBranch: string): Promise<GitStore> {
    await mkdir(dir, { recursive: true });
    await git(dir, ["init", "--quiet", "--bare", `--initial-branch=${defaultBranch}`, dir]);
    return new GitStore(dir);
  }

  close(): void {
    this.#reader.close();
  }

  /**
   * What a command says of two commits or trees. Where both are given by their ids the answer never changes, and git
   * is asked once.
   */
  compare(command: readonly string[], one: string, other: string): Promise<GitResult> {
    const ask = () => runGit(this.dir, [...command, one, other]);
    if (!OID.test(one) || !OID.test(other)) return ask();
    const key = [...command, one, other].join(" ");
    const known = this.#compared.get(key);
    if (known) return known;
    const asked = ask();
    this.#compared.set(key, asked);
    // Where git complains it could not tell: an object may be still to come.
    const forget = () => this.#compared.delete(key);
    asked.then(({ stderr }) => stderr !== "" && forget(), forget);
    return asked;
  }

  object(name: string) {
    return this.#reader.read(name);
  }

  /** The object id of a full ref name, or null. */
  async ref(name: string): Promise<string | null> {
    return (await this.#reader.read(name))?.oid ?? null;
  }

  branch(name: string): Promise<string | null> {
    return this.ref(`refs/heads/${name}`);
  }

  /** A commit by branch, tag, full ref, object id or unambiguous prefix, as GitHub resolves a `ref` parameter. */
  async resolve(name: string): Promise<string | null> {
    const names = /^[0-9a-f]{4,40}$/.test(name)
      ? [name, `refs/heads/${name}`]
      : name === "HEAD" || name.startsWith("refs/")
        ? [name]
        : [`refs/heads/${name}`, `refs/tags/${name}`, `refs/${name}`];
    for (const candidate of names) {
      const found = await this.#reader.read(`${candidate}^{commit}`);
      if (found?.type === "commit") return found.oid;
    }
    return null;
  }

  async commit(oid: string): Promise<CommitObject | null> {
    const found = await this.#reader.read(oid);
    return found?.type === "commit" ? parseCommit(found.oid, found.content) : null;
  }

  async tree(oid: string): Promise<TreeItem[] | null> {
    const found = await this.#reader.read(`${oid}^{tree}`);
    return found?.type === "tree" ? parseTree(found.content) : null;
  }

  /** What stands at a path, through a commit or a tree; the root has mode 040000. */
  async entry(treeish: string, path: string): Promise<TreeItem | null> {
    let current = await this.#reader.read(`${treeish}^{tree}`);
    let item: TreeItem | null = current === null ? null : { mode: "40000", name: "", oid: current.oid };
    for (const name of path.split("/").filter((part) => part !== "")) {
      if (current?.type !== "tree") return null;
      item = parseTree(current.content).find((candidate) => candidate.name === name) ?? null;
      if (item === null) return null;
      current = await this.#reader.read(item.oid);
    }
    return item;
  }

  writeBlob(content: Buffer): Promise<string> {
    return writeObject(this.dir, "blob", content);
  }

  writeTree(items: readonly TreeItem[]): Promise<string> {
    return writeObject(this.dir, "tree", encodeTree(items));
  }

  /** A new tree from a base (null: an empty one) and edits; folders that become empty disappear. */
  async editTree(base: string | null, edits: readonly TreeEdit[]): Promise<string> {
    const items = new Map(
      (base === null ? [] : ((await this.tree(base)) ?? [])).map((item) => [item.name, item]),
    );
    const deeper = new Map<string, TreeEdit[]>();
    for (const edit of edits) {
      const slash = edit.path.indexOf("/");
      if (slash >= 0) {
        const folder = edit.path.slice(0, slash);
        deeper.set(folder, [...(deeper.get(folder) ?? []), { ...edit, path: edit.path.slice(slash + 1) }]);
      } else if (edit.oid === null) items.delete(edit.path);
      else items.set(edit.path, { mode: edit.mode, name: edit.path, oid: edit.oid });
    }
    for (const [folder, inside] of deeper) {
      const existing = items.get(folder);
      const oid = await this.editTree(existing?.mode === "40000" ? existing.oid : null, inside);
      if (((await this.tree(oid)) ?? []).length === 0) items.delete(folder);
      else items.set(folder, { mode: "40000", name: folder, oid });
    }
    return this.writeTree([...items.values()]);
  }

  writeCommit(commit: Omit<CommitObject, "oid">): Promise<string> {
    return writeObject(this.dir, "commit", encodeCommit(commit));
  }

  /** All of the updates or none: each ref must still be where the caller read it. */
  async updateRefs(updates: readonly RefUpdate[]): Promise<"done" | "moved"> {
    const lines = updates.map((update) =>
      update.after === null
        ? `delete ${update.ref} ${update.before ?? zeroOid}\n`
        : `update ${update.ref} ${update.after} ${update.before ?? zeroOid}\n`,
    );
    const result = await runGit(this.dir, ["update-ref", "--stdin"], lines.join(""));
    return result.code === 0 ? "done" : "moved";
  }

  /** Refs below a prefix such as `refs/heads/`. */
  async refs(prefix: string): Promise<{ ref: string; oid: string; type: string }[]> {
    const text = await git(this.dir, [
      "for-each-ref",
      "--format=%(objectname) %(objecttype) %(refname)",
      "refs",
    ]);
    return text
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => {
        const [oid = "", type = "", ref = ""] = line.split(" ");
        return { ref, oid, type };
      })
      .filter(({ ref }) => ref.startsWith(prefix));
  }
}
