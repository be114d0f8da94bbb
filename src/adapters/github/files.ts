import { createHash } from "node:crypto";
import { z } from "zod";
import type { FileReading } from "../../ports/forge.ts";

/** Git's file modes as GraphQL gives them: an integer of the octal word. */
export const MODES = {
  plain: 0o100644,
  executable: 0o100755,
  symlink: 0o120000,
  submodule: 0o160000,
  directory: 0o040000,
} as const;

/** Goes inside `... on Commit { alias: file(path: $p) { … } }`. */
export const FILE_FIELDS = "mode object { oid ... on Blob { text isBinary isTruncated byteSize } }";

export const treeEntry = z.object({
  mode: z.number(),
  // A submodule's commit is in another repository: GitHub gives null.
  object: z
    .object({
      oid: z.string(),
      text: z.string().nullish(),
      isBinary: z.boolean().nullish(),
      isTruncated: z.boolean().optional(),
      byteSize: z.number().optional(),
    })
    .nullable(),
});

/** What a tree entry holds, or why it cannot be used as text. */
export function readingOf(entry: z.infer<typeof treeEntry> | null | undefined): FileReading {
  if (entry === null || entry === undefined) {
    return { status: "missing" };
  }
  const odd = oddity(entry.mode);
  if (odd !== null) {
    return { status: "unusable", reason: odd };
  }
  if (entry.object === null) {
    return { status: "unusable", reason: "GitHub has no content for it" };
  }
  const { oid, text, isBinary, isTruncated, byteSize } = entry.object;
  if (isTruncated === true) {
    return { status: "unusable", reason: `it is too large to be read whole (${byteSize ?? "?"} bytes)` };
  }
  if (isBinary === true || text === null || text === undefined) {
    return { status: "unusable", reason: "it is binary" };
  }
  // GitHub turns other encodings into UTF-8 on the way. An edit of such text would rewrite every byte of the
  // file, so only text whose bytes are proven to be the object's is text to us.
  if (blobOid(text) !== oid) {
    return { status: "unusable", reason: "it is not UTF-8 text" };
  }
  return { status: "text", oid, text };
}

/** Why a file of this mode is none that can be edited; null for a regular one. */
export function oddity(mode: number): string | null {
  switch (mode) {
    case MODES.plain:
    case MODES.executable:
      return null;
    case MODES.symlink:
      return "it is a symbolic link";
    case MODES.submodule:
      return "it is a submodule";
    case MODES.directory:
      return "it is a directory";
    default:
      return `its file mode is ${mode.toString(8)}`;
  }
}

/** Git's id of a blob with this text. */
export function blobOid(text: string): string {
  const bytes = Buffer.from(text, "utf8");
  return createHash("sha1").update(`blob ${bytes.length}\0`).update(bytes).digest("hex");
}

const OID = /^[0-9a-f]{40}$/;

/** A branch name or an object id as git's own expression for it. */
export function revisionOf(ref: string): string {
  return OID.test(ref) ? ref : `refs/heads/${ref}`;
}
