import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);

export interface Commit {
  readonly oid: string;
  readonly author: string;
  readonly subject: string;
  readonly body: string;
}

/** The repository as anybody with git sees it. */
export class GitReader {
  readonly #dir: string;

  constructor(dir: string) {
    this.#dir = dir;
  }

  /** Oldest first, along the first parents. */
  async log(branch: string): Promise<readonly Commit[]> {
    const format = "%H%x1f%an%x1f%s%x1f%b%x1e";
    const out = await this.git("log", "--reverse", "--first-parent", `--format=${format}`, branch).catch(
      () => "",
    );
    return out
      .split("\x1e")
      .map((record) => record.trimStart().split("\x1f"))
      .flatMap(([oid, author, subject, body]) =>
        oid && author && subject !== undefined ? [{ oid, author, subject, body: body ?? "" }] : [],
      );
  }

  /** Changed lines of a commit, without context. */
  async diff(oid: string): Promise<readonly string[]> {
    const out = await this.git("show", "--format=", "--unified=0", "--first-parent", oid);
    return out.split("\n").filter((line) => /^[-+]/.test(line) && !/^(---|\+\+\+) /.test(line));
  }

  /** Epoch ms; git keeps whole seconds. */
  async committedAt(oid: string): Promise<number> {
    return Number(await this.git("show", "--no-patch", "--format=%ct", oid)) * 1000;
  }

  read(ref: string, path: string): Promise<string> {
    return this.git("show", `${ref}:${path}`);
  }

  async git(...args: readonly string[]): Promise<string> {
    return (await run("git", ["--git-dir", this.#dir, ...args], { maxBuffer: 64 * 1024 * 1024 })).stdout;
  }
}
