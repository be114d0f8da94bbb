import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createDirectory, loginOf } from "../../../src/adapters/github/directory.ts";
import type { CheckRun, CommitOutcome, Forge, PullFacts } from "../../../src/ports/forge.ts";
import { must, type Repository, startWorld, type World } from "./world.ts";

let world: World;
let repository: Repository;
let forge: Forge;
let made = 0;

beforeAll(async () => {
  world = await startWorld();
  repository = await world.github.createRepository({
    owner: "acme",
    name: "shop",
    files: { "a.yaml": "a: 1\n", "b.yaml": "b: 1\n" },
  });
  world.github.setPermission(repository, "alice", "maintain");
  world.github.setPermission(repository, "bob", "triage");
  forge = world.forgeOf(repository);
});

afterAll(() => world.close());

const route = { owner: "acme", repo: "shop" };

async function headOf(branch: string): Promise<string> {
  return must((await forge.snapshot([{ branch, paths: [] }])).get(branch), branch).head;
}

/** A branch with one change and its pull request by the App. */
async function openPull(text = `a: ${made + 2}\n`): Promise<PullFacts> {
  made += 1;
  const branch = `change-${made}`;
  const expectedHead = await headOf("main");
  await forge.createBranch(branch, expectedHead);
  const outcome: CommitOutcome = await forge.commit({
    branch,
    expectedHead,
    message: `Change ${made}`,
    files: [{ path: "a.yaml", text }],
    priority: "rollback",
  });
  expect(outcome.status).toBe("committed");
  return forge.openPull({ branch, base: "main", title: `Change ${made}`, body: "Why." });
}

describe("the repository and its people", () => {
  it("are known to the App", async () => {
    expect(await forge.identity()).toEqual({ login: "sluice[bot]" });
    expect(await forge.repository()).toMatchObject({
      id: repository.id,
      owner: "acme",
      name: "shop",
      defaultBranch: "main",
      archived: false,
    });
    const directory = createDirectory(world.clients);
    const installation = world.github.installationId(repository);
    expect(await directory.self()).toMatchObject({ login: "sluice[bot]" });
    expect(await directory.installationOf("acme", "shop")).toBe(installation);
    expect(await directory.installationOf("acme", "nowhere")).toBeNull();
    expect(await directory.installations()).toContain(installation);
    expect(await directory.repositories(installation)).toEqual([
      { id: repository.id, owner: "acme", name: "shop" },
    ]);
  });

  it("are known to a plain token too", async () => {
    expect(await loginOf(world.person("alice"))).toBe("alice");
    const installation = world.github.installationId(repository);
    expect(await loginOf(world.clients.forInstallation(installation))).toBe("sluice[bot]");
  });

  it.each([
    ["alice", "maintain"],
    ["bob", "triage"],
    ["acme", "admin"],
    ["stranger", "none"],
  ])("have roles: %s is %s", async (login, role) => {
    expect(await forge.permission(login)).toBe(role);
  });
});

describe("teams", () => {
  it("have members as they are at that moment; whoever was only invited is none, nor is anybody of a team that is not there", async () => {
    world.github.setTeam("acme", "payments", { alice: "active", bob: "pending" });
    const payments = { organization: "acme", slug: "payments" };
    const asked = ["Alice", "bob", "carol"].map((login) => forge.membership(payments, login));
    expect(await Promise.all(asked)).toEqual(["member", "none", "none"]);
    expect(await forge.membership({ organization: "acme", slug: "gone" }, "alice")).toBe("none");
    expect(await forge.membership({ organization: "elsewhere", slug: "payments" }, "alice")).toBe(
      "unreadable",
    );
  });
});

describe("a pull request", () => {
  it("is opened once, found by branch, base and commit, and told by its facts", async () => {
    const pull = await openPull();
    expect(pull).toMatchObject({
      state: "open",
      base: "main",
      author: "sluice[bot]",
      body: "Why.",
      mergeCommit: null,
      closedBy: null,
      fork: false,
      head: await headOf(pull.headBranch),
    });
    const again = await forge.openPull({ branch: pull.headBranch, base: "main", title: "T", body: "B" });
    expect(again.number).toBe(pull.number);
    expect(await forge.pull(pull.number)).toEqual(pull);
    expect(await forge.pullsFrom(pull.headBranch)).toMatchObject([{ number: pull.number }]);
    expect(await forge.pullsFrom("no-such-branch")).toEqual([]);
    expect((await forge.openPulls("main")).map(({ number }) => number)).toContain(pull.number);
    expect(await forge.pullsOf(pull.head)).toMatchObject([{ number: pull.number, state: "open" }]);
    expect(await forge.pullFiles(pull.number)).toEqual(["a.yaml"]);
  });

  it("is merged only at the head that was seen", async () => {
    const pull = await openPull();
    const stale = await headOf("main");
    const message = { title: "Roll back", body: "Sluice-Release: checkout#7" };
    expect(await forge.mergePull(pull.number, stale, message)).toEqual({ status: "stale" });

    const merged = await forge.mergePull(pull.number, pull.head, message);
    expect(merged).toEqual({ status: "merged", oid: await headOf("main") });
    const oid = merged.status === "merged" ? merged.oid : "";
    expect(await forge.pull(pull.number)).toMatchObject({
      state: "merged",
      mergeCommit: oid,
      closedBy: "sluice[bot]",
    });
    const [commit] = await forge.history("main", { limit: 1 });
    expect(commit?.message).toContain("Sluice-Release: checkout#7");
    expect(await forge.pullsOf(oid)).toMatchObject([{ number: pull.number, state: "merged" }]);
    // The same merge a second time, as after a lost answer.
    expect(await forge.mergePull(pull.number, pull.head, message)).toEqual(merged);
  });

  it("that a rule holds back is blocked with the reason", async () => {
    const pull = await openPull();
    world.github.protectBranch(repository, "main", { requiredReviews: 1 });
    const message = { title: "T", body: "B" };
    expect(await forge.mergePull(pull.number, pull.head, message)).toEqual({
      status: "blocked",
      reason: expect.stringMatching(/review/i),
    });
    world.github.protectBranch(repository, "main", null);
    expect(await forge.mergePull(pull.number, pull.head, message)).toMatchObject({ status: "merged" });
  });

  it("that a person closed says who it was", async () => {
    const pull = await openPull();
    await world.person("alice").rest.pulls.update({ ...route, pull_number: pull.number, state: "closed" });
    expect(await forge.pull(pull.number)).toMatchObject({ state: "closed", closedBy: "alice" });
    expect(await forge.mergePull(pull.number, pull.head, { title: "T", body: "B" })).toEqual({
      status: "stale",
    });
    expect(await forge.pullsOf(pull.head)).toEqual([]);
    expect(await forge.pullsFrom(pull.headBranch)).toMatchObject([{ state: "closed" }]);
  });

  it("is changed, labelled, assigned and closed by the App", async () => {
    const pull = await openPull();
    await forge.updatePull(pull.number, { body: "Another reason." });
    await forge.label(pull.number, ["sluice", "rollback"]);
    await forge.label(pull.number, []);
    await forge.assign(pull.number, ["alice"]);
    const { data } = await world.person("alice").rest.issues.get({ ...route, issue_number: pull.number });
    expect(data.labels.map((label) => (typeof label === "string" ? label : label.name))).toEqual([
      "sluice",
      "rollback",
    ]);
    expect(data.assignees?.map(({ login }) => login)).toEqual(["alice"]);
    await forge.updatePull(pull.number, { state: "closed" });
    expect(await forge.pull(pull.number)).toMatchObject({
      body: "Another reason.",
      state: "closed",
      closedBy: "sluice[bot]",
    });
  });
});

describe("comments", () => {
  /** Bob's comment, edited by Alice within the second that GitHub notes for both. */
  async function sayAndEdit(pull: number, before: string, after: string): Promise<number> {
    for (;;) {
      const { data } = await world
        .person("bob")
        .rest.issues.createComment({ ...route, issue_number: pull, body: before });
      const edit = { ...route, comment_id: data.id, body: after };
      const { data: edited } = await world.person("alice").rest.issues.updateComment(edit);
      if (edited.updated_at === data.created_at) return data.id;
      await world.person("alice").rest.issues.deleteComment({ ...route, comment_id: data.id });
    }
  }

  it("are made, changed, found page by page, and known as a person's or a bot's", async () => {
    const { number: pull } = await openPull();
    const ours = await forge.createComment(pull, "# Release checkout#7");
    expect(ours).toMatchObject({ pull, author: "sluice[bot]", authorIsBot: true, edited: false });

    const alice = world.person("alice");
    const { data } = await alice.rest.issues.createComment({
      ...route,
      issue_number: pull,
      body: "/canary 25",
    });
    expect(await forge.comment(data.id)).toMatchObject({
      author: "alice",
      authorIsBot: false,
      body: "/canary 25",
      edited: false,
    });
    for (let count = 0; count < 100; count += 1) {
      await alice.rest.issues.createComment({ ...route, issue_number: pull, body: `${count}` });
    }
    const all = await forge.comments(pull, null);
    expect(all).toHaveLength(102);
    expect(all[0]?.id).toBe(ours.id);
    expect(all.at(-1)?.body).toBe("99");
    expect(await forge.comments(pull, Date.now() + 60_000)).toEqual([]);
    expect(await forge.comment(999_999)).toBeNull();
  });

  it("edited by somebody else are known as edited, within the same second too", async () => {
    const { number: pull } = await openPull();
    const id = await sayAndEdit(pull, "A remark.", "/canary 100");
    expect(await forge.comment(id)).toMatchObject({ author: "bob", body: "/canary 100", edited: true });
    const [listed] = await forge.comments(pull, null);
    expect(listed?.edited).toBe(false);
  });

  it("deleted while they are read are gone", async () => {
    const { number: pull } = await openPull();
    const bob = world.person("bob").rest.issues;
    const { data } = await bob.createComment({ ...route, issue_number: pull, body: "/canary 25" });
    world.github.fault(({ path }) => path.startsWith("/graphql"), {
      status: 200,
      body: {
        data: { node: null },
        errors: [{ type: "NOT_FOUND", message: "Could not resolve to a node." }],
      },
    });
    expect(await forge.comment(data.id)).toBeNull();
  });

  it("longer than GitHub takes are cut with a word about it", async () => {
    const { number: pull } = await openPull();
    const { body } = await forge.createComment(pull, "ü".repeat(70_000));
    expect(body).toMatch(/ü\n\n… cut here: GitHub takes no longer text\.$/);
    expect(Buffer.byteLength(body)).toBeLessThanOrEqual(65_536);
  });

  it("get a reaction once, however often it is given", async () => {
    const { number: pull } = await openPull();
    const { id } = await forge.createComment(pull, "hello");
    await forge.react(id, "eyes");
    await forge.react(id, "eyes");
    await forge.react(id, "rocket");
    const { data } = await world
      .person("alice")
      .rest.reactions.listForIssueComment({ ...route, comment_id: id });
    expect(data.map(({ content }) => content)).toEqual(["eyes", "rocket"]);
  });
});

describe("a check run", () => {
  const shown = async (commit: string) => {
    const octokit = world.clients.forInstallation(world.github.installationId(repository));
    const { data } = await octokit.rest.checks.listForRef({ ...route, ref: commit, filter: "all" });
    return data.check_runs;
  };
  const writes = () =>
    world.github.requests.filter(({ method, path }) => method !== "GET" && path.includes("/check-runs"))
      .length;

  it("is made once, updated when it says something else, and left alone when it does not", async () => {
    const commit = await headOf("main");
    const run: CheckRun = {
      commit,
      name: "sluice / checkout",
      externalId: "checkout#7",
      status: "in_progress",
      conclusion: null,
      title: "Step 1 of 4",
      summary: "25 %",
      annotations: [],
    };
    await forge.check(run);
    await forge.check(run);
    expect(writes()).toBe(1);
    await forge.check({ ...run, title: "Step 2 of 4" });
    expect(writes()).toBe(2);
    const over: CheckRun = { ...run, status: "completed", conclusion: "success", title: "Promoted" };
    await forge.check(over);
    await forge.check(over);
    expect(writes()).toBe(3);
    await forge.check({ ...run, externalId: "checkout#8" });
    const runs = await shown(commit);
    expect(runs.map((one) => [one.external_id, one.status, one.output.title]).toSorted()).toEqual([
      ["checkout#7", "completed", "Promoted"],
      ["checkout#8", "in_progress", "Step 1 of 4"],
    ]);
  });

  it("carries any number of annotations, once each", async () => {
    const commit = await headOf("main");
    const run: CheckRun = {
      commit,
      name: "sluice / config",
      externalId: "config",
      status: "completed",
      conclusion: "failure",
      title: "Broken",
      summary: "s",
      annotations: Array.from({ length: 120 }, (_, index) => ({
        path: "a.yaml",
        line: index + 1,
        message: `problem ${index}`,
      })),
    };
    await forge.check(run);
    const before = writes();
    await forge.check(run);
    expect(writes()).toBe(before);
    const config = must((await shown(commit)).find(({ name }) => name === "sluice / config"));
    expect(config.output.annotations_count).toBe(120);
  });
});

describe("deployments", () => {
  it("are made, get statuses, and are found newest first", async () => {
    const commit = await headOf("main");
    const request = {
      ref: commit,
      environment: "production",
      description: "checkout#7",
      payload: { release: "checkout#7" },
    };
    const first = await forge.createDeployment(request);
    expect(first).toMatchObject({ commit, environment: "production", creator: "sluice[bot]", state: null });
    const second = await forge.createDeployment({ ...request, description: "checkout#8" });
    await forge.deploymentStatus(first.id, {
      state: "success",
      description: "done ".repeat(100),
      url: null,
      retires: true,
    });
    await forge.deploymentStatus(second.id, { state: "queued", description: "", url: null, retires: true });
    await forge.deploymentStatus(second.id, {
      state: "in_progress",
      description: "25 %",
      url: null,
      retires: true,
    });
    expect(await forge.deployments("production", 10)).toEqual([
      { ...second, state: "in_progress" },
      { ...first, state: "success" },
    ]);
    expect(await forge.deployments("production", 1)).toMatchObject([{ id: second.id }]);
    expect(await forge.deployments("staging", 10)).toEqual([]);
  });
});

describe("two installations", () => {
  it("have tokens of their own and see nothing of each other", async () => {
    const other = await world.github.createRepository({ owner: "globex", name: "shop", files: { x: "x" } });
    const theirs = world.forgeOf(other);
    expect(await theirs.repository()).toMatchObject({ owner: "globex", id: other.id });
    expect(await forge.repository()).toMatchObject({ owner: "acme", id: repository.id });

    const ours = world.clients.forInstallation(world.github.installationId(repository));
    await expect(ours.rest.repos.get({ owner: "globex", repo: "shop" })).rejects.toMatchObject({
      status: 404,
    });
    expect(world.clients.forInstallation(world.github.installationId(repository))).toBe(ours);
    expect(world.clients.queueFor(1)).not.toBe(world.clients.queueFor(2));
  });
});
