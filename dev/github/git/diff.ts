import { textOf } from "./run.ts";
import { type GitStore, zeroOid } from "./store.ts";

export interface FileDiff {
  readonly status: "added" | "removed" | "modified" | "renamed" | "changed";
  readonly path: string;
  readonly previousPath: string | null;
  /** The blob after the change; for a removed file, the blob before it. */
  readonly oid: string;
  readonly additions: number;
  readonly deletions: number;
  /** The hunks; null for binary content and pure renames. */
  readonly patch: string | null;
}

export const emptyTree = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";

/** What changes from one commit or tree to another, with renames, in path order. */
export async function diff(store: GitStore, from: string, to: string): Promise<FileDiff[]> {
  const common = ["-c", "core.quotePath=false", "diff-tree", "-r", "-M", "--no-color", "--full-index"];
  const [listed, patched] = await Promise.all([
    store.compare([...common, "--raw", "--numstat", "-z"], from, to).then(textOf),
    store.compare([...common, "-p"], from, to).then(textOf),
  ]);
  const patches = patched.split(/^diff --git .*$/m).slice(1);
  const fields = listed.split("\0");
  const raws: { before: string; after: string; letter: string; path: string; previousPath: string | null }[] =
    [];
  let at = 0;
  for (; fields[at]?.startsWith(":"); at += 1) {
    const [, , before = "", after = "", letter = ""] = (fields[at] ?? "").split(" ");
    const first = fields[++at] ?? "";
    const renamed = letter.startsWith("R") || letter.startsWith("C");
    const path = renamed ? (fields[++at] ?? "") : first;
    raws.push({ before, after, letter: letter.slice(0, 1), path, previousPath: renamed ? first : null });
  }
  let patchAt = 0;
  return raws.map((raw) => {
    const [added = "0", removed = "0", name = ""] = (fields[at++] ?? "").split("\t");
    if (name === "") at += 2;
    // A change of type (file to symlink) is shown by git as a deletion and an addition.
    const own = patches.slice(patchAt, patchAt + (raw.letter === "T" ? 2 : 1)).join("\n");
    patchAt += raw.letter === "T" ? 2 : 1;
    const hunk = own.search(/^@@ /m);
    const status = statuses[raw.letter] ?? "modified";
    return {
      status,
      path: raw.path,
      previousPath: raw.previousPath,
      oid: raw.after === zeroOid ? raw.before : raw.after,
      additions: Number(added) || 0,
      deletions: Number(removed) || 0,
      patch: hunk < 0 ? null : own.slice(hunk).replace(/\n$/, ""),
    };
  });
}

const statuses: Readonly<Record<string, FileDiff["status"]>> = {
  A: "added",
  D: "removed",
  M: "modified",
  R: "renamed",
  T: "changed",
};
