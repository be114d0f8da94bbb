import { createHmac } from "node:crypto";
import { createServer } from "node:http";
import { createNodeMiddleware, Probot, ProbotOctokit } from "probot";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { defaultEvents } from "../../../dev/github/json/app.ts";
import type { Repository } from "../../../dev/github/repository.ts";
import { type GitHub, startGitHub } from "../../../dev/github/server.ts";
import { asApp, commitOnBranch, headOf, receiver, withToken } from "./helpers.ts";

const R = { owner: "acme", repo: "shop" };
let github: GitHub;
let shop: Repository;

beforeEach(async () => {
  github = await startGitHub({ validate: true, events: [...defaultEvents, "create", "delete"] });
  shop = await github.createRepository({ owner: "acme", name: "shop", files: { a: "1" } });
  github.setPermission(shop, "alice", "write");
});
afterEach(async () => {
  expect(github.violations).toEqual([]);
  await github.close();
});

async function pullRequest(): Promise<number> {
  await github.push(shop, "feature", { files: { a: "2" }, message: "two", author: "alice" });
  const made = await withToken(github, github.tokenFor("alice")).rest.pulls.create({
    ...R,
    head: "feature",
    base: "main",
    title: "Two",
  });
  return made.data.number;
}

describe("deliveries", () => {
  it("are signed, named, and come in the order things happened", async () => {
    const hook = await receiver();
    github.setWebhook(hook.url);
    const number = await pullRequest();
    await asApp(github, shop).rest.pulls.merge({ ...R, pull_number: number });
    await github.settled();
    const seen = hook.received.map(({ headers, body }) => {
      const digest = createHmac("sha256", github.app.webhookSecret).update(body).digest("hex");
      expect(headers["x-hub-signature-256"]).toBe(`sha256=${digest}`);
      expect(headers["x-github-delivery"]).toMatch(/^[0-9a-f-]{36}$/);
      expect(headers["x-github-hook-installation-target-type"]).toBe("integration");
      const payload = JSON.parse(body);
      return [headers["x-github-event"], payload.action, payload.ref, payload.sender?.login].filter(Boolean);
    });
    expect(seen).toEqual([
      ["ping"],
      ["push", "refs/heads/feature", "alice"],
      ["create", "feature", "alice"],
      ["pull_request", "opened", "alice"],
      ["push", "refs/heads/main", "sluice[bot]"],
      ["pull_request", "closed", "sluice[bot]"],
    ]);
    await hook.close();
  });

  it("say what a push changed, and who the installation is", async () => {
    const hook = await receiver();
    github.setWebhook(hook.url);
    const before = await headOf(shop);
    const after = await commitOnBranch(asApp(github, shop), shop, {
      expected: before,
      files: { a: "2", b: "new" },
    });
    await github.settled();
    const push = JSON.parse(hook.received[1]?.body ?? "{}");
    expect(push).toMatchObject({ before, after, created: false, forced: false });
    expect(push.commits).toMatchObject([{ id: after, added: ["b"], modified: ["a"], removed: [] }]);
    expect(push.installation.id).toBe(github.installationId(shop));
    await hook.close();
  });

  it("are not repeated when they fail, and keep their GUID when redelivered", async () => {
    const hook = await receiver(500);
    github.setWebhook(hook.url);
    await github.settled();
    expect(github.deliveries.map((delivery) => delivery.status)).toEqual([500]);
    const [first] = github.deliveries;
    github.redeliver(first?.id ?? 0);
    await github.settled();
    expect(hook.received).toHaveLength(2);
    expect(hook.received[1]?.headers["x-github-delivery"]).toBe(first?.guid);
    expect(hook.received[1]?.body).toBe(hook.received[0]?.body);
    await hook.close();
  });

  it("to nobody are recorded as failed, and hold up nothing", async () => {
    const hook = await receiver();
    github.setWebhook(hook.url);
    await github.settled();
    await hook.close();
    await pullRequest();
    await github.settled();
    expect(github.deliveries.slice(1).every((delivery) => delivery.error !== null)).toBe(true);
  });

  it("are not sent for an inactive deployment, and auto_inactive spares production", async () => {
    const hook = await receiver();
    const { repos } = asApp(github, shop).rest;
    github.setWebhook(hook.url);
    const latest = async (environment: string) => {
      const ids: number[] = [];
      for (let n = 0; n < 2; n += 1) {
        const made = await repos.createDeployment({ ...R, ref: "main", environment, required_contexts: [] });
        ids.push("id" in made.data ? made.data.id : 0);
        await repos.createDeploymentStatus({ ...R, deployment_id: ids[n] ?? 0, state: "success" });
      }
      const statuses = await repos.listDeploymentStatuses({ ...R, deployment_id: ids[0] ?? 0 });
      return statuses.data[0]?.state;
    };
    expect(await latest("staging")).toBe("inactive");
    expect(await latest("production")).toBe("success");
    await github.settled();
    const states = hook.received
      .filter(({ headers }) => headers["x-github-event"] === "deployment_status")
      .map(({ body }) => JSON.parse(body).deployment_status.state);
    expect(states).toEqual(["success", "success", "success", "success"]);
    await hook.close();
  });
});

describe("creating a deployment", () => {
  it("waits for checks unless told not to, and brings a branch up to date instead of deploying it", async () => {
    const { repos, checks } = asApp(github, shop).rest;
    const head_sha = await headOf(shop);
    await checks.create({ ...R, name: "build", head_sha, conclusion: "failure", status: "completed" });
    const deploy = { ...R, ref: "main", auto_merge: false };
    await expect(repos.createDeployment(deploy)).rejects.toMatchObject({ status: 409 });
    expect((await repos.createDeployment({ ...deploy, required_contexts: [] })).status).toBe(201);
    await github.push(shop, "feature", { files: { b: "1" }, message: "b" });
    await github.push(shop, "main", { files: { c: "1" }, message: "c" });
    const before = await headOf(shop, "feature");
    const merged = await repos.createDeployment({ ...R, ref: "feature", required_contexts: [] });
    expect(merged.status).toBe(202);
    expect((await shop.git.commit(await headOf(shop, "feature")))?.parents).toEqual([
      before,
      await headOf(shop),
    ]);
  });
});

describe("probot 14, unmodified", () => {
  it("answers a comment through its own webhook server and octokit", async () => {
    const probot = new Probot({
      appId: github.app.appId,
      privateKey: github.app.privateKey,
      secret: github.app.webhookSecret,
      baseUrl: github.url,
      logLevel: "fatal",
      Octokit: ProbotOctokit.defaults((options: { throttle?: object }) => ({
        ...options,
        throttle: { ...options.throttle, enabled: false },
        retry: { enabled: false },
      })),
    });
    const middleware = await createNodeMiddleware(
      (app) => {
        app.on("issue_comment.created", async (context) => {
          if (context.payload.sender.type === "Bot") return;
          await context.octokit.rest.issues.createComment(context.issue({ body: "heard" }));
        });
      },
      { probot, webhooksPath: "/" },
    );
    const server = createServer((request, response) => void middleware(request, response));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    github.setWebhook(`http://127.0.0.1:${typeof address === "object" ? address?.port : 0}/`);
    const number = await pullRequest();
    const alice = withToken(github, github.tokenFor("alice"));
    await alice.rest.issues.createComment({ ...R, issue_number: number, body: "/canary help" });
    await github.settled();
    const comments = await alice.rest.issues.listComments({ ...R, issue_number: number });
    expect(comments.data.map((comment) => [comment.user?.login, comment.body])).toEqual([
      ["alice", "/canary help"],
      ["sluice[bot]", "heard"],
    ]);
    expect(github.deliveries.map((delivery) => delivery.status)).toEqual(github.deliveries.map(() => 200));
    server.close();
    server.closeAllConnections();
  });
});
