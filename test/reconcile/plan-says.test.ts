import { applyPatch } from "diff";
import { describe, expect, it } from "vitest";
import type { BranchRule } from "../../dev/github/model.ts";
import { planOfPull } from "../../src/reconcile/plan.ts";
import { planCheck } from "../../src/views/plan.ts";
import { configOf, deployment, FILES, rolloutOf } from "../e2e/release-world.ts";
import type { Team } from "./inside.ts";
import {
  CANARY,
  CONFIG,
  canaryWith,
  config,
  ended,
  justBefore,
  lookUntil,
  openShop,
  weightIn,
} from "./shop.ts";
import { useInside } from "./use-inside.ts";

const inside = useInside();

async function planOf(team: Team, number: number, ports = team.process().ports) {
  const plan = await planOfPull(ports, await ports.forge.pull(number));
  return { plan, check: planCheck(plan ?? { problems: [], rollouts: [] }) };
}

describe("The plan where the branch takes no commits of the App's", () => {
  const BOT = "sluice[bot]";
  const says = "Sluice may not commit to `main`";
  const noteOf = async (rule: BranchRule, changes: Readonly<Record<string, unknown>> = {}) => {
    const team = await openShop(inside, changes);
    inside.github.protectBranch(team.repository, "main", rule);
    const number = await team.alice.propose("v2", "checkout 2", canaryWith("2.0.0"));
    return (await planOf(team, number)).check.summary;
  };

  it.each([
    ["classic protection", { requiredReviews: 1 }, "the branch is protected"],
    ["a ruleset", { requiredReviews: 1, ruleset: true }, "changes must be made through a pull request"],
    ["a merge queue", { mergeQueue: true, ruleset: true }, "changes must be made through a pull request"],
    [
      "required checks",
      { requirePullRequest: false, requiredChecks: ["tests"], ruleset: true },
      "status checks are required",
    ],
  ] as const)("says so before the first weight, by %s, and what to do", async (_, rule, reason) => {
    const summary = await noteOf(rule);
    expect(summary).toContain(`${says}, as ${reason}.`);
    expect(summary).toContain("Say `delivery: pull-request`, or put the App on the rule's bypass list");
  });

  it.each([{ requiredReviews: 1 }, { requiredReviews: 2, ruleset: true }] as const)(
    "says nothing where the App may go around the rule, and where it delivers by pull requests whom those wait for",
    async (rule) => {
      expect(await noteOf({ ...rule, bypass: [BOT] })).not.toContain(says);
      const delivered = await noteOf(rule, { delivery: "pull-request" });
      expect(delivered).not.toContain(says);
      expect(delivered).toContain(`\`main\` asks for ${rule.requiredReviews} approving review`);
      expect(delivered).toContain("and so does a rollback, while the canary keeps its traffic");
    },
  );

  it("says nothing of people where pull requests wait for none", async () => {
    const rule = { requiredChecks: ["tests"], ruleset: true };
    expect(await noteOf(rule, { delivery: "pull-request" })).not.toContain("asks for");
  });

  it("is made all the same where GitHub does not answer", async () => {
    const team = await openShop(inside);
    const number = await team.alice.propose("v2", "checkout 2", canaryWith("2.0.0"));
    const failing = justBefore(team.forge, "pushRule", () => Promise.reject(new Error("no answer")));
    const { check } = await planOf(team, number, team.process(failing).ports);
    expect(check.conclusion).toBe("success");
  });
});

describe("The plan of a rollout that its data plane does not fit", () => {
  const planWith = async (changes: Readonly<Record<string, unknown>>) => {
    const team = await openShop(inside);
    const number = await team.alice.propose("fit", "Configure", { [CONFIG]: config(changes) });
    return (await planOf(team, number)).check;
  };

  it("refuses sides that the metrics would not tell apart, at the canary's file", async () => {
    const check = await planWith({ metrics: { canary: "checkout-stable" } });
    expect(check).toMatchObject({ conclusion: "failure", annotations: [{ path: FILES.canary, line: 1 }] });
    expect(check.summary).toContain("cannot tell the sides apart");
  });

  it("notes what the workloads lack, and whose else they are", async () => {
    const team = await openShop(inside);
    const other = {
      targets: [{ file: FILES.virtualService, kind: "VirtualService", stable: "stable", canary: "canary" }],
    };
    const number = await team.alice.propose("two", "Configure", {
      [CONFIG]: configOf({ checkout: rolloutOf("shop"), other: rolloutOf("shop", other) }),
      [CANARY]: deployment("canary", "shop", "1.0.0").replace("replicas: 2", "replicas: 0"),
    });
    const { plan } = await planOf(team, number);
    const [checkout] = plan?.rollouts ?? [];
    expect(checkout?.notes.join("\n")).toContain("belong to `other`, too");
    expect(checkout?.notes.join("\n")).toContain("the Deployment checkout-canary has `replicas: 0`");
  });

  it("notes a split that the proxies which are read do not carry out", async () => {
    const check = await planWith({ mesh: "contour" });
    expect(check.conclusion).toBe("success");
    expect(check.summary).toContain("this is the VirtualService checkout: nothing would be counted");
  });
});

describe("The plan of a pull request that ships a version", () => {
  it("has each step as the change of the manifest that the step before left", async () => {
    const team = await openShop(inside, {
      steps: [{ setWeight: 10 }, { setWeight: 50 }, { setWeight: 100 }],
    });
    const number = await team.alice.propose("v2", "checkout 2", canaryWith("2.0.0"));
    const { plan } = await planOf(team, number);
    const steps = plan?.rollouts[0]?.steps;
    let text = await team.read("main", FILES.virtualService);
    const weights: number[] = [];
    for (const { diffs } of steps?.ok ? steps.rungs : []) {
      const [diff, ...more] = diffs;
      expect(more).toEqual([]);
      const patch = ["--- a", "+++ b", ...(diff?.lines ?? []), ""].join("\n");
      const applied = applyPatch(text, patch);
      expect(applied).not.toBe(false);
      text = String(applied);
      weights.push(weightIn(text));
    }
    expect(weights).toEqual([10, 50, 100]);
  });

  it("says how long such releases took, once there were some that were promoted", async () => {
    const team = await openShop(inside);
    const bot = team.process();
    const first = await team.alice.propose("v2", "checkout 2", canaryWith("2.0.0"));
    expect((await planOf(team, first)).check.summary).toContain("no earlier release to go by");
    await team.alice.merge(first);
    const { last } = await lookUntil(team, bot, ended);
    expect(last?.outcome).toBe("promoted");
    const second = await team.alice.propose("v3", "checkout 3", canaryWith("3.0.0"));
    expect((await planOf(team, second)).check.summary).toMatch(
      /typically \d+ s \(the middle of 1 promoted release\)/,
    );
  });

  it("says what late timers expose users to, where they are late", async () => {
    const team = await openShop(inside);
    const { ports } = team.process();
    const number = await team.alice.propose("v2", "checkout 2", canaryWith("2.0.0"));
    expect((await planOf(team, number)).check.summary).not.toContain("Timers come");
    const settings = { ...ports.settings, lookEvery: 15_000, late: 60_000 };
    expect((await planOf(team, number, { ...ports, settings })).check.summary).toContain(
      "Timers come up to 1 min late where Sluice runs: what goes wrong may go on for 1 min 15 s before it is looked at.",
    );
  });

  it("says when its window opens, where it is shut at this moment", async () => {
    const hour = (at: number) => `${String(new Date(at).getUTCHours()).padStart(2, "0")}:00`;
    const later = inside.now() + 3 * 3_600_000;
    const allow = `Mon-Sun ${hour(later)}-${hour(later + 3_600_000)} UTC`;
    const team = await openShop(inside, { windows: { allow } });
    const number = await team.alice.propose("v2", "checkout 2", canaryWith("2.0.0"));
    const { check } = await planOf(team, number);
    const opens = `${new Date(later).toISOString().slice(0, 13).replace("T", " ")}:00:00 UTC`;
    expect(check.summary).toContain(`the first step waits until ${opens}`);
  });

  it("says which approvals it will ask for, and of whom", async () => {
    const team = await openShop(inside, {
      approvers: ["zoe"],
      steps: [{ setWeight: 50 }, { pause: { until: "approved" } }, { setWeight: 100 }],
    });
    const number = await team.alice.propose("v2", "checkout 2", canaryWith("2.0.0"));
    const { check } = await planOf(team, number);
    expect(check.summary).toContain("It asks for approval at 50 %, from zoe, with write access");
    expect(check.title).toContain("then /canary approve at 50 %");
  });
});

describe("The plan of what would never move", () => {
  const summaryOf = async (changes: Readonly<Record<string, unknown>>, more = "") => {
    const team = await openShop(inside, changes);
    const files = { [CONFIG]: `${config(changes)}\n${more}` };
    await inside.github.push(team.repository, "main", { files, message: "Configure" });
    const number = await team.alice.propose("v2", "checkout 2", canaryWith("2.0.0"));
    return (await planOf(team, number)).check.summary;
  };
  const gated = (gate: object) => [{ setWeight: 50 }, { gate }, { setWeight: 100 }];

  it("names the gates that no workflow opens where commits of weights skip CI", async () => {
    const skips = "no workflow runs for the commits of weights, so check `smoke` may never open.";
    const skipping = "commit: { skipCi: true }\n";
    const checked = { steps: gated({ check: "smoke" }) };
    expect(await summaryOf(checked, skipping)).toContain(skips);
    expect(await summaryOf(checked)).not.toContain("skipCi");
    expect(await summaryOf({ steps: gated({ hook: "loadtest" }) }, skipping)).not.toContain("skipCi");
  });

  it("names an image of `from` that no container has", async () => {
    const from = (image: string) => ({ from: { repository: "acme/code", on: "merge", image } });
    const nothing = `No container of \`${FILES.canary}\` has the image \`ghcr.io/acme/other\` that \`from\` allows`;
    expect(await summaryOf(from("ghcr.io/acme/other"))).toContain(nothing);
    expect(await summaryOf(from("registry.example.com/checkout"))).not.toContain("No container");
  });
});

describe("What the metrics say today", () => {
  it("shows a limit that the stable side breaks already", async () => {
    const team = await openShop(inside, { slos: [{ errorRate: { max: "1%" } }] });
    const number = await team.alice.propose("v2", "checkout 2", canaryWith("2.0.0"));
    const { ports } = team.process();
    const past = [{ from: 0, at: 1, stable: { requests: 10_000, errors: 212, latency: [] } }];
    const observe = async () =>
      ({
        status: "ok",
        evidence: { from: 0, asOf: 1, scrapes: [], queries: [], asked: [], past },
      }) as const;
    const { check } = await planOf(team, number, { ...ports, metrics: { ...ports.metrics, observe } });
    expect(check.summary).toContain("| error rate | 2.12 % | 1 % | **broken already** |");
  });

  it("is asked with a proposed configuration only where its author may write", async () => {
    const team = await openShop(inside);
    const proposed = config({ slos: [{ query: "sum(rate(hits[1m]))", max: 1 }] });
    const number = await team.alice.propose("query", "Configure", { [CONFIG]: proposed });
    const asked: string[] = [];
    const { ports } = team.process();
    const checkQuery = async (_: string, query: string) => {
      asked.push(query);
      return { status: "ok", value: 3 } as const;
    };
    const metrics = { ...ports.metrics, checkQuery };
    inside.github.setPermission(team.repository, "alice", "read");
    const refused = await planOf(team, number, { ...ports, metrics });
    expect(asked).toEqual([]);
    expect(refused.check.summary).toContain("The metrics are not asked by this configuration");
    inside.github.setPermission(team.repository, "alice", "write");
    const told = await planOf(team, number, { ...ports, metrics });
    expect(asked).toEqual(["sum(rate(hits[1m]))"]);
    expect(told.check.summary).toContain("| `sum(rate(hits[1m]))` | 3 | at most 1 | **broken already** |");
  });
});

describe("A pull request of which there is nothing to say", () => {
  it("has a silent success all the same, so that the check may be required, and no comment", async () => {
    const team = await openShop(inside);
    const number = await team.alice.propose("docs", "Docs", { "README.md": "hello\n" });
    const { check } = await planOf(team, number);
    expect(check).toMatchObject({ name: "sluice", conclusion: "success", annotations: [] });
    expect(check.title).toBe("Nothing to do: no new canary version");
    expect(await team.alice.comments(number)).toEqual([]);
  });
});
