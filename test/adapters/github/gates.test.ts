import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { defaultPermissions } from "../../../dev/github/json/app.ts";
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
  github.setPermission(repository, "alice", "write");
});

describe("what others say of a commit", () => {
  const by = (app: string, run: { conclusion?: string; name?: string; at?: string }) =>
    world.github.checkBy(repository, app, {
      commit: run.at ?? commit,
      name: run.name ?? "e2e / smoke",
      ...(run.conclusion && { conclusion: run.conclusion }),
    });
  const said = async () =>
    (await forge.checksOf(commit, "e2e / smoke")).map(({ by, word }) => `${by}: ${word}`).toSorted();

  it("is nothing before anybody has reported", async () => {
    expect(await said()).toEqual([]);
  });

  it("is the newest run of each App by that name, with its page", async () => {
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

  it("is the newest commit status of that name too, by whoever set it", async () => {
    const alice = world.person("alice");
    const status = { ...where(), sha: commit, context: "e2e / smoke" };
    await alice.rest.repos.createCommitStatus({
      ...status,
      state: "success",
      target_url: "https://ci.example.com/1",
    });
    await alice.rest.repos.createCommitStatus({ ...status, context: "lint", state: "success" });
    await alice.rest.repos.createCommitStatus({
      ...status,
      state: "failure",
      target_url: "https://a:b@ci.example.com",
    });
    expect(await forge.checksOf(commit, "e2e / smoke")).toEqual([
      { by: "alice", word: "failure", link: null },
    ]);
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
  const job = (state: string | null, change: { commit?: string; environment?: string } = {}) =>
    world.github.jobDeployment(repository, { commit, environment: "staging", state, ...change });

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
    const ours = await forge.createDeployment({
      ref: commit,
      environment: "staging",
      description: "",
      payload: {},
    });
    await forge.deploymentStatus(ours.id, { state: "success", description: "", url: null, retires: true });
    job("success", { commit: other });
    job("success", { environment: "production" });
    expect(await forge.deploymentsOf(commit, "staging")).toEqual([]);
  });

  it("is the newest of each who deploys there: nobody speaks for a job that waits", async () => {
    job("failure");
    const alice = world.person("alice");
    const { data } = await alice.rest.repos.createDeployment({
      ...where(),
      ...{ ref: commit, environment: "staging", auto_merge: false, required_contexts: [] },
    });
    const id = "id" in data ? data.id : 0;
    await alice.rest.repos.createDeploymentStatus({ ...where(), deployment_id: id, state: "success" });
    const said = await forge.deploymentsOf(commit, "staging");
    expect(said.map(({ by, words }) => [by, words[0]]).toSorted()).toEqual([
      ["alice", "success"],
      ["github-actions", "failure"],
    ]);
  });
});

/** A GitHub on which the App was installed before it asked for `statuses`. */
function startOldWorld(): Promise<World> {
  const { statuses: _, ...granted } = defaultPermissions;
  return startWorld({ permissions: granted });
}
