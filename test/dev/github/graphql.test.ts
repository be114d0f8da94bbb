import { afterAll, beforeAll, expect, it } from "vitest";
import type { Repository } from "../../../dev/github/repository.ts";
import { type GitHub, startGitHub } from "../../../dev/github/server.ts";
import { asApp, commitOnBranch, graphqlErrorOf, headOf } from "./helpers.ts";

let github: GitHub;
let shop: Repository;
let ours: string;

beforeAll(async () => {
  github = await startGitHub();
  shop = await github.createRepository({
    owner: "acme",
    name: "shop",
    files: { "mesh/a.yaml": "weight: 90\n", "bin.dat": Buffer.from([0, 1, 2]) },
  });
  await github.push(shop, "main", {
    files: { "mesh/link": "a.yaml", run: "#!/bin/sh\n" },
    modes: { "mesh/link": "120000", run: "100755" },
    message: "By hand",
    author: "alice",
  });
  ours = await commitOnBranch(asApp(github, shop), shop, {
    expected: await headOf(shop),
    files: { "mesh/a.yaml": "weight: 75\n" },
    headline: "Weight 75",
  });
});
afterAll(() => github.close());

const ask = (query: string, variables: Record<string, unknown> = {}) =>
  asApp(github, shop).graphql(query, variables);
const inShop = (fields: string) => ask(`{ repository(owner: "acme", name: "shop") { ${fields} } }`);

it("reads branches, files and folders with their modes", async () => {
  expect(
    await inShop(`
      name isArchived defaultBranchRef { name } owner { login }
      ref(qualifiedName: "refs/heads/main") { target { oid ... on Commit { file(path: "run") { mode type } } } }
      missing: ref(qualifiedName: "refs/heads/nope") { name }
      text: object(expression: "main:mesh/a.yaml") { ... on Blob { text isBinary byteSize isTruncated } }
      none: object(expression: "main:mesh/zzz") { oid }
      binary: object(expression: "main:bin.dat") { ... on Blob { text isBinary } }
      folder: object(expression: "HEAD:mesh") { ... on Tree { entries { name mode type } } }
    `),
  ).toEqual({
    repository: {
      name: "shop",
      isArchived: false,
      defaultBranchRef: { name: "main" },
      owner: { login: "acme" },
      ref: { target: { oid: ours, file: { mode: 0o100755, type: "blob" } } },
      missing: null,
      text: { text: "weight: 75\n", isBinary: false, byteSize: 11, isTruncated: false },
      none: null,
      binary: { text: null, isBinary: true },
      folder: {
        entries: [
          { name: "a.yaml", mode: 0o100644, type: "blob" },
          { name: "link", mode: 0o120000, type: "blob" },
        ],
      },
    },
  });
});

it("tells history by path, and whose commit is GitHub's own", async () => {
  const history = `history(first: 5, path: "mesh/a.yaml") { totalCount nodes {
    messageHeadline author { user { login } } signature { isValid wasSignedByGitHub } } }`;
  expect(await inShop(`object(oid: "${ours}") { ... on Commit { ${history} } }`)).toMatchObject({
    repository: {
      object: {
        history: {
          totalCount: 2,
          nodes: [
            {
              messageHeadline: "Weight 75",
              author: { user: { login: "sluice[bot]" } },
              signature: { isValid: true, wasSignedByGitHub: true },
            },
            { messageHeadline: "Initial commit", signature: null },
          ],
        },
      },
    },
  });
});

it("moves several refs or none", async () => {
  const id = (await asApp(github, shop).rest.repos.get({ owner: "acme", repo: "shop" })).data.node_id;
  const zero = "0".repeat(40);
  const update = (refUpdates: unknown) =>
    ask("mutation($input: UpdateRefsInput!) { updateRefs(input: $input) { clientMutationId } }", {
      input: { repositoryId: id, refUpdates },
    });
  const claim = { name: "refs/heads/claim", beforeOid: zero, afterOid: ours };
  await update([claim]);
  const other = { name: "refs/heads/other", beforeOid: zero, afterOid: ours };
  await expect(update([other, claim])).rejects.toThrow(/did not/);
  expect(await shop.git.branch("other")).toBeNull();
  await update([{ name: "refs/heads/claim", beforeOid: ours, afterOid: zero }]);
  expect(await shop.git.branch("claim")).toBeNull();
});

it("is GitHub's schema: a field or argument that is not in it is refused", async () => {
  expect((await graphqlErrorOf(inShop("weight"))).message).toBe(
    'Cannot query field "weight" on type "Repository".',
  );
  expect((await graphqlErrorOf(inShop("object(path: 1) { oid }"))).message).toContain("Unknown argument");
  expect(github.unknown).toEqual([]);
});

it("fails in GitHub's form: HTTP 200, type and path beside the message", async () => {
  expect(await graphqlErrorOf(ask('{ repository(owner: "acme", name: "nope") { id } }'))).toEqual({
    type: "NOT_FOUND",
    message: "Could not resolve to a Repository with the name 'acme/nope'.",
  });
  const boundless = inShop(`object(oid: "${ours}") { ... on Commit { history { totalCount } } }`);
  expect((await graphqlErrorOf(boundless)).type).toBe("MISSING_PAGINATION_BOUNDARIES");
});

it("a field of the schema that is not served fails aloud and is remembered", async () => {
  const other = await startGitHub();
  const repository = await other.createRepository({ owner: "acme", name: "shop" });
  const call = asApp(other, repository).graphql(
    '{ repository(owner: "acme", name: "shop") { stargazerCount } }',
  );
  expect((await graphqlErrorOf(call)).message).toContain("Repository.stargazerCount");
  expect(other.unknown).toEqual(["Repository.stargazerCount"]);
  await other.close();
});
