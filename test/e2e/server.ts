import { type ChildProcess, spawn } from "node:child_process";
import { createHmac, randomUUID } from "node:crypto";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { COMPILED } from "../../dev/compiled.ts";
import type { GitHub } from "../../dev/github/server.ts";

const SERVER = fileURLToPath(new URL("../../src/entry/server.ts", import.meta.url));

/** The production server as a process, from its first moment on; ready or refusing. */
export interface ServerProcess {
  readonly child: ChildProcess;
  readonly pid: number;
  /** What it wrote so far, stdout and stderr. */
  readonly lines: readonly string[];
  /** The address of its webhook; rejects when it ends before it listens. */
  readonly listening: Promise<string>;
  /** Exit code once all of its output was read; null when it was killed. */
  readonly ended: Promise<number | null>;
}

export type Variables = Readonly<Record<string, string | undefined>>;

/** What the server needs in order to work with this GitHub. */
export function variablesFor(github: GitHub): Record<string, string> {
  return {
    APP_ID: String(github.app.appId),
    PRIVATE_KEY: github.app.privateKey,
    WEBHOOK_SECRET: github.app.webhookSecret,
    GITHUB_API_URL: github.url,
    HOST: "127.0.0.1",
    PORT: "0",
    LOOK_SECONDS: "0.3",
    READ_SECONDS: "1",
    WRITE_SECONDS: "0",
  };
}

/** `directory`: where it runs, whose `.env` it may write. */
export function spawnServer(variables: Variables, directory?: string): ServerProcess {
  const child = spawn(process.execPath, [SERVER], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { PATH: process.env["PATH"], ...COMPILED, ...variables },
    ...(directory && { cwd: directory }),
  });
  const kill = () => child.kill("SIGKILL");
  process.once("exit", kill);
  const lines: string[] = [];
  const ended = once(child, "close").then(([code]) => {
    process.off("exit", kill);
    return typeof code === "number" ? code : null;
  });
  const found = new Promise<string>((resolve) => {
    for (const stream of [child.stdout, child.stderr]) {
      if (!stream) continue;
      createInterface({ input: stream }).on("line", (line) => {
        lines.push(line);
        const address = /Listening on (http:\/\/[^"\s]+)/.exec(line)?.[1];
        if (address) resolve(address);
      });
    }
  });
  const early = ended.then((code): never => {
    throw new Error(`The server ended with ${code}:\n${lines.join("\n")}`);
  });
  const listening = Promise.race([found, early]);
  listening.catch(() => undefined);
  early.catch(() => undefined);
  return { child, pid: child.pid ?? 0, lines, listening, ended };
}

export function signature(secret: string, body: string): string {
  return `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`;
}

/** The headers GitHub sends with a delivery. */
export function deliveryHeaders(event: string, signed: string): Record<string, string> {
  return {
    "content-type": "application/json",
    "user-agent": "GitHub-Hookshot/044aadd",
    "x-github-event": event,
    "x-github-delivery": randomUUID(),
    "x-hub-signature-256": signed,
  };
}

/** Posts a delivery as GitHub does; more or other headers replace the usual ones, undefined leaves one out. */
export async function deliver(
  to: { readonly url: string; readonly secret: string },
  event: string,
  body: string,
  headers: Readonly<Record<string, string | undefined>> = {},
): Promise<{ readonly status: number; readonly text: string }> {
  const all = { ...deliveryHeaders(event, signature(to.secret, body)), ...headers };
  const kept = Object.entries(all).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  );
  const response = await fetch(to.url, { method: "POST", body, headers: Object.fromEntries(kept) });
  return { status: response.status, text: await response.text() };
}

/** Resident memory of a process, bytes. */
export async function residentMemory(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? Number.NaN) * 1024;
}

/** Whether a log line is a warning (40) or worse; what is no log line at all, such as a stack trace, is worse. */
export function levelOf(line: string): number {
  try {
    const parsed: unknown = JSON.parse(line);
    return typeof parsed === "object" && parsed !== null && "level" in parsed ? Number(parsed.level) : 60;
  } catch {
    return 60;
  }
}
