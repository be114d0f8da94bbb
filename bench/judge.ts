// The judge against its peers in the canary arena, and what one verdict costs.
//
//   npm run bench:judge -- [--seeds 50] [--set public|tuned|held-out|low-traffic|calibration|arm-noise|FILE]
//                          [--only REGEX] [--workers 2] [--no-peers] [--stateless]
//   npm run bench:judge -- --demo 10000
//
// `public` is the arena's own set; the others are in bench/judge-scenarios. `--demo`: instead, how soon so many
// releases are found that fail half a point more at 10 % of the demo's traffic.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { optionsOf } from "../dev/command-line.ts";
import { TRAFFIC } from "../dev/demo/traffic.ts";
import { begin } from "../src/analysis/sequential/begin.ts";
import { fold } from "../src/analysis/sequential/fold.ts";
import { learn } from "../src/analysis/sequential/history.ts";
import { DEFAULTS } from "../src/analysis/sequential/options.ts";
import type { Reading } from "../src/analysis/sequential/types.ts";
import { verdictOf } from "../src/analysis/sequential/verdict.ts";
import type { Counts } from "../src/analysis/types.ts";
import { caught } from "./judge/demo.ts";

const ARENA = fileURLToPath(new URL("../../shared/arena/arena.mjs", import.meta.url));
const CLI = fileURLToPath(new URL("../src/entry/cli.ts", import.meta.url));
const PEERS = "bash,flagger,argo0,argo3,argo99,kayenta,pipecd,peekz";

const values = optionsOf(import.meta.url, {
  seeds: { type: "string", default: "50" },
  set: { type: "string", default: "public" },
  only: { type: "string" },
  workers: { type: "string", default: "2" },
  "no-peers": { type: "boolean", default: false },
  stateless: { type: "boolean", default: false },
  demo: { type: "string" },
});

if (values.demo !== undefined) demo(Number(values.demo));
else {
  if (existsSync(ARENA)) arena();
  else
    console.log("the arena is left out: it needs ../shared/arena beside the repository, which is not there");
  cost();
}

function demo(releases: number): void {
  const seconds = caught(releases, TRAFFIC, 0.005);
  const within = (part: number) => seconds[Math.ceil(part * releases) - 1];
  const soon = seconds.filter((taken) => taken <= 120).length;
  console.log(`0.5 % more errors at 10 % of ${TRAFFIC} requests a second, from the weight's commit`);
  console.log(`  found within 120 s   ${soon} of ${releases}`);
  console.log(
    `  half of them within  ${within(0.5)} s, 99 % within ${within(0.99)} s, all within ${within(1)} s`,
  );
}

function arena(): void {
  const { set } = values;
  const own = fileURLToPath(new URL(`judge-scenarios/${set}.json`, import.meta.url));
  const file = existsSync(own) ? own : set;
  const args = [
    ...["--seeds", values.seeds, "--workers", values.workers],
    ...["--deciders", values["no-peers"] ? "" : PEERS],
    ...["--cmd", `sluice="${process.execPath}" "${CLI}" judge --arena`],
    ...(set === "public" ? [] : ["--set", file]),
    ...(values.only === undefined ? [] : ["--only", values.only]),
    ...(values.stateless ? ["--stateless"] : []),
  ];
  const run = spawnSync(process.execPath, [ARENA, ...args], { stdio: "inherit" });
  if (run.status !== 0) process.exitCode = 1;
}

/** An hour of scrapes every 15 s with 20 buckets: judged, and its answer parsed. */
function cost(): void {
  const edges = [
    1,
    2,
    5,
    10,
    15,
    25,
    40,
    50,
    75,
    100,
    150,
    250,
    350,
    500,
    750,
    1000,
    2500,
    5000,
    10_000,
    Infinity,
  ];
  const side = (requests: number, k: number): Counts => ({
    requests,
    errors: (k * 7919) % 5 === 0 ? 1 : 0,
    latency: edges.map((le) => ({ le, count: Math.round(requests * (1 - Math.exp(-le / 50))) })),
  });
  const scrapes = Array.from({ length: 240 }, (_, k) => k);
  const history = scrapes.map((k) => ({ from: k * 15_000, at: (k + 1) * 15_000, stable: side(1500, k) }));
  const start = 240 * 15_000;
  const readings: readonly Reading[] = scrapes.map((k) => ({
    at: start + (k + 1) * 15_000,
    percent: 10,
    settled: true,
    canary: side(150, k),
    stable: side(1350, k + 1),
  }));
  const base = learn(history);
  const summary = begin(base, start);
  const now = start + 3_600_000;
  const ladder = { rungs: [10, 25, 50, 100], committed: 10, fresh: true, now };
  const verdict = spent(() => verdictOf(fold(summary, readings, DEFAULTS), ladder, DEFAULTS));
  const next = spent(() => verdictOf(fold(summary, readings.slice(-1), DEFAULTS), ladder, DEFAULTS));
  const text = answer(readings);
  const parse = spent(() => JSON.parse(text));
  const bytes = JSON.stringify(fold(summary, readings, DEFAULTS)).length;
  console.log(`one verdict over 1 h of 15 s data with 20 buckets   ${verdict.toFixed(0)} us`);
  console.log(`  the same with all but the newest scrape folded    ${next.toFixed(0)} us`);
  console.log(
    `  JSON.parse of the answer with these samples       ${parse.toFixed(0)} us (${text.length} bytes)`,
  );
  console.log(`  verdict over parse                                ${(verdict / parse).toFixed(2)}`);
  console.log(`summary                                             ${bytes} bytes of JSON`);
}

/** As Prometheus answers a query for raw samples of both sides: a series an edge, and two of requests, each side. */
function answer(readings: readonly Reading[]): string {
  const sides = ["canary", "stable"] as const;
  const series = sides.flatMap((name) => {
    const running = (count: (reading: Reading) => number) => {
      let sum = 0;
      return readings.map((reading) => {
        sum += count(reading);
        return [reading.at / 1000, String(sum)];
      });
    };
    const labels = { destination_workload: name, destination_workload_namespace: "production" };
    const buckets = (readings[0]?.[name].latency ?? []).map(({ le }, index) => ({
      metric: { ...labels, le: String(le) },
      values: running((reading) => reading[name].latency[index]?.count ?? 0),
    }));
    const requests = ["200", "503"].map((code) => ({
      metric: { ...labels, response_code: code },
      values: running((reading) => (code === "200" ? reading[name].requests : reading[name].errors)),
    }));
    return [...buckets, ...requests];
  });
  return JSON.stringify({ status: "success", data: { resultType: "matrix", result: series } });
}

/** Microseconds of this process' own time, so that a busy machine matters less; the first rounds are the compiler's. */
function spent(work: () => unknown): number {
  const rounds = 200;
  for (let round = 0; round < rounds; round++) work();
  const before = process.cpuUsage();
  for (let round = 0; round < rounds; round++) work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / rounds;
}
