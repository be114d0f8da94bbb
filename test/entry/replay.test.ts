import { execFile } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { type RunningPrometheus, startPrometheus } from "../../dev/prometheus/start.ts";
import { run } from "../../src/entry/cli/run.ts";
import { writeEnded } from "../../src/reconcile/state-document.ts";
import { pushAll } from "../adapters/prometheus/push.ts";
import { dice, interval, type Service } from "../analysis/sequential/simulated.ts";
import { MINUTE, Story } from "../release/world.ts";

const CLI = fileURLToPath(new URL("../../src/entry/cli.ts", import.meta.url));
const LOOP = fileURLToPath(new URL("../../examples/loop", import.meta.url));
const SCRAPE = 15_000;
/** Of the first weight of every trace; on the grid of the scrapes. */
const START = Math.floor(Date.now() / 3_600_000) * 3_600_000 - 6 * 3_600_000;
const FROM = new Date(START).toISOString();

const folder = mkdtempSync(join(tmpdir(), "sluice-replay-"));
let prometheus: RunningPrometheus;
beforeAll(async () => {
  prometheus = await startPrometheus({ remoteWrite: true });
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await prometheus.stop();
});

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The command line in this process, and what it would end with. */
async function sluice(
  args: readonly string[],
  env: Readonly<Record<string, string>> = { PROMETHEUS_URL: prometheus.url },
): Promise<Ended> {
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  const outcome = await run(["replay", ...args]);
  vi.unstubAllEnvs();
  if (outcome.ok === true)
    return { code: 0, stdout: outcome.stdout, stderr: (outcome.notes ?? []).join("\n") };
  if (outcome.ok === "usage") return { code: 2, stdout: "", stderr: outcome.message };
  return { code: 1, stdout: "", stderr: outcome.problems.join("\n") };
}

/** The same as a process of its own. */
function spawned(args: readonly string[]): Promise<Ended> {
  const env = { ...process.env, PROMETHEUS_URL: prometheus.url };
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [CLI, "replay", ...args], { env }, (_, stdout, stderr) => {
      resolve({ code: child.exitCode ?? -1, stdout, stderr });
    });
  });
}

const SLOS = `    slos:
      - errorRate: { max: 5% }
      - latency: { quantile: 0.99, max: 500ms }
`;

/** The example in a namespace of its own, where it has latency to be judged, too. */
function checkout(namespace: string, slos = SLOS): string {
  const copy = join(folder, namespace);
  cpSync(LOOP, copy, { recursive: true });
  const path = join(copy, ".github/sluice.yaml");
  const text = readFileSync(path, "utf8").replace("namespace: default", `namespace: ${namespace}`);
  writeFileSync(path, text.slice(0, text.indexOf("    slos:")) + slos);
  return copy;
}

interface Trace {
  readonly seed: number;
  /** ms after the first weight → canary's percent. */
  readonly weight: (t: number) => number;
  /** Times in seconds after the first weight. */
  readonly stable?: Service["stable"];
  readonly canary: Service["canary"];
  readonly minutes: number;
  /** Scrapes that Prometheus lost, in ms after the first weight. */
  readonly missed?: readonly [from: number, to: number];
}

const good = () => ({ errors: 0.001 });
/** Requests a second. */
const RATE = 40;

/** An hour of stable alone, then both, scrape by scrape, as counters of Istio. */
async function backfill(namespace: string, trace: Trace): Promise<void> {
  const random = dice(trace.seed);
  const [from, to] = trace.missed ?? [0, 0];
  const service = { rate: RATE, stable: trace.stable ?? good, canary: trace.canary };
  const series = new Map<
    string,
    { labels: Record<string, string>; value: number; samples: { timestamp: number; value: number }[] }
  >();
  const add = (name: string, labels: Record<string, string>, by: number, at: number) => {
    const key = JSON.stringify([name, labels]);
    const one = series.get(key) ?? { labels: { __name__: name, ...labels }, value: 0, samples: [] };
    one.value += by;
    if (at < START + from || at >= START + to) one.samples.push({ timestamp: at, value: one.value });
    series.set(key, one);
  };
  for (let t = -61 * MINUTE; t <= trace.minutes * MINUTE; t += SCRAPE) {
    const percent = t <= 0 ? 0 : trace.weight(t - SCRAPE);
    const { stable, canary } = interval(random, service, t, percent);
    for (const [workload, counts] of [
      ["reviews-v1", stable],
      ["reviews-v2", canary],
    ] as const) {
      const common = {
        job: "istio",
        instance: "gateway:15020",
        reporter: "destination",
        destination_workload_namespace: namespace,
        destination_workload: workload,
        request_protocol: "http",
      };
      const codes = { "200": counts.requests - counts.errors, "500": counts.errors };
      for (const [response_code, by] of Object.entries(codes)) {
        add("istio_requests_total", { ...common, response_code }, by, START + t);
      }
      for (const { le, count } of counts.latency) {
        const edge = le === Infinity ? "+Inf" : String(le);
        add(
          "istio_request_duration_milliseconds_bucket",
          { ...common, response_code: "200", le: edge },
          count,
          START + t,
        );
      }
    }
  }
  await pushAll(
    prometheus.url,
    [...series.values()].map(({ labels, samples }) => ({ labels: { __name__: "", ...labels }, samples })),
  );
}

const WEIGHTS = "+0s=10,+6m=25,+12m=50,+18m=100";
const weight = (t: number) => (t < 6 * MINUTE ? 10 : t < 12 * MINUTE ? 25 : t < 18 * MINUTE ? 50 : 100);
const window = (to: string, weights = WEIGHTS) => ["--from", FROM, "--to", to, "--weights", weights];

/** `+1h2m3s` in ms. */
function ms(offset: string | undefined): number {
  const {
    h = 0,
    m = 0,
    s = 0,
  } = /^\+(?:(?<h>\d+)h)?(?:(?<m>\d+)m)?(?:(?<s>[\d.]+)s)?$/.exec(offset ?? "")?.groups ?? {};
  return (Number(h) * 60 + Number(m)) * MINUTE + Number(s) * 1000;
}

/** A bug that shows from 8 min on, at 25 %. */
const BUG = 8 * MINUTE;
const bad: Trace = {
  seed: 1,
  weight,
  minutes: 20,
  canary: (t) => (t * 1000 < BUG ? good() : { errors: 0.05, slower: 2 }),
};

interface Shown {
  readonly first: Readonly<Record<string, number | null>>;
  readonly deeds: readonly { readonly at: number; readonly kind: string; readonly percent: number }[];
  readonly looks: readonly {
    readonly at: number;
    readonly percent: number;
    readonly verdict: string | null;
  }[];
}

async function judged(args: readonly string[]): Promise<Shown> {
  const { code, stdout, stderr } = await sluice([...args, "--json"]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return JSON.parse(stdout);
}

describe("a past window", () => {
  it("with a bug is failed at the look at which it can be told, and not before it is there", async () => {
    const copy = checkout("bad");
    await backfill("bad", bad);
    const { first, deeds, looks } = await judged([copy, ...window("+20m")]);
    const failed = (first["fail"] ?? 0) - START;
    expect(failed).toBeGreaterThan(BUG);
    expect(failed).toBeLessThanOrEqual(BUG + 2 * MINUTE);
    expect(deeds.at(-1)).toMatchObject({ kind: "roll-back", percent: 25, at: START + failed });
    expect(deeds.map(({ kind }) => kind)).toEqual(["live", "go-on", "live", "roll-back"]);
    expect(looks).toHaveLength(81);
    expect(looks.filter(({ at, verdict }) => at > START + failed && verdict === "pass")).toEqual([]);
  });

  it("says the same as text, in 80 columns, and the same bytes when asked twice", async () => {
    const copy = checkout("text");
    await backfill("text", bad);
    const args = [copy, ...window("+20m")];
    const once = await sluice(args);
    expect(once).toMatchObject({ code: 0, stderr: "" });
    expect(await spawned(args)).toEqual(once);
    const json = await sluice([...args, "--json"]);
    expect(await sluice([...args, "--json"])).toEqual(json);
    const { first, deeds, looks }: Shown = JSON.parse(json.stdout);
    const { stdout } = once;
    expect(stdout.split("\n").filter((line) => line.length > 80)).toEqual([]);
    for (const [word, at] of Object.entries(first)) {
      const told = new RegExp(`First verdicts: .*${word} (\\+\\w+)`).exec(stdout)?.[1];
      expect(told === undefined ? null : START + ms(told)).toBe(at);
    }
    expect(START + ms(/^ {2}(\S+) +ROLLS BACK: /m.exec(stdout)?.[1])).toBe(deeds.at(-1)?.at);
    const runs = [...stdout.matchAll(/^(\+\w+) +(\d+) % +(not live|\w+) +(\d+) /gm)];
    const said = runs.flatMap(([, at, percent, word, count]) =>
      Array.from({ length: Number(count) }, (_, look) => ({
        at: START + ms(at) + look * SCRAPE,
        percent: Number(percent),
        verdict: word === "not live" ? null : word,
      })),
    );
    expect(said).toEqual(looks.map(({ at, percent, verdict }) => ({ at, percent, verdict })));
    const bars = (label: string) => new RegExp(`^${label} +(.{42})`, "m").exec(stdout)?.[1] ?? "";
    expect(bars("weight")).toMatch(/^▂+▃+▅+█+$/);
    expect(bars("errors canary")).toMatch(/█/);
    expect(bars("errors stable")).toMatch(/^▁+ *$/);
    // None while a weight is not live.
    expect(bars("evidence")).toMatch(/^▁+[▁-█]{0,3}█[█ ]+$/);
    expect(bars("p99 canary")).toHaveLength(42);
  });

  it("of a good release goes on at every weight and is promoted", async () => {
    const copy = checkout("good");
    await backfill("good", { seed: 2, weight, minutes: 24, canary: good });
    const { first, deeds } = await judged([copy, ...window("+24m")]);
    expect(first).toMatchObject({ fail: null, unavailable: null, pass: expect.any(Number) });
    const steps = deeds.filter(({ kind }) => kind !== "live" && kind !== "hold");
    expect(steps.map(({ kind, percent }) => [kind, percent])).toEqual([
      ["go-on", 10],
      ["go-on", 25],
      ["go-on", 50],
      ["promote", 100],
    ]);
  });

  it("in which both sides have an outage does not blame the canary", async () => {
    const copy = checkout("outage");
    const both = (t: number) => ({ errors: t >= 420 && t < 600 ? 0.3 : 0.001 });
    await backfill("outage", { seed: 3, weight, minutes: 18, stable: both, canary: both });
    const { first, looks } = await judged([copy, ...window("+18m")]);
    expect(first["fail"]).toBeNull();
    const during = looks.filter(({ at }) => at >= START + 8 * MINUTE && at < START + 10 * MINUTE);
    expect(new Set(during.map(({ verdict }) => verdict))).toEqual(new Set(["inconclusive"]));
  });

  it("in which Prometheus missed scrapes was without an answer, as it was then", async () => {
    const copy = checkout("gap");
    const missed = [3 * MINUTE, 5 * MINUTE] as const;
    await backfill("gap", { seed: 4, weight: () => 10, minutes: 8, canary: good, missed });
    const { first, looks } = await judged([copy, ...window("+8m", "+0s=10")]);
    expect(first["fail"]).toBeNull();
    const without = looks.filter(({ verdict }) => verdict === "unavailable").map(({ at }) => at - START);
    expect(without).toEqual([240_000, 255_000, 270_000, 285_000]);
    expect(looks.at(-1)).toMatchObject({ verdict: "pass" });
  });

  it("is judged look by look on what was there: its end changes no earlier verdict", async () => {
    const copy = checkout("prefix");
    await backfill("prefix", bad);
    const whole = await judged([copy, ...window("+11m")]);
    const part = await judged([copy, ...window("+7m")]);
    expect(part.looks).toEqual(whole.looks.slice(0, part.looks.length));
    expect(part.looks).toHaveLength(29);
  });

  it("is looked at once more at its end, however long it is between two looks", async () => {
    const copy = checkout("short");
    await backfill("short", bad);
    const to = START + 10 * MINUTE;
    const args = window("+12m", "+0s=10,+6m=25,+10m=0");
    const { looks, deeds } = await judged([copy, ...args, "--every", "1h"]);
    expect(looks.map(({ at }) => at)).toEqual([START, to]);
    expect(looks.at(-1)).toMatchObject({ percent: 25, verdict: "fail" });
    expect(deeds.at(-1)).toMatchObject({ kind: "roll-back", at: to });
  });

  it("can be judged under other limits, with plain thresholds too", async () => {
    const copy = checkout("plain", "    slos:\n      - errorRate: { max: 3%, mode: threshold }\n");
    await backfill("plain", bad);
    const { stdout } = await sluice([copy, ...window("+14m"), "--every", "30s"]);
    expect(stdout).toMatch(/^ {2}\S+ +ROLLS BACK: .*limit/m);
    expect(stdout).not.toContain("evidence:");
    expect(stdout).not.toContain("p99");
  });
});

describe("a release's document", () => {
  it("says the weights, the window and the rollout; the merge of its rollback ends it", async () => {
    const story = new Story({ name: "reviews" });
    story.now = START - MINUTE;
    story.rest();
    story.canary = "v2";
    story.now = START;
    story.pass(9);
    expect(story.percent).toBe(25);
    story.verdict = "fail";
    story.pass(1);
    const [ended] = story.ended;
    if (!ended) throw new Error("the release goes on");
    const file = join(folder, "7.json");
    writeFileSync(file, writeEnded("reviews", ended));

    const copy = checkout("document");
    const live = (t: number) => story.moves.findLast(({ at }) => at <= START + t)?.to ?? 0;
    await backfill("document", { ...bad, weight: live, minutes: 11 });
    const { code, stdout, stderr } = await sluice([copy, "--release", file]);
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: expect.stringMatching(
        /^This is judged under another configuration .*: git cat-file blob config$/,
      ),
    });
    expect(stdout).toMatch(/^reviews#1 from /);
    expect(stdout).toMatch(/^weights: 10 % at \+0s, 25 % at \+5m, 0 % at \+9m$/m);
    expect(stdout).toMatch(/^ {2}\S+ +ROLLS BACK: /m);
    const judgedTo = await judged([copy, ...window("+8m45s", "+0s=10,+5m=25")]);
    expect(
      JSON.parse((await sluice([copy, "--release", file, "--to", "+8m45s", "--json"])).stdout).looks,
    ).toEqual(judgedTo.looks);
  });

  it("that is none, or has lost its beginning, is refused with what would do", async () => {
    const file = join(folder, "none.json");
    const refusal = async (text: string) => {
      writeFileSync(file, text);
      const { code, stdout, stderr } = await sluice([LOOP, "--release", file]);
      expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
      expect(stderr).toContain(`${file}:1:1: `);
      return stderr;
    };
    expect(await refusal("{")).toContain("this is not JSON; give `releases/NAME/N.json`");
    expect(await refusal('{"schema":2}')).toContain("no document of a release with schema 1");
    const release = {
      number: 1,
      config: "",
      startedAt: 5,
      shift: { percent: 0, at: 5 },
      timeline: [{ at: 9, text: "" }],
    };
    const document = (change: object) =>
      JSON.stringify({ schema: 1, rollout: "reviews", release: { ...release, ...change } });
    expect(await refusal(document({}))).toContain("say the weights with --weights");
    expect(await refusal(document({ startedAt: 9 }))).toContain("never had a weight");
    expect((await sluice([LOOP, "--release", join(folder, "no.json")])).stderr).toContain(
      "there is no such file",
    );
  });
});

describe("what cannot be replayed is said", () => {
  const asked = window("+10m", "+0s=10");

  it("a source that is not configured, does not answer, or has nothing of this window", async () => {
    const problem = async (args: readonly string[], env: Readonly<Record<string, string>> = {}) => {
      const { code, stdout, stderr } = await sluice([LOOP, ...asked, ...args], {
        PROMETHEUS_URL: prometheus.url,
        ...env,
      });
      expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
      return stderr;
    };
    expect(await problem(["--source", "staging"])).toMatch(
      /^source staging: unknown-source: .* the operator configured: production$/m,
    );
    expect(await problem([], { PROMETHEUS_URL: "http://127.0.0.1:9" })).toMatch(
      /^source production: connection: the source cannot be reached/,
    );
    expect(await problem([], { PROMETHEUS_URL: "ftp://x" })).toContain("PROMETHEUS_URL is not an http");
    expect(await problem([])).toMatch(
      /has no istio_requests_total of workload reviews-v1 or reviews-v2 .*within what the source keeps\?$/m,
    );
  });

  it("a rollout that the checkout does not have", async () => {
    const { code, stderr } = await sluice([LOOP, ...asked, "--rollout", "ratings"]);
    expect(code).toBe(1);
    expect(stderr).toBe(
      '.github/sluice.yaml:1:1: it has no rollout "ratings"; say --rollout with one of: reviews',
    );
    expect((await sluice([folder, ...asked])).stderr).toContain("there is no such file in");
  });

  it.each([
    ["replay needs --from, or a --release FILE that says it", []],
    ["replay needs --to", ["--from", FROM]],
    ["replay needs --weights", ["--from", FROM, "--to", "+5m"]],
    ['--to: "soon" is no time: write it with its zone, such as', window("soon")],
    ["with its zone", ["--from", "2026-05-04T10:00:00", ...asked.slice(2)]],
    ['--from: "+5m" is no time', ["--from", "+5m", ...asked.slice(2)]],
    ["--to is not after --from", window("-5m")],
    ["--to is yet to come", window("+400h")],
    ['"+0s:10" is no weight: write `TIME=PERCENT`', window("+5m", "+0s:10")],
    ['"+0s=101" is no weight', window("+5m", "+0s=101")],
    ["the canary has no weight in this window", window("+5m", "+6m=10")],
    ["the canary is at 0 % when this window begins", window("+5m", "-5m=10,-1m=0")],
    ["comes back at +2m after it was at 0 %: that is another release", window("+5m", "+0s=10,+1m=0,+2m=10")],
    ["--every is a duration of a second or more", [...asked, "--every", "1ms"]],
    [
      "looks are too many",
      ["--from", new Date(START - 100 * 86_400_000).toISOString(), "--to", FROM, "--weights", "+0s=10"],
    ],
  ])("%s", async (words, args) => {
    const ended = await sluice([LOOP, ...args]);
    expect(ended).toMatchObject({ code: 2, stdout: "" });
    expect(ended.stderr).toContain(words);
  });
});
