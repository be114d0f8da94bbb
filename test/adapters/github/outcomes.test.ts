import nock from "nock";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createTokenClient } from "../../../src/adapters/github/client.ts";
import { blobOid } from "../../../src/adapters/github/files.ts";
import { createForge } from "../../../src/adapters/github/forge.ts";
import type { CheckRun, Forge } from "../../../src/ports/forge.ts";

/** What the adapter makes of GitHub's answers, where a real server gives them too seldom to wait for. */

const API = "https://api.github.test";
const REPO = "/repos/acme/shop";
const A = "a".repeat(40);
const B = "b".repeat(40);

function forgeAt(): Forge {
  const log = { debug() {}, warn() {} };
  const client = createTokenClient({ token: "t", baseUrl: API, writeIntervalMs: 0, log });
  const repository = { id: 1, owner: "acme", name: "shop" };
  return createForge({ ...client, repository, self: { login: "sluice[bot]" } });
}

beforeEach(() => nock.disableNetConnect());
afterEach(() => {
  const unused = nock.pendingMocks();
  nock.cleanAll();
  nock.enableNetConnect();
  expect(unused).toEqual([]);
});

describe("a file in a snapshot", () => {
  const TEXT = "weight: 10\n";
  const blob = { oid: blobOid(TEXT), text: TEXT, isBinary: false, isTruncated: false, byteSize: 11 };

  async function reading(entry: unknown) {
    const target = { oid: A, f0: entry };
    nock(API)
      .post("/graphql")
      .reply(200, { data: { repository: { b0: { target } } } });
    const found = await forgeAt().snapshot([{ branch: "main", paths: ["mesh.yaml"] }]);
    return found.get("main")?.files.get("mesh.yaml");
  }

  it.each([0o100644, 0o100755])("is text when it is a regular file", async (mode) => {
    expect(await reading({ mode, object: blob })).toEqual({ status: "text", oid: blob.oid, text: TEXT });
  });

  it("is missing when GitHub has no entry", async () => {
    expect(await reading(null)).toEqual({ status: "missing" });
  });

  it.each([
    ["a symbolic link", { mode: 0o120000, object: blob }],
    ["a submodule", { mode: 0o160000, object: null }],
    ["a directory", { mode: 0o040000, object: { oid: A } }],
    ["binary", { mode: 0o100644, object: { ...blob, isBinary: true, text: null } }],
    ["too large", { mode: 0o100644, object: { ...blob, isTruncated: true } }],
    // GitHub converts Latin-1 on the way: the text reads well and its bytes are not the file's.
    ["not UTF-8", { mode: 0o100644, object: { ...blob, text: "weight: 10 # für\n" } }],
  ])("is unusable with the reason when it is %s", async (reason, entry) => {
    expect(await reading(entry)).toEqual({ status: "unusable", reason: expect.stringContaining(reason) });
  });

  it("keeps a byte order mark and line ends when read by id", async () => {
    const text = "\uFEFFweight: 10\r\n";
    nock(API)
      .get(`${REPO}/git/blobs/${A}`)
      .reply(200, { content: Buffer.from(text).toString("base64"), encoding: "base64" });
    expect(await forgeAt().blob(A)).toBe(text);
  });

  it("that is not UTF-8 is an error when read by id", async () => {
    nock(API)
      .get(`${REPO}/git/blobs/${A}`)
      .reply(200, { content: Buffer.from([0x66, 0xfc, 0x72]).toString("base64"), encoding: "base64" });
    await expect(forgeAt().blob(A)).rejects.toMatchObject({ code: "invalid" });
  });
});

describe("a commit is ours", () => {
  const bot = { email: "77+sluice[bot]@users.noreply.github.com", user: null };
  const signed = { isValid: true, wasSignedByGitHub: true };

  it.each([
    ["when GitHub signed it for our App", bot, signed, true, "sluice[bot]"],
    [
      "when GitHub names the App's user without its suffix",
      { email: bot.email, user: { login: "sluice" } },
      signed,
      true,
      "sluice[bot]",
    ],
    ["but not when nobody signed it", bot, null, false, null],
    [
      "but not when nobody signed it, whomever the address belongs to",
      { email: bot.email, user: { login: "sluice" } },
      null,
      false,
      "sluice[bot]",
    ],
    [
      "but not when a person has the App's name",
      { email: "5+sluice@users.noreply.github.com", user: { login: "sluice" } },
      signed,
      false,
      "sluice",
    ],
    ["but not with somebody's own signature", bot, { isValid: true, wasSignedByGitHub: false }, false, null],
    ["but not with a broken signature", bot, { isValid: false, wasSignedByGitHub: true }, false, null],
    [
      "but not when another App's",
      { email: "78+renovate[bot]@users.noreply.github.com", user: null },
      signed,
      false,
      "renovate[bot]",
    ],
    [
      "but not when GitHub signed it for a person who has our address",
      { email: bot.email, user: { login: "mallory" } },
      signed,
      false,
      "mallory",
    ],
    [
      "but not when the address only looks like ours",
      { email: "77+sluice[bot]@users.noreply.github.com.evil.example ", user: null },
      signed,
      false,
      null,
    ],
  ])("%s", async (_, author, signature, ours, login) => {
    const node = { oid: A, message: "m", committedDate: "2026-01-01T00:00:00Z", url: "u", author, signature };
    const history = { pageInfo: { hasNextPage: false, endCursor: null }, nodes: [node] };
    nock(API)
      .post("/graphql")
      .reply(200, { data: { repository: { object: { history } } } });
    const [commit] = await forgeAt().history("main", { limit: 1 });
    expect(commit).toMatchObject({ ours, author: login, committedAt: Date.UTC(2026, 0, 1) });
  });
});

describe("a history longer than a page", () => {
  it("is read page by page up to the limit", async () => {
    const asked: unknown[] = [];
    for (const [size, endCursor] of [
      [100, "c1"],
      [50, "c2"],
    ] as const) {
      const nodes = Array.from({ length: size }, () => ({
        oid: A,
        message: "m",
        committedDate: "2026-01-01T00:00:00Z",
        url: "u",
        author: null,
        signature: null,
      }));
      nock(API)
        .post("/graphql", ({ variables }) => {
          asked.push([variables.first, variables.after, variables.path]);
          return true;
        })
        .reply(200, {
          data: {
            repository: { object: { history: { pageInfo: { hasNextPage: true, endCursor }, nodes } } },
          },
        });
    }
    expect(await forgeAt().history(A, { limit: 150, path: "x" })).toHaveLength(150);
    expect(asked).toEqual([
      [100, null, "x"],
      [50, "c1", "x"],
    ]);
  });
});

const pull = {
  number: 3,
  title: "",
  body: null,
  user: { login: "sluice[bot]" },
  state: "open",
  merged: false,
  merged_at: null,
  merge_commit_sha: B,
  html_url: "",
  head: { ref: "r", sha: A, repo: { id: 1 } },
  base: { ref: "main", repo: { id: 1 } },
};

describe("a pull request", () => {
  it.each([
    ["from the repository itself", { id: 1 }, false],
    ["from another repository", { id: 2 }, true],
    ["from a fork that was deleted", null, true],
  ])("%s: whether it is a fork's", async (_, repo, fork) => {
    nock(API)
      .get(`${REPO}/pulls/3`)
      .reply(200, { ...pull, head: { ...pull.head, repo } });
    expect((await forgeAt().pull(3)).fork).toBe(fork);
  });
});

describe("a merge", () => {
  const message = { title: "Roll back", body: "Sluice-Release: checkout#7" };

  function mergedWith(status: number, answer: object, settings: object = {}) {
    nock(API).get(REPO).reply(200, settings);
    nock(API).put(`${REPO}/pulls/3/merge`).reply(status, answer);
    return forgeAt().mergePull(3, A, message);
  }

  it.each([
    [{}, "merge"],
    [{ allow_merge_commit: false }, "squash"],
    [{ allow_merge_commit: false, allow_squash_merge: false }, "rebase"],
  ])("goes the first way the repository allows (%j: %s)", async (settings, way) => {
    nock(API).get(REPO).reply(200, settings);
    nock(API)
      .put(`${REPO}/pulls/3/merge`, {
        sha: A,
        merge_method: way,
        commit_title: message.title,
        commit_message: message.body,
      })
      .reply(200, { merged: true, sha: B });
    expect(await forgeAt().mergePull(3, A, message)).toEqual({ status: "merged", oid: B });
  });

  it("is stale when the head moved", async () => {
    expect(await mergedWith(409, { message: "Head branch was modified." })).toEqual({ status: "stale" });
  });

  it.each([405, 409, 422])("is to be tried again when the base moved in that moment (%i)", async (status) => {
    const answer = { message: "Base branch was modified. Review and try the merge again." };
    expect(await mergedWith(status, answer)).toEqual({ status: "base-moved" });
  });

  it("is blocked with GitHub's reason when a rule forbids it", async () => {
    nock(API).get(`${REPO}/pulls/3`).reply(200, pull);
    expect(await mergedWith(405, { message: "At least 1 approving review is required." })).toEqual({
      status: "blocked",
      reason: "At least 1 approving review is required.",
    });
  });

  it("is done when the same head was merged before and the answer got lost", async () => {
    const done = { ...pull, state: "closed", merged: true, merged_at: "2026-01-01T00:00:00Z" };
    nock(API)
      .get(`${REPO}/pulls/3`)
      .reply(200, { ...done, merged_by: { login: "sluice[bot]" } });
    expect(await mergedWith(405, { message: "Pull Request is not mergeable" })).toEqual({
      status: "merged",
      oid: B,
    });
  });

  it("is stale when somebody closed the pull request", async () => {
    nock(API)
      .get(`${REPO}/pulls/3`)
      .reply(200, { ...pull, state: "closed" });
    nock(API)
      .get(`${REPO}/issues/3`)
      .reply(200, { closed_by: { login: "alice" } });
    expect(await mergedWith(405, { message: "Pull Request is not mergeable" })).toEqual({ status: "stale" });
  });
});

describe("a role", () => {
  it.each([
    ["maintain", "write", "maintain"],
    ["triage", "read", "triage"],
    ["release-captain", "write", "write"],
    ["auditor", "read", "read"],
    ["none", "none", "none"],
  ])("%s over %s is %s", async (role_name, permission, role) => {
    nock(API).get(`${REPO}/collaborators/alice/permission`).reply(200, { role_name, permission });
    expect(await forgeAt().permission("alice")).toBe(role);
  });

  it("a team is unreadable without the permission, which is no answer about its members", async () => {
    nock(API)
      .get("/orgs/acme/teams/payments/memberships/alice")
      .reply(403, { message: "Resource not accessible by integration" });
    const team = { organization: "acme", slug: "payments" };
    expect(await forgeAt().membership(team, "alice")).toBe("unreadable");
  });
});

describe("a check run", () => {
  const run: CheckRun = {
    commit: A,
    name: "sluice",
    externalId: "checkout#7",
    status: "completed",
    conclusion: "failure",
    title: "Rolled back",
    summary: "20 % errors",
    annotations: [{ path: "mesh.yaml", line: 3, message: "here" }],
  };
  const shown = {
    id: 9,
    external_id: run.externalId,
    app: { slug: "sluice" },
    status: "completed",
    conclusion: "failure",
    output: { title: run.title, summary: `${run.summary}\r\n`, annotations_count: 1 },
  };
  const annotation = {
    path: "mesh.yaml",
    start_line: 3,
    end_line: 3,
    annotation_level: "failure",
    message: "here",
  };

  function known(runs: object[], annotations: object[] = [annotation]): void {
    nock(API)
      .get(`${REPO}/commits/${A}/check-runs`)
      .query({ check_name: "sluice", filter: "all", per_page: 100 })
      .reply(200, { total_count: runs.length, check_runs: runs });
    if (runs.some((one) => "external_id" in one && one.external_id === run.externalId)) {
      nock(API).get(`${REPO}/check-runs/9/annotations`).query({ per_page: 100 }).reply(200, annotations);
    }
  }

  it("that says the same is left alone", async () => {
    known([shown]);
    await forgeAt().check(run);
  });

  it("that says something else is updated, without its annotations a second time", async () => {
    known([shown]);
    nock(API)
      .patch(
        `${REPO}/check-runs/9`,
        (body) => body.output.title === "Rolled back by 3 %" && body.output.annotations.length === 0,
      )
      .reply(200, { id: 9 });
    await forgeAt().check({ ...run, title: "Rolled back by 3 %" });
  });

  it("gets only the annotations it lacks", async () => {
    known([shown]);
    nock(API)
      .patch(
        `${REPO}/check-runs/9`,
        ({ output }) => output.annotations.length === 1 && output.annotations[0].start_line === 8,
      )
      .reply(200, { id: 9 });
    await forgeAt().check({
      ...run,
      annotations: [...run.annotations, { path: "mesh.yaml", line: 8, message: "and here" }],
    });
  });

  it.each([
    ["an annotation that no longer holds", { annotations: [] }],
    ["an end that is to be taken back", { status: "in_progress", conclusion: null } as const],
  ])("with %s gives way to a new one", async (_, change) => {
    known([shown]);
    nock(API)
      .post(`${REPO}/check-runs`, (body) => body.external_id === run.externalId && body.head_sha === A)
      .reply(201, { id: 10 });
    await forgeAt().check({ ...run, ...change });
  });

  it("of another App or release is none of ours", async () => {
    nock(API)
      .get(`${REPO}/commits/${A}/check-runs`)
      .query(true)
      .reply(200, {
        total_count: 2,
        check_runs: [
          { ...shown, app: { slug: "mallory" } },
          { ...shown, external_id: "checkout#6" },
        ],
      });
    nock(API).post(`${REPO}/check-runs`).reply(201, { id: 10 });
    await forgeAt().check(run);
  });

  it("takes 120 annotations in three requests and a summary of GitHub's longest", async () => {
    const sizes: number[] = [];
    const summaries: number[] = [];
    const heard = (body: { output: { annotations: unknown[]; summary: string } }): boolean => {
      sizes.push(body.output.annotations.length);
      summaries.push(Buffer.byteLength(body.output.summary));
      return true;
    };
    known([]);
    nock(API).post(`${REPO}/check-runs`, heard).reply(201, { id: 10 });
    nock(API).patch(`${REPO}/check-runs/10`, heard).times(2).reply(200, { id: 10 });
    await forgeAt().check({
      ...run,
      summary: "é".repeat(70_000),
      annotations: Array.from({ length: 120 }, (_, index) => ({
        path: "mesh.yaml",
        line: index + 1,
        message: "x",
      })),
    });
    expect(sizes).toEqual([50, 50, 20]);
    expect(Math.max(...summaries)).toBeLessThanOrEqual(65_535);
  });

  it("in progress names no conclusion, which would end it", async () => {
    known([]);
    nock(API)
      .post(`${REPO}/check-runs`, (body) => body.status === "in_progress" && !("conclusion" in body))
      .reply(201, { id: 10 });
    await forgeAt().check({ ...run, status: "in_progress", conclusion: "success" });
  });
});

describe("a deployment", () => {
  it("is asked for without GitHub's merge and without its status checks", async () => {
    nock(API)
      .post(`${REPO}/deployments`, (body) => body.auto_merge === false && body.required_contexts.length === 0)
      .reply(201, {
        id: 4,
        sha: A,
        environment: "production",
        creator: { login: "sluice[bot]" },
        created_at: "2026-01-01T00:00:00Z",
      });
    const made = await forgeAt().createDeployment({
      ref: A,
      environment: "production",
      description: "checkout#7",
      payload: { release: "checkout#7" },
    });
    expect(made).toMatchObject({ id: 4, commit: A, state: null });
  });

  it("gets a description of GitHub's length at most", async () => {
    nock(API)
      .post(`${REPO}/deployments/4/statuses`, ({ description }) => [...description].length === 140)
      .reply(201, { id: 1 });
    await forgeAt().deploymentStatus(4, {
      state: "in_progress",
      description: "x".repeat(300),
      url: null,
      retires: true,
    });
  });
});
