import { readFile, writeFile } from "node:fs/promises";
import type { Problem } from "../../config/types.ts";
import type { Outcome } from "./command.ts";

export type TextReading =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly reason: string };

/** A file's text, or standard input's for `-`. A byte order mark stays in the text. */
export async function readText(path: string): Promise<TextReading> {
  let bytes: Uint8Array;
  try {
    bytes = path === "-" ? await readStdin() : await readFile(path);
  } catch (error) {
    return { ok: false, reason: reasonOf(error) };
  }
  try {
    return { ok: true, text: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes) };
  } catch {
    return { ok: false, reason: "the file is not UTF-8 text" };
  }
}

/** Null when it is written, else why not. */
export async function writeText(path: string, text: string): Promise<string | null> {
  try {
    await writeFile(path, text);
    return null;
  } catch (error) {
    return reasonOf(error);
  }
}

/** A file that could not be read or written, in the form of every other problem. */
export function fileProblem(path: string, reason: string): Outcome {
  return { ok: false, problems: [`${nameOf(path)}:1:1: ${reason}`] };
}

export function problemLine({ file, line, column, message }: Problem): string {
  return `${file}:${line}:${column}: ${message}`;
}

/** What a problem calls the file. */
export function nameOf(path: string): string {
  return path === "-" ? "<stdin>" : path;
}

async function readStdin(): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  EISDIR: "this is a folder, not a file",
  EACCES: "no permission to open this file",
  EROFS: "this file is on a read-only file system",
};

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = "code" in error ? String(error.code) : "";
  return REASONS[code] ?? error.message;
}
