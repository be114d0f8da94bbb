import { describe, expect, it } from "vitest";
import type { Person } from "../../dev/stage/person.ts";
import { reconcile } from "../../src/reconcile/pass.ts";
import type { Cause } from "../../src/reconcile/ports.ts";
import { routeCommand } from "../../src/reconcile/route.ts";
import { configOf, deployment, rolloutOf, virtualService } from "../e2e/release-world.ts";
import type { Process, Team } from "./inside.ts";
import {
  CANARY,
  CONFIG,
  canaryWith,
  climbing,
  config,
  ENDLESS,
  ended,
  justBefore,
  lookUntil,
  openShop,
  ship,
  somebody,
  weightIn,
  weightOf,
} from "./shop.ts";
import { useInside } from "./use-inside.ts";

const inside = useInside();

/** A release that stays at 50 % as long as nobody moves it. */
async function halfway(changes: Readonly<Record<string, unknown>> = {}) {
  const team = await openShop(inside, { ...ENDLESS, ...changes });
  const bot = team.process();
  const pull = await ship(team, "2.0.0");
  await lookUntil(team, bot, climbing);
  expect(await weightOf(team)).toBe(50);
  return { team, bot, pull };
}

/** A comment, its delivery and the look that follows: what the state says of it, if anything. */
async function say(team: Team, bot: Process, who: Person, pull: number, words: string) {
  await team.second();
  const comment = await who.comment(pull, words);
  expect(await routeCommand(bot.ports, comment)).toMatchObject({ rollout: "checkout" });
  return hear(team, bot, comment);
}

async function hear(team: Team, bot: Process, comment: number) {
  await bot.look({ kind: "comment", comment });
  return (await team.state())?.handled.find(({ key }) => key === `comment:${comment}`);
}

function pushed(team: Team, files: Readonly<Record<string, string | null>>, message: string) {
  return inside.github.push(team.repository, "main", { files, message, author: "alice" });
}

/** Our own words on a pull request, the shown release aside. */
async function replies(team: Team, pull: number) {
  return (await team.alice.comments(pull)).filter(
    ({ user, body }) => user?.login === "sluice[bot]" && body?.includes("<!-- sluice:reply"),
  );
}

describe("a command is obeyed only from whoever may give it", () => {
  it("with approvers only from those, however their names are written", async () => {
    const { team, bot, pull } = await halfway({ approvers: ["Alice", "carol"] });
    const bob = somebody(inside, team, "bob", "write");
    const carol = somebody(inside, team, "carol", "read");
    expect(await say(team, bot, bob, pull, "/canary promote")).toMatchObject({
      outcome: "refused",
      reason: "checkout takes commands from its approvers only: Alice, carol.",
    });
    // Being on the list is no write access.
    const comment = await carol.comment(pull, "/canary promote");
    expect(await routeCommand(bot.ports, comment)).toBeNull();
    expect((await replies(team, pull)).at(-1)?.body).toContain(
      "this needs write access to the repository; carol has read access.",
    );
    expect(await weightOf(team)).toBe(50);
    expect(await say(team, bot, team.alice, pull, "/canary promote")).toMatchObject({ outcome: "done" });
    expect(await weightOf(team)).toBe(100);
  });

  it("refused once, it is not obeyed later by a process that was started when its author may write again", async () => {
    const { team, bot, pull } = await halfway();
    const carol = somebody(inside, team, "carol", "read");
    const comment = await carol.comment(pull, "/canary promote");
    await bot.look({ kind: "comment", comment });
    expect((await replies(team, pull)).at(-1)?.body).toContain("carol has read access");
    inside.github.setPermission(team.repository, "carol", "write");
    await team.process().look({ kind: "push" });
    expect(await weightOf(team)).toBe(50);
    expect(await say(team, bot, carol, pull, "/canary promote")).toMatchObject({ outcome: "done" });
  });

  it("with a team among the approvers only from its members, as they are at that moment", async () => {
    const { team, bot, pull } = await halfway({ approvers: ["alice", "@acme/payments"] });
    const bob = somebody(inside, team, "bob", "write");
    const dan = somebody(inside, team, "dan", "write");
    inside.github.setTeam("acme", "payments", { bob: "active", dan: "pending" });
    expect(await say(team, bot, dan, pull, "/canary 60")).toMatchObject({
      outcome: "refused",
      reason: "checkout takes commands from its approvers only: alice, @acme/payments.",
    });
    expect((await replies(team, pull)).at(-1)?.body).toContain("alice, @&#8203;acme/payments.");
    expect(await say(team, bot, bob, pull, "/canary 70")).toMatchObject({ outcome: "done" });
    inside.github.setTeam("acme", "payments", {});
    expect(await say(team, bot, bob, pull, "/canary 80")).toMatchObject({ outcome: "refused" });
    expect(await say(team, bot, team.alice, pull, "/canary 90")).toMatchObject({ outcome: "done" });
    expect(await weightOf(team)).toBe(90);
  });

  it("not through a team that cannot be read: the answer says what to do", async () => {
    const { team, bot, pull } = await halfway({ approvers: ["@elsewhere/payments"] });
    expect(await say(team, bot, team.alice, pull, "/canary 60")).toMatchObject({
      outcome: "refused",
      reason: expect.stringContaining('the App needs its permission "Members: read"'),
    });
    expect(await weightOf(team)).toBe(50);
  });

  it("never from a comment that was edited, be it in the second in which it was made", async () => {
    const { team, bot, pull } = await halfway();
    const bob = somebody(inside, team, "bob", "write");
    const comment = await team.alice.comment(pull, "Looks good so far");
    const { owner, name: repo } = team.repository;
    const body = "/canary checkout promote";
    const where = { owner: owner.login, repo, comment_id: comment };
    await bob.octokit.rest.issues.updateComment({ ...where, body });
    expect(await routeCommand(bot.ports, comment)).toBeNull();
    expect(await hear(team, bot, comment)).toBeUndefined();
    await bot.look({ kind: "push" });
    expect(await weightOf(team)).toBe(50);
    expect(await replies(team, pull)).toEqual([]);
    expect(await team.alice.reactions(comment)).toEqual([]);
  });

  it("never from a bot, itself included", async () => {
    const { team, bot, pull } = await halfway();
    inside.github.addUser("helper[bot]", { type: "Bot" });
    const helper = somebody(inside, team, "helper[bot]", "write");
    const theirs = await helper.comment(pull, "/canary checkout promote");
    const own = await team.forge.createComment(pull, "/canary checkout promote");
    for (const comment of [theirs, own.id]) {
      expect(await routeCommand(bot.ports, comment)).toBeNull();
      expect(await hear(team, bot, comment)).toBeUndefined();
      expect(await team.alice.reactions(comment)).toEqual([]);
    }
    expect(await weightOf(team)).toBe(50);
    expect(await replies(team, pull)).toEqual([]);
  });
});

describe("a command is obeyed only for what it was said of", () => {
  it("a commit that it names must be the one released, or the one that set the weight", async () => {
    const { team, bot, pull } = await halfway();
    const release = (await team.state())?.release;
    const another = (await team.repository.git.commit(release?.cause.commit ?? ""))?.parents[0] ?? "";
    expect(another).toMatch(/^[0-9a-f]{40}$/);
    const refused = await say(team, bot, team.alice, pull, `/canary 60 ${another.slice(0, 10)}`);
    expect(refused?.outcome).toBe("refused");
    expect(refused?.reason).toContain(`${another.slice(0, 10)} is not what is there now`);
    expect(await weightOf(team)).toBe(50);
    const released = release?.cause.commit.slice(0, 10);
    expect(await say(team, bot, team.alice, pull, `/canary 60 ${released}`)).toMatchObject({
      outcome: "done",
    });
    expect(await weightOf(team)).toBe(60);
    const shift = (await team.state())?.release?.shift.commit?.slice(0, 10);
    expect(shift).not.toBe(released);
    expect(await say(team, bot, team.alice, pull, `/canary 70 ${shift}`)).toMatchObject({ outcome: "done" });
    expect(await weightOf(team)).toBe(70);
  });

  it("said before the release began, it is not of it, whenever it is delivered", async () => {
    const team = await openShop(inside, ENDLESS);
    const bot = team.process();
    const pull = await team.alice.propose("next", "checkout 2.0.0", canaryWith("2.0.0"));
    const early = await team.alice.comment(pull, "/canary checkout promote");
    await team.second();
    await team.alice.merge(pull);
    await lookUntil(team, bot, climbing);
    expect(await hear(team, bot, early)).toBeUndefined();
    expect(await weightOf(team)).toBe(50);
  });

  it("asked before the release began, a question is answered whenever it is delivered", async () => {
    const team = await openShop(inside, ENDLESS);
    const bot = team.process();
    const pull = await team.alice.propose("next", "checkout 2.0.0", canaryWith("2.0.0"));
    const early = await team.alice.comment(pull, "/canary status");
    await team.second();
    await team.alice.merge(pull);
    await lookUntil(team, bot, climbing);
    await hear(team, bot, early);
    expect(await replies(team, pull)).toHaveLength(1);
  });

  it("said in the second in which the release began, it counts", async () => {
    const team = await openShop(inside, ENDLESS);
    const bot = team.process();
    const pull = await ship(team, "2.0.0");
    const comment = await team.alice.comment(pull, "/canary checkout pause");
    await bot.look({ kind: "push" });
    expect((await team.forge.comment(comment))?.createdAt).toBe((await team.state())?.release?.startedAt);
    expect(await hear(team, bot, comment)).toMatchObject({ outcome: "done" });
  });

  it("without a name on a pull request that released two rollouts, it is for neither", async () => {
    const files = (name: string) => ({
      mesh: `mesh/${name}.yaml`,
      stable: `apps/${name}/stable.yaml`,
      canary: `apps/${name}/canary.yaml`,
    });
    const rollout = (name: string) => {
      const { mesh, stable, canary } = files(name);
      const targets = [{ file: mesh, stable: "stable", canary: "canary" }];
      return rolloutOf("shop", { ...ENDLESS, targets, workloads: { stable, canary } });
    };
    const names = ["checkout", "billing"];
    const team = await inside.team({
      files: {
        [CONFIG]: configOf({ checkout: rollout("checkout"), billing: rollout("billing") }),
        ...Object.fromEntries(
          names.flatMap((name) => [
            [files(name).mesh, virtualService("shop", 100, 0)],
            [files(name).stable, deployment("stable", "shop", "1.0.0")],
            [files(name).canary, deployment("canary", "shop", "1.0.0")],
          ]),
        ),
      },
      share: async (read) => weightIn(await read(files("checkout").mesh)) / 100,
      failing: async () => 0,
    });
    const { ports } = team.process();
    const look = async (cause: Cause) => {
      await team.second();
      for (const name of names) {
        for (let i = 0; (await reconcile(ports, name, cause)).changed; i++) expect(i).toBeLessThan(20);
      }
      await ports.projector.idle();
    };
    const weights = () =>
      Promise.all(names.map(async (name) => weightIn(await team.read("main", files(name).mesh))));

    await look({ kind: "push" });
    const canaries = names.map((name) => [files(name).canary, deployment("canary", "shop", "2.0.0")]);
    const pull = await team.alice.propose("next", "both 2.0.0", Object.fromEntries(canaries));
    await team.alice.merge(pull);
    await look({ kind: "push" });
    await look({ kind: "push" });
    expect(await weights()).toEqual([50, 50]);

    const unnamed = await team.alice.comment(pull, "/canary promote");
    expect(await routeCommand(ports, unnamed)).toBeNull();
    const [reply] = await replies(team, pull);
    expect(reply?.body).toContain("`/canary checkout promote` or `/canary billing promote`");
    await look({ kind: "push" });
    expect(await weights()).toEqual([50, 50]);

    await team.alice.comment(pull, "/canary billing promote");
    await look({ kind: "push" });
    expect(await weights()).toEqual([50, 100]);
  });

  it("refused once, it gets no other answer because it is delivered again", async () => {
    const team = await openShop(inside, ENDLESS);
    const bot = team.process();
    const pull = await team.alice.propose("next", "checkout 2.0.0", canaryWith("2.0.0"));
    const comment = await team.alice.comment(pull, "/canary checkout promote");
    expect(await routeCommand(bot.ports, comment)).toBeNull();
    const answers = await replies(team, pull);
    expect(answers.map(({ body }) => body)).toEqual([expect.stringContaining("is not merged yet")]);
    await team.alice.merge(pull);
    await lookUntil(team, bot, climbing);
    expect(await routeCommand(team.process().ports, comment)).toBeNull();
    expect(await replies(team, pull)).toEqual(answers);
  });

  it("followed once, it is not asked which rollout it meant when another pull request's release came since", async () => {
    const { team, bot, pull } = await halfway();
    await team.second();
    const comment = await team.alice.comment(pull, "/canary rollback");
    expect(await hear(team, bot, comment)).toMatchObject({ outcome: "done" });
    await lookUntil(team, bot, ended);
    const next = await ship(team, "3.0.0");
    await lookUntil(team, bot, (state) => state?.release?.cause.pull === next);
    expect(await routeCommand(team.process().ports, comment)).toBeNull();
    expect((await replies(team, pull)).map(({ body }) => body).join()).not.toContain("say which rollout");
  });

  it("of many who may not, fifty get an answer in an hour, and whoever may is answered all the same", async () => {
    const team = await openShop(inside);
    const { ports } = team.process();
    const pull = await ship(team, "2.0.0");
    for (let said = 1; said <= 50; said++) {
      await team.forge.createComment(pull, `No.\n\n<!-- sluice:reply ${said} -->`);
    }
    const [reader, another] = ["reader", "another"].map((login) => somebody(inside, team, login, "read"));
    const answered = async (who: Person | undefined) => {
      const comment = (await who?.comment(pull, "/canary help")) ?? 0;
      expect(await routeCommand(ports, comment)).toBeNull();
      await ports.projector.idle();
      const all = await team.forge.comments(pull, null);
      return all.some(({ body }) => body.includes(`<!-- sluice:reply ${comment} -->`));
    };
    expect([await answered(reader), await answered(another)]).toEqual([false, false]);
    expect(await answered(team.alice)).toBe(true);
    inside.wait(61 * 60_000);
    expect(await answered(reader)).toBe(true);
  });

  it("from somebody who may not, it is no commit, and a flood gets five answers and costs little", async () => {
    const { team, bot, pull } = await halfway();
    const reader = somebody(inside, team, "reader", "read");
    const state = await team.repository.git.branch("sluice/state");
    const said = [
      "/canary rollback",
      "/canary checkout promote",
      "/canary status",
      "/canary nonsense",
      "/canary 0",
    ];
    const cost = async (work: () => Promise<unknown>) => {
      const before = inside.github.requests.length;
      await work();
      await bot.ports.projector.idle();
      return inside.github.requests.length - before;
    };
    await team.second();
    await bot.look({ kind: "push" });
    const calm = await cost(() => bot.look({ kind: "push" }));

    // Delivered: nobody looks at the rollout for them.
    for (const words of said) {
      const comment = await reader.comment(pull, words);
      if (await routeCommand(bot.ports, comment)) await bot.look({ kind: "comment", comment });
    }
    const answers = await replies(team, pull);
    expect(answers).toHaveLength(5);
    for (const words of [...said, ...said]) {
      const comment = await reader.comment(pull, words);
      expect(await cost(() => routeCommand(bot.ports, comment))).toBeLessThanOrEqual(6);
      expect(await team.alice.reactions(comment)).toEqual([]);
    }
    // Not delivered: the looks of a running release find them.
    await team.second();
    await bot.look({ kind: "push" });
    await bot.look({ kind: "push" });
    expect(await cost(() => bot.look({ kind: "push" }))).toBeLessThanOrEqual(calm);
    expect(await replies(team, pull)).toEqual(answers);

    // Another process has forgotten all of it.
    const anew = team.process();
    for (let i = 0; i < 2; i++) await anew.look({ kind: "push" });
    expect(await replies(team, pull)).toEqual(answers);
    expect(await team.repository.git.branch("sluice/state")).toBe(state);
    expect((await team.state())?.handled).toEqual([]);
    expect(await weightOf(team)).toBe(50);

    // And whoever may is heard behind them.
    await team.alice.comment(pull, "/canary promote");
    await anew.look({ kind: "push" });
    expect(await weightOf(team)).toBe(100);
  });

  it("from somebody who could write when it was written and cannot any more, it is not obeyed", async () => {
    const { team, bot, pull } = await halfway();
    const bob = somebody(inside, team, "bob", "write");
    await team.second();
    const comment = await bob.comment(pull, "/canary promote");
    expect(await routeCommand(bot.ports, comment)).toMatchObject({ rollout: "checkout" });
    inside.github.setPermission(team.repository, "bob", "read");
    await bot.look({ kind: "comment", comment });
    expect(await weightOf(team)).toBe(50);
    expect((await replies(team, pull)).at(-1)?.body).toContain("bob has read access");
  });

  it("is answered to whoever asked, though an impostor wrote our mark for it first", async () => {
    const { team, bot, pull } = await halfway();
    const mallory = somebody(inside, team, "mallory", "write");
    const comment = await team.alice.comment(pull, "/canary status");
    await mallory.comment(pull, `Done.\n\n<!-- sluice:reply ${comment} -->`);
    await mallory.comment(pull, "### `checkout#1` · promoted\n\n<!-- sluice:release checkout#1 -->");
    await team.second();
    await team.process().look({ kind: "push" });
    await bot.look({ kind: "push" });
    const ours = (await team.alice.comments(pull)).filter(({ user }) => user?.login === "sluice[bot]");
    expect(ours.filter(({ body }) => body?.includes(`<!-- sluice:reply ${comment} -->`))).toHaveLength(1);
    expect(ours.filter(({ body }) => body?.includes("<!-- sluice:release checkout#1 -->"))).toHaveLength(1);
    const theirs = (await team.alice.comments(pull)).filter(({ user }) => user?.login === "mallory");
    expect(theirs.map(({ body }) => body)).toContain(`Done.\n\n<!-- sluice:reply ${comment} -->`);
  });
});

describe("what a command speaks of must be what it was when it was said", () => {
  it("start: another version pushed after it is not started, and it says whose push that was", async () => {
    const team = await openShop(inside, { ...ENDLESS, on: "command" });
    const bot = team.process();
    somebody(inside, team, "mallory", "write");
    const pull = await ship(team, "2.0.0");
    await bot.look({ kind: "push" });
    await team.second();
    const comment = await team.alice.comment(pull, "/canary checkout start");
    await inside.github.push(team.repository, "main", {
      files: canaryWith("6.6.6"),
      message: "Not what alice saw",
      author: "mallory",
    });
    const refused = await hear(team, bot, comment);
    expect(refused?.outcome).toBe("refused");
    expect(refused?.reason).toContain(`What this is about changed after it was said: ${CANARY} on main`);
    expect(refused?.reason).toContain("mallory");
    expect((await team.state())?.release).toBeNull();

    await team.second();
    const again = await team.alice.comment(pull, "/canary checkout start");
    expect(await hear(team, bot, again)).toMatchObject({ outcome: "done" });
  });

  it("start with the commit: what was pushed at the same time is not started, the named one is", async () => {
    const team = await openShop(inside, { ...ENDLESS, on: "command" });
    const bot = team.process();
    const pull = await ship(team, "2.0.0");
    const [seen] = await team.forge.history("main", { path: CANARY, limit: 1 });
    const comment = await team.alice.comment(pull, `/canary checkout start ${seen?.oid.slice(0, 12)}`);
    await bot.look({ kind: "push" });
    expect(await hear(team, bot, comment)).toMatchObject({ outcome: "done" });
  });

  it("approve: what was said of one step is not taken for the next", async () => {
    const steps = [
      { setWeight: 10 },
      { pause: { until: "approved" } },
      { setWeight: 50 },
      { pause: { until: "approved" } },
      { setWeight: 100 },
    ];
    const team = await openShop(inside, { steps });
    const bob = somebody(inside, team, "bob", "write");
    const bot = team.process();
    const pull = await ship(team, "2.0.0");
    await lookUntil(team, bot, ({ release }) => release?.hold?.reason === "approval");
    await team.second();
    const [first, second] = [
      await team.alice.comment(pull, "/canary approve"),
      await bob.comment(pull, "/canary approve"),
    ];
    expect(await hear(team, bot, first)).toMatchObject({ outcome: "done" });
    await lookUntil(team, bot, ({ release }) => release?.step === 1);
    const state = await team.state();
    const late = state?.handled.find(({ key }) => key === `comment:${second}`);
    expect(late?.outcome).toBe("refused");
    expect(state?.release?.approved).toBeNull();
    expect(await weightOf(team)).toBe(50);
  });
});

describe("a rollback takes back only what the release brought", () => {
  it("not a workload that a person changed between the decision and the pull request", async () => {
    const team = await openShop(inside);
    const bad = await ship(team, "2.0.0-bad");
    const dying = justBefore(team.forge, "createBranch", async (branch) => {
      if (branch.startsWith("sluice/rollback/")) throw new Error("the process died");
    });
    const first = team.process(dying);
    await expect(lookUntil(team, first, ended)).rejects.toThrow("the process died");
    expect((await team.state())?.pending?.effect).toMatchObject({
      kind: "open-rollback",
      restore: { [CANARY]: expect.any(String) },
    });
    await pushed(team, canaryWith("2.0.1"), "Mend it");

    const state = await lookUntil(team, team.process(), ({ last }) => last !== null);
    expect(state.last).toMatchObject({ outcome: "rolled-back", pull: bad });
    const versions = (await team.contents([CANARY])).map((text) => /checkout:(\S+)/.exec(text)?.[1]);
    expect(versions).toEqual(["1.0.0", "2.0.0-bad", "2.0.1"]);
    const rollback = [...team.repository.pulls.values()].find(({ merged, author }) => {
      return merged !== null && author.login === "sluice[bot]";
    });
    expect(await team.forge.pullFiles(rollback?.number ?? 0)).toEqual(["mesh/checkout.yaml"]);
  });
});

describe("a configuration edited during a release", () => {
  it("counts from the next one: its steps", async () => {
    const team = await openShop(inside);
    const bot = team.process();
    await ship(team, "2.0.0");
    await lookUntil(team, bot, climbing);
    await pushed(
      team,
      { [CONFIG]: config({ steps: [60, 70, 100].map((setWeight) => ({ setWeight })) }) },
      "Steps",
    );
    expect((await lookUntil(team, bot, ended)).last?.outcome).toBe("promoted");
    await ship(team, "3.0.0");
    const again = await lookUntil(team, bot, ({ last, release }) => last?.number === 2 && !release);
    expect(again.last?.outcome).toBe("promoted");
    const weights = (await team.contents(["mesh/checkout.yaml"])).map(weightIn);
    expect(weights).toEqual([0, 50, 100, 0, 60, 70, 100, 0]);
  });

  it("counts from the next one: its SLOs", async () => {
    // By plain limits: against stable either version would be found worse.
    const slos = (max: string) => [{ errorRate: { max, mode: "threshold" } }];
    const team = await openShop(inside, { slos: slos("5%") });
    const bot = team.process();
    await ship(team, "2.0.0-weak");
    await lookUntil(team, bot, climbing);
    await pushed(team, { [CONFIG]: config({ slos: slos("1%") }) }, "Stricter");
    expect((await lookUntil(team, bot, ended)).last?.outcome).toBe("promoted");
    await ship(team, "3.0.0-weak");
    const again = await lookUntil(team, bot, ({ last, release }) => last?.number === 2 && !release);
    expect(again.last?.outcome).toBe("rolled-back");
  });

  it("counts at once: its approvers", async () => {
    const { team, bot, pull } = await halfway();
    const bob = somebody(inside, team, "bob", "write");
    expect(await say(team, bot, bob, pull, "/canary 60")).toMatchObject({ outcome: "done" });
    await pushed(team, { [CONFIG]: config({ ...ENDLESS, approvers: ["alice"] }) }, "Only Alice");
    expect(await say(team, bot, bob, pull, "/canary 70")).toMatchObject({ outcome: "refused" });
    expect(await weightOf(team)).toBe(60);
  });

  it.each([
    { what: "the rollout taken out of it", files: { [CONFIG]: configOf({ other: rolloutOf("other") }) } },
    { what: "deleted", files: { [CONFIG]: null } },
  ])("$what: the release goes no further up until it is there again", async ({ files }) => {
    const team = await openShop(inside);
    const bot = team.process();
    await ship(team, "2.0.0");
    await lookUntil(team, bot, climbing);
    await pushed(team, files, "Another file");
    const held = await lookUntil(team, bot, ({ release }) => release?.hold != null);
    expect(held.release?.hold).toMatchObject({ kind: "person", reason: "rollout-removed" });
    for (let i = 0; i < 5; i++) {
      await team.second();
      await bot.look({ kind: "push" });
    }
    expect(await weightOf(team)).toBe(50);
    await pushed(team, { [CONFIG]: config() }, "Back");
    expect((await lookUntil(team, bot, ended)).last?.outcome).toBe("promoted");
  });

  it("unreadable, it deletes nothing: the release goes on by what it began with", async () => {
    const team = await openShop(inside);
    const bot = team.process();
    await ship(team, "2.0.0");
    await lookUntil(team, bot, climbing);
    await pushed(team, { [CONFIG]: "version: 1\nrollouts: [\n" }, "Oops");
    const state = await lookUntil(team, bot, ended);
    expect(state.last?.outcome).toBe("promoted");
    expect((await team.contents(["mesh/checkout.yaml"])).map(weightIn)).toEqual([0, 50, 100, 0]);
    // At rest nothing is done by a file that cannot be read, and nothing is forgotten.
    await ship(team, "3.0.0");
    await team.second();
    await bot.look({ kind: "push" });
    expect(await team.state()).toEqual(state);
    await pushed(team, { [CONFIG]: config() }, "Mended");
    const next = await lookUntil(team, bot, climbing);
    expect(next.release?.number).toBe(2);
  });
});

it("looks more often than Prometheus scrapes change nothing, with built-in queries too", async () => {
  const team = await openShop(inside, { slos: [{ requestRate: { min: 1 } }, { errorRate: { max: "5%" } }] });
  const bot = team.process();
  await ship(team, "2.0.0");
  await lookUntil(team, bot, ended);
  const { timeline } = JSON.parse(await team.read("sluice/state", "releases/checkout/1.json")).release;
  const held = timeline.filter(({ text }: { text: string }) => text.startsWith("Holding"));
  expect(held.length).toBeLessThanOrEqual(STEPS_AT_MOST);
});

/** A hold for each weight that has not been scraped often enough, once. */
const STEPS_AT_MOST = 4;
