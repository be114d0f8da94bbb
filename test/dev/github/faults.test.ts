import { afterEach, beforeEach, expect, it } from "vitest";
import type { Repository } from "../../../dev/github/repository.ts";
import { type GitHub, startGitHub } from "../../../dev/github/server.ts";
import { asApp, commitOnBranch, headOf, statusOf } from "./helpers.ts";

const R = { owner: "acme", repo: "shop" };
let github: GitHub;
let shop: Repository;

beforeEach(async () => {
  github = await startGitHub();
  shop = await github.createRepository({ owner: "acme", name: "shop", files: { a: "1" } });
});
afterEach(() => github.close());

const graphql = (request: { path: string }) => request.path === "/graphql";

it("a call dropped before it took effect changes nothing", async () => {
  const expected = await headOf(shop);
  github.fault(graphql, "drop-before");
  await expect(commitOnBranch(asApp(github, shop), shop, { expected, files: { a: "2" } })).rejects.toThrow();
  expect(await headOf(shop)).toBe(expected);
});

it("a call dropped after it took effect has changed everything, and the caller does not know", async () => {
  const expected = await headOf(shop);
  github.fault(graphql, "drop-after");
  await expect(commitOnBranch(asApp(github, shop), shop, { expected, files: { a: "2" } })).rejects.toThrow();
  expect((await shop.git.commit(await headOf(shop)))?.parents).toEqual([expected]);
});

it("an answer of one's own comes as often as asked, with its headers", async () => {
  const { repos } = asApp(github, shop).rest;
  const fault = github.fault(
    (request) => request.method === "GET" && request.path === "/repos/acme/shop",
    { status: 429, body: { message: "slow down" }, headers: { "retry-after": "7" } },
    2,
  );
  const refused = await repos.get(R).catch((error) => error.response);
  expect(refused).toMatchObject({
    status: 429,
    headers: { "retry-after": "7" },
    data: { message: "slow down" },
  });
  expect(await statusOf(repos.get(R))).toBe(429);
  expect(fault.left).toBe(0);
  expect(await statusOf(repos.get(R))).toBe(200);
});

it("a late answer is still the right one", async () => {
  github.fault((request) => request.path === "/repos/acme/shop", { delayMs: 30 });
  expect(await statusOf(asApp(github, shop).rest.repos.get(R))).toBe(200);
});

it("a fault can tell GraphQL requests apart by their body, and all requests are logged", async () => {
  const app = asApp(github, shop);
  github.fault((request) => String(JSON.stringify(request.body)).includes("isArchived"), {
    status: 502,
    body: "",
  });
  await app.graphql("{ viewer { login } }");
  const query = app.graphql('{ repository(owner: "acme", name: "shop") { isArchived } }');
  await expect(query).rejects.toMatchObject({ status: 502 });
  expect(github.requests.map(({ method, path, status }) => [method, path, status])).toEqual([
    ["POST", `/app/installations/${github.installationId(shop)}/access_tokens`, 201],
    ["POST", "/graphql", 200],
    ["POST", "/graphql", 502],
  ]);
});
