import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { git } from "../../../dev/github/git/run.ts";
import type { Repository } from "../../../dev/github/repository.ts";
import { type GitHub, startGitHub } from "../../../dev/github/server.ts";
import { asApp, headOf, statusOf } from "./helpers.ts";

let github: GitHub;
let repository: Repository;
let serial = 0;
const at = () => ({ owner: "acme", repo: repository.name });
const app = () => asApp(github, repository).rest;
const lines = Array.from({ length: 30 }, (_, n) => `line ${n}`);
const file = (changes: Readonly<Record<number, string>>) =>
  `${lines.map((line, n) => changes[n] ?? line).join("\n")}\n`;

beforeAll(async () => {
  github = await startGitHub({ validate: true });
});
beforeEach(async () => {
  repository = await github.createRepository({
    owner: "acme",
    name: `shop-${++serial}`,
    files: { "text.txt": file({}) },
  });
});
afterAll(async () => {
  expect(github.violations).toEqual([]);
  expect(github.unknown).toEqual([]);
  await github.close();
});

async function open(branch = "feature") {
  const made = await app().pulls.create({ ...at(), head: branch, base: "main", title: "Change" });
  return { ...at(), pull_number: made.data.number };
}

/** The top changes on the branch, the bottom on main. */
async function parted() {
  await github.push(repository, "feature", { files: { "text.txt": file({ 1: "top" }) }, message: "Top" });
  await github.push(repository, "main", { files: { "text.txt": file({ 28: "end" }) }, message: "End" });
  return open();
}

describe("opening", () => {
  it("is refused for a head that is not there, for nothing new, and a second time", async () => {
    const { pulls } = app();
    const pull = { ...at(), base: "main", title: "t" };
    expect(await statusOf(pulls.create({ ...pull, head: "nope" }))).toBe(422);
    await app().git.createRef({ ...at(), ref: "refs/heads/same", sha: await headOf(repository) });
    expect(await statusOf(pulls.create({ ...pull, head: "same" }))).toBe(422);
    await github.push(repository, "feature", { files: { x: "1" }, message: "x" });
    expect(await statusOf(pulls.create({ ...pull, head: "feature" }))).toBe(201);
    expect(await statusOf(pulls.create({ ...pull, head: "feature" }))).toBe(422);
  });

  it("follows its branch, and closes when the branch goes", async () => {
    await github.push(repository, "feature", { files: { x: "1" }, message: "x" });
    const pull = await open();
    const next = await github.push(repository, "feature", { files: { x: "2" }, message: "y" });
    expect((await app().pulls.get(pull)).data).toMatchObject({ head: { sha: next }, commits: 2 });
    await app().git.deleteRef({ ...at(), ref: "heads/feature" });
    expect((await app().pulls.get(pull)).data).toMatchObject({ state: "closed", merged: false });
  });
});

describe("merging", () => {
  it.each(["merge", "squash", "rebase"] as const)("by %s keeps what both sides did", async (merge_method) => {
    const pull = await parted();
    const { sha } = (await app().pulls.merge({ ...pull, merge_method })).data;
    expect(await headOf(repository)).toBe(sha);
    expect(await git(repository.dir, ["show", "main:text.txt"])).toBe(file({ 1: "top", 28: "end" }));
    const commit = await repository.git.commit(sha);
    expect(commit?.parents).toHaveLength(merge_method === "merge" ? 2 : 1);
    const whole = (await app().pulls.get(pull)).data;
    expect(whole).toMatchObject({ state: "closed", merged: true, merge_commit_sha: sha });
    expect(whole.merged_by?.login).toBe("sluice[bot]");
    await git(repository.dir, ["fsck", "--strict"]);
  });

  it("is refused with 405 on a conflict, which the pull request shows", async () => {
    await github.push(repository, "feature", { files: { "text.txt": file({ 1: "ours" }) }, message: "o" });
    await github.push(repository, "main", { files: { "text.txt": file({ 1: "theirs" }) }, message: "t" });
    const pull = await open();
    expect((await app().pulls.get(pull)).data).toMatchObject({ mergeable: false, mergeable_state: "dirty" });
    expect(await statusOf(app().pulls.merge(pull))).toBe(405);
  });

  it("is refused with 409 when the head is not the one that was looked at", async () => {
    const pull = await parted();
    const { sha } = (await app().pulls.get(pull)).data.head;
    await github.push(repository, "feature", { files: { x: "1" }, message: "later" });
    expect(await statusOf(app().pulls.merge({ ...pull, sha }))).toBe(409);
    expect((await app().pulls.get(pull)).data.merged).toBe(false);
  });

  it("is refused with 405 and a sentence of its own when the base moved in that moment", async () => {
    const pull = await parted();
    const store = repository.git;
    const before = await headOf(repository);
    const commit = await store.commit(before);
    const updateRefs = store.updateRefs.bind(store);
    vi.spyOn(store, "updateRefs").mockImplementationOnce(async (updates) => {
      const { tree, author, committer } = commit ?? expect.fail("main has no commit");
      const after = await store.writeCommit({
        tree,
        parents: [before],
        author,
        committer,
        message: "Faster",
      });
      await updateRefs([{ ref: "refs/heads/main", before, after }]);
      return updateRefs(updates);
    });
    await expect(app().pulls.merge(pull)).rejects.toMatchObject({
      status: 405,
      response: { data: { message: "Base branch was modified. Review and try the merge again." } },
    });
    expect((await app().pulls.get(pull)).data).toMatchObject({ state: "open", merged: false });
    expect(await statusOf(app().pulls.merge(pull))).toBe(200);
  });

  it("happens once, however many ask at once", async () => {
    const pull = await parted();
    const statuses = await Promise.all([1, 2, 3, 4].map(() => statusOf(app().pulls.merge(pull))));
    expect(statuses.sort()).toEqual([200, 405, 405, 405]);
  });

  it("of two pull requests at once loses neither", async () => {
    for (const name of ["a", "b"]) {
      await github.push(repository, name, { files: { [`${name}.txt`]: name }, message: name });
    }
    const [a, b] = [await open("a"), await open("b")];
    const statuses = await Promise.all([a, b].map((pull) => statusOf(app().pulls.merge(pull))));
    expect(statuses).toEqual([200, 200]);
    expect(await git(repository.dir, ["ls-tree", "--name-only", "main"])).toBe("a.txt\nb.txt\ntext.txt\n");
  });

  it("waits for the reviews and checks that the base asks for", async () => {
    github.protectBranch(repository, "main", { requiredReviews: 1, requiredChecks: ["build"] });
    github.setPermission(repository, "alice", "write");
    const pull = await parted();
    expect((await app().pulls.get(pull)).data.mergeable_state).toBe("blocked");
    expect(await statusOf(app().pulls.merge(pull))).toBe(405);
    await github.approve(repository, pull.pull_number, "alice");
    expect(await statusOf(app().pulls.merge(pull))).toBe(405);
    const { sha } = (await app().pulls.get(pull)).data.head;
    await app().checks.create({
      ...at(),
      name: "build",
      head_sha: sha,
      conclusion: "success",
      status: "completed",
    });
    expect(await statusOf(app().pulls.merge(pull))).toBe(200);
  });

  it("happens by itself when auto-merge is on and the last review arrives", async () => {
    github.protectBranch(repository, "main", { requiredReviews: 1 });
    github.setPermission(repository, "alice", "write");
    const pull = await parted();
    const { node_id } = (await app().pulls.get(pull)).data;
    const enable = () =>
      asApp(github, repository).graphql(
        "mutation($input: EnablePullRequestAutoMergeInput!) { enablePullRequestAutoMerge(input: $input) { pullRequest { autoMergeRequest { mergeMethod } } } }",
        { input: { pullRequestId: node_id, mergeMethod: "SQUASH" } },
      );
    expect(await enable()).toMatchObject({
      enablePullRequestAutoMerge: { pullRequest: { autoMergeRequest: { mergeMethod: "SQUASH" } } },
    });
    await github.approve(repository, pull.pull_number, "alice");
    expect((await app().pulls.get(pull)).data.merged).toBe(true);
  });
});
