import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { COMPILED } from "../compiled.ts";
import type { GitHub } from "../github/server.ts";

export interface BotOptions {
  readonly github: GitHub;
  /** Where its one metrics source, `production`, is; null: none configured. */
  readonly prometheus: string | null;
  /** More environment variables, or other values. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface RunningBot {
  readonly url: string;
  readonly pid: number;
  /** Lines of its log so far. */
  readonly log: readonly string[];
  /** SIGTERM, as an orchestrator does; resolves to the exit code. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

const SERVER = fileURLToPath(new URL("../../src/entry/server.ts", import.meta.url));
const READY_WITHIN = 120_000;

/** The server that production runs, as a process of its own, told where GitHub and Prometheus are. */
export async function startBot({ github, prometheus, env = {} }: BotOptions): Promise<RunningBot> {
  const child = spawn(process.execPath, [SERVER], {
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      PATH: process.env["PATH"] ?? "",
      ...COMPILED,
      APP_ID: String(github.app.appId),
      PRIVATE_KEY: github.app.privateKey,
      WEBHOOK_SECRET: github.app.webhookSecret,
      GITHUB_API_URL: github.url,
      ...(prometheus === null ? {} : { PROMETHEUS_URL: prometheus }),
      HOST: "127.0.0.1",
      PORT: "0",
      ...env,
    },
  });
  const kill = () => child.kill("SIGKILL");
  process.once("exit", kill);
  const log: string[] = [];
  let listening: (url: string) => void = () => undefined;
  const url = new Promise<string>((resolve) => {
    listening = resolve;
  });
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on("line", (line) => {
      log.push(line);
      const found = /Listening on (http:\/\/[^"\s]+)/.exec(line)?.[1];
      if (found) listening(found);
    });
  }
  const exited = once(child, "exit").then(([code]) => (typeof code === "number" ? code : null));
  const late = new Promise<never>((_, reject) => {
    setTimeout(
      () => reject(new Error(`The bot was not ready in time:\n${log.join("\n")}`)),
      READY_WITHIN,
    ).unref();
  });
  const early = exited.then((code) => {
    throw new Error(`The bot ended with ${code}:\n${log.join("\n")}`);
  });
  early.catch(() => undefined);
  late.catch(() => undefined);
  const address = await Promise.race([url, early, late]);
  await Promise.race([ready(new URL("/readyz", address)), early, late]);
  return {
    url: address,
    pid: child.pid ?? 0,
    log,
    async stop(signal = "SIGTERM") {
      process.removeListener("exit", kill);
      if (child.exitCode === null && child.signalCode === null) child.kill(signal);
      return exited;
    },
  };
}

async function ready(url: URL): Promise<void> {
  for (;;) {
    const response = await fetch(url).catch(() => null);
    if (response?.status === 200) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
