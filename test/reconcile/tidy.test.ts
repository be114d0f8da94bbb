import { describe, expect, it } from "vitest";
import { Person } from "../../dev/stage/person.ts";
import type { Forge } from "../../src/ports/forge.ts";
import { configOf, deployment, FILES, rolloutOf, virtualService } from "../e2e/release-world.ts";
import type { Process, Team } from "./inside.ts";
import { useInside } from "./use-inside.ts";

const inside = useInside();

const weightIn = (text: string) => Number(/canary }\s+weight: (\d+)/.exec(text)?.[1]);

/** A team whose new version, which alice or a bot proposes, fails every request. */
async function failing(merge: "auto" | "manual", bot: string | null = null): Promise<Team> {
  const team = await inside.team({
    files: {
      ".github/sluice.yaml": configOf({ checkout: rolloutOf("shop", { rollback: { merge } }) }),
      [FILES.virtualService]: virtualService("shop", 100, 0),
      [FILES.stable]: deployment("stable", "shop", "1.0.0"),
      [FILES.canary]: deployment("canary", "shop", "1.0.0"),
    },
    share: async (read) => weightIn(await read(FILES.virtualService)) / 100,
    failing: async () => 1,
  });
  await team.second();
  await team.process().look();
  const canary = deployment("canary", "shop", "2.0.0");
  if (bot !== null) inside.github.addUser(bot, { type: "Bot" });
  const author = bot === null ? team.alice : new Person(bot, inside.github, team.repository);
  inside.github.setPermission(team.repository, author.login, "write");
  await team.alice.merge(await author.propose("next", "checkout 2.0.0", { [FILES.canary]: canary }));
  return team;
}

async function until(team: Team, bot: Process, holds: () => Promise<boolean>): Promise<void> {
  for (let second = 0; second < 60 && !(await holds()); second++) {
    await team.second();
    await bot.look();
  }
  expect(await holds()).toBe(true);
}

function rollbackPull(team: Team) {
  return [...team.repository.pulls.values()].find((pull) => pull.headBranch.startsWith("sluice/rollback/"));
}

const opened = (team: Team) => async () => (await team.state())?.release?.rollback?.pull != null;
const rolledBack = (team: Team) => async () => (await team.state())?.last?.outcome === "rolled-back";

async function branchOf(team: Team): Promise<string | null> {
  return (await team.repository.git.branch("sluice/rollback/checkout-1")) ?? null;
}

describe("a rollback PR", () => {
  it("is labelled and assigned to the author of the change; its branch goes once it is merged", async () => {
    const team = await failing("manual");
    const bot = team.process();
    await until(team, bot, opened(team));
    const pull = rollbackPull(team);
    expect(pull?.labels.map(({ name }) => name)).toEqual(["sluice"]);
    expect(pull?.assignees.map(({ login }) => login)).toEqual(["alice"]);
    expect(await branchOf(team)).not.toBeNull();

    await team.alice.merge(pull?.number ?? 0);
    await until(team, bot, rolledBack(team));
    expect(await branchOf(team)).toBeNull();
  });

  it("is assigned to nobody where a bot made the change", async () => {
    const team = await failing("manual", "renovate[bot]");
    const from = inside.github.requests.length;
    await until(team, team.process(), opened(team));
    expect((await team.state())?.release?.cause.actor).toBe("renovate[bot]");
    const sent = inside.github.requests.slice(from).map(({ path }) => path);
    expect(sent).toContainEqual(expect.stringContaining("/labels"));
    expect(sent).not.toContainEqual(expect.stringContaining("/assignees"));
  });

  it("leaves the branch when somebody added to it", async () => {
    const team = await failing("manual");
    const bot = team.process();
    await until(team, bot, opened(team));
    await team.alice.merge(rollbackPull(team)?.number ?? 0);
    const files = { "notes.md": "Why this went wrong.\n" };
    const branch = "sluice/rollback/checkout-1";
    await inside.github.push(team.repository, branch, { files, message: "Notes", author: "alice" });
    await until(team, bot, rolledBack(team));
    expect(await branchOf(team)).not.toBeNull();
  });

  it("does its work though label, assignee and branch are refused, and a new process makes up for them", async () => {
    const team = await failing("auto");
    const settled = async () => (await team.state())?.release?.rollback?.settled === true;
    await until(team, team.process(untidy(team.forge)), settled);
    expect(rollbackPull(team)?.labels).toEqual([]);
    expect(await branchOf(team)).not.toBeNull();

    await until(team, team.process(), rolledBack(team));
    expect(rollbackPull(team)?.labels.map(({ name }) => name)).toEqual(["sluice"]);
    expect(await branchOf(team)).toBeNull();
  });

  it("is tidied up by a new process when the old one died right after the release's end", async () => {
    const team = await failing("auto");
    await until(team, team.process(untidy(team.forge)), rolledBack(team));
    expect(await branchOf(team)).not.toBeNull();

    await team.process().look({ kind: "start-up" });
    const pull = rollbackPull(team);
    expect(pull?.labels.map(({ name }) => name)).toEqual(["sluice"]);
    expect(pull?.assignees.map(({ login }) => login)).toEqual(["alice"]);
    expect(await branchOf(team)).toBeNull();
  });
});

/** Label, assignee and branch are refused. */
function untidy(forge: Forge): Forge {
  const tidying = new Set<unknown>(["label", "assign", "deleteBranch"]);
  return new Proxy(forge, {
    get(target, name, receiver): unknown {
      if (tidying.has(name)) return () => Promise.reject(new Error("Resource not accessible by integration"));
      return Reflect.get(target, name, receiver);
    },
  });
}
