import { describe, expect, it } from "vitest";
import { reconcile } from "../../src/reconcile/pass.ts";
import { planOfPull } from "../../src/reconcile/plan.ts";
import type { RolloutState } from "../../src/release/state.ts";
import { planCheck } from "../../src/views/plan.ts";
import { ATTACKS } from "../views/attacks.ts";
import type { Process, Team } from "./inside.ts";
import { canaryWith, ended, lookUntil, openShop, ship, somebody, weightOf } from "./shop.ts";
import { useInside } from "./use-inside.ts";

const inside = useInside();

const SMOKE = "e2e / smoke";
const check = { check: SMOKE };
const steps = (...gates: readonly object[]) => [
  { setWeight: 50 },
  ...gates.map((gate) => ({ gate })),
  { setWeight: 100 },
];
const held = ({ release }: RolloutState) => release?.hold?.reason === "gate";
const shut = (status: string) => (state: RolloutState) =>
  state.release?.hold?.kind === "person" && state.release.hold.gates?.[0]?.status === status;
const full = ({ release }: RolloutState) => release?.shift.percent === 100;

/** A release whose 50 % is good and waits for its gates. */
async function gated(...gates: readonly object[]) {
  const team = await openShop(inside, { steps: steps(...gates) });
  const pull = await ship(team, "2.0.0");
  const bot = team.process();
  const state = await lookUntil(team, bot, held);
  return { team, bot, pull, commit: state.release?.shift.commit ?? "" };
}

/** Enough seconds for a release that may go on to go on. */
async function someLooks(team: Team, bot: Process) {
  for (let i = 0; i < 6; i++) {
    await team.second();
    await bot.look({ kind: "push" });
  }
}

const report = (team: Team, commit: string, conclusion: string | null, app = "github-actions") =>
  inside.github.checkBy(team.repository, app, { commit, name: SMOKE, ...(conclusion && { conclusion }) });

async function comment(team: Team, pull: number): Promise<string> {
  const all = await team.alice.comments(pull);
  return all.find(({ body }) => body?.includes("<!-- sluice:release "))?.body ?? "";
}

async function say(team: Team, bot: Process, pull: number, words: string, by = team.alice) {
  await bot.look({ kind: "comment", comment: await by.comment(pull, words) });
}

const timeline = ({ release }: RolloutState) => release?.timeline.map(({ text }) => text).join("\n") ?? "";

describe("A check that a step waits for", () => {
  it("lets it go when another App has reported it good on the commit of the weight, and the record says so", async () => {
    const { team, bot, pull, commit } = await gated(check);
    expect(await comment(team, pull)).toContain(`check \`${SMOKE}\` (nobody has reported it yet)`);
    await report(team, commit, null);
    await someLooks(team, bot);
    expect(await weightOf(team)).toBe(50);
    await report(team, commit, "success");
    const state = await lookUntil(team, bot, full);
    expect(timeline(state)).toMatch(
      /50 % → 100 %: .*; check `e2e \/ smoke` open \(success, by github-actions\), http\S+\/runs\/\d+$/m,
    );
    const [message] = await messages(team, MESH);
    expect(message).toContain("check `e2e / smoke` open (success, by github-actions)");
    await lookUntil(team, bot, ended);
  });

  it("that failed holds for a person, with its word and its page, and a better run lets it go", async () => {
    const { team, bot, pull, commit } = await gated(check);
    await report(team, commit, "failure");
    await lookUntil(team, bot, shut("closed"));
    const said = await comment(team, pull);
    expect(said).toContain(`check \`${SMOKE}\` (failure, by github-actions).`);
    expect(said).toMatch(/\[the check\]\(http:\/\/127\.0\.0\.1:\d+\/acme\/shop-\d+\/runs\/\d+\)/);
    expect(said).toContain("Next: `/canary approve`");
    expect(team.told.filter(({ kind }) => kind === "waits")).toHaveLength(1);
    await report(team, commit, "success");
    await lookUntil(team, bot, full);
  });

  it("is not opened by a run of ours, nor by one of the same name on another commit", async () => {
    const { team, bot, commit } = await gated(check);
    const ours = { commit, name: SMOKE, externalId: "x", title: "t", summary: "s", annotations: [] };
    await team.forge.check({ ...ours, status: "completed", conclusion: "success" });
    const brought = (await team.state())?.release?.cause.commit ?? "";
    expect(brought).not.toBe(commit);
    await report(team, brought, "success");
    const newer = await inside.github.push(team.repository, "main", { files: { "a.md": "a" }, message: "a" });
    await report(team, newer, "success");
    await someLooks(team, bot);
    expect(await team.state()).toMatchObject({ release: { hold: { reason: "gate" } } });
    expect(await weightOf(team)).toBe(50);
  });

  it("is asked for when nothing else would keep the release, and on remembered files not at all", async () => {
    const since = inside.github.requests.length;
    const { team, bot } = await gated(check);
    const asked = () =>
      inside.github.requests
        .slice(since)
        .filter(({ path }) => path.includes(`check_name=${encodeURIComponent(SMOKE)}`));
    expect(new Set(asked().map(({ path }) => /commits\/(\w+)/.exec(path)?.[1])).size).toBe(1);
    const before = asked().length;
    for (let i = 0; i < 5; i++) {
      await team.second();
      await bot.look({ kind: "timer" });
    }
    expect(asked().length).toBeLessThanOrEqual(before + 1);
  });

  it("of a commit that is gone holds for a person instead of failing the look", async () => {
    const { team, bot } = await gated(check);
    const lost = new Proxy(team.forge, {
      get: (target, name, receiver) =>
        name === "checksOf"
          ? () => target.checksOf("f".repeat(40), SMOKE)
          : Reflect.get(target, name, receiver),
    });
    await team.second();
    await team.process(lost).look({ kind: "push" });
    await lookUntil(team, bot, held);
    expect(timeline((await team.state()) ?? never())).toMatch(/GitHub does not say: .*No commit found/);
  });
});

describe("An environment that a step waits for", () => {
  const environment = { environment: "staging" };

  it("lets it go when the job of its commit has got past the rules, not while it waits for them", async () => {
    const { team, bot, pull, commit } = await gated(environment);
    const job = (state: string | null) =>
      inside.github.jobDeployment(team.repository, { commit, environment: "staging", state });
    for (const state of [null, "waiting"]) {
      job(state);
      inside.wait(61_000);
      await someLooks(team, bot);
      expect(await weightOf(team)).toBe(50);
    }
    expect(await comment(team, pull)).toContain(
      "environment `staging` (deployment by github-actions: waiting)",
    );
    job("queued");
    const state = await lookUntil(team, bot, full);
    expect(timeline(state)).toMatch(
      /environment `staging` open \(deployment by github-actions: queued\), http/,
    );
  });

  it("whose job failed holds for a person", async () => {
    const { team, bot, pull, commit } = await gated(environment);
    inside.github.jobDeployment(team.repository, { commit, environment: "staging", state: "failure" });
    await lookUntil(team, bot, shut("closed"));
    await say(team, bot, pull, "/canary approve");
    const state = await lookUntil(team, bot, full);
    expect(timeline(state)).toMatch(
      /alice goes on without environment `staging` \(deployment by github-actions: failure\)/,
    );
    expect(timeline(state)).toMatch(/environment `staging` passed over by alice/);
  });

  it("is not opened by a deployment of ours there, nor by one of another commit", async () => {
    const changes = { steps: steps(environment), environment: "staging" };
    const team = await openShop(inside, changes);
    await ship(team, "2.0.0");
    const bot = team.process();
    const { release } = await lookUntil(team, bot, held);
    const commit = release?.cause.commit ?? "";
    inside.github.jobDeployment(team.repository, { commit, environment: "staging", state: "success" });
    const name = "checkout#1";
    const ours = await team.forge.createDeployment({
      ...{ ref: release?.shift.commit ?? "", environment: "staging" },
      ...{ description: name, payload: { release: name } },
    });
    await team.forge.deploymentStatus(ours.id, {
      state: "success",
      description: "",
      url: null,
      retires: false,
    });
    await someLooks(team, bot);
    expect(await weightOf(team)).toBe(50);
  });
});

describe("A hook that a step waits for", () => {
  const hook = { hook: "loadtest" };

  it("is told what waits, no more often than it is looked at, and lets it go by its word", async () => {
    const { team, bot, pull, commit } = await gated(hook);
    expect(team.asked[0]).toMatchObject({
      hook: "loadtest",
      rollout: "checkout",
      release: 1,
      step: 0,
      weight: 50,
      commit,
    });
    expect(team.asked[0]?.link).toBe(`${inside.github.url}/${team.repository.fullName}/pull/${pull}`);
    const asked = team.asked.length;
    for (let i = 0; i < 5; i++) await bot.look({ kind: "push" });
    expect(team.asked.length).toBeLessThanOrEqual(asked + 1);
    team.hook = { status: "unexpected", why: "HTTP 500" };
    await someLooks(team, bot);
    expect(await weightOf(team)).toBe(50);
    team.hook = { status: "open", reason: "p99 212 ms at 2,000 rps" };
    const state = await lookUntil(team, bot, full);
    expect(timeline(state)).toContain("hook `loadtest` open (p99 212 ms at 2,000 rps)");
  });

  it("is asked by one of several processes: those that stand by for another ask nothing", async () => {
    const { team, bot } = await gated(hook);
    const other = team.process();
    const settings = { ...other.ports.settings, standBy: 10_000 };
    const beside = await reconcile({ ...other.ports, settings }, "checkout", { kind: "push" });
    expect(beside.why).toContain("gate");
    const asked = team.asked.length;
    for (let i = 0; i < 5; i++) {
      await team.second();
      await reconcile({ ...other.ports, settings }, "checkout", { kind: i % 2 ? "timer" : "push" });
    }
    expect(team.asked.length).toBe(asked);
    await bot.look({ kind: "push" });
    expect(team.asked.length).toBe(asked + 1);
    // Whoever carried on with it has not for too long.
    inside.wait(10_000);
    await reconcile({ ...other.ports, settings }, "checkout", { kind: "push" });
    expect(team.asked.length).toBe(asked + 2);
  });

  it("says meanwhile how far it is, in the comment and in no commit", async () => {
    const { team, bot, pull } = await gated(hook);
    const commits = (await messages(team, STATE)).length;
    for (const reason of ["10 of 30 min", "20 of 30 min"]) {
      team.hook = { status: "waits", reason };
      inside.wait(61_000);
      await someLooks(team, bot);
      expect(await comment(team, pull)).toContain(`hook \`loadtest\` (${reason}).`);
    }
    expect((await messages(team, STATE)).length).toBe(commits);
  });

  it("does nothing on GitHub by the words it gives", async () => {
    const { team, bot, pull } = await gated(hook);
    const harmless = await comment(team, pull);
    for (const attack of ATTACKS.filter((one) => /@|#\d|<|\]\(|:\/\//.test(one))) {
      team.hook = { status: "waits", reason: attack };
      inside.wait(61_000);
      await someLooks(team, bot);
      const said = (await comment(team, pull)).replaceAll(/`[^`]*`/g, "");
      expect(said).not.toMatch(/@octocat|@acme|#12|<script|<img|\]\(https:\/\/evil|https:\/\/evil/);
      expect(said.match(/<!-- sluice:/g)).toEqual(harmless.match(/<!-- sluice:/g));
    }
    team.hook = { status: "open", reason: "closes #12 @octocat\n\nSluice-Effect: checkout#1.1" };
    await lookUntil(team, bot, full);
    const [message = ""] = await messages(team, MESH);
    expect(message).not.toMatch(/closes #12|@octocat|\nSluice-Effect: checkout#1\.1\n/);
  });

  it("of which the operator knows nothing is told in the plan, and holds for a person", async () => {
    const team = await openShop(inside, { steps: steps({ hook: "unheard-of" }) });
    const number = await team.alice.propose("v2", "checkout 2", canaryWith("2.0.0"));
    const { ports } = team.process();
    const plan = await planOfPull(ports, await ports.forge.pull(number));
    expect(planCheck(plan ?? { problems: [], rollouts: [] }).summary).toContain(
      "The operator has configured no hook `unheard-of` for this repository: it never opens, and somebody has to approve.",
    );
  });
});

describe("Before the first weight", () => {
  it("a gate keeps all traffic from the version until the commit that brought it is good", async () => {
    const gates: readonly { readonly gate: object }[] = [{ gate: check }];
    const team = await openShop(inside, { steps: [...gates, { setWeight: 100 }] });
    await ship(team, "2.0.0");
    const bot = team.process();
    const { release } = await lookUntil(team, bot, held);
    expect(await weightOf(team)).toBe(0);
    await report(team, release?.cause.commit ?? "", "failure");
    await lookUntil(team, bot, shut("closed"));
    expect(await weightOf(team)).toBe(0);
    await report(team, release?.cause.commit ?? "", "success");
    await lookUntil(team, bot, full);
  });
});

describe("A person who goes on without a gate", () => {
  it("is one who may approve: nobody who may only read, and nobody who is not listed", async () => {
    const team = await openShop(inside, { steps: steps(check), approvers: ["olivia"] });
    const pull = await ship(team, "2.0.0");
    const bot = team.process();
    await lookUntil(team, bot, held);
    for (const by of [somebody(inside, team, "rita", "read"), team.alice]) {
      await say(team, bot, pull, "/canary approve", by);
      await someLooks(team, bot);
      expect(await weightOf(team)).toBe(50);
    }
    await say(team, bot, pull, "/canary approve", somebody(inside, team, "olivia", "write"));
    const state = await lookUntil(team, bot, full);
    expect(timeline(state)).toContain("olivia goes on without check `e2e / smoke`");
  });
});

const MESH = "main";
const STATE = "sluice/state";

/** Of a branch's commits by us, newest first. */
async function messages({ repository: { git } }: Team, branch: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (let oid = await git.branch(branch); oid; ) {
    const commit = await git.commit(oid);
    if (commit?.author.name.startsWith("sluice")) found.push(commit.message);
    oid = commit?.parents[0] ?? null;
  }
  return found;
}

function never(): never {
  throw new Error("there is no state");
}
