import { describe, expect, it, vi } from "vitest";
import { checkPull, planOfPull } from "../../src/reconcile/plan.ts";
import { PullChecks } from "../../src/reconcile/pull-checks.ts";
import { planCheck } from "../../src/views/plan.ts";
import { CONFIG, workload } from "../e2e/shop.ts";
import type { Team } from "./inside.ts";
import { useInside } from "./use-inside.ts";

const rolloutName = (i: number) => `checkout-${i}`;
const target = (i: number) => `mesh/${i}.yaml`;
const canary = (i: number) => `apps/${i}/canary.yaml`;
const stable = (i: number) => `apps/${i}/stable.yaml`;

/** So many rollouts with workloads of their own, and as many targets each, whose files they all share. */
function files(rollouts: number, targets: number): Record<string, string> {
  const each = Array.from({ length: rollouts }, (_, i) => i);
  const shared = Array.from({ length: targets }, (_, i) => i);
  const config = {
    version: 1,
    prometheus: "production",
    rollouts: Object.fromEntries(
      each.map((i) => [
        rolloutName(i),
        {
          mesh: "istio",
          namespace: "production",
          service: rolloutName(i),
          targets: shared.map((at) => ({
            file: target(at),
            route: `r${i}`,
            stable: "stable",
            canary: "canary",
          })),
          workloads: { stable: stable(i), canary: canary(i) },
          steps: [{ setWeight: 10 }, { setWeight: 100 }],
          slos: [{ errorRate: { max: "5%" } }],
        },
      ]),
    ),
  };
  const destination = (subset: string, weight: number) => ({
    destination: { host: "checkout", subset },
    weight,
  });
  const mesh = {
    apiVersion: "networking.istio.io/v1",
    kind: "VirtualService",
    metadata: { name: "checkout", namespace: "production" },
    spec: {
      hosts: ["checkout"],
      http: each.map((i) => ({
        name: `r${i}`,
        route: [destination("stable", 100), destination("canary", 0)],
      })),
    },
  };
  return {
    [CONFIG]: JSON.stringify(config),
    ...Object.fromEntries(
      shared.map((at) => [
        target(at),
        JSON.stringify({ ...mesh, metadata: { ...mesh.metadata, name: `checkout-${at}` } }),
      ]),
    ),
    ...Object.fromEntries(
      each.flatMap((i) => [
        [stable(i), workload("stable", "1.0.0")],
        [canary(i), workload("canary", "1.0.0")],
      ]),
    ),
  };
}

const inside = useInside({ validate: false });

function team(rollouts: number, targets: number): Promise<Team> {
  return inside.team({ files: files(rollouts, targets), share: async () => 0, failing: async () => 0 });
}

/** What the plan of a pull request says and how many requests it took. */
async function planned(of: Team, number: number, change: { readonly fork?: boolean } = {}) {
  const { ports } = of.process();
  const pull = { ...(await ports.forge.pull(number)), ...change };
  const before = inside.github.requests.length;
  const plan = await planOfPull(ports, pull);
  if (!plan) throw new Error("no plan");
  return { plan, check: planCheck(plan), requests: inside.github.requests.length - before };
}

/**
 * The repository, the pull request's files, the configuration, base and states together, the log of who moved the
 * state branch, and two for the rules of the deployment branch.
 */
const FIXED = 7;

describe("The check of a pull request", () => {
  it("asks GitHub the same few times however many files are named, and once more for each that is changed", async () => {
    const large = await team(20, 8);
    const touched = { [canary(0)]: workload("canary", "2.0.0"), [canary(7)]: workload("canary", "2.0.0") };
    const number = await large.alice.propose("two", "Ship two", touched);
    const { plan, check, requests } = await planned(large, number);
    expect(requests).toBeLessThanOrEqual(FIXED + Object.keys(touched).length);
    expect(plan.problems).toEqual([]);
    expect(plan.rollouts.filter(({ ships }) => ships).map(({ rollout }) => rollout.name)).toEqual([
      rolloutName(0),
      rolloutName(7),
    ]);
    expect(plan.rollouts[0]?.weightsNow).toHaveLength(8);
    expect(check.title).toBe(`Ships ${rolloutName(0)} and ${rolloutName(7)}`);
  });

  it("reads what it changes alone where all would be more than 100 files", async () => {
    const large = await team(60, 1);
    const number = await large.alice.propose("one", "Ship one", { [canary(3)]: workload("canary", "2.0.0") });
    const { plan, check, requests } = await planned(large, number);
    expect(requests).toBeLessThanOrEqual(FIXED + 1);
    expect(plan.rollouts.filter(({ ships }) => ships)).toHaveLength(1);
    expect(check.conclusion).toBe("success");
    expect(check.summary).toContain(rolloutName(59));
  });

  it("says so and shows the ladders where it would have to read more than 100 files", async () => {
    const large = await team(60, 1);
    const shared = files(60, 1)[target(0)] ?? "";
    const number = await large.alice.propose("all", "Reformat", { [target(0)]: `${shared}\n` });
    const { check, requests } = await planned(large, number);
    expect(requests).toBeLessThanOrEqual(FIXED);
    expect(check.conclusion).toBe("neutral");
    expect(check.summary).toContain("More than 100 files");
    expect(check.summary).toContain("10 → 100 %, in 1 target");
  });

  it("is not made by a list of files that GitHub cut: what ships may be behind its end", async () => {
    const small = await team(1, 1);
    const number = await small.alice.propose("many", "Ship", { [canary(0)]: workload("canary", "2.0.0") });
    const lists = async (files: readonly string[]) => {
      const asks = ({ path }: { readonly path: string }) => path.includes(`/pulls/${number}/files?`);
      const body = files.map((filename) => ({ filename }));
      const told = inside.github.fault(asks, { status: 200, body }, 1);
      const { check } = await planned(small, number);
      expect(told.left).toBe(0);
      return check;
    };
    const others = Array.from({ length: 3000 }, (_, i) => `a/${i}.txt`);
    const whole = await lists([...others.slice(2), canary(0)]);
    expect(whole.title).toMatch(/^Merging starts checkout-0/);
    const cut = await lists(others);
    expect(cut.conclusion).toBe("neutral");
    expect(cut.title).toMatch(/^Not checked/);
    expect(cut.summary).toContain("a pull request of its own");
    expect(cut.summary).not.toContain("No rollout is touched");
  });

  it("says that the merge of a new configuration takes the canary's weight away", async () => {
    const { [CONFIG]: config = "", ...without } = files(1, 1);
    const carrying = (without[target(0)] ?? "")
      .replace('"weight":100', '"weight":90')
      .replace('"weight":0', '"weight":10');
    const fresh = await inside.team({
      files: { ...without, [target(0)]: carrying },
      share: async () => 0,
      failing: async () => 0,
    });
    const number = await fresh.alice.propose("adopt", "Configure", { [CONFIG]: config });
    const { check } = await planned(fresh, number);
    expect(check.conclusion).toBe("success");
    expect(check.title).toBe(`Adopts ${rolloutName(0)}: merging sets the canary from 10 % to 0 %`);
    expect(check.summary).toContain("merging sets the canary from 10 % to 0 %");
  });

  it("runs the queries of who may write, and says of each what is wrong with it; never a stranger's", async () => {
    const small = await team(1, 1);
    const config = (files(1, 1)[CONFIG] ?? "").replace(
      '"slos":[',
      '"slos":[{"query":"sum(rate(hits[1m]))","max":1},',
    );
    const number = await small.alice.propose("query", "Configure", { [CONFIG]: config });
    const asked: string[] = [];
    const { ports } = small.process();
    const metrics = {
      ...ports.metrics,
      blindSpots: () => ["ztunnel counts connections, not requests."],
      checkQuery: async (source: string, query: string) => {
        asked.push(`${source}: ${query}`);
        return { status: "problem", words: "the source knows no metric hits now" } as const;
      },
    };
    const pull = await ports.forge.pull(number);
    await planOfPull({ ...ports, metrics }, { ...pull, fork: true });
    expect(asked).toEqual([]);
    const strangers = await planOfPull({ ...ports, metrics }, { ...pull, author: "mallory" });
    expect(asked).toEqual([]);
    expect(planCheck(strangers ?? { problems: [], rollouts: [] }).summary).toContain(
      "The metrics are not asked by this configuration: this needs write access to the repository; mallory has none.",
    );
    const plan = await planOfPull({ ...ports, metrics }, pull);
    expect(asked).toEqual(["production: sum(rate(hits[1m]))"]);
    const { summary } = planCheck(plan ?? { problems: [], rollouts: [] });
    expect(summary).toContain(
      "| `sum(rate(hits[1m]))` | – | at most 1 | not known: the source knows no metric hits now |",
    );
    expect(summary).toContain("ztunnel counts connections, not requests.");
  });

  it.each([
    [
      "100 a second",
      1500,
      /At today's 100 requests a second a release as good as stable takes about [3-9] min, if/,
    ],
    ["two a minute", 0.5, /At today's 2 requests a minute a release as good as stable takes about 1\d min/],
    ["none", 0, /show no request of the stable side in the last hour/],
  ])("says how long it takes at today's traffic: %s", async (_, requests, words) => {
    const small = await team(1, 1);
    const number = await small.alice.propose("ship", "Ship", { [canary(0)]: workload("canary", "2.0.0") });
    const { ports } = small.process();
    const metrics = {
      ...ports.metrics,
      observe: async ({ now }: { readonly now: number }) => {
        const stable = { requests, errors: 0, latency: [] };
        const past = Array.from({ length: 240 }, (_, i) => {
          const at = now - (239 - i) * 15_000;
          return { from: at - 15_000, at, stable };
        });
        const evidence = { from: now, asOf: now, scrapes: [], queries: [], asked: [], past };
        return { status: "ok", evidence } as const;
      },
    };
    const plan = await planOfPull({ ...ports, metrics }, await ports.forge.pull(number));
    expect(planCheck(plan ?? { problems: [], rollouts: [] }).summary).toMatch(words);
  });

  it("says of `steps: auto` what is skipped, what is left out and why, and what that takes", async () => {
    const small = await team(1, 1);
    const changed = (path: string, from: string, to: string) => {
      const text = files(1, 1)[path] ?? "";
      expect(text).toContain(from);
      return { [path]: text.replace(from, to) };
    };
    const number = await small.alice.propose("auto", "Choose by evidence", {
      ...changed(CONFIG, '[{"setWeight":10},{"setWeight":100}]', '"auto","holdback":"20%"'),
      ...changed(target(0), '"weight":100', '"weight":10'),
      [canary(0)]: workload("canary", "2.0.0"),
    });
    const { ports } = small.process();
    const metrics = {
      ...ports.metrics,
      observe: async ({ now }: { readonly now: number }) => {
        const stable = { requests: 15_000, errors: 15, latency: [] };
        const past = Array.from({ length: 240 }, (_, i) => {
          const at = now - (239 - i) * 15_000;
          return { from: at - 15_000, at, stable };
        });
        const evidence = { from: now, asOf: now, scrapes: [], queries: [], asked: [], past };
        return { status: "ok", evidence } as const;
      },
    };
    const plan = await planOfPull({ ...ports, metrics }, await ports.forge.pull(number));
    const { title, summary } = planCheck(plan ?? { problems: [], rollouts: [] });
    expect(title).toBe("Merging starts checkout-0: 10 → 50 → 80 %, or fewer");
    expect(summary).toContain("`steps: auto`: a step whose harm is already excluded is skipped.");
    expect(summary).toMatch(/leaves out 1 %, 5 %, 25 %.* mesh\/0\.yaml/);
    expect(summary).toMatch(
      /takes about \d+ min, by 10 %, 50 % and 80 %, if each weight is live within 2 min/,
    );
  });

  it("refuses weights that leave `steps: auto` nothing below its last", async () => {
    const small = await team(1, 1);
    const number = await small.alice.propose("one", "A sum of 1", {
      [CONFIG]: (files(1, 1)[CONFIG] ?? "").replace('[{"setWeight":10},{"setWeight":100}]', '"auto"'),
      [target(0)]: (files(1, 1)[target(0)] ?? "").replace('"weight":100', '"weight":1'),
    });
    const { check } = await planned(small, number);
    expect(check).toMatchObject({
      conclusion: "failure",
      title: expect.stringContaining("checkout-0: mesh/0.yaml: 1 % of "),
    });
  });

  it("is made for a branch that is called like ours, too", async () => {
    const small = await team(1, 1);
    const number = await small.alice.propose("sluice/rollback/mine", "Ship", {
      [canary(0)]: workload("canary", "2.0.0"),
    });
    await checkPull(small.process().ports, number);
    const { sha } = (await small.alice.pull(number)).head;
    expect((await small.alice.checks(sha)).map(({ name }) => name)).toEqual(["sluice"]);
  });

  it("asks the metrics nothing for a fork: its files say whom to ask about", async () => {
    const small = await team(1, 1);
    const number = await small.alice.propose("fork", "Ship", {
      [canary(0)]: workload("canary", "2.0.0").replaceAll("checkout-canary", "billing"),
    });
    const { ports } = small.process();
    const asked: string[] = [];
    const observe: typeof ports.metrics.observe = (question) => {
      asked.push(question.canary);
      return ports.metrics.observe(question);
    };
    const pull = await ports.forge.pull(number);
    await planOfPull({ ...ports, metrics: { ...ports.metrics, observe } }, { ...pull, fork: true });
    expect(asked).toEqual([]);
    await planOfPull({ ...ports, metrics: { ...ports.metrics, observe } }, pull);
    expect(asked).toEqual(["billing"]);
  });

  it("reads no file that a fork's own configuration names", async () => {
    const small = await team(1, 1);
    const config = files(1, 1)[CONFIG] ?? "";
    const number = await small.alice.propose("fork", "Configure", { [CONFIG]: `${config}\n` });
    const { check, requests } = await planned(small, number, { fork: true });
    expect(requests).toBeLessThanOrEqual(FIXED);
    expect(check.conclusion).toBe("neutral");
    expect(check.summary).toContain("from a fork");
    expect((await planned(small, number)).check.conclusion).toBe("success");
  });
});

describe("Checks that are asked for faster than they are made", () => {
  it("of one pull request are one that runs and one that waits", async () => {
    const small = await team(1, 1);
    const number = await small.alice.propose("busy", "Ship", { [canary(0)]: workload("canary", "2.0.0") });
    const { ports } = small.process();
    const pull = vi.spyOn(ports.forge, "pull");
    const checks = new PullChecks();
    const first = checks.check("shop", ports, number);
    await vi.waitFor(() => expect(pull).toHaveBeenCalledTimes(1), 60_000);
    await Promise.all([first, ...Array.from({ length: 20 }, () => checks.check("shop", ports, number))]);
    expect(pull).toHaveBeenCalledTimes(2);
  });

  it("after a release turned are those of the 30 newest pull requests", async () => {
    const small = await team(1, 1);
    const { ports } = small.process();
    const one = await small.alice.propose("first", "Ship", { [canary(0)]: workload("canary", "2.0.0") });
    const facts = await ports.forge.pull(one);
    const open = Array.from({ length: 45 }, (_, i) => ({ ...facts, number: 1000 - i }));
    vi.spyOn(ports.forge, "openPulls").mockResolvedValue(open);
    const asked: number[] = [];
    vi.spyOn(ports.forge, "pull").mockImplementation(async (number) => {
      asked.push(number);
      return { ...facts, number, state: "closed" };
    });
    const checks = new PullChecks();
    await Promise.all([checks.refresh("shop", ports), checks.refresh("shop", ports)]);
    expect(asked).toEqual(open.slice(0, 30).map(({ number }) => number));
  });
});
