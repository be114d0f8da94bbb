import { createHmac } from "node:crypto";
import type { IncomingHttpHeaders, ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
import { parseHooks, prefixOf } from "../../../src/adapters/hooks/configured.ts";
import { hooksFor } from "../../../src/adapters/hooks/hooks.ts";
import type { HookQuestion } from "../../../src/ports/hooks.ts";
import { serve } from "../prometheus/stand-in.ts";

const question: HookQuestion = {
  hook: "load-test",
  rollout: "checkout",
  release: 7,
  version: "0123456789ab",
  step: 1,
  weight: 25,
  commit: "a".repeat(40),
  link: "https://github.com/acme/shop/pull/41",
  repositoryUrl: "https://github.com/acme/shop",
};

interface Got {
  readonly method: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A hook that answers so, and what it was asked. */
async function hook(answer: (response: ServerResponse) => void, env: Readonly<Record<string, string>> = {}) {
  const got: Got[] = [];
  const host = await serve(async (request, response) => {
    got.push({ method: request.method, headers: request.headers, body: await text(request) });
    answer(response);
  });
  const url = `http://${host}/gates/secret-path`;
  const parsed = parseHooks({ GATE_LOAD_TEST_URL: url, GATE_LOAD_TEST_SECRET: "the key", ...env });
  expect(parsed.problems).toEqual([]);
  const hooks = hooksFor(parsed.hooks, "Acme/Shop", 400);
  return { got, url, hooks, ask: () => hooks.ask(question) };
}

const says =
  (body: unknown, status = 200) =>
  (response: ServerResponse) =>
    response
      .writeHead(status, { "content-type": "application/json" })
      .end(typeof body === "string" ? body : JSON.stringify(body));

it.each(["load-test", "calendar", "a-b-2"])(
  "what a repository calls `%s` has variables, and back",
  (name) => {
    const prefix = prefixOf(name);
    const { hooks, problems } = parseHooks({ [`${prefix}_URL`]: "http://a.dev", [`${prefix}_SECRET`]: "s" });
    expect([[...hooks.keys()], problems]).toEqual([[name], []]);
  },
);

describe("A hook", () => {
  it("is asked by one POST of a CloudEvent that says what waits for it", async () => {
    const { got, ask } = await hook(says({ open: true }));
    expect(await ask()).toEqual({ status: "open", reason: null });
    expect(got).toHaveLength(1);
    const [{ method, headers, body }] = got as [Got];
    expect(method).toBe("POST");
    expect(headers["content-type"]).toContain("application/cloudevents+json");
    expect(JSON.parse(body)).toMatchObject({
      specversion: "1.0",
      source: "https://github.com/acme/shop",
      type: "sluice.gate.asked",
      subject: "checkout#7",
      data: {
        gate: "load-test",
        repository: "Acme/Shop",
        rollout: "checkout",
        release: 7,
        version: "0123456789ab",
        step: 2,
        weight: 25,
        commit: "a".repeat(40),
        link: "https://github.com/acme/shop/pull/41",
      },
    });
  });

  it("can tell by the signature that it was asked by the operator's Sluice, just now", async () => {
    const { got, ask } = await hook(says({ open: true }));
    await ask();
    await new Promise((resolve) => setTimeout(resolve, 5));
    await ask();
    const ids = got.map(({ headers, body }) => {
      const signed = `${headers["webhook-id"]}.${headers["webhook-timestamp"]}.${body}`;
      const expected = createHmac("sha256", "the key").update(signed).digest("base64");
      expect(headers["webhook-signature"]).toBe(`v1,${expected}`);
      expect(Math.abs(Number(headers["webhook-timestamp"]) - Date.now() / 1000)).toBeLessThan(5);
      expect(JSON.parse(body).id).toBe(headers["webhook-id"]);
      return headers["webhook-id"];
    });
    // Whoever drops what it has seen before is asked again all the same.
    expect(new Set(ids).size).toBe(2);
  });

  it("waits with its reason, of which no more is kept than a person reads", async () => {
    const { ask } = await hook(says({ open: false, reason: ` ${"x".repeat(5000)}` }));
    expect(await ask()).toEqual({ status: "waits", reason: "x".repeat(300) });
    const silent = await hook(says({ open: false, reason: 7 }));
    expect(await silent.ask()).toEqual({ status: "waits", reason: null });
  });

  const UNEXPECTED: readonly (readonly [string, (response: ServerResponse) => void, RegExp])[] = [
    ["an error", says({ open: true }, 500), /^HTTP 500$/],
    ["another good status", says({ open: true }, 202), /^HTTP 202$/],
    ["no JSON", says("<html>yes</html>"), /^its answer is not/],
    ["nothing", says(""), /^its answer is not/],
    ["a list", says([true]), /^its answer is not/],
    ["null", says("null"), /^its answer is not/],
    ["a word where yes or no belongs", says({ open: "true" }), /^its answer is not/],
    ["no word on it", says({ opened: true }), /^its answer is not/],
    [
      "more than anybody reads",
      says({ open: true, reason: "x".repeat(20_000) }),
      /^its answer is longer than 16 KB$/,
    ],
    ["too late", () => {}, /^no answer within 0\.4 s$/],
    [
      "letter by letter",
      (response) => {
        response.writeHead(200);
        const timer = setInterval(() => response.write(" "), 50);
        response.on("close", () => clearInterval(timer));
      },
      /^no answer within 0\.4 s$/,
    ],
    [
      "half",
      (response) =>
        response.writeHead(200, { "content-length": "500" }).write('{"open"', () => response.destroy()),
      /^[A-Z_]+$|failed/,
    ],
    ["by hanging up", (response) => void response.destroy(), /^[A-Z_]+$|failed/],
  ];
  it.each(UNEXPECTED)("that answers with %s has not answered as expected", async (_, answer, why) => {
    const { ask } = await hook(answer);
    const said = await ask();
    expect(said.status).toBe("unexpected");
    expect(said).toMatchObject({ why: expect.stringMatching(why) });
    expect(JSON.stringify(said)).not.toMatch(/127\.0\.0\.1|secret-path|the key/);
  });

  it("is not followed elsewhere", async () => {
    const elsewhere = await hook(says({ open: true }));
    const { ask } = await hook((response) =>
      response.writeHead(307, { location: elsewhere.url }).end('{"open": true}'),
    );
    expect(await ask()).toEqual({ status: "unexpected", why: "HTTP 307" });
    expect(elsewhere.got).toEqual([]);
  });

  it("that is not there is told without its address", async () => {
    const { hooks } = parseHooks({ GATE_A_URL: "http://127.0.0.1:1/secret-path", GATE_A_SECRET: "the key" });
    const said = await hooksFor(hooks, "acme/shop").ask({ ...question, hook: "a" });
    expect(said).toEqual({ status: "unexpected", why: "ECONNREFUSED" });
  });

  it("is asked for the repositories that it is for, and known to no other", async () => {
    const mine = await hook(says({ open: true }), { GATE_LOAD_TEST_REPOSITORIES: "acme/shop" });
    expect(mine.hooks.knows("load-test")).toBe(true);
    expect((await mine.ask()).status).toBe("open");
    const theirs = await hook(says({ open: true }), { GATE_LOAD_TEST_REPOSITORIES: "other/*" });
    expect(theirs.hooks.knows("load-test")).toBe(false);
    expect(await theirs.ask()).toEqual({ status: "unknown" });
    expect(theirs.got).toEqual([]);
  });
});

describe("The operator's hooks", () => {
  const whole = { GATE_A_URL: "https://example.com", GATE_A_SECRET: "k" };

  it("are called by their KEY, in lower case with dashes", () => {
    const { hooks } = parseHooks({
      ...whole,
      GATE_LOAD_TEST_2_URL: "https://b.example.com",
      GATE_LOAD_TEST_2_SECRET: "k",
    });
    expect([...hooks.keys()]).toEqual(["a", "load-test-2"]);
  });

  it("say all that is wrong with each of them at once", () => {
    const { problems } = parseHooks({ GATE_A_URL: "ftp://me:pass@example.com", GATE_A_REPOSITORIES: "shop" });
    expect(problems).toEqual([
      "GATE_A_URL is not an http or https address.",
      expect.stringMatching(/^GATE_A_URL carries credentials/),
      expect.stringMatching(/^GATE_A_SECRET is not set/),
      expect.stringMatching(/^GATE_A_REPOSITORIES is not a list/),
    ]);
  });

  it.each([
    [{ GATE_A_SECRET: "k" }, "GATE_A_SECRET is set but GATE_A_URL is not: set both."],
    [{ GATE_A_URL: "https://example.com" }, "GATE_A_SECRET is not set: what is asked is signed with it."],
    [{ ...whole, GATE_A_URL: "ftp://example.com" }, "GATE_A_URL is not an http or https address."],
    [
      { ...whole, GATE_A_URL: "https://me:pass@example.com" },
      "GATE_A_URL carries credentials in front of the host: leave them out.",
    ],
    [
      { ...whole, GATE_A_REPOSITORIES: "shop" },
      "GATE_A_REPOSITORIES is not a list of owner/name or owner/*.",
    ],
    [
      { GATE_URL: "https://example.com" },
      "GATE_URL names no gate: write GATE_LOAD_TEST_URL for `gate: { hook: load-test }`.",
    ],
  ])("that are described as %j are refused", (env, problem) => {
    expect(parseHooks(env).problems).toEqual([problem]);
  });
});
