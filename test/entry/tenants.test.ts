import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { until } from "../../dev/demo/watch.ts";
import { type GitHub, startGitHub } from "../../dev/github/server.ts";
import { type RunningBot, startBot } from "../../dev/stage/bot.ts";
import { Person } from "../../dev/stage/person.ts";
import { configOf, deployment, FILES, rolloutOf, virtualService } from "../e2e/release-world.ts";

/** A metrics source that keeps what it was asked, and has nothing. */
interface Source {
  readonly url: string;
  readonly asked: { readonly query: string; readonly authorization: string }[];
  readonly server: Server;
}

async function startSource(): Promise<Source> {
  const asked: Source["asked"] = [];
  const server = createServer((request, response) => {
    const query = new URL(request.url ?? "/", "http://x").searchParams.get("query") ?? "";
    asked.push({ query, authorization: request.headers.authorization ?? "" });
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ status: "success", data: { resultType: "vector", result: [] } }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked, server };
}

/** Two customers with the same rollout and the same files, whose every word is their own. */
const TENANTS = ["acme", "globex"] as const;
type Tenant = (typeof TENANTS)[number];

let github: GitHub;
let bot: RunningBot;
const sources = new Map<Tenant, Source>();
const pulls = new Map<Tenant, number>();
const people = new Map<Tenant, Person>();

beforeAll(async () => {
  github = await startGitHub({ validate: true });
  for (const tenant of TENANTS) sources.set(tenant, await startSource());
  const env = Object.fromEntries(
    TENANTS.flatMap((tenant) => {
      const prefix = `PROMETHEUS_${tenant.toUpperCase()}`;
      return [
        [`${prefix}_URL`, sources.get(tenant)?.url ?? ""],
        [`${prefix}_BEARER_TOKEN`, `${tenant}-metrics-token`],
        [`${prefix}_REPOSITORIES`, `${tenant}/*`],
      ];
    }),
  );
  const pace = { LOOK_SECONDS: "0.3", READ_SECONDS: "1", WRITE_SECONDS: "0" };
  bot = await startBot({ github, prometheus: null, env: { ...env, ...pace } });
  github.setWebhook(bot.url);
  await Promise.all(TENANTS.map(live));
  await github.settled();
});

afterAll(async () => {
  await bot.stop();
  for (const { server } of sources.values()) {
    server.close();
    server.closeAllConnections();
  }
  await github.close();
});

/** Everything a team does with Sluice, by its names. */
async function live(tenant: Tenant): Promise<void> {
  const namespace = `${tenant}-namespace`;
  const rollout = rolloutOf(namespace, {
    live: { after: "1s" },
    environment: `${tenant}-environment`,
    slos: [{ query: `sum(${tenant}_orders)`, max: 1 }],
  });
  const written = configOf({ checkout: rollout }).replace("prometheus: production", `prometheus: ${tenant}`);
  const files = {
    ".github/sluice.yaml": `# ${tenant}-configuration\n${written}`,
    [FILES.virtualService]: `# ${tenant}-mesh\n${virtualService(namespace, 100, 0)}`,
    [FILES.stable]: deployment("stable", namespace, `${tenant}-1`),
    [FILES.canary]: deployment("canary", namespace, `${tenant}-1`),
  };
  const repository = await github.createRepository({ owner: tenant, name: `${tenant}-shop`, files });
  const person = new Person(`${tenant}-person`, github, repository);
  people.set(tenant, person);
  github.setPermission(repository, person.login, "write");
  const state = async () => {
    const found = await repository.git.object("sluice/state:rollouts/checkout.json");
    return found ? JSON.parse(found.content.toString("utf8")) : null;
  };
  const there = (what: string, find: () => Promise<unknown>) => until(`${tenant}: ${what}`, find);

  await github.push(repository, "main", { files: { [`${tenant}.md`]: "1" }, message: `${tenant}-commit` });
  await there("adoption", state);
  const next = { [FILES.canary]: deployment("canary", namespace, `${tenant}-2`) };
  const pull = await person.propose(`${tenant}-branch`, `${tenant}-title`, next, `${tenant}-body`);
  pulls.set(tenant, pull);
  await there("the plan", async () => (await person.checks((await person.pull(pull)).head.sha)).length > 0);
  await person.merge(pull);
  await there("a weight", async () => (await state())?.release?.shift.percent === 50);
  await person.comment(pull, "/canary status");
  await there("a hold", async () => (await state())?.release?.hold !== null);
  await person.comment(pull, "/canary rollback");
  await there("the way back", async () => (await state())?.release?.phase === "returning");

  // And what one would like to know of the other.
  const other = TENANTS.find((one) => one !== tenant) ?? tenant;
  const named = await person.propose(`${tenant}-named`, "By its name", {
    ".github/sluice.yaml": written.replace(`prometheus: ${tenant}`, `prometheus: ${other}`),
  });
  const sha = (await person.pull(named)).head.sha;
  await there("that plan", async () => (await person.checks(sha)).length > 0);
  const [check] = await person.checks(sha);
  expect(check?.output.summary).toContain(`no metrics source is called "${other}"`);
}

/** Of one tenant's calls, all that name the other: it asked for a source by that name itself, which is its own word. */
function leaks(texts: readonly string[], other: Tenant): readonly string[] {
  return texts.filter((text) =>
    text.replaceAll(/called \\*"globex\\*"|called \\*"acme\\*"/g, "").includes(other),
  );
}

describe.each(TENANTS)("%s, beside another customer of the same server", (tenant) => {
  const other = TENANTS.find((one) => one !== tenant) ?? tenant;

  it("is served by calls of its own installation, in which no word of the other stands", () => {
    const own = github.requests.filter(({ as }) => as === tenant);
    expect(own.length).toBeGreaterThan(50);
    expect(
      leaks(
        own.map(({ path, body }) => `${path} ${JSON.stringify(body)}`),
        other,
      ),
    ).toEqual([]);
  });

  it("is named in no call of the other's installation", () => {
    const theirs = github.requests.filter(
      ({ as, path }) => as === other && path.includes(`/repos/${tenant}/`),
    );
    expect(theirs).toEqual([]);
  });

  it("asks its own metrics source alone, with its own credential and its own names", () => {
    const asked = sources.get(tenant)?.asked ?? [];
    expect(asked.length).toBeGreaterThan(0);
    expect(new Set(asked.map(({ authorization }) => authorization))).toEqual(
      new Set([`Bearer ${tenant}-metrics-token`]),
    );
    expect(
      leaks(
        asked.map(({ query }) => query),
        other,
      ),
    ).toEqual([]);
  });

  it("shows nothing of the other: neither in comments nor in checks", async () => {
    const person = people.get(tenant);
    const pull = pulls.get(tenant) ?? 0;
    const comments = (await person?.comments(pull)) ?? [];
    expect(comments.length).toBeGreaterThan(2);
    const { head, merge_commit_sha } = (await person?.pull(pull)) ?? {};
    const checks = [
      ...((await person?.checks(head?.sha ?? "")) ?? []),
      ...((await person?.checks(merge_commit_sha ?? "")) ?? []),
    ];
    expect(checks.length).toBeGreaterThan(1);
    expect(
      leaks(
        [...comments, ...checks].map((one) => JSON.stringify(one)),
        other,
      ),
    ).toEqual([]);
  });

  it("cannot be read with the other's token", async () => {
    const headers = { authorization: `Bearer ${github.tokenFor(`${other}-person`)}` };
    const asked = await fetch(`${github.url}/repos/${tenant}/${tenant}-shop`, { headers });
    expect(asked.status).toBe(404);
  });
});

it("kept to GitHub's contract, and its log has no credential", () => {
  expect(github.unknown).toEqual([]);
  expect(github.violations).toEqual([]);
  expect(bot.log.join("\n")).not.toMatch(/metrics-token/);
});
