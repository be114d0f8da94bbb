import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { z } from "zod";

const RUNTIME = fileURLToPath(new URL("runtime.mjs", import.meta.url));

/** What the process says: it is ready, or what came of a call. */
const word = z.union([
  z.object({ ready: z.literal(true) }),
  z.object({ result: z.unknown() }),
  z.object({ error: z.string() }),
]);

export interface LocalFunction {
  /** Calls it as Lambda does: a process has one call at a time, and more calls have more processes. */
  invoke(event: unknown): Promise<unknown>;
  /** What all its processes wrote. */
  readonly log: readonly string[];
  /** Processes so far: cold starts. */
  readonly starts: () => number;
  stop(): Promise<void>;
}

/** A packaged function in processes of its own, with no environment but the given one. `entry`: the file AWS loads. */
export function startFunction(entry: string, env: Readonly<Record<string, string>>): LocalFunction {
  const all = new Set<ChildProcess>();
  const free: ChildProcess[] = [];
  const log: string[] = [];
  let starts = 0;

  async function fresh(): Promise<ChildProcess> {
    starts += 1;
    const child = fork(RUNTIME, [entry], {
      env: { ...env },
      execArgv: [],
      stdio: ["ignore", "pipe", "pipe", "ipc"],
    });
    all.add(child);
    child.once("exit", () => all.delete(child));
    for (const stream of [child.stdout, child.stderr]) {
      if (stream) createInterface({ input: stream }).on("line", (line) => log.push(line));
    }
    await heard(child);
    return child;
  }

  function heard(child: ChildProcess): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const ended = () => reject(new Error(`The function ended:\n${log.slice(-10).join("\n")}`));
      child.once("exit", ended);
      child.once("message", (said) => {
        child.off("exit", ended);
        const read = word.parse(said);
        if ("error" in read) reject(new Error(read.error));
        else resolve("result" in read ? read.result : undefined);
      });
    });
  }

  return {
    log,
    starts: () => starts,
    async invoke(event) {
      const child = free.pop() ?? (await fresh());
      const answer = heard(child);
      child.send({ event });
      try {
        return await answer;
      } finally {
        if (all.has(child)) free.push(child);
      }
    },
    async stop() {
      await Promise.all(
        [...all].map((child) => {
          const ended = once(child, "exit");
          child.kill("SIGKILL");
          return ended;
        }),
      );
    },
  };
}
