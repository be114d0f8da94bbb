import { spawn } from "node:child_process";

export interface GitResult {
  /** The command and where it ran, for an error. */
  readonly asked: string;
  readonly code: number;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** The person's own git settings must not change what the server does. */
export const gitEnvironment = {
  PATH: process.env["PATH"],
  HOME: "/nonexistent",
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_CONFIG_GLOBAL: "/dev/null",
  LC_ALL: "C",
};

/** Runs git once; a non-zero exit is returned, not thrown, because several commands answer with it. */
export function runGit(dir: string, args: readonly string[], input?: string | Buffer): Promise<GitResult> {
  return new Promise((resolve, reject) => {
    const child = spawn("git", ["--git-dir", dir, ...args], { env: gitEnvironment });
    const asked = `git ${args.join(" ")} in ${dir}`;
    const out: Buffer[] = [];
    let err = "";
    child.stdout.on("data", (chunk: Buffer) => out.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => {
      err += chunk.toString();
    });
    child.on("error", reject);
    child.on("close", (code) =>
      resolve({ asked, code: code ?? 128, stdout: Buffer.concat(out), stderr: err.trim() }),
    );
    child.stdin.on("error", () => {});
    child.stdin.end(input ?? "");
  });
}

/** Runs git and gives its output as text. Throws when git fails. */
export async function git(dir: string, args: readonly string[], input?: string | Buffer): Promise<string> {
  return textOf(await runGit(dir, args, input));
}

/** What git printed. Throws when it failed. */
export function textOf({ code, stdout, stderr, asked }: GitResult): string {
  if (code !== 0) throw new Error(`${asked}: ${stderr}`);
  return stdout.toString();
}
