import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { COMPILED } from "../compiled.ts";
import type { Permissions } from "../github/model.ts";
import type { Repository } from "../github/repository.ts";
import type { GitHub } from "../github/server.ts";
import type { RunningBot } from "../stage/bot.ts";
import { type Contexts, filled, holds } from "./expressions.ts";
import { isStartedBy, type Job, readAction, readWorkflow } from "./workflow.ts";

const ROOT = new URL("../../", import.meta.url);
const WORKFLOW = readWorkflow(new URL("workflows/sluice.yml", ROOT));
const ACTION = readAction(new URL("action.yml", ROOT));
/** Events made with a job's token start no workflow. */
const SILENT = "github-actions[bot]";

export interface RunnerOptions {
  readonly github: GitHub;
  readonly repository: Repository;
  /** `vars`, `secrets` and inputs that the workflow's step would be edited to have. */
  readonly vars: Readonly<Record<string, string>>;
  readonly env: Readonly<Record<string, string>>;
  readonly watch?: string;
  /** In place of the schedule's five minutes, ms; null: nothing is scheduled. */
  readonly every: number | null;
  /** Default: the token of a job, with what the job's `permissions` say. */
  readonly token?: string;
}

/** One run of one job. */
export interface Run {
  readonly event: string;
  readonly job: string;
  /** `dropped`: a newer one took its place while it waited. */
  state: "waiting" | "running" | "done" | "dropped";
  /** null until it ended, and when it was killed. */
  code: number | null;
  readonly log: string[];
  summary: string;
}

export interface Runner extends Pick<RunningBot, "url" | "log" | "stop"> {
  readonly runs: readonly Run[];
  dispatch(event: string, payload: Readonly<Record<string, unknown>>): void;
}

interface Waiting {
  readonly run: Run;
  readonly job: Job;
  readonly payload: Readonly<Record<string, unknown>>;
}

/**
 * GitHub Actions for one repository, as far as workflows/sluice.yml and action.yml go: triggers, conditions by GitHub's
 * own expression library, one run and one that waits for each concurrency group, permissions, and the action's last
 * step as the runner starts it. What the steps before it install is there already.
 */
export async function startRunner(options: RunnerOptions): Promise<Runner> {
  const { github, repository, every } = options;
  const folder = await mkdtemp(join(tmpdir(), "sluice-runner-"));
  const runs: Run[] = [];
  const log: string[] = [];
  const groups = new Map<string, { readonly running: Promise<void>; waiting: Waiting | null }>();
  const children = new Set<ChildProcess>();
  let stopping = false;

  function dispatch(event: string, payload: Readonly<Record<string, unknown>>): void {
    if (stopping || (event !== "schedule" && !isStartedBy(WORKFLOW, event, payload))) return;
    for (const [name, job] of Object.entries(WORKFLOW.jobs)) {
      const contexts = contextsOf(event, payload);
      if (job.if !== undefined && !holds(job.if, contexts)) continue;
      const run: Run = { event, job: name, state: "waiting", code: null, log: [], summary: "" };
      runs.push(run);
      enter(filled(job.concurrency.group, contexts), { run, job, payload });
    }
  }

  function contextsOf(event: string, payload: Readonly<Record<string, unknown>>): Contexts {
    const github = { event_name: event, event: payload, repository: repository.fullName };
    return { github, vars: options.vars, secrets: {} };
  }

  /** GitHub keeps one that waits in a group: the newest. */
  function enter(group: string, waiting: Waiting): void {
    const found = groups.get(group);
    if (found) {
      if (found.waiting) found.waiting.run.state = "dropped";
      found.waiting = waiting;
      return;
    }
    const entry = { running: carryOut(waiting), waiting: null as Waiting | null };
    groups.set(group, entry);
    entry.running.finally(() => {
      groups.delete(group);
      if (entry.waiting && !stopping) enter(group, entry.waiting);
    });
  }

  async function carryOut({ run, job, payload }: Waiting): Promise<void> {
    run.state = "running";
    const token = options.token ?? github.actionsToken(repository, permissionsOf(job));
    const contexts = contextsOf(run.event, payload);
    const step = job.steps.find(({ uses }) => uses?.includes("/sluice@"));
    const last = ACTION.runs.steps.find(({ id }) => id === "sluice");
    if (!step || !last?.run) throw new Error("the workflow does not use the action");
    const given = Object.fromEntries(
      Object.entries(ACTION.inputs).map(([name, { default: otherwise = "" }]) => [
        name,
        filled(step.with?.[name] ?? otherwise, { ...contexts, github: { token } }),
      ]),
    );
    const inputs = { ...given, ...(options.watch !== undefined && { watch: options.watch }) };
    const inside = { inputs, github: { action_path: fileURLToPath(ROOT).replace(/\/$/, "") } };
    const files = {
      event: join(folder, `event-${runs.indexOf(run)}`),
      summary: join(folder, `summary-${runs.indexOf(run)}`),
    };
    await writeFile(files.event, JSON.stringify(payload));
    await writeFile(files.summary, "");
    const fill = (env: Readonly<Record<string, string>> = {}, known: Contexts = contexts) =>
      Object.fromEntries(Object.entries(env).map(([name, text]) => [name, filled(text, known)]));
    const child = spawn("bash", ["--noprofile", "--norc", "-eo", "pipefail", "-c", last.run], {
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
      env: {
        PATH: `${dirname(process.execPath)}:${process.env["PATH"] ?? ""}`,
        ...COMPILED,
        CI: "true",
        GITHUB_ACTIONS: "true",
        GITHUB_API_URL: github.url,
        GITHUB_GRAPHQL_URL: `${github.url}/graphql`,
        GITHUB_EVENT_NAME: run.event,
        GITHUB_EVENT_PATH: files.event,
        GITHUB_REPOSITORY: repository.fullName,
        GITHUB_REPOSITORY_ID: String(repository.id),
        GITHUB_STEP_SUMMARY: files.summary,
        ...fill(step.env),
        ...fill(last.env, inside),
        ...options.env,
      },
    });
    children.add(child);
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on("line", (line) => {
        run.log.push(line);
        log.push(`${run.event}: ${line}`);
      });
    }
    const [code] = await once(child, "close");
    children.delete(child);
    run.code = typeof code === "number" ? code : null;
    run.summary = await readFile(files.summary, "utf8").catch(() => "");
    run.state = "done";
  }

  const server = createServer((request, response) => {
    bodyOf(request).then((body) => {
      response.writeHead(202).end();
      const { installation: _, ...payload } = JSON.parse(body) as Record<string, unknown>;
      const sender = payload["sender"] as { login?: string } | undefined;
      if (sender?.login !== SILENT) dispatch(String(request.headers["x-github-event"]), payload);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const ticking = every === null ? null : setInterval(() => dispatch("schedule", {}), every);

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    runs,
    log,
    dispatch,
    async stop() {
      stopping = true;
      if (ticking) clearInterval(ticking);
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      for (const child of children) child.kill("SIGINT");
      await Promise.all([...groups.values()].map(({ running }) => running));
      await rm(folder, { recursive: true, force: true });
      return 0;
    },
  };
}

/** A job's `permissions` are named with hyphens, the API's with underscores. */
function permissionsOf({ permissions }: Job): Permissions {
  return Object.fromEntries(
    Object.entries(permissions).map(([name, access]) => [name.replaceAll("-", "_"), access]),
  );
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString("utf8");
}
