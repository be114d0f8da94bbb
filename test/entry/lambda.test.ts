import { createHmac, randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { Octokit } from "@octokit/rest";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { type GitHub, startGitHub } from "../../dev/github/server.ts";
import * as lambda from "../../src/entry/lambda.ts";
import type { Sluice } from "../../src/entry/sluice.ts";

const FILES = Object.fromEntries(
  [".github/sluice.yaml", "apps/reviews-v1.yaml", "apps/reviews-v2.yaml", "mesh/reviews.yaml"].map((path) => [
    path,
    readFileSync(`examples/loop/${path}`, "utf8"),
  ]),
);
const MESH = FILES["mesh/reviews.yaml"] ?? "";
const NEWER = FILES["apps/reviews-v2.yaml"]?.replace("1.4.0", "1.5.0") ?? "";
const granted = z
  .object({ default_permissions: z.record(z.string(), z.enum(["read", "write"])) })
  .parse(parse(readFileSync("app.yml", "utf8"))).default_permissions;
const NOT_MET = vi.fn<() => Promise<Sluice>>();

function event(body: string, headers: Readonly<Record<string, string>>, method = "POST"): lambda.HttpEvent {
  return {
    headers,
    body: Buffer.from(body).toString("base64"),
    isBase64Encoded: true,
    requestContext: { http: { method } },
  };
}

describe("the Lambda handlers", () => {
  let github: GitHub;
  let repository: Awaited<ReturnType<GitHub["createRepository"]>>;

  beforeAll(async () => {
    // With no more rights than the manifest asks for.
    github = await startGitHub({ permissions: granted });
    repository = await github.createRepository({
      owner: "acme",
      name: "shop",
      files: { ...FILES, "mesh/reviews.yaml": MESH.replace("100", "90").replace("weight: 0", "weight: 10") },
    });
    github.setPermission(repository, "ada", "write");
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    await github.close();
  });

  async function manifest(): Promise<string> {
    const octokit = new Octokit({ auth: github.tokenFor("ada"), baseUrl: github.url });
    const { data } = await octokit.rest.repos.getContent({
      owner: "acme",
      repo: "shop",
      path: "mesh/reviews.yaml",
    });
    const { content } = z.object({ content: z.string() }).parse(data);
    return Buffer.from(content, "base64").toString();
  }

  function signed(payload: object, secret = github.app.webhookSecret): lambda.HttpEvent {
    const body = JSON.stringify(payload);
    return event(body, {
      "X-Hub-Signature-256": `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`,
      "X-GitHub-Event": "push",
      "X-GitHub-Delivery": randomUUID(),
      "Content-Type": "application/json",
    });
  }

  function push(): object {
    const { id, name, owner } = repository;
    return {
      ref: "refs/heads/main",
      sender: { login: "ada" },
      repository: { id, name, owner: { login: owner.login } },
      installation: { id: github.installationId(repository) },
    };
  }

  it("say what the environment lacks, and start once it is there", async () => {
    vi.stubEnv("APP_ID", "");
    await expect(lambda.sweep()).rejects.toThrow("APP_ID is not set");
    vi.stubEnv("APP_ID", String(github.app.appId));
    vi.stubEnv("PRIVATE_KEY", github.app.privateKey);
    vi.stubEnv("WEBHOOK_SECRET", github.app.webhookSecret);
    vi.stubEnv("GITHUB_API_URL", github.url);
    vi.stubEnv("WRITE_SECONDS", "0");
    vi.stubEnv("LOG_LEVEL", "silent");
    await lambda.sweep();
  });

  it("a sweep fails when a repository could not be read", async () => {
    github.fault(({ path }) => path === "/graphql", { status: 502 }, 1_000);
    await expect(lambda.sweep()).rejects.toThrow("1 repository could not be looked at");
    github.clearFaults();
  });

  it("a sweep ends when its looks have: the new rollout is at rest, canary 0", async () => {
    expect(await manifest()).toBe(MESH);
  });

  it("a delivery is answered when what it caused is done: a new version has its first step", async () => {
    await github.push(repository, "main", {
      files: { "apps/reviews-v2.yaml": NEWER },
      message: "Reviews 1.5.0",
      author: "ada",
    });
    expect(await lambda.webhook(signed(push()))).toMatchObject({ statusCode: 202, body: "Accepted.\n" });
    expect(await manifest()).toBe(MESH.replace("100", "90").replace("weight: 0", "weight: 10"));
  });

  it("a delivery that GitHub did not sign is refused", async () => {
    expect(await lambda.webhook(signed(push(), "guessed"))).toMatchObject({ statusCode: 401 });
    expect(await lambda.webhook(event("{}", {}))).toMatchObject({ statusCode: 401 });
  });

  it("a body may come as plain text", async () => {
    const sent = signed({ ...push(), ref: "refs/heads/sluice/state" });
    const body = Buffer.from(sent.body ?? "", "base64").toString();
    expect(await lambda.webhook({ ...sent, body, isBase64Encoded: false })).toMatchObject({
      statusCode: 202,
    });
  });

  it("anything but a POST is refused before anything is started", async () => {
    const { webhook } = lambda.createHandlers(NOT_MET);
    expect(await webhook(event("", {}, "GET"))).toMatchObject({ statusCode: 405 });
    expect(NOT_MET).not.toHaveBeenCalled();
  });
});

describe("serverless.yml", () => {
  const service = z
    .object({
      provider: z.object({
        runtime: z.string(),
        environment: z.record(z.string(), z.union([z.string(), z.number()])),
      }),
      functions: z.record(
        z.string(),
        z.object({
          handler: z.string(),
          timeout: z.number(),
          events: z.array(z.record(z.string(), z.unknown())),
        }),
      ),
    })
    .parse(parse(readFileSync("serverless.yml", "utf8")));

  it("calls handlers that exist where AWS looks for them, on a Node that runs them", async () => {
    for (const { handler } of Object.values(service.functions)) {
      const [path = "", name = ""] = handler.split(/\.(?=[^./]+$)/);
      const found: unknown = await import(pathToFileURL(`${path}.mjs`).href);
      expect(found).toHaveProperty(name, expect.any(Function));
    }
    expect(service.provider.runtime).toBe("nodejs24.x");
  });

  it("has GitHub deliver to the one and a schedule call the other", () => {
    const events = Object.fromEntries(
      Object.values(service.functions).map(({ handler, events: of }) => [handler.split(".").at(-1), of]),
    );
    expect(events).toEqual({
      webhook: [{ httpApi: { method: "POST", path: "/api/github/webhooks" } }],
      sweep: [{ schedule: expect.objectContaining({ rate: "rate(1 minute)" }) }],
    });
  });

  it("takes every secret from where the operator keeps it, and names no account", () => {
    for (const value of Object.values(service.provider.environment)) {
      expect(String(value)).toMatch(/^\$\{(ssm|env):|^\d+$|^[a-z]+$/);
    }
    expect(readFileSync("serverless.yml", "utf8")).not.toMatch(/\b\d{12}\b/);
  });
});
