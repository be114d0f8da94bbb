import { generateKeyPairSync } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import nock from "nock";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createClients, createTokenClient } from "../../../src/adapters/github/client.ts";
import { createForge } from "../../../src/adapters/github/forge.ts";
import { type Forge, ForgeError } from "../../../src/ports/forge.ts";

const API = "https://api.github.test";
const TOKEN = "ghs_averysecrettoken0123456789";
const silent = { debug() {}, warn() {} };
const repository = { id: 1, owner: "acme", name: "shop" };
const NOW = Date.parse("2026-01-01T00:00:00Z");
const COMMENTS = "/repos/acme/shop/issues/3/comments";

function forgeAt(baseUrl = API, timeoutMs = 2000): Forge {
  const client = createTokenClient({ token: TOKEN, baseUrl, writeIntervalMs: 0, timeoutMs, log: silent });
  return createForge({ ...client, repository, self: { login: "sluice[bot]" }, now: () => NOW });
}

/** The ForgeError of a call that must fail. */
async function failure(call: Promise<unknown>): Promise<ForgeError> {
  const error = await call.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof ForgeError)) {
    throw new Error(`not a ForgeError: ${String(error)}`);
  }
  return error;
}

const repositoryAnswer = {
  id: 1,
  name: "shop",
  owner: { login: "acme" },
  default_branch: "main",
  archived: false,
  html_url: "https://github.test/acme/shop",
};
const commentAnswer = {
  id: 5,
  issue_url: `${API}/repos/acme/shop/issues/3`,
  html_url: "https://github.test/acme/shop/pull/3#issuecomment-5",
  user: { login: "sluice[bot]", type: "Bot" },
  body: "hello",
  created_at: "2026-01-01T00:00:00Z",
  updated_at: "2026-01-01T00:00:00Z",
};

beforeEach(() => {
  nock.disableNetConnect();
  nock.enableNetConnect("127.0.0.1");
});

afterEach(() => {
  nock.cleanAll();
  nock.enableNetConnect();
});

describe("a read", () => {
  it.each([500, 502, 503])("is tried again after a %i", async (status) => {
    nock(API).get("/repos/acme/shop").reply(status, { message: "Server Error" });
    nock(API).get("/repos/acme/shop").reply(200, repositoryAnswer);
    await expect(forgeAt().repository()).resolves.toMatchObject({ defaultBranch: "main" });
  });

  it("is given up after three attempts, as a server error", async () => {
    const scope = nock(API).get("/repos/acme/shop").times(3).reply(502, "<html>Bad Gateway</html>");
    const error = await failure(forgeAt().repository());
    expect(error).toMatchObject({ code: "server", status: 502 });
    expect(scope.isDone()).toBe(true);
  });

  it("is tried again after a lost connection, and after an answer cut short", async () => {
    nock(API).get("/repos/acme/shop").replyWithError("socket hang up");
    nock(API)
      .get("/repos/acme/shop")
      .reply(200, JSON.stringify(repositoryAnswer).slice(0, 40), { "content-type": "application/json" });
    nock(API).get("/repos/acme/shop").reply(200, repositoryAnswer);
    await expect(forgeAt().repository()).resolves.toMatchObject({ id: 1 });
  });

  it("takes a login page for no answer", async () => {
    nock(API)
      .get("/repos/acme/shop")
      .times(3)
      .reply(200, "<html>Sign in</html>", { "content-type": "text/html" });
    const error = await failure(forgeAt().repository());
    expect(error.code).toBe("network");
    expect(error.message).toContain("was not whole JSON");
  });

  it.each([
    [401, "forbidden"],
    [403, "forbidden"],
    [404, "not-found"],
    [451, "forbidden"],
  ] as const)("is not tried again after a %i, which is %s", async (status, code) => {
    nock(API).get("/repos/acme/shop").reply(status, { message: "Go away" });
    const error = await failure(forgeAt().repository());
    expect(error).toMatchObject({ code, status, retryAt: null });
    expect(error.message).toContain("Go away");
  });

  it("of GraphQL is tried again after a failure inside GitHub", async () => {
    const inside = { data: null, errors: [{ message: "Something went wrong while executing your query." }] };
    nock(API).post("/graphql").reply(200, inside);
    nock(API)
      .post("/graphql")
      .reply(200, { data: { repository: { b0: { target: { oid: "a".repeat(40) } } } } });
    const found = await forgeAt().snapshot([{ branch: "main", paths: [] }]);
    expect(found.get("main")?.head).toBe("a".repeat(40));
  });

  it("of GraphQL with an answer of another shape is an invalid answer", async () => {
    nock(API)
      .post("/graphql")
      .reply(200, { data: { repository: { b0: { target: 7 } } } });
    const error = await failure(forgeAt().snapshot([{ branch: "main", paths: [] }]));
    expect(error).toMatchObject({ code: "invalid" });
    expect(error.message).toContain("repository.b0.target");
  });

  it("puts names and paths into variables and nothing into the query", async () => {
    let sent = { query: "", variables: {} };
    nock(API)
      .post("/graphql", (body) => {
        sent = body;
        return true;
      })
      .reply(200, { data: { repository: { b0: null } } });
    await forgeAt().snapshot([{ branch: 'x") { id } #', paths: ['a") { id } #'] }]);
    expect(sent.query).not.toContain("{ id }");
    expect(sent.variables).toMatchObject({ b0: 'refs/heads/x") { id } #', p0_0: 'a") { id } #' });
  });
});

describe("a write", () => {
  it.each([500, 502, 503])("is sent once, whatever %i answers", async (status) => {
    const scope = nock(API).post(COMMENTS).reply(status, { message: "Server Error" });
    const error = await failure(forgeAt().createComment(3, "hello"));
    expect(error).toMatchObject({ code: "server", status });
    expect(scope.isDone()).toBe(true);
  });

  it("is sent once when its answer is lost", async () => {
    nock(API).post(COMMENTS).replyWithError("read ECONNRESET");
    const error = await failure(forgeAt().createComment(3, "hello"));
    expect(error).toMatchObject({ code: "network", status: null });
    expect(error.message).toBe(`POST ${COMMENTS}: read ECONNRESET`);
  });

  it("whose answer does not come in time is a network failure, and is not sent again", async () => {
    let asked = 0;
    const server = createServer(() => {
      asked += 1;
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    try {
      const { port } = server.address() as AddressInfo;
      const error = await failure(forgeAt(`http://127.0.0.1:${port}`, 100).createComment(3, "hello"));
      expect(error).toMatchObject({ code: "network" });
      expect(error.message).toContain("no answer within 100 ms");
      expect(asked).toBe(1);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });

  it("whose body stops in the middle is a network failure", async () => {
    const server = createServer((_, response) => {
      response.writeHead(201, { "content-type": "application/json", "content-length": "500" });
      response.write('{"id": 5, "body"');
      setTimeout(() => response.destroy(), 20);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    try {
      const { port } = server.address() as AddressInfo;
      const error = await failure(forgeAt(`http://127.0.0.1:${port}`).createComment(3, "hello"));
      expect(error).toMatchObject({ code: "network", status: null });
    } finally {
      server.close();
    }
  });
});

describe("a rate limit", () => {
  const inTenMinutes = String(NOW / 1000 + 600);
  it.each([
    ["403 with retry-after", 403, { "retry-after": "120" }, "You have exceeded a secondary rate limit", 120],
    ["429 with retry-after", 429, { "retry-after": "30" }, "Too many requests", 30],
    [
      "403 at the primary limit",
      403,
      { "x-ratelimit-remaining": "0", "x-ratelimit-reset": inTenMinutes },
      "API rate limit exceeded",
      600,
    ],
    [
      "403 at a primary limit that is over by our clock, which is ahead,",
      403,
      { "x-ratelimit-remaining": "0", "x-ratelimit-reset": String(NOW / 1000 - 90) },
      "API rate limit exceeded",
      1,
    ],
    ["403 by its words alone", 403, {}, "You have exceeded a secondary rate limit. Please wait", 60],
    ["429 that says nothing", 429, {}, "", 60],
  ] as const)("%s says when to come back", async (_, status, headers, message, seconds) => {
    nock(API).post(COMMENTS).reply(status, { message }, headers);
    const error = await failure(forgeAt().createComment(3, "hello"));
    expect(error).toMatchObject({ code: "rate-limited", status, retryAt: NOW + seconds * 1000 });
  });

  it("of GraphQL, a 200, says so too", async () => {
    nock(API)
      .post("/graphql")
      .reply(
        200,
        { data: null, errors: [{ type: "RATE_LIMITED", message: "API rate limit exceeded" }] },
        { "x-ratelimit-remaining": "0", "x-ratelimit-reset": inTenMinutes },
      );
    const error = await failure(forgeAt().history("main", { limit: 1 }));
    expect(error).toMatchObject({ code: "rate-limited", retryAt: NOW + 600_000 });
  });

  it("met by a read stops reads and writes; met by a write it stops the writes", async () => {
    const client = createTokenClient({ token: TOKEN, baseUrl: API, writeIntervalMs: 0, log: silent });
    const forge = createForge({ ...client, repository, self: { login: "sluice[bot]" } });
    nock(API).post(COMMENTS).reply(403, { message: "secondary rate limit" }, { "retry-after": "60" });
    nock(API).get("/repos/acme/shop").reply(200, repositoryAnswer);
    nock(API).get("/repos/acme/shop").reply(429, { message: "slow down" }, { "retry-after": "60" });

    expect((await failure(forge.createComment(3, "one"))).status).toBe(403);
    // The second is not sent: it carries no status.
    expect(await failure(forge.createComment(3, "two"))).toMatchObject({
      code: "rate-limited",
      status: null,
    });
    await expect(forge.repository()).resolves.toMatchObject({ id: 1 });
    expect((await failure(forge.repository())).status).toBe(429);
    expect(await failure(forge.repository())).toMatchObject({ code: "rate-limited", status: null });
  });

  it("of one installation leaves the others alone", async () => {
    const { privateKey } = generateKeyPairSync("rsa", {
      modulusLength: 2048,
      privateKeyEncoding: { type: "pkcs8", format: "pem" },
      publicKeyEncoding: { type: "spki", format: "pem" },
    });
    const clients = createClients({ appId: 7, privateKey, baseUrl: API, writeIntervalMs: 0, log: silent });
    const [one, two] = [1, 2].map((installation) => {
      nock(API)
        .post(`/app/installations/${installation}/access_tokens`)
        .reply(201, { token: `ghs_${installation}`, expires_at: "2099-01-01T00:00:00Z", permissions: {} });
      return createForge({
        octokit: clients.forInstallation(installation),
        queue: clients.queueFor(installation),
        repository,
        self: { login: "sluice[bot]" },
      });
    });
    nock(API, { reqheaders: { authorization: "token ghs_1" } })
      .post(COMMENTS)
      .reply(403, { message: "secondary rate limit" }, { "retry-after": "60" });
    nock(API, { reqheaders: { authorization: "token ghs_2" } })
      .post(COMMENTS)
      .reply(201, commentAnswer);

    await expect(one?.createComment(3, "hello")).rejects.toMatchObject({ code: "rate-limited" });
    await expect(two?.createComment(3, "hello")).resolves.toMatchObject({ id: 5, authorIsBot: true });
  });
});

describe("an installation's token", () => {
  it("that cannot be had is a ForgeError, and the key stays out of it", async () => {
    const clients = createClients({ appId: 7, privateKey: "not a key", baseUrl: API, log: silent });
    const forge = createForge({
      octokit: clients.forInstallation(1),
      queue: clients.queueFor(1),
      repository,
      self: { login: "sluice[bot]" },
    });
    const error = await failure(forge.repository());
    expect(error.message).toContain("GitHub could not be called");
    expect(error.message).not.toContain("not a key");
  });
});

describe("an error", () => {
  it("carries no token, no query string, no payload and no octokit object", async () => {
    nock(API)
      .post(COMMENTS)
      .reply(422, {
        message: `Validation Failed for ${TOKEN} at https://me:secret@example.test/x`,
        errors: [{ value: "the whole comment", message: "body is too long" }],
      });
    const error = await failure(forgeAt().createComment(3, "the whole comment"));
    const everything = JSON.stringify({ ...error, message: error.message, cause: error.cause ?? null });
    expect(everything).not.toContain(TOKEN);
    expect(everything).not.toContain("secret@");
    expect(everything).not.toContain("the whole comment");
    expect(error.message).toContain(`GitHub answered 422 to POST ${COMMENTS}`);
    expect(error.message).toContain("body is too long");
  });
});

describe("GitHub's own sentence", () => {
  it.each([
    ["https://me:secret@example.test/x", "https://…@example.test/x"],
    ["https://bot:p@ss:word@example.test", "https://…@example.test"],
    ["postgres://app:s3cr/et@db", "postgres://…@db"],
  ])("is told without the credentials of %s", async (address, shown) => {
    nock(API)
      .post(COMMENTS)
      .reply(422, { message: `Validation Failed at ${address}` });
    const error = await failure(forgeAt().createComment(3, "hello"));
    expect(error.message).toBe(`GitHub answered 422 to POST ${COMMENTS}: Validation Failed at ${shown}`);
  });
  it("is told without a signed token, however long it or the words beside it are", async () => {
    const jwt = `eyJ${"h".repeat(200)}.eyJ${"p".repeat(4_000)}.${"s".repeat(400)}`;
    nock(API)
      .post(COMMENTS)
      .reply(422, { message: `A ${jwt} was sent for ${"eyJ-".repeat(250_000)}` });
    const error = await failure(forgeAt().createComment(3, "hello"));
    expect(error.message).toContain("A [redacted] was sent for eyJ-");
  });
});

describe("a commit that GitHub refuses", () => {
  const head = "a".repeat(40);
  const request = {
    branch: "main",
    expectedHead: head,
    message: "Weights\n\nSluice-Step: 1",
    files: [{ path: "mesh.yaml", text: "weight: 1\n" }],
    priority: "weight" as const,
  };
  const modes = {
    data: { repository: { object: { tree: { oid: "b".repeat(40) }, f0: { mode: 0o100644 } } } },
  };

  function refused(error: object): Promise<unknown> {
    nock(API).post("/graphql").reply(200, modes);
    nock(API)
      .post("/graphql", /createCommitOnBranch/)
      .reply(200, { data: { createCommitOnBranch: null }, errors: [error] });
    return forgeAt().commit(request);
  }

  it("because the head moved is stale", async () => {
    await expect(refused({ type: "STALE_DATA", message: "Pull and try again." })).resolves.toEqual({
      status: "stale",
    });
  });

  it.each([
    "BRANCH_PROTECTION_RULE_VIOLATION",
    "A_TYPE_NOBODY_KNOWS_YET",
    "UNPROCESSABLE",
    "FORBIDDEN",
    undefined,
  ])("by a rule is blocked with GitHub's own sentence (%s)", async (type) => {
    const message = "Changes must be made through a pull request.";
    await expect(refused({ ...(type === undefined ? {} : { type }), message })).resolves.toEqual({
      status: "blocked",
      reason: message,
    });
  });

  it("because the App may not write is an error", async () => {
    const lost = { type: "FORBIDDEN", message: "Resource not accessible by integration" };
    expect(await failure(refused(lost))).toMatchObject({ code: "forbidden" });
  });

  it("by failing inside is an error whose effect nobody knows, and is not sent again", async () => {
    const inside = { message: "Something went wrong while executing your query." };
    expect(await failure(refused(inside))).toMatchObject({ code: "server" });
    expect(nock.isDone()).toBe(true);
  });
});
