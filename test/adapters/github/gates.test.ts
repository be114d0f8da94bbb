import type { Octokit } from "@octokit/rest";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { defaultPermissions } from "../../../dev/github/json/app.ts";
import { checkGate, environmentGate } from "../../../src/analysis/gates.ts";
import type { Forge } from "../../../src/ports/forge.ts";
import { type Repository, startWorld, type World } from "./world.ts";

let world: World;
let repository: Repository;
let forge: Forge;
let commit: string;
let other: string;
const where = () => ({ owner: repository.owner.login, repo: repository.name });

beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

let count = 0;
beforeEach(async () => {
  const { github } = world;
  repository = await github.createRepository({
    owner: "acme",
    name: `shop-${++count}`,
    files: { "a.txt": "a" },
  });
  other = (await repository.git.branch("main")) ?? "";
  commit = await github.push(repository, "main", { files: { "a.txt": "b" }, message: "b" });
  forge = world.forgeOf(repository);
  for (const login of ["alice", "mallory"]) github.setPermission(repository, login, "write");
});

const check = async (by = forge) =>
  checkGate({ kind: "check", name: "e2e / smoke" }, await by.checksOf(commit, "e2e / smoke")).status;
const environment = async (by = forge) =>
  environmentGate({ kind: "environment", name: "staging" }, await by.deploymentsOf(commit, "staging")).status;

interface RunBy {
  readonly conclusion?: string;
  readonly name?: string;
  readonly at?: string;
  readonly workflow?: string;
}

describe("what others say of a commit", () => {
  const by = (app: string, { at = commit, name = "e2e / smoke", ...run }: RunBy) =>
    world.github.checkBy(repository, app, { commit: at, name, ...run });
  const said = async () =>
    (await forge.checksOf(commit, "e2e / smoke")).map(({ by, word }) => `${by}: ${word}`).toSorted();

  it("is nothing before anybody has reported", async () => {
    expect(await said()).toEqual([]);
  });

  it("is the newest run of each suite by that name, with its page", async () => {
    await by("github-actions", { conclusion: "failure" });
    await by("github-actions", { conclusion: "success" });
    await by("other-ci", {});
    await by("github-actions", { name: "e2e / smoke 2", conclusion: "failure" });
    expect(await said()).toEqual(["github-actions: success", "other-ci: queued"]);
    const [first] = await forge.checksOf(commit, "e2e / smoke");
    expect(first?.link).toContain(`/${repository.fullName}/runs/`);
  });

  it("is no run of our own, by whatever name", async () => {
    const run = {
      commit,
      name: "e2e / smoke",
      externalId: "x",
      status: "completed",
      conclusion: "success",
    } as const;
    await forge.check({ ...run, title: "t", summary: "s", annotations: [] });
    expect(await said()).toEqual([]);
  });

  it("is nothing that was said of another commit", async () => {
    await by("github-actions", { conclusion: "success", at: other });
    const alice = world.person("alice");
    await alice.rest.repos.createCommitStatus({
      ...where(),
      sha: other,
      context: "e2e / smoke",
      state: "success",
    });
    expect(await said()).toEqual([]);
  });

  it("is the newest run of each suite: one that was skipped, or good, in another workflow replaces none that failed or runs", async () => {
    await by("github-actions", { conclusion: "failure", workflow: "smoke" });
    await by("github-actions", { conclusion: "skipped", workflow: "other" });
    await by("github-actions", { conclusion: "success", workflow: "third" });
    expect(await said()).toEqual(["failure", "skipped", "success"].map((word) => `github-actions: ${word}`));
    expect(await check()).toBe("closed");
    await by("github-actions", { workflow: "smoke" });
    expect(await check()).toBe("pending");
  });

  it("is no result where the newest run of a suite was skipped", async () => {
    await by("github-actions", { conclusion: "skipped" });
    expect(await check()).toBe("pending");
    await by("github-actions", { conclusion: "success" });
    expect(await check()).toBe("open");
  });

  it("is the newest commit status of each who set one: nobody's replaces another's", async () => {
    const set = (login: string, status: Readonly<Record<string, string>>) =>
      world.person(login).rest.repos.createCommitStatus({
        ...{ ...where(), sha: commit, context: "e2e / smoke", state: "success" },
        ...status,
      });
    await set("alice", { target_url: "https://ci.example.com/1" });
    await set("alice", { context: "lint" });
    await set("alice", { state: "failure", target_url: "https://a:b@ci.example.com" });
    expect(await forge.checksOf(commit, "e2e / smoke")).toEqual([
      { by: "alice", word: "failure", link: null },
    ]);
    await set("mallory", {});
    expect(await said()).toEqual(["alice: failure", "mallory: success"]);
    expect(await check()).toBe("closed");
    await set("alice", {});
    expect(await check()).toBe("open");
  });

  it("is not told apart on a commit with more statuses than are read, however many say yes", async () => {
    await by("github-actions", { conclusion: "success" });
    const { rest } = world.person("mallory");
    for (let i = 0; i <= 1000; i++)
      await rest.repos.createCommitStatus({ ...where(), sha: commit, context: `${i}`, state: "success" });
    await expect(check()).rejects.toThrow("the commit has more than 1000 commit statuses");
  });

  it("is what check runs say, where the App may not read statuses yet", async () => {
    const old = await startOldWorld();
    try {
      const shop = await old.github.createRepository({
        owner: "acme",
        name: "shop",
        files: { "a.txt": "a" },
      });
      const head = (await shop.git.branch("main")) ?? "";
      await old.github.checkBy(shop, "github-actions", {
        commit: head,
        name: "smoke",
        conclusion: "success",
      });
      expect(await old.forgeOf(shop).checksOf(head, "smoke")).toMatchObject([{ word: "success" }]);
    } finally {
      await old.close();
    }
  });
});

describe("the deployment of a commit to an environment", () => {
  const job = (
    state: string | null,
    change: { commit?: string; environment?: string; again?: boolean; startedBy?: string } = {},
  ) => world.github.jobDeployment(repository, { commit, environment: "staging", state, ...change });

  it("is what a workflow's job made, with all that it said and the page of the run", async () => {
    expect(await forge.deploymentsOf(commit, "staging")).toEqual([]);
    job(null);
    const by = "github-actions";
    expect(await forge.deploymentsOf(commit, "staging")).toEqual([{ by, words: [], link: null }]);
    for (const state of ["waiting", "queued", "in_progress"]) job(state);
    const [found] = await forge.deploymentsOf(commit, "staging");
    expect(found?.words).toEqual(["in_progress", "queued", "waiting"]);
    expect(found?.link).toContain(`/${repository.fullName}/actions/runs/`);
  });

  it("is none of ours, of another commit or of another environment", async () => {
    await deployByUs(forge);
    job("success", { commit: other });
    job("success", { environment: "production" });
    expect(await forge.deploymentsOf(commit, "staging")).toEqual([]);
  });

  it("is a workflow's that our push started, though GitHub names us as its creator", async () => {
    job("waiting", { startedBy: "sluice[bot]" });
    await deployByUs(forge);
    expect(await environment()).toBe("pending");
    job("queued", { startedBy: "sluice[bot]" });
    expect(await environment()).toBe("open");
  });

  it("speaks by its creator alone: nobody posts a status on a job that waits", async () => {
    job("waiting");
    const { repos } = world.person("mallory").rest;
    const { data } = await repos.listDeployments({ ...where(), sha: commit });
    const at = { ...where(), deployment_id: data[0]?.id ?? 0 };
    for (const state of ["success", "inactive"] as const)
      await repos.createDeploymentStatus({ ...at, state });
    expect((await forge.deploymentsOf(commit, "staging")).map(({ words }) => words)).toEqual([["waiting"]]);
    job("in_progress");
    expect(await environment()).toBe("open");
  });

  it("is each of those who deploy there: nobody speaks for a job that waits", async () => {
    job("waiting");
    await deployAs("mallory");
    // Another job's token, whose App is the waiting job's too.
    await deployBy(asJob());
    const said = await forge.deploymentsOf(commit, "staging");
    expect(said.map(({ by, words }) => `${by}: ${words[0]}`)).toEqual([
      "github-actions: success",
      "mallory: success",
      "github-actions: waiting",
    ]);
    expect(await environment()).toBe("pending");
    job("failure");
    await deployAs("mallory");
    job("waiting", { again: true });
    expect(await environment()).toBe("pending");
    job("success");
    expect(await environment()).toBe("open");
  });

  it("is not cut off by however many others: those are too many", async () => {
    job("waiting");
    for (let i = 0; i < 50; i++) await deployAs(`m${i % 7}`);
    await expect(environment()).rejects.toThrow("the commit has more than 50 deployments there");
    for (let i = 0; i < 50; i++) await deployAs("mallory");
    await expect(environment()).rejects.toThrow("the commit has more than 50 deployments there");
  });
});

describe("on GitHub Actions alone, where every workflow has our login", () => {
  const alone = () => world.forgeOfToken(repository, jobToken(), "github-actions[bot]");

  it("a workflow's check counts, by whatever name but ours, and nobody's status stands in for it", async () => {
    const by = alone();
    for (const name of ["sluice", "sluice / checkout"]) {
      const run = {
        commit,
        name,
        externalId: "checkout#1",
        status: "completed",
        conclusion: "success",
      } as const;
      await by.check({ ...run, title: "t", summary: "s", annotations: [] });
      expect(await by.checksOf(commit, name)).toEqual([]);
    }
    await world.github.checkBy(repository, "github-actions", {
      ...{ commit, name: "e2e / smoke", conclusion: "failure" },
    });
    const { repos } = world.person("mallory").rest;
    await repos.createCommitStatus({ ...where(), sha: commit, context: "e2e / smoke", state: "success" });
    expect(await check(by)).toBe("closed");
    await world.github.checkBy(repository, "github-actions", {
      ...{ commit, name: "e2e / smoke", conclusion: "success" },
    });
    expect(await check(by)).toBe("open");
  });

  it("a workflow's job that waits counts, and no deployment of ours", async () => {
    const by = alone();
    await deployByUs(by);
    expect(await by.deploymentsOf(commit, "staging")).toEqual([]);
    world.github.jobDeployment(repository, { commit, environment: "staging", state: "waiting" });
    await deployByUs(by);
    expect(await environment(by)).toBe("pending");
    world.github.jobDeployment(repository, { commit, environment: "staging", state: "queued" });
    expect(await environment(by)).toBe("open");
  });
});

/** As the reconciler makes one, already successful. */
async function deployByUs(by: Forge): Promise<void> {
  const name = "checkout#1";
  const ours = { ref: commit, environment: "staging", description: name, payload: { release: name } };
  const { id } = await by.createDeployment(ours);
  await by.deploymentStatus(id, { state: "success", description: "", url: null, retires: true });
}

function jobToken(): string {
  const permissions = { checks: "write", deployments: "write", statuses: "read" } as const;
  return world.github.actionsToken(repository, permissions);
}

function asJob(): Octokit {
  return world.octokitOf(jobToken());
}

function deployAs(login: string): Promise<void> {
  world.github.setPermission(repository, login, "write");
  return deployBy(world.person(login));
}

async function deployBy({ rest: { repos } }: Octokit): Promise<void> {
  const { data } = await repos.createDeployment({
    ...where(),
    ...{ ref: commit, environment: "staging", auto_merge: false, required_contexts: [] },
  });
  const deployment_id = "id" in data ? data.id : 0;
  await repos.createDeploymentStatus({ ...where(), deployment_id, state: "success" });
}

/** A GitHub on which the App was installed before it asked for `statuses`. */
function startOldWorld(): Promise<World> {
  const { statuses: _, ...granted } = defaultPermissions;
  return startWorld({ permissions: granted });
}
