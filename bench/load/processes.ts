import { type ChildProcess, fork, spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { COMPILED } from "../../dev/compiled.ts";
import type { GitHub } from "../../dev/github/server.ts";
import type { Order, Sent } from "./generator.ts";

/** A server under load, as a process of its own. */
export interface Loaded {
  readonly url: string;
  readonly pid: number;
  stop(): Promise<unknown>;
}

/** A Probot app that does nothing. */
export async function startBare({ app }: GitHub, env: Readonly<Record<string, string>>): Promise<Loaded> {
  const child = spawn(process.execPath, [fileURLToPath(new URL("bare.ts", import.meta.url))], {
    stdio: ["ignore", "pipe", "inherit"],
    env: {
      PATH: process.env["PATH"] ?? "",
      ...COMPILED,
      APP_ID: String(app.appId),
      PRIVATE_KEY: app.privateKey,
      WEBHOOK_SECRET: app.webhookSecret,
      NODE_ENV: "production",
      ...env,
    },
  });
  endWithUs(child);
  const lines = createInterface({ input: child.stdout });
  const url = new Promise<string>((resolve, reject) => {
    lines.on("line", (line) => {
      const found = /Listening on (http:\/\/\S+)/.exec(line)?.[1];
      if (found) resolve(found);
    });
    child.once("exit", (code) => reject(new Error(`The bare app ended with ${code}`)));
  });
  return {
    url: await url,
    pid: child.pid ?? 0,
    stop() {
      child.kill("SIGTERM");
      return once(child, "exit");
    },
  };
}

/** What came of each delivery, in the order of the plan. */
export async function send(order: Order): Promise<readonly Sent[]> {
  const child = fork(fileURLToPath(new URL("generator.ts", import.meta.url)), { serialization: "advanced" });
  endWithUs(child);
  child.send(order);
  const early = once(child, "exit").then(([code]) => {
    throw new Error(`The load generator ended with ${code}`);
  });
  early.catch(() => undefined);
  const [sent] = await Promise.race([once(child, "message"), early]);
  child.disconnect();
  return sent as readonly Sent[];
}

/** The most memory that a process was resident with so far, bytes. */
export async function peakMemory(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? Number.NaN) * 1024;
}

function endWithUs(child: ChildProcess): void {
  const kill = () => child.kill("SIGKILL");
  process.once("exit", kill);
  child.once("exit", () => process.removeListener("exit", kill));
}
