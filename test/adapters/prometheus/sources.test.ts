import { describe, expect, it } from "vitest";
import { parseSources } from "../../../src/adapters/prometheus/sources.ts";

describe("metrics sources from the environment", () => {
  it("are none when nothing is set", () => {
    expect(parseSources({ PATH: "/bin" })).toEqual({ sources: new Map(), problems: [] });
  });

  it("have names, credentials, headers and timeouts", () => {
    const { sources, problems } = parseSources({
      PROMETHEUS_URL: "https://metrics.example/prom/",
      PROMETHEUS_BEARER_TOKEN: "t0ken",
      PROMETHEUS_HEADERS: "X-Scope-OrgID=shop, X-Note=a%2Cb%3D",
      PROMETHEUS_EU_WEST_URL: "http://127.0.0.1:9090",
      PROMETHEUS_EU_WEST_USERNAME: "me",
      PROMETHEUS_EU_WEST_PASSWORD: "pw",
      PROMETHEUS_EU_WEST_TIMEOUT_SECONDS: "2.5",
      PROMETHEUS_3_URL: "http://localhost:1",
      PROMETHEUS_3_NAME: "third",
      PROMETHEUS_4_URL: "",
      PROMETHEUS_SERVICE_HOST: "10.0.0.1",
      PROMETHEUS_PORT_9090_TCP: "tcp://10.0.0.1:9090",
    });
    expect(problems).toEqual([]);
    expect(Object.fromEntries(sources)).toEqual({
      production: {
        url: "https://metrics.example/prom",
        auth: { kind: "bearer", token: "t0ken" },
        headers: { "X-Scope-OrgID": "shop", "X-Note": "a,b=" },
        timeoutMs: 15_000,
      },
      "eu-west": {
        url: "http://127.0.0.1:9090",
        auth: { kind: "basic", username: "me", password: "pw" },
        headers: {},
        timeoutMs: 2500,
      },
      third: { url: "http://localhost:1", auth: { kind: "none" }, headers: {}, timeoutMs: 15_000 },
    });
  });

  it.each([
    [{ PROMETHEUS_URL: "metrics" }, "PROMETHEUS_URL is not an http or https address."],
    [{ PROMETHEUS_URL: "file:///etc" }, "PROMETHEUS_URL is not an http or https address."],
    [{ PROMETHEUS_URL: "http://a:secret@b" }, "PROMETHEUS_URL carries credentials"],
    [{ PROMETHEUS_URL: "http://b/?token=secret" }, "PROMETHEUS_URL has a query"],
    [{ PROMETHEUS_X_BEARER_TOKEN: "secret" }, "PROMETHEUS_X_BEARER_TOKEN is set but PROMETHEUS_X_URL is not"],
    [{ PROMETHEUS_URL: "http://b", PROMETHEUS_USERNAME: "secret" }, "PROMETHEUS_PASSWORD is missing"],
    [{ PROMETHEUS_URL: "http://b", PROMETHEUS_PASSWORD: "secret" }, "PROMETHEUS_USERNAME is missing"],
    [
      { PROMETHEUS_URL: "http://b", PROMETHEUS_PASSWORD: "secret", PROMETHEUS_BEARER_TOKEN: "secret" },
      "both set",
    ],
    [
      {
        PROMETHEUS_URL: "http://b",
        PROMETHEUS_BEARER_TOKEN_FILE: "secret",
        PROMETHEUS_SIGV4_REGION: "secret",
      },
      "PROMETHEUS_BEARER_TOKEN_FILE and PROMETHEUS_SIGV4_REGION are both set",
    ],
    [{ PROMETHEUS_URL: "http://b", PROMETHEUS_SIGV4_REGION: "secret region" }, "is no AWS region"],
    [
      { PROMETHEUS_URL: "http://b", PROMETHEUS_GOOGLE_AUTH: "secret" },
      "PROMETHEUS_GOOGLE_AUTH is not `metadata`",
    ],
    [{ PROMETHEUS_URL: "http://b", PROMETHEUS_TENANT: "secret\n" }, "PROMETHEUS_TENANT has a line break"],
    [{ PROMETHEUS_URL: "http://b", PROMETHEUS_DELAY_SECONDS: "-1" }, "PROMETHEUS_DELAY_SECONDS"],
    [{ PROMETHEUS_URL: "http://b", PROMETHEUS_BEARER_TOKEN: "secret\n" }, "line break"],
    [{ PROMETHEUS_URL: "http://b", PROMETHEUS_HEADERS: "A=1,secret" }, "PROMETHEUS_HEADERS: entry 2"],
    [{ PROMETHEUS_URL: "http://b", PROMETHEUS_HEADERS: "A=secret%" }, "PROMETHEUS_HEADERS: entry 1"],
    [{ PROMETHEUS_URL: "http://b", PROMETHEUS_TIMEOUT_SECONDS: "soon" }, "PROMETHEUS_TIMEOUT_SECONDS"],
  ])("%j is a problem, and its source is left out", (env, problem) => {
    const parsed = parseSources(env);
    expect(parsed.problems).toEqual([expect.stringContaining(problem)]);
    expect(parsed.problems.join()).not.toContain("secret");
    expect(parsed.sources.size).toBe(0);
  });

  it("say all that is wrong with each of them at once", () => {
    const { sources, problems } = parseSources({
      PROMETHEUS_URL: "ftp://me:secret@b/?token=secret",
      PROMETHEUS_BEARER_TOKEN: "secret\n",
      PROMETHEUS_SIGV4_REGION: "secret region",
      PROMETHEUS_GOOGLE_AUTH: "secret",
      PROMETHEUS_HEADERS: "secret,A=1,secret%",
      PROMETHEUS_TENANT: "secret\n",
      PROMETHEUS_TIMEOUT_SECONDS: "0",
      PROMETHEUS_DELAY_SECONDS: "601",
      PROMETHEUS_REPOSITORIES: "secret",
      PROMETHEUS_MATCHERS: "secret{",
      PROMETHEUS_LINK: "secret",
      PROMETHEUS_B_NAME: "production",
      PROMETHEUS_B_PASSWORD: "secret",
    });
    expect(sources.size).toBe(0);
    expect(problems.map((problem) => problem.split(/ (?:is|has|carries|are|not)\b/)[0])).toEqual([
      "PROMETHEUS_URL",
      "PROMETHEUS_URL",
      "PROMETHEUS_URL",
      "PROMETHEUS_BEARER_TOKEN and PROMETHEUS_SIGV4_REGION and PROMETHEUS_GOOGLE_AUTH",
      "PROMETHEUS_BEARER_TOKEN",
      "PROMETHEUS_SIGV4_REGION",
      "PROMETHEUS_GOOGLE_AUTH",
      "PROMETHEUS_HEADERS: entry 1",
      "PROMETHEUS_HEADERS: entry 3",
      "PROMETHEUS_TENANT",
      "PROMETHEUS_TIMEOUT_SECONDS",
      "PROMETHEUS_DELAY_SECONDS",
      "PROMETHEUS_REPOSITORIES",
      "PROMETHEUS_MATCHERS",
      "PROMETHEUS_LINK",
      "PROMETHEUS_B_NAME",
      "PROMETHEUS_B_USERNAME",
      "Two metrics sources",
    ]);
    expect(problems.join()).not.toContain("secret");
  });

  it("may not share a name", () => {
    const { sources, problems } = parseSources({
      PROMETHEUS_URL: "http://a",
      PROMETHEUS_B_URL: "http://b",
      PROMETHEUS_B_NAME: "production",
    });
    expect(problems).toEqual([expect.stringContaining('Two metrics sources are called "production"')]);
    expect(sources.size).toBe(1);
  });
});
