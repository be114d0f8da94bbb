import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { git } from "../../../dev/github/git/run.ts";
import type { Repository } from "../../../dev/github/repository.ts";
import { type GitHub, startGitHub } from "../../../dev/github/server.ts";
import { asApp, commitOnBranch, graphqlErrorOf, headOf, statusOf } from "./helpers.ts";

let github: GitHub;
let repository: Repository;
let serial = 0;
const at = () => ({ owner: "acme", repo: repository.name });
const app = () => asApp(github, repository);

beforeAll(async () => {
  github = await startGitHub({ validate: true });
});
beforeEach(async () => {
  repository = await github.createRepository({
    owner: "acme",
    name: `shop-${++serial}`,
    files: { "a.yaml": "a: 1\n", "dir/b.yaml": "b: 1\n", "dir/deep/c.yaml": "c: 1\n" },
  });
});
afterAll(async () => {
  expect(github.violations).toEqual([]);
  expect(github.unknown).toEqual([]);
  await github.close();
});

const show = (spec: string) => git(repository.dir, ["show", spec]);

describe("createCommitOnBranch", () => {
  it("adds, replaces and deletes files in one commit that git can read", async () => {
    const expected = await headOf(repository);
    const oid = await commitOnBranch(app(), repository, {
      expected,
      files: { "a.yaml": "a: 2\r\n", "new/d.yaml": "d: é\n" },
      remove: ["dir/deep/c.yaml"],
    });
    expect(await headOf(repository)).toBe(oid);
    expect(await show("main:a.yaml")).toBe("a: 2\r\n");
    expect((await git(repository.dir, ["ls-tree", "-r", "--name-only", "main"])).split("\n")).toEqual([
      "a.yaml",
      "dir/b.yaml",
      "new/d.yaml",
      "",
    ]);
    await git(repository.dir, ["fsck", "--strict"]);
  });

  it("is authored by the bot, committed by GitHub and verified", async () => {
    const oid = await commitOnBranch(app(), repository, {
      expected: await headOf(repository),
      files: { x: "1" },
    });
    const { commit, author } = (await app().rest.repos.getCommit({ ...at(), ref: oid })).data;
    expect(commit.author?.name).toBe("sluice[bot]");
    expect(commit.author?.email).toMatch(/^\d+\+sluice\[bot\]@users\.noreply\.github\.com$/);
    expect(commit.committer).toMatchObject({ name: "GitHub", email: "noreply@github.com" });
    expect(commit.verification?.verified).toBe(true);
    expect(author?.login).toBe("sluice[bot]");
  });

  it("refuses a head that moved, in GitHub's words, and changes nothing", async () => {
    const expected = await headOf(repository);
    const moved = await github.push(repository, "main", {
      files: { "a.yaml": "a: 3\n" },
      message: "by hand",
    });
    const error = await graphqlErrorOf(
      commitOnBranch(app(), repository, { expected, files: { "a.yaml": "4" } }),
    );
    expect(error).toEqual({
      type: "STALE_DATA",
      message: `Expected branch to point to "${expected}" but it did not. Pull and try again.`,
    });
    expect(await headOf(repository)).toBe(moved);
  });

  it("lets exactly one of eight win a race", async () => {
    const expected = await headOf(repository);
    const octokit = app();
    const outcomes = await Promise.allSettled(
      [1, 2, 3, 4, 5, 6, 7, 8].map((n) =>
        commitOnBranch(octokit, repository, { expected, files: { "a.yaml": `a: ${n}\n` }, headline: `${n}` }),
      ),
    );
    expect(outcomes.filter((outcome) => outcome.status === "fulfilled")).toHaveLength(1);
    expect((await git(repository.dir, ["rev-list", "--count", "main"])).trim()).toBe("2");
  });

  it("makes every file plain, even one that was executable", async () => {
    await github.push(repository, "main", { files: { run: "x" }, message: "x", modes: { run: "100755" } });
    await commitOnBranch(app(), repository, { expected: await headOf(repository), files: { run: "y" } });
    expect(await git(repository.dir, ["ls-tree", "main", "run"])).toMatch(/^100644 /);
  });

  it("refuses a path to delete that is not there, a missing branch and a protected one", async () => {
    const expected = await headOf(repository);
    const wrong = commitOnBranch(app(), repository, { expected, remove: ["nope"] });
    expect((await graphqlErrorOf(wrong)).message).toContain("nope");
    const missing = commitOnBranch(app(), repository, { expected, branch: "nope", files: { x: "1" } });
    expect((await graphqlErrorOf(missing)).type).toBe("NOT_FOUND");
    github.protectBranch(repository, "main", {});
    const guarded = commitOnBranch(app(), repository, { expected, files: { x: "1" } });
    expect(await graphqlErrorOf(guarded)).toEqual({
      type: "BRANCH_PROTECTION_RULE_VIOLATION",
      message: "Changes must be made through a pull request.",
    });
    expect(await headOf(repository)).toBe(expected);
  });
});

describe("git data", () => {
  it("moves a ref forward only, unless forced, and only to what exists", async () => {
    const { git: data } = app().rest;
    const first = await headOf(repository);
    const second = await github.push(repository, "main", { files: { "a.yaml": "2" }, message: "two" });
    const ref = { ...at(), ref: "heads/main" };
    expect(await statusOf(data.updateRef({ ...ref, sha: first, force: false }))).toBe(422);
    expect(await statusOf(data.updateRef({ ...ref, sha: "0".repeat(39).concat("1") }))).toBe(422);
    expect(await headOf(repository)).toBe(second);
    expect(await statusOf(data.updateRef({ ...ref, sha: first, force: true }))).toBe(200);
    expect(await statusOf(data.createRef({ ...at(), ref: "refs/heads/main", sha: first }))).toBe(422);
    expect(await statusOf(data.createRef({ ...at(), ref: "main", sha: first }))).toBe(422);
    expect(await statusOf(data.createRef({ ...at(), ref: "refs/heads/a..b", sha: first }))).toBe(422);
    expect(await statusOf(data.deleteRef({ ...at(), ref: "heads/nope" }))).toBe(422);
  });

  it("has one winner of eight fast-forwards from one head", async () => {
    const { git: data } = app().rest;
    const head = await headOf(repository);
    const base = await repository.git.commit(head);
    const commits = await Promise.all(
      [1, 2, 3, 4, 5, 6, 7, 8].map((n) =>
        data.createCommit({ ...at(), message: `${n}`, tree: base?.tree ?? "", parents: [head] }),
      ),
    );
    const statuses = await Promise.all(
      commits.map(({ data: { sha } }) =>
        statusOf(data.updateRef({ ...at(), ref: "heads/main", sha, force: false })),
      ),
    );
    expect(statuses.sort()).toEqual([200, ...Array(7).fill(422)]);
  });

  it("makes a commit without parents for an orphan branch", async () => {
    const { git: data } = app().rest;
    const tree = await data.createTree({
      ...at(),
      tree: [{ path: "rollouts/checkout.json", mode: "100644", type: "blob", content: "{}\n" }],
    });
    const commit = await data.createCommit({ ...at(), message: "Start", tree: tree.data.sha, parents: [] });
    await data.createRef({ ...at(), ref: "refs/heads/sluice/state", sha: commit.data.sha });
    expect(await show("sluice/state:rollouts/checkout.json")).toBe("{}\n");
    expect((await data.getRef({ ...at(), ref: "heads/sluice/state" })).data.object.sha).toBe(commit.data.sha);
  });

  it("takes nothing on a protected branch", async () => {
    github.protectBranch(repository, "main", {});
    const head = await headOf(repository);
    const { git: data, repos } = app().rest;
    const commit = await data.createCommit({
      ...at(),
      message: "m",
      tree: (await repository.git.commit(head))?.tree ?? "",
      parents: [head],
    });
    expect(await statusOf(data.updateRef({ ...at(), ref: "heads/main", sha: commit.data.sha }))).toBe(422);
    const file = { ...at(), path: "x", message: "m", content: "eA==" };
    expect(await statusOf(repos.createOrUpdateFileContents(file))).toBe(409);
    expect(await headOf(repository)).toBe(head);
  });
});

describe("who made a commit", () => {
  it("a push that forges the bot's name stays unverified", async () => {
    const email = (await app().rest.users.getByUsername({ username: "sluice[bot]" })).data.id;
    const oid = await github.push(repository, "main", {
      files: { "a.yaml": "forged\n" },
      message: "forged",
      authorLine: { name: "sluice[bot]", email: `${email}+sluice[bot]@users.noreply.github.com` },
    });
    const { data } = await app().rest.repos.getCommit({ ...at(), ref: oid });
    expect(data.author?.login).toBe("sluice[bot]");
    expect(data.commit.verification?.verified).toBe(false);
  });

  it("a commit by the App that names its own author is not signed for it", async () => {
    const head = await headOf(repository);
    const commit = await app().rest.git.createCommit({
      ...at(),
      message: "m",
      tree: (await repository.git.commit(head))?.tree ?? "",
      parents: [head],
      author: { name: "Somebody", email: "somebody@example.com" },
    });
    expect(commit.data.verification.verified).toBe(false);
  });
});
