import { createSign, generateKeyPairSync } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Repository } from "../../../dev/github/repository.ts";
import { type GitHub, startGitHub } from "../../../dev/github/server.ts";
import { asApp, asAppItself, graphqlErrorOf, headOf, statusOf, withToken } from "./helpers.ts";

const R = { owner: "acme", repo: "shop" };
let now = Date.now();
let github: GitHub;
let shop: Repository;

beforeAll(async () => {
  github = await startGitHub({ validate: true, now: () => now });
  shop = await github.createRepository({ owner: "acme", name: "shop" });
  await github.createRepository({ owner: "acme", name: "other" });
  await github.createRepository({ owner: "rival", name: "secret" });
});
afterAll(() => github.close());

function jwt(key: string, claims: Record<string, unknown>): string {
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const body = `${encode({ alg: "RS256", typ: "JWT" })}.${encode(claims)}`;
  return `${body}.${createSign("RSA-SHA256").update(body).sign(key, "base64url")}`;
}
const app = (token: string) =>
  statusOf(withToken(github, token).request("GET /app", { headers: { authorization: `Bearer ${token}` } }));

describe("the App's JSON web token", () => {
  const seconds = () => Math.floor(now / 1000);
  const good = () => ({ iat: seconds() - 30, exp: seconds() + 500, iss: github.app.appId });

  it("is taken when the App's key signed it", async () => {
    expect(await app(jwt(github.app.privateKey, good()))).toBe(200);
  });

  it("is refused when another key signed it, or another App's id is in it", async () => {
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const other = privateKey.export({ type: "pkcs1", format: "pem" }).toString();
    expect(await app(jwt(other, good()))).toBe(401);
    expect(await app(jwt(github.app.privateKey, { ...good(), iss: 1 }))).toBe(401);
  });

  it("is refused when it has expired, lives longer than ten minutes or comes from the future", async () => {
    expect(await app(jwt(github.app.privateKey, { ...good(), exp: seconds() - 1 }))).toBe(401);
    expect(await app(jwt(github.app.privateKey, { ...good(), exp: seconds() + 3600 }))).toBe(401);
    expect(await app(jwt(github.app.privateKey, { ...good(), iat: seconds() + 120 }))).toBe(401);
  });
});

describe("tokens", () => {
  it("nobody gets in with a token that was never given, or without one", async () => {
    expect(await statusOf(withToken(github, "ghs_invented").rest.repos.get(R))).toBe(401);
    expect((await fetch(`${github.url}/repos/acme/shop`)).status).toBe(401);
    const query = { method: "POST", body: JSON.stringify({ query: "{ viewer { login } }" }) };
    expect((await fetch(`${github.url}/graphql`, query)).status).toBe(401);
  });

  it("a job's token is GitHub Actions' own: one repository, 1,000 requests an hour, and maybe no pull requests", async () => {
    const token = github.actionsToken(shop, { contents: "write", pull_requests: "write" });
    const job = withToken(github, token);
    const { viewer } = await job.graphql<{ viewer: { login: string } }>("{ viewer { login } }");
    expect(viewer.login).toBe("github-actions[bot]");
    const limits = (await job.rest.repos.get(R)).headers;
    expect(limits["x-ratelimit-limit"]).toBe("1000");
    expect(await statusOf(job.rest.repos.get({ owner: "acme", repo: "other" }))).toBe(404);
    github.setActions(shop, { mayOpenPulls: false });
    const opened = job.rest.pulls.create({ ...R, head: "main", base: "main", title: "t" });
    await expect(opened).rejects.toThrow(/not permitted to create or approve pull requests/);
  });

  it("an installation's token ends after an hour", async () => {
    const id = github.installationId(shop);
    const made = await asAppItself(github).rest.apps.createInstallationAccessToken({ installation_id: id });
    const octokit = withToken(github, made.data.token);
    expect(await statusOf(octokit.rest.repos.get(R))).toBe(200);
    now += 3_600_001;
    expect(await statusOf(octokit.rest.repos.get(R))).toBe(401);
    now -= 3_600_001;
  });

  it("an installation sees its owner's repositories only, and a narrowed token only those named", async () => {
    expect(await statusOf(asApp(github, shop).rest.repos.get({ owner: "rival", repo: "secret" }))).toBe(404);
    const narrow = await asAppItself(github).rest.apps.createInstallationAccessToken({
      installation_id: github.installationId(shop),
      repositories: ["shop"],
      permissions: { contents: "read" },
    });
    const octokit = withToken(github, narrow.data.token);
    expect(await statusOf(octokit.rest.repos.getBranch({ ...R, branch: "main" }))).toBe(200);
    expect(await statusOf(octokit.rest.repos.getBranch({ ...R, repo: "other", branch: "main" }))).toBe(404);
    const sha = await headOf(shop);
    const write = octokit.rest.git.createRef({ ...R, ref: "refs/heads/x", sha });
    expect(await statusOf(write)).toBe(403);
    const comment = octokit.rest.issues.createComment({ ...R, issue_number: 1, body: "x" });
    expect(await statusOf(comment)).toBe(403);
  });

  it("a person may do what their role allows", async () => {
    github.setPermission(shop, "reader", "read");
    github.setPermission(shop, "writer", "write");
    github.addUser("stranger");
    const sha = await headOf(shop);
    const branch = (login: string) =>
      statusOf(
        withToken(github, github.tokenFor(login)).rest.git.createRef({
          ...R,
          ref: `refs/heads/${login}`,
          sha,
        }),
      );
    expect(await branch("stranger")).toBe(404);
    expect(await branch("reader")).toBe(403);
    expect(await branch("writer")).toBe(201);
    const check = { ...R, name: "x", head_sha: sha };
    expect(await statusOf(withToken(github, github.tokenFor("writer")).rest.checks.create(check))).toBe(403);
  });

  it("a workflow file needs a permission of its own", async () => {
    const input = {
      branch: { repositoryNameWithOwner: "acme/shop", branchName: "main" },
      expectedHeadOid: await headOf(shop),
      message: { headline: "x" },
      fileChanges: { additions: [{ path: ".github/workflows/a.yml", contents: "eA==" }] },
    };
    const call = asApp(github, shop).graphql(
      "mutation($input: CreateCommitOnBranchInput!) { createCommitOnBranch(input: $input) { clientMutationId } }",
      { input },
    );
    expect((await graphqlErrorOf(call)).type).toBe("FORBIDDEN");
  });
});

describe("what every answer carries", () => {
  it("an ETag, and 304 without cost for one who knows it", async () => {
    const octokit = asApp(github, shop);
    const first = await octokit.rest.repos.get(R);
    const etag = first.headers.etag ?? "";
    const again = octokit.rest.repos.get({ ...R, headers: { "if-none-match": etag } });
    expect(await statusOf(again)).toBe(304);
    const third = await octokit.rest.repos.get(R);
    const left = (headers: typeof first.headers) => Number(headers["x-ratelimit-remaining"]);
    expect(left(first.headers) - left(third.headers)).toBe(1);
    expect(third.headers["x-github-request-id"]).toBeTruthy();
  });

  it("a limit: beyond it 403, with nothing remaining, until the hour is over", async () => {
    let time = Date.now();
    const small = await startGitHub({ rateLimit: 2, now: () => time });
    const repository = await small.createRepository({ owner: "acme", name: "shop" });
    small.setPermission(repository, "alice", "read");
    const alice = withToken(small, small.tokenFor("alice"));
    expect(await statusOf(alice.rest.repos.get(R))).toBe(200);
    expect(await statusOf(alice.rest.repos.get(R))).toBe(200);
    const refused = await alice.rest.repos.get(R).catch((error) => error.response);
    expect(refused).toMatchObject({ status: 403, headers: { "x-ratelimit-remaining": "0" } });
    time += 3_601_000;
    expect(await statusOf(alice.rest.repos.get(R))).toBe(200);
    await small.close();
  });
});
