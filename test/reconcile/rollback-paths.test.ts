import { describe, expect, it } from "vitest";
import type { BranchRule } from "../../dev/github/model.ts";
import { type BranchSnapshot, type Forge, ForgeError } from "../../src/ports/forge.ts";
import type { RolloutState } from "../../src/release/state.ts";
import { FILES } from "../e2e/release-world.ts";
import type { Process, Team } from "./inside.ts";
import { climbing, ended, justBefore, lookUntil, openShop, passUntil, ship, weightOf } from "./shop.ts";
import { useInside } from "./use-inside.ts";

/** What a repository may put between a rollback and the branch, on a GitHub that refuses as GitHub does. */

const inside = useInside();

const BOT = "sluice[bot]";
const STATE = "sluice/state";
const SOON = { rollback: { deadline: "3s" } };

/** A faulty version on its first step, and the rule that stands when it fails. */
async function failing(rule: BranchRule | null, changes: Readonly<Record<string, unknown>> = SOON) {
  const team = await openShop(inside, changes);
  const pull = await ship(team, "2.0.0-bad");
  const bot = team.process();
  await passUntil(team, bot, climbing);
  inside.github.protectBranch(team.repository, "main", rule);
  return { team, bot, pull };
}

function rollback(team: Team) {
  const found = [...team.repository.pulls.values()].find(({ headBranch }) =>
    headBranch.startsWith("sluice/rollback/"),
  );
  if (!found) throw new Error("no rollback PR");
  return found;
}

const held = ({ release }: RolloutState) => release?.hold?.reason === "blocked";

/** Looks go on and change nothing. */
async function stays(team: Team, bot: Process): Promise<void> {
  await team.second();
  await bot.look({ kind: "push" });
}

describe("A rollback", () => {
  it("where nothing forbids it is merged at once, with all that a tired person wants to know", async () => {
    const { team, bot } = await failing(null);
    await lookUntil(team, bot, ended);
    const { body, merged, assignees, labels } = rollback(team);
    const told = team.told.map(({ kind, title }) => `${kind}: ${title}`);
    expect(told.filter((line) => !line.startsWith("weight"))).toEqual([
      "started: checkout#1 started",
      "failed: checkout#1 failed at 50 %",
      "rolled-back: checkout#1 was rolled back",
    ]);
    expect(merged?.by.login).toBe(BOT);
    expect(body).toMatch(/\*\*`checkout#1` failed at 50 %\*\*/);
    expect(body).toMatch(/Requests that reached the canary in this release: [\d,]+, [\d,]+ of them failed\./);
    expect(body).toContain("**Since the last good version**: 1 commit by alice");
    expect(body).toContain("| Error rate, canary |");
    expect(assignees.map(({ login }) => login)).toEqual(["alice"]);
    expect(labels.map(({ name }) => name)).toEqual(["sluice"]);
  });

  it("is opened once, also when the answer was lost and somebody has pushed onto its branch since", async () => {
    const { team } = await failing(null, { rollback: { merge: "manual" } });
    let lost = false;
    const forge = new Proxy(team.forge, {
      get: (target, name, receiver) =>
        name !== "openPull"
          ? Reflect.get(target, name, receiver)
          : async (...asked: Parameters<Forge["openPull"]>) => {
              const opened = await team.forge.openPull(...asked);
              if (lost) return opened;
              lost = true;
              const files = { "notes.md": "mine\n" };
              await inside.github.push(team.repository, opened.headBranch, {
                files,
                message: "Mine",
                author: "alice",
              });
              throw new ForgeError("network", "the answer was lost");
            },
    });
    await expect(lookUntil(team, team.process(forge), () => false, 5)).rejects.toThrow();
    await lookUntil(team, team.process(), ({ release }) => release?.rollback?.pull != null);
    const ours = [...team.repository.pulls.values()].filter(({ headBranch }) =>
      headBranch.startsWith("sluice/rollback/"),
    );
    expect(ours).toHaveLength(1);
    const state = await team.state();
    expect(state?.release?.rollback?.pull?.number).toBe(ours[0]?.number);
    expect(state?.release?.rollback?.pull?.head).not.toBe(ours[0]?.head);
  });

  it("is not withdrawn because GitHub shows the state once more as it was before the rollback", async () => {
    const { team } = await failing(null);
    const { forge } = team;
    let before: BranchSnapshot | undefined;
    let late = false;
    const bot = team.process({
      ...forge,
      moves: async (branch, until) => (branch === STATE ? null : forge.moves(branch, until)),
      async openPull(request) {
        const opened = await forge.openPull(request);
        late = true;
        return opened;
      },
      async snapshot(wanted) {
        const now = await forge.snapshot(wanted);
        if (late && before && now.has(STATE)) {
          late = false;
          return new Map([...now, [STATE, before]]);
        }
        before = now.get(STATE) ?? before;
        return now;
      },
    });
    expect((await lookUntil(team, bot, ended)).last?.outcome).toBe("rolled-back");
    expect(late).toBe(false);
    expect(rollback(team).merged?.by.login).toBe(BOT);
  });

  it("does not bring again what somebody forced out of the branch while its PR was opened", async () => {
    const { team } = await failing(null);
    const { git } = team.repository;
    const secret = { "secret.env": "TOKEN=leaked\n" };
    await inside.github.push(team.repository, "main", { files: secret, message: "Oops", author: "alice" });
    const bot = team.process(
      justBefore(team.forge, "openPull", async () => {
        // Rewritten without it, as whoever leaked a secret does.
        const main = await git.commit((await git.branch("main")) ?? "");
        const [oldest] = (await team.forge.history("main", { limit: 100 })).slice(-1);
        const tree = await git.editTree(main?.tree ?? null, [
          { path: "secret.env", mode: "100644", oid: null },
        ]);
        const person = { name: "alice", email: "alice@example.com", at: 1_700_000_000 };
        const about = { author: person, committer: person, message: "Without it" };
        const oid = await git.writeCommit({ tree, parents: [oldest?.oid ?? ""], ...about });
        await inside.github.forcePush(team.repository, "refs/heads/main", oid, "alice");
      }),
    );
    const state = await lookUntil(team, bot, ({ release }) => release?.rollback?.blocked != null);
    expect(state.release?.rollback?.blocked).toMatch(/^#\d+ has \d+ commits by now, and one of them is ours/);
    await lookUntil(team, bot, ({ release }) => release?.rollback?.direct === "done");
    expect(await weightOf(team)).toBe(0);
    expect(await git.object("main:secret.env")).toBeNull();
  });

  it.each([
    ["required reviews", { requiredReviews: 1 }, /1 approving review is required/],
    ["a required check", { requiredChecks: ["tests"] }, /Required status check "tests" is expected/],
    [
      "a ruleset",
      { requiredReviews: 1, ruleset: true },
      /Repository rule violations found .*1 approving review/,
    ],
  ] as const)(
    "before %s the weights go by commit where the App may, and the pull request says so",
    async (_, rule, says) => {
      const { team, bot, pull } = await failing({ ...rule, bypass: [BOT] });
      await lookUntil(team, bot, ({ release }) => release?.rollback?.direct === "done");
      expect(await weightOf(team)).toBe(0);
      expect(rollback(team)).toMatchObject({ state: "open" });
      expect(rollback(team).body).toMatch(/Canary weight 0 is already committed .*traffic is safe/);
      expect(rollback(team).body).toMatch(/Sluice-Effect: checkout#1\.\d+\s*$/);
      const { last } = await lookUntil(team, bot, ended);
      expect(last?.outcome).toBe("rolled-back");
      const [comment] = (await team.alice.comments(pull)).filter(({ user }) => user?.login === BOT);
      expect(comment?.body?.replace(/\s+/g, " ")).toMatch(says);
    },
  );

  it.each([
    ["classic protection", { requiredReviews: 1 }],
    ["a ruleset", { requiredReviews: 1, ruleset: true }],
  ] as const)(
    "where %s forbids commits too it stays open, says why and what to do, and goes on once it is merged",
    async (_, rule) => {
      const { team, bot } = await failing(rule);
      await lookUntil(team, bot, held);
      expect(await weightOf(team)).toBe(50);
      const { number, body } = rollback(team);
      expect(body).toContain("**Merge this pull request now.** Sluice cannot:");
      expect(body?.replace(/\s+/g, " ")).toContain("1 approving review is required");
      await stays(team, bot);
      await inside.github.approve(team.repository, number, "alice");
      await team.alice.merge(number);
      const { last } = await lookUntil(team, bot, ended);
      expect(last?.outcome).toBe("rolled-back");
      expect(await weightOf(team)).toBe(0);
    },
  );

  it("before a merge queue goes into it at the head that was made, and ends when the queue has merged it", async () => {
    const { team, bot } = await failing({ mergeQueue: true, ruleset: true });
    await lookUntil(team, bot, held);
    expect(rollback(team).queued).toMatchObject({ head: rollback(team).head });
    expect(rollback(team).body).toContain("The branch has a merge queue. This pull request is in it");
    await inside.github.runMergeQueue(team.repository);
    const { last } = await lookUntil(team, bot, ended);
    expect(last?.outcome).toBe("rolled-back");
    expect(rollback(team).merged).not.toBeNull();
    expect(await weightOf(team)).toBe(0);
  });

  const moved = (team: Team, times: number) =>
    inside.github.fault(
      ({ method, path }) =>
        method === "PUT" &&
        path.startsWith(`/repos/acme/${team.repository.name}/pulls/`) &&
        path.endsWith("/merge"),
      { status: 405, body: { message: "Base branch was modified. Review and try the merge again." } },
      times,
    );

  it("whose merge met a base that moved is merged at a later look, and nobody is blamed", async () => {
    const { team, bot, pull } = await failing(null, {});
    const fault = moved(team, 2);
    for (const left of [1, 0]) {
      await expect(lookUntil(team, bot, ended)).rejects.toThrow(
        /^the head of main moved while #\d+ was merged$/,
      );
      expect(fault.left).toBe(left);
      const state = await team.state();
      expect(state?.pending?.effect.kind).toBe("merge-rollback");
      expect(state?.release?.rollback).toMatchObject({ blocked: null, direct: "no" });
    }
    const { last } = await lookUntil(team, bot, ended);
    expect(last?.outcome).toBe("rolled-back");
    expect(rollback(team).merged?.by.login).toBe(BOT);
    const [comment] = (await team.alice.comments(pull)).filter(({ user }) => user?.login === BOT);
    expect(comment?.body).not.toMatch(/refused|moved/);
  });

  it("whose merge meets a base that moves for as long as its deadline commits the weights alone", async () => {
    const { team, bot } = await failing(null);
    moved(team, 1000);
    for (let i = 0; i < 20 && (await weightOf(team)) > 0; i++) {
      await lookUntil(team, bot, ({ release }) => release?.rollback?.direct === "done", 1).catch(() => {});
    }
    inside.github.clearFaults();
    expect(await weightOf(team)).toBe(0);
    const state = await lookUntil(team, bot, ended);
    expect(state.last?.outcome).toBe("rolled-back");
    expect(rollback(team)).toMatchObject({ state: "open" });
    expect(rollback(team).body?.replace(/\s+/g, " ")).toContain("the head of main moved while");
  });

  it("whose pull request may not be opened commits the weights alone, says why, and leaves the workload", async () => {
    const { team, bot, pull } = await failing(null);
    const sentence = "GitHub Actions is not permitted to create or approve pull requests.";
    const { name } = team.repository;
    const opens = ({ method, path }: { readonly method: string; readonly path: string }) =>
      method === "POST" && path === `/repos/acme/${name}/pulls`;
    inside.github.fault(opens, { status: 403, body: { message: sentence } }, 100);
    const { last } = await lookUntil(team, bot, ended);
    inside.github.clearFaults();
    expect(last?.outcome).toBe("rolled-back");
    expect(await weightOf(team)).toBe(0);
    expect(await team.read("main", FILES.canary)).toContain("2.0.0-bad");
    const [comment] = (await team.alice.comments(pull)).filter(({ user }) => user?.login === BOT);
    expect(comment?.body?.replace(/\s+/g, " ")).toContain(sentence);
    // Nor does the version that is still there begin again.
    await stays(team, bot);
    expect((await team.state())?.release).toBeNull();
  });

  it("that conflicts with what came after it commits the weights alone", async () => {
    const { team } = await failing(null);
    const canary = (await team.read("main", FILES.canary)).replace("2.0.0-bad", "2.0.1");
    const hotfix = { files: { [FILES.canary]: canary }, message: "A hotfix", author: "alice" };
    let pushed = false;
    const forge = justBefore(team.forge, "mergePull", async () => {
      if (!pushed) await inside.github.push(team.repository, "main", hotfix);
      pushed = true;
    });
    const bot = team.process(forge);
    await lookUntil(team, bot, ({ release }) => release?.rollback?.direct === "done");
    expect(rollback(team)).toMatchObject({ state: "open" });
    expect(await weightOf(team)).toBe(0);
    const { last } = await lookUntil(team, bot, (state) => state.last?.number === 1);
    expect(last?.outcome).toBe("rolled-back");
    // What a person pushed stays.
    expect(await team.read("main", FILES.canary)).toContain("2.0.1");
  });
});
