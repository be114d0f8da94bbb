import { describe, expect, it } from "vitest";
import type { BranchRule } from "../../dev/github/model.ts";
import { type BranchSnapshot, ForgeError } from "../../src/ports/forge.ts";
import type { RolloutState } from "../../src/release/state.ts";
import { readTrailers } from "../../src/release/trailers.ts";
import type { Team } from "./inside.ts";
import { climbing, ended, justBefore, lookUntil, OUTAGE, openShop, ship, weightOf } from "./shop.ts";
import { useInside } from "./use-inside.ts";

/** `delivery: pull-request` on a GitHub that refuses as GitHub does. */

const inside = useInside();

const PULLS = { delivery: "pull-request", rollback: { deadline: "3s" } };

/** A version on its way, whose first step was merged before the rule came. */
async function climber(version: string, rule: BranchRule | null) {
  const team = await openShop(inside, PULLS);
  await ship(team, version);
  const bot = team.process();
  await lookUntil(team, bot, climbing);
  inside.github.protectBranch(team.repository, "main", rule);
  return { team, bot };
}

function proposals(team: Team) {
  return [...team.repository.pulls.values()].filter(({ headBranch }) =>
    headBranch.startsWith("sluice/release/"),
  );
}

function latest(team: Team) {
  const found = proposals(team).at(-1);
  if (!found) throw new Error("nothing was proposed");
  return found;
}

const waits = ({ proposal }: RolloutState) => proposal?.refused != null;
const REVIEWS = { requiredReviews: 1 };

describe("delivery: pull-request", () => {
  it("brings each change by a pull request of its own, merged by its SHA where nothing forbids it", async () => {
    const { team, bot } = await climber("2.0.0", null);
    await lookUntil(team, bot, ended, 120);
    const pulls = proposals(team);
    expect(pulls.map(({ title }) => title)).toEqual([
      "checkout: canary 0 % → 50 %",
      "checkout: canary 50 % → 100 %",
      "checkout: promote 2.0.0 to stable",
      "checkout: return to stable, canary 100 % → 0 %",
    ]);
    for (const { merged, labels, body, headBranch, assignees } of pulls) {
      expect(merged?.by.login).toBe("sluice[bot]");
      expect(labels.map(({ name }) => name)).toEqual(["sluice"]);
      expect(assignees).toEqual([]);
      expect(readTrailers(body ?? "")?.release).toBe("checkout#1");
      expect(await team.repository.git.branch(headBranch)).toBeNull();
    }
    expect(pulls[1]?.body).toContain("takes the canary of `checkout#1` from 50 % to 100 %, step 2 of 2");
    expect(pulls[1]?.body).toMatch(/\*\*Why\*\*: 50 % → 100 %: /);
    expect((await team.state())?.last?.outcome).toBe("promoted");
  });

  it("waits where reviews are required, and merges by itself once a person approved", async () => {
    const { team, bot } = await climber("2.0.0", REVIEWS);
    await lookUntil(team, bot, waits);
    const { number } = latest(team);
    await team.second(70);
    await bot.look({ kind: "push" });
    expect(await weightOf(team)).toBe(50);
    await inside.github.approve(team.repository, number, "alice");
    await lookUntil(team, bot, ({ release }) => release?.shift.percent === 100, 90);
    expect(latest(team).number).toBe(number);
    expect(await weightOf(team)).toBe(100);
  });

  it("goes on from a merge by a person", async () => {
    const { team, bot } = await climber("2.0.0", REVIEWS);
    await lookUntil(team, bot, waits);
    const { number } = latest(team);
    await inside.github.approve(team.repository, number, "alice");
    await team.alice.merge(number);
    const { release } = await lookUntil(team, bot, ({ release }) => release?.shift.percent === 100);
    expect(release?.timeline.map(({ text }) => text)).toContain(
      `#${number} merged by alice: canary at 100 %`,
    );
  });

  it("goes through a merge queue", async () => {
    const { team, bot } = await climber("2.0.0", { mergeQueue: true, ruleset: true });
    await lookUntil(team, bot, waits);
    expect(latest(team).queued).toMatchObject({ head: latest(team).head });
    await inside.github.runMergeQueue(team.repository);
    await lookUntil(team, bot, ({ release }) => release?.shift.percent === 100);
    expect(await weightOf(team)).toBe(100);
  });

  it("is taken out of the merge queue when the release fails", async () => {
    const { team, bot } = await climber("2.0.0", { mergeQueue: true, ruleset: true });
    await lookUntil(team, bot, waits);
    const queued = latest(team);
    const files = { [OUTAGE]: "since now" };
    const admin = { mergeQueue: true, ruleset: true, requirePullRequest: false };
    inside.github.protectBranch(team.repository, "main", admin);
    await inside.github.push(team.repository, "main", { files, message: "An outage", author: "alice" });
    await lookUntil(team, bot, ({ release }) => release?.failure != null);
    await inside.github.runMergeQueue(team.repository);
    expect(queued).toMatchObject({ state: "closed", merged: null });
    const { last } = await lookUntil(team, bot, ended);
    expect(last?.outcome).toBe("rolled-back");
  });

  it("is opened once, though a process that is shown the branch as it was finds the change decided", async () => {
    const team = await openShop(inside, PULLS);
    let shown: Awaited<ReturnType<Team["forge"]["snapshot"]>> | null = null;
    let behind = false;
    const snapshot: Team["forge"]["snapshot"] = async (wanted) => {
      const now = await team.forge.snapshot(wanted);
      if (!behind) shown = now;
      const then = shown?.get("main");
      return behind && then && now.has("main") ? new Map([...now, ["main", then]]) : now;
    };
    const other = team.process({ ...team.forge, snapshot });
    await other.look({ kind: "push" });
    await ship(team, "2.0.0");
    behind = true;
    const bot = team.process(
      justBefore(team.forge, "openPull", async () => {
        await other.look({ kind: "push" }).catch(() => undefined);
        behind = false;
        await other.look({ kind: "push" }).catch(() => undefined);
      }),
    );
    // Whichever of the two comes second is told that there is one already.
    await bot.look({ kind: "push" }).catch(() => undefined);
    await lookUntil(team, team.process(), ({ release }) => release?.shift.percent === 50);
    expect(proposals(team).map(({ title }) => title)).toEqual(["checkout: canary 0 % → 50 %"]);
  });

  it("is not given up by a process that is not shown its branch yet, while another is about to open it", async () => {
    const team = await openShop(inside, PULLS);
    const snapshot: Team["forge"]["snapshot"] = async (wanted) => {
      const now = await team.forge.snapshot(wanted);
      return new Map([...now].filter(([branch]) => !branch.startsWith("sluice/release/")));
    };
    const other = team.process({ ...team.forge, snapshot });
    const bot = team.process(
      justBefore(team.forge, "openPull", () => expect(other.look({ kind: "push" })).rejects.toThrow("yet")),
    );
    await bot.look({ kind: "push" });
    await ship(team, "2.0.0");
    await lookUntil(team, bot, ({ release }) => release?.shift.percent === 50);
    expect(proposals(team)).toHaveLength(1);
  });

  it("is not opened from a second branch by a process that is shown its branch as it was before the commit", async () => {
    const team = await openShop(inside, PULLS);
    const first = new Map<string, BranchSnapshot>();
    const snapshot: Team["forge"]["snapshot"] = async (wanted) => {
      const now = await team.forge.snapshot(wanted);
      for (const [branch, shown] of now) if (!first.has(branch)) first.set(branch, shown);
      const asItWas = ([branch, shown]: [string, BranchSnapshot]) =>
        [branch, branch.startsWith("sluice/release/") ? (first.get(branch) ?? shown) : shown] as const;
      return new Map([...now].map(asItWas));
    };
    const other = team.process();
    let raced = false;
    const bot = team.process(
      justBefore({ ...team.forge, snapshot }, "commit", async ({ branch }) => {
        if (raced || !branch.startsWith("sluice/release/")) return;
        raced = true;
        await other.look({ kind: "push" });
      }),
    );
    await bot.look({ kind: "push" });
    await ship(team, "2.0.0");
    inside.github.protectBranch(team.repository, "main", REVIEWS);
    await expect(bot.look({ kind: "push" })).rejects.toThrow("GitHub does not show yet what moved");
    expect(proposals(team)).toHaveLength(1);
  });

  it("is withdrawn by whoever opened it, where another process gave it up in that moment", async () => {
    const team = await openShop(inside, PULLS);
    const other = team.process();
    let raced = false;
    let refuses = false;
    const forge = justBefore(team.forge, "openPull", async () => {
      if (raced) return;
      raced = true;
      inside.github.protectBranch(team.repository, "main", null);
      await ship(team, "3.0.0");
      inside.github.protectBranch(team.repository, "main", REVIEWS);
      await other.look({ kind: "push" });
      refuses = true;
    });
    const bot = team.process(
      justBefore(forge, "updatePull", async () => {
        if (refuses) throw new ForgeError("forbidden", "not now");
      }),
    );
    await bot.look({ kind: "push" });
    await ship(team, "2.0.0");
    inside.github.protectBranch(team.repository, "main", REVIEWS);
    // No release waits for that.
    await bot.look({ kind: "push" });
    expect(refuses).toBe(true);
    expect(proposals(team)[0]?.state).toBe("open");
    refuses = false;
    await bot.look({ kind: "push" });
    const [first] = proposals(team);
    expect(first).toMatchObject({ state: "closed", merged: null });
    expect(first?.body).toContain("**Withdrawn**");
    expect((await team.state())?.proposal?.pull).not.toBe(first?.number);
  });

  it("is given up where the branch was moved back for good, and not before that is sure", async () => {
    const team = await openShop(inside, PULLS);
    const before = (await team.repository.git.branch("main")) ?? "";
    await ship(team, "2.0.0");
    const dies = () => Promise.reject(new Error("the process died"));
    await team.second();
    await expect(
      team.process(justBefore(team.forge, "openPull", dies)).look({ kind: "push" }),
    ).rejects.toThrow();
    expect((await team.state())?.pending).not.toBeNull();
    await inside.github.forcePush(team.repository, "refs/heads/main", before, "alice");
    const look = () => team.process().look({ kind: "push" });
    await expect(look()).rejects.toThrow("as it was before checkout#1.1 was decided");
    inside.wait(30_000);
    await look();
    expect(await team.state()).toMatchObject({ pending: null });
    expect(proposals(team)).toEqual([]);
  });

  it("is made anew where what it was made on was forced out of the branch", async () => {
    const team = await openShop(inside, PULLS);
    const bot = team.process();
    await bot.look({ kind: "push" });
    await ship(team, "2.0.0");
    const before = (await team.repository.git.branch("main")) ?? "";
    const files = { "notes.md": "Not to be\n" };
    await inside.github.push(team.repository, "main", { files, message: "Notes", author: "alice" });
    inside.github.protectBranch(team.repository, "main", REVIEWS);
    await lookUntil(team, bot, waits);
    const first = latest(team);
    await inside.github.forcePush(team.repository, "refs/heads/main", before, "alice");
    await lookUntil(team, bot, (state) => waits(state) && state.proposal?.pull !== first.number);
    expect(first).toMatchObject({ state: "closed", merged: null });
    expect(first.body).toMatch(/^\*\*Withdrawn\*\*: the branch was moved back since/);
  });

  it("takes one that is closed as a no, and proposes it anew when somebody resumes", async () => {
    const { team, bot } = await climber("2.0.0", REVIEWS);
    await lookUntil(team, bot, waits);
    await team.alice.close(latest(team).number);
    const { release } = await lookUntil(
      team,
      bot,
      ({ release }) => release?.hold?.reason === "proposal-closed",
    );
    expect(release?.hold?.detail).toContain("alice closed the pull request");
    expect(proposals(team)).toHaveLength(2);
    await team.alice.comment(release?.cause.pull ?? 0, "/canary resume");
    await lookUntil(team, bot, waits);
    expect(proposals(team)).toHaveLength(3);
  });

  it("closes it with the reason when the release fails, before it rolls back", async () => {
    const { team, bot } = await climber("2.0.0", { ...REVIEWS, bypass: ["sluice[bot]"] });
    await lookUntil(team, bot, waits);
    const files = { [OUTAGE]: "since now" };
    await inside.github.push(team.repository, "main", { files, message: "An outage", author: "alice" });
    const { release } = await lookUntil(team, bot, ({ release }) => release?.failure != null);
    expect(latest(team)).toMatchObject({ state: "closed", merged: null });
    expect(latest(team).body).toMatch(/^\*\*Withdrawn\*\*: Failed at 50 %/);
    expect(release?.phase).toBe("rolling-back");
    const { last } = await lookUntil(team, bot, ended);
    expect(last?.outcome).toBe("rolled-back");
    expect(await weightOf(team)).toBe(0);
    expect(proposals(team)).toHaveLength(2);
  });

  it("sees canary weight 0 through when somebody merges it while it is being closed", async () => {
    const { team, bot } = await climber("2.0.0", REVIEWS);
    await lookUntil(team, bot, waits);
    const { number } = latest(team);
    inside.github.protectBranch(team.repository, "main", null);
    const files = { [OUTAGE]: "since now" };
    await inside.github.push(team.repository, "main", { files, message: "An outage", author: "alice" });
    const late = justBefore(team.forge, "updatePull", (pull) =>
      pull === number ? team.alice.merge(number).catch(() => {}) : Promise.resolve(),
    );
    const { last } = await lookUntil(team, team.process(late), ended);
    expect(latest(team).merged?.by.login).toBe("alice");
    expect(last?.outcome).toBe("rolled-back");
    expect(await weightOf(team)).toBe(0);
  });

  it("proposes it anew on what is there when somebody edits the file meanwhile", async () => {
    const { team, bot } = await climber("2.0.0", REVIEWS);
    await lookUntil(team, bot, waits);
    const first = latest(team);
    const path = "mesh/checkout.yaml";
    const files = { [path]: `${await team.read("main", path)}# a remark\n` };
    await inside.github.push(team.repository, "main", { files, message: "A remark", author: "alice" });
    await lookUntil(team, bot, (state) => waits(state) && state.proposal?.pull !== first.number);
    expect(first.state).toBe("closed");
    expect(first.body).toMatch(/^\*\*Withdrawn\*\*: .*changed/);
    expect(latest(team).state).toBe("open");
  });

  it("is not taken for closed by a person where GitHub still shows it open after it was withdrawn", async () => {
    const { team, bot } = await climber("2.0.0", REVIEWS);
    await lookUntil(team, bot, waits);
    const { number } = latest(team);
    const path = "mesh/checkout.yaml";
    const files = { [path]: `${await team.read("main", path)}# a remark\n` };
    await inside.github.push(team.repository, "main", { files, message: "A remark", author: "alice" });
    const open = await team.forge.pull(number);
    let reads = 0;
    const pull: Team["forge"]["pull"] = async (asked) =>
      asked === number && latest(team).state === "closed" && reads++ === 0 ? open : team.forge.pull(asked);
    const late = team.process({ ...team.forge, pull });
    const anew = (state: RolloutState) => waits(state) && state.proposal?.pull !== number;
    await expect(lookUntil(team, late, anew)).rejects.toThrow(`does not show yet that #${number} is closed`);
    expect((await lookUntil(team, late, anew)).release?.hold).toBeNull();
  });

  it.each(["createBranch", "commit", "openPull", "mergePull"] as const)(
    "opens one, and merges it once, whichever call of %s a process died after or before",
    async (call) => {
      for (const when of ["before", "after"] as const) {
        const team = await openShop(inside, PULLS);
        await ship(team, "2.0.0");
        let died = false;
        const forge = justBefore(team.forge, call, async (...args: readonly unknown[]) => {
          const [about] = args as [string | { readonly branch: string }];
          const where = typeof about === "object" ? about.branch : about;
          if (died || (call !== "mergePull" && !String(where).startsWith("sluice/release/"))) return;
          died = true;
          if (when === "after") await Reflect.apply(team.forge[call], team.forge, args);
          throw new Error("died");
        });
        for (let i = 0; i < 30 && !died; i++) {
          await team.second();
          await team
            .process(forge)
            .look({ kind: "push" })
            .catch(() => {});
        }
        expect(died).toBe(true);
        const bot = team.process();
        await lookUntil(team, bot, climbing);
        expect(proposals(team)).toHaveLength(1);
        expect(await weightOf(team)).toBe(50);
      }
    },
  );

  it("was merged where the answer to that was lost, though GitHub shows it open still", async () => {
    const team = await openShop(inside, PULLS);
    await ship(team, "2.0.0");
    const loses = team.process({
      ...team.forge,
      mergePull: async (...about) => {
        await team.forge.mergePull(...about);
        throw new ForgeError("network", "the connection broke before an answer came");
      },
    });
    await expect(lookUntil(team, loses, climbing)).rejects.toThrow("the connection broke");
    const merged = await team.forge.pull(latest(team).number);
    expect(merged.state).toBe("merged");
    let late = 3;
    const pull: Team["forge"]["pull"] = async (asked) =>
      asked === merged.number && late-- > 0
        ? { ...merged, state: "open", mergeCommit: null }
        : team.forge.pull(asked);
    await lookUntil(team, team.process({ ...team.forge, pull }), climbing);
    expect(late).toBeLessThan(3);
    expect(latest(team).number).toBe(merged.number);
    expect(latest(team).body).not.toContain("Withdrawn");
    const said = (await team.forge.history("sluice/state", { limit: 10 })).map(({ message }) => message);
    expect(said.filter((message) => message.includes("not done"))).toEqual([]);
  });

  it("is not merged by whoever finds that decided, where somebody shipped another version meanwhile", async () => {
    const team = await openShop(inside, PULLS);
    await ship(team, "2.0.0");
    const dies = team.process(
      justBefore(team.forge, "mergePull", () => Promise.reject(new Error("died before it merged"))),
    );
    await expect(lookUntil(team, dies, climbing)).rejects.toThrow("died before it merged");
    expect((await team.state())?.pending?.effect.kind).toBe("merge-proposal");
    const { number } = latest(team);
    await ship(team, "3.0.0");
    await lookUntil(team, team.process(), ({ release }) => release?.hold?.reason === "superseded");
    expect(await team.alice.pull(number)).toMatchObject({ state: "closed", merged: false });
    expect(await weightOf(team)).toBe(0);
  });

  it("tries a merge again that met a base that moved, for as long as it does, and says nothing of it", async () => {
    const team = await openShop(inside, PULLS);
    await ship(team, "2.0.0");
    const fault = inside.github.fault(
      ({ method, path }) =>
        method === "PUT" &&
        path.startsWith(`/repos/acme/${team.repository.name}/`) &&
        path.endsWith("/merge"),
      { status: 405, body: { message: "Base branch was modified. Review and try the merge again." } },
      // More than come to the end of one try.
      6,
    );
    const bot = team.process();
    for (let i = 0; i < 30 && fault.left > 0; i++) {
      await lookUntil(team, bot, () => true, 1).catch(() => {});
    }
    expect(fault.left).toBe(0);
    expect((await team.state())?.proposal).toMatchObject({ refused: null });
    const { release } = await lookUntil(team, bot, climbing);
    expect(proposals(team)).toHaveLength(1);
    expect(await weightOf(team)).toBe(50);
    expect(release?.timeline.filter(({ text }) => /refused|waits to be merged|moved/.test(text))).toEqual([]);
  });

  it("a branch of that name that is not ours is not taken up", async () => {
    const team = await openShop(inside, PULLS);
    const files = { "mesh/evil.yaml": "kind: Evil\n" };
    for (const number of [1, 2, 3]) {
      const branch = `sluice/release/checkout-1.${number}`;
      await inside.github.push(team.repository, branch, { files, message: "mine", author: "mallory" });
    }
    await ship(team, "2.0.0");
    const bot = team.process();
    await lookUntil(team, bot, climbing);
    expect(proposals(team).every(({ headBranch }) => /-[0-9a-f]{12}$/.test(headBranch))).toBe(true);
    await expect(team.read("main", "mesh/evil.yaml")).rejects.toThrow();
  });

  it("what somebody pushes to its branch is not merged by the bot", async () => {
    const { team, bot } = await climber("2.0.0", REVIEWS);
    await lookUntil(team, bot, waits);
    const { headBranch } = latest(team);
    const files = { "NOTES.md": "more" };
    await inside.github.push(team.repository, headBranch, { files, message: "more", author: "alice" });
    inside.github.protectBranch(team.repository, "main", null);
    await team.second(70);
    await bot.look({ kind: "push" });
    expect(latest(team).state).toBe("open");
    expect(await weightOf(team)).toBe(50);
  });
});
