import { type ChildProcess, spawn } from "node:child_process";
import { gitEnvironment } from "./run.ts";

export type ObjectType = "blob" | "tree" | "commit" | "tag";
export interface GitObject {
  readonly oid: string;
  readonly type: ObjectType;
  readonly content: Buffer;
}

interface Question {
  readonly resolve: (answer: GitObject | null) => void;
  readonly reject: (reason: Error) => void;
}

/**
 * One long-lived `git cat-file --batch` per repository: objects, refs and `<commit>:<path>` are answered
 * without a process per question. Refs are read from disk at each question, so it never answers stale ones.
 */
export class ObjectReader {
  readonly #dir: string;
  #child: ChildProcess | null = null;
  readonly #pending: Question[] = [];
  #buffer: Buffer = Buffer.alloc(0);

  constructor(dir: string) {
    this.#dir = dir;
  }

  /** Null when the name stands for nothing. Names with a line break name nothing. */
  read(name: string): Promise<GitObject | null> {
    if (name === "" || /[\n\0]/.test(name)) return Promise.resolve(null);
    return new Promise((resolve, reject) => {
      const child = this.#child ?? this.#start();
      this.#pending.push({ resolve, reject });
      child.stdin?.write(`${name}\n`);
    });
  }

  close(): void {
    this.#child?.stdin?.end();
    this.#child = null;
  }

  #start(): ChildProcess {
    const child = spawn("git", ["--git-dir", this.#dir, "cat-file", "--batch"], {
      env: gitEnvironment,
      stdio: ["pipe", "pipe", "ignore"],
    });
    this.#child = child;
    this.#buffer = Buffer.alloc(0);
    child.stdin?.on("error", () => {});
    child.stdout?.on("data", (chunk: Buffer) => {
      this.#buffer = this.#buffer.length === 0 ? chunk : Buffer.concat([this.#buffer, chunk]);
      this.#drain();
    });
    const stop = () => {
      if (this.#child === child) this.#child = null;
      for (const question of this.#pending.splice(0)) question.reject(new Error("git cat-file ended"));
    };
    child.on("error", stop);
    child.on("close", stop);
    return child;
  }

  #drain(): void {
    for (;;) {
      const end = this.#buffer.indexOf(10);
      if (end < 0) return;
      const line = this.#buffer.subarray(0, end).toString();
      const header = /^([0-9a-f]{40}) (blob|tree|commit|tag) (\d+)$/.exec(line);
      if (header === null) {
        this.#buffer = this.#buffer.subarray(end + 1);
        this.#pending.shift()?.resolve(null);
        continue;
      }
      const [, oid = "", type = "blob", length = "0"] = header;
      const stop = end + 1 + Number(length);
      if (this.#buffer.length < stop + 1) return;
      const content = Buffer.from(this.#buffer.subarray(end + 1, stop));
      this.#buffer = this.#buffer.subarray(stop + 1);
      this.#pending.shift()?.resolve({ oid, type: type as ObjectType, content });
    }
  }
}
