import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { stringify } from "yaml";
import { prometheusBinary } from "./binary.ts";

export interface PrometheusOptions {
  readonly scrape?: readonly ScrapeJob[];
  /** More command line arguments. */
  readonly args?: readonly string[];
  /** Accept pushed samples at `/api/v1/write`, also a year old and in any order. */
  readonly remoteWrite?: boolean;
}

interface ScrapeJob {
  readonly job: string;
  /** `host:port` each. */
  readonly targets: readonly string[];
  /** A Prometheus duration such as `1s`. */
  readonly interval: string;
  readonly labels?: Readonly<Record<string, string>>;
}

export interface RunningPrometheus {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  /** Ends the process and keeps its data; the answer starts it again at the same address. */
  fail(): Promise<() => Promise<void>>;
  /** Ends the process and removes its data. */
  stop(): Promise<void>;
}

const READY_WITHIN = 120_000;

/** A real Prometheus on a free port of 127.0.0.1 with a data folder of its own, ready to be asked. Its first scrape comes about 5 s after the start. */
export async function startPrometheus(options: PrometheusOptions = {}): Promise<RunningPrometheus> {
  const binary = await prometheusBinary();
  const home = await mkdtemp(join(tmpdir(), "sluice-prometheus-"));
  const config = join(home, "prometheus.yml");
  await writeFile(config, configuration(options));
  const launch = (port: number) =>
    spawn(
      binary,
      [
        `--config.file=${config}`,
        `--storage.tsdb.path=${join(home, "data")}`,
        "--storage.tsdb.retention.time=10y",
        `--web.listen-address=127.0.0.1:${port}`,
        ...(options.remoteWrite ? ["--web.enable-remote-write-receiver"] : []),
        ...(options.args ?? []),
      ],
      { stdio: ["ignore", "ignore", "pipe"] },
    );
  let child = launch(0);
  const atExit = () => {
    child.kill("SIGKILL");
    rmSync(home, { recursive: true, force: true });
  };
  process.once("exit", atExit);
  const stop = async () => {
    process.off("exit", atExit);
    await end(child);
    await rm(home, { recursive: true, force: true });
  };
  try {
    const url = `http://${await address(child)}`;
    await ready(url);
    const fail = async () => {
      await end(child);
      return async () => {
        child = launch(Number(new URL(url).port));
        await address(child);
        await ready(url);
      };
    };
    return { url, fail, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function configuration(options: PrometheusOptions): string {
  return stringify({
    scrape_configs: (options.scrape ?? []).map((job) => ({
      job_name: job.job,
      scrape_interval: job.interval,
      scrape_timeout: job.interval,
      static_configs: [{ targets: job.targets, labels: job.labels ?? {} }],
    })),
    ...(options.remoteWrite ? { storage: { tsdb: { out_of_order_time_window: "365d" } } } : {}),
  });
}

/** Prometheus chooses the port itself (`:0`) and logs it, so that no other process can take it in between. */
async function address(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let log = "";
    const late = () => reject(new Error(`Prometheus opened no port in time: ${lastLine(log)}`));
    setTimeout(late, READY_WITHIN).unref();
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`Prometheus ended with ${code}: ${lastLine(log)}`)));
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      if (log.length > 100_000) return;
      log += text;
      const found = /Listening on.*?address=(127\.0\.0\.1:\d+)/.exec(log)?.[1];
      if (found) resolve(found);
    });
  });
}

function lastLine(log: string): string {
  return log.trim().split("\n").at(-1) ?? "";
}

async function ready(url: string): Promise<void> {
  const until = Date.now() + READY_WITHIN;
  for (;;) {
    const answer = await fetch(`${url}/-/ready`).catch(() => null);
    await answer?.body?.cancel();
    if (answer?.ok) return;
    if (Date.now() > until) throw new Error(`Prometheus was not ready within ${READY_WITHIN / 1000} s`);
    await sleep(20);
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const exited = once(child, "exit");
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), 5_000);
  await exited;
  clearTimeout(timer);
}
