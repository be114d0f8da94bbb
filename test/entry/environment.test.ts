import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { lacksApp, readEnvironment } from "../../src/entry/environment.ts";

const { privateKey: KEY } = generateKeyPairSync("rsa", {
  modulusLength: 2048,
  publicKeyEncoding: { type: "spki", format: "pem" },
  privateKeyEncoding: { type: "pkcs1", format: "pem" },
});
const GOOD = {
  APP_ID: "4711",
  PRIVATE_KEY: KEY.replaceAll("\n", "\\n"),
  WEBHOOK_SECRET: "a long secret",
};

const folder = mkdtempSync(join(tmpdir(), "sluice-environment-"));
const KEY_FILE = join(folder, "key.pem");
const NO_KEY_FILE = join(folder, "no-key.pem");
writeFileSync(KEY_FILE, KEY);
writeFileSync(NO_KEY_FILE, KEY.slice(0, 200));
afterAll(() => rmSync(folder, { recursive: true }));

function problemsOf(variables: Record<string, string | undefined>): readonly string[] {
  const read = readEnvironment(variables);
  return read.ok ? [] : read.problems;
}

describe("The environment", () => {
  it("needs an App, its key and its webhook's secret; the rest has defaults", () => {
    const read = readEnvironment(GOOD);
    expect(read).toMatchObject({
      ok: true,
      environment: {
        appId: 4711,
        githubUrl: "https://api.github.com",
        port: 3000,
        webhookPath: "/api/github/webhooks",
        lookEvery: 15_000,
        readEvery: 60_000,
      },
    });
  });

  it("may carry the key's line breaks as \\n, as one-line secrets do", () => {
    const read = readEnvironment(GOOD);
    expect(read.ok && read.environment.key).toEqual({ kind: "pem", pem: KEY });
  });

  it("takes an empty variable for one that is not set", () => {
    const empty = { PORT: "", GITHUB_API_URL: "", HOST: "", WEBHOOK_PATH: "", LOOK_SECONDS: "" };
    const read = readEnvironment({ ...GOOD, ...empty });
    expect(read).toEqual(readEnvironment(GOOD));
  });

  it("names every variable that is missing, all at once", () => {
    const problems = problemsOf({});
    for (const name of ["APP_ID", "PRIVATE_KEY", "WEBHOOK_SECRET"]) {
      expect(problems.filter((problem) => problem.startsWith(name))).toHaveLength(1);
    }
    expect(problems).toHaveLength(3);
  });

  it.each(["APP_ID", "PRIVATE_KEY", "PRIVATE_KEY_PATH", "PRIVATE_KEY_KMS", "WEBHOOK_SECRET"])(
    "is that of an App, if by half, as soon as %s is set",
    (name) => {
      expect(lacksApp({ [name]: "" })).toBe(true);
      expect(lacksApp({ [name]: "something" })).toBe(false);
    },
  );

  it("refuses Probot's default secret, with which anybody could sign, and does not say that it is not set", () => {
    expect(problemsOf({ ...GOOD, WEBHOOK_SECRET: "development" })).toEqual([
      expect.stringMatching(/^WEBHOOK_SECRET is `development`, which everybody knows/),
    ]);
    expect(problemsOf({ ...GOOD, WEBHOOK_SECRET: "" })).toEqual([
      expect.stringMatching(/^WEBHOOK_SECRET is not set/),
    ]);
  });

  it("takes the key from a file", () => {
    const read = readEnvironment({ ...GOOD, PRIVATE_KEY: "", PRIVATE_KEY_PATH: KEY_FILE });
    expect(read.ok && read.environment.key).toEqual({ kind: "pem", pem: KEY });
  });

  it.each([
    [{ PRIVATE_KEY_PATH: KEY_FILE }, "PRIVATE_KEY and PRIVATE_KEY_PATH are both set: keep one of them."],
    [
      { PRIVATE_KEY_KMS: "alias/sluice" },
      "PRIVATE_KEY_KMS is set beside another private key: keep one of them.",
    ],
    [
      { PRIVATE_KEY: "", PRIVATE_KEY_PATH: KEY_FILE, PRIVATE_KEY_KMS: "alias/sluice" },
      "PRIVATE_KEY_KMS is set beside another private key: keep one of them.",
    ],
  ])("takes one key, and chooses none of several (%#)", (keys, problem) => {
    expect(problemsOf({ ...GOOD, ...keys })).toEqual([problem]);
  });

  it.each([
    [{ PRIVATE_KEY: GOOD.PRIVATE_KEY.slice(0, 200) }, "PRIVATE_KEY is not a private key in PEM form."],
    [
      { PRIVATE_KEY: "", PRIVATE_KEY_PATH: NO_KEY_FILE },
      "PRIVATE_KEY_PATH names a file that is not a private key in PEM form.",
    ],
  ])("says of a damaged key what is wrong, beside all else (%#)", (keys, problem) => {
    const problems = problemsOf({ ...GOOD, ...keys, PORT: "http" });
    expect(problems).toEqual([expect.stringContaining(problem), expect.stringMatching(/^PORT /)]);
    expect(problems.join()).not.toContain(KEY.slice(40, 80));
  });

  it.each([
    ["APP_ID", "Iv1.abcdef"],
    ["APP_ID", "-5"],
    ["APP_ID", "0"],
    ["APP_ID", "1.5"],
    ["PORT", "http"],
    ["PORT", "70000"],
    ["PORT", "80.5"],
    ["GITHUB_API_URL", "api.github.com"],
    ["GITHUB_API_URL", "ftp://api.github.com"],
    ["WEBHOOK_PATH", "no-slash"],
    ["LOOK_SECONDS", "soon"],
    ["LOOK_SECONDS", "0"],
    ["READ_SECONDS", "-1"],
    ["WRITE_SECONDS", "NaN"],
    ["LOOK_SECONDS", "1e9"],
    ["LOG_LEVEL", "chatty"],
    ["PRIVATE_KEY_PATH", "/no/such/key.pem"],
    ["PROMETHEUS_URL", "prometheus:9090"],
    ["PROMETHEUS_URL", ""],
    ["REPLICAS", "0"],
    ["REPLICAS", "some"],
    ["REPLICAS", "101"],
  ])("refuses %s=%s by the variable's name and without its value", (name, value) => {
    const { PRIVATE_KEY, ...others } = GOOD;
    const key = name === "PRIVATE_KEY_PATH" ? {} : { PRIVATE_KEY };
    const problems = problemsOf({ ...others, ...key, [name]: value });
    expect(problems).toEqual([expect.stringContaining(name)]);
    if (value.length > 3) expect(problems.join()).not.toContain(value);
  });

  it("lists what is wrong with everything at once and quotes no value", () => {
    const values = {
      APP_ID: "my-app-number",
      WEBHOOK_SECRET: "development",
      PORT: "p0rt-value",
      GITHUB_API_URL: "https://user:hunter2@ghe.example.com",
      PROMETHEUS_URL: "https://reader:s3cr3t@prometheus.example.com",
      PROMETHEUS_EU_BEARER_TOKEN: "tok-abcdef",
    };
    const problems = problemsOf(values);
    const names = ["APP_ID", "PRIVATE_KEY", "WEBHOOK_SECRET", "PORT", "GITHUB_API_URL", "PROMETHEUS_URL"];
    for (const name of [...names, "PROMETHEUS_EU_URL"]) expect(problems.join("\n")).toContain(name);
    for (const value of ["my-app-number", "p0rt-value", "hunter2", "s3cr3t", "tok-abcdef"])
      expect(problems.join("\n")).not.toContain(value);
  });
});
