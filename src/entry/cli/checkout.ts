import { createHash } from "node:crypto";
import { lstat, readFile, realpath } from "node:fs/promises";
import { join } from "node:path";
import type { FileReading } from "../../ports/forge.ts";
import { wordsOf } from "../../reconcile/words-of.ts";

/**
 * Reads files of a checkout the way a forge reads them from a commit: by their path from the root, regular
 * files of UTF-8 text only, and nothing that a symbolic link would bring in from elsewhere.
 * Throws when the folder itself cannot be read.
 */
export async function openCheckout(folder: string): Promise<(path: string) => Promise<FileReading>> {
  const root = await realpath(folder);
  return async (path) => {
    const place = join(root, path);
    try {
      if ((await lstat(place)).isSymbolicLink()) return unusable("it is a symbolic link");
      if ((await realpath(place)) !== place) return unusable("a folder above it is a symbolic link");
      const bytes = await readFile(place);
      const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
      return { status: "text", oid: oidOf(bytes), text };
    } catch (error) {
      const code = error instanceof Error && "code" in error ? String(error.code) : "";
      if (code === "ENOENT" || code === "ENOTDIR") return { status: "missing" };
      return unusable(REASONS[code] ?? wordsOf(error));
    }
  };
}

const REASONS: Readonly<Record<string, string>> = {
  EISDIR: "it is a directory",
  EACCES: "there is no permission to open it",
  ERR_ENCODING_INVALID_ENCODED_DATA: "it is not UTF-8 text",
};

function unusable(reason: string): FileReading {
  return { status: "unusable", reason };
}

/** As git would name this content. */
function oidOf(bytes: Uint8Array): string {
  return createHash("sha1").update(`blob ${bytes.length}\0`).update(bytes).digest("hex");
}
