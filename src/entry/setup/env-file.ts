import { randomBytes } from "node:crypto";
import { open, readFile, rename, rm } from "node:fs/promises";
import type { Created } from "./convert.ts";

/** Readable by Node's `--env-file` and by a container's alike: no quotes, one line each. */
export function variablesOf({ appId, privateKey, webhookSecret }: Created): Readonly<Record<string, string>> {
  return {
    APP_ID: String(appId),
    PRIVATE_KEY: privateKey.trimEnd().replaceAll(/\r?\n/g, "\\n"),
    WEBHOOK_SECRET: webhookSecret,
  };
}

/** The text with each variable: in its own empty line where there is one, else at the end. What is set stays; null then. */
export function withVariables(text: string, variables: Readonly<Record<string, string>>): string | null {
  const lines = text === "" ? [] : text.replace(/\n$/, "").split("\n");
  for (const [name, value] of Object.entries(variables)) {
    const at = lines.findIndex((line) => new RegExp(`^\\s*(export\\s+)?${name}\\s*=`).test(line));
    if (at < 0) lines.push(`${name}=${value}`);
    else if (/=\s*(""|'')?\s*\r?$/.test(lines[at] ?? "")) lines[at] = `${name}=${value}`;
    else return null;
  }
  return `${lines.join("\n")}\n`;
}

/** Whole or not at all, for its owner's eyes only. `refused` says why nothing was written. */
export async function writeEnvFile(
  path: string,
  variables: Readonly<Record<string, string>>,
): Promise<{ readonly ok: true } | { readonly ok: false; readonly refused: string }> {
  const draft = `${path}.${randomBytes(6).toString("hex")}`;
  try {
    const before = await readFile(path, "utf8").catch((error: unknown) => {
      if (error instanceof Error && "code" in error && error.code === "ENOENT") return "";
      throw error;
    });
    const text = withVariables(before, variables);
    if (text === null) return { ok: false, refused: "it already names an App, which is not overwritten" };
    const file = await open(draft, "wx", 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(draft, path);
    return { ok: true };
  } catch (error) {
    await rm(draft, { force: true }).catch(() => undefined);
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown";
    return { ok: false, refused: `this process may not write it (${code})` };
  }
}
