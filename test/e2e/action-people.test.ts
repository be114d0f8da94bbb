import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { type Run, type Runner, type RunnerOptions, startRunner } from "../../dev/actions/runner.ts";
import { until } from "../../dev/demo/watch.ts";
import { type GitHub, startGitHub } from "../../dev/github/server.ts";
import { createClients, createTokenClient } from "../../src/adapters/github/client.ts";
import { limitsOfToken } from "../../src/adapters/github/token-limits.ts";
import { CANARY, configuration, Shop, shopFiles } from "./shop.ts";

let github: GitHub;
let runner: Runner;
beforeAll(async () => {
  github = await startGitHub({ validate: true });
});
afterEach(() => runner.stop());
afterAll(async () => {
  expect(github.violations).toEqual([]);
  expect(github.unknown).toEqual([]);
  await github.close();
});

/** A shop whose metrics source does not answer: a release stands at its first step. */
async function open(
  owner: string,
  more: Partial<RunnerOptions> = {},
  tokenFor?: (shop: Shop) => Promise<string>,
): Promise<Shop> {
  const config = configuration({ more: ["holds: { limit: 4s, then: stay }"] });
  const shop = await Shop.create(github, owner, shopFiles(config));
  runner = await startRunner({
    github,
    repository: shop.repository,
    vars: { SLUICE_PROMETHEUS_URL: "http://127.0.0.1:9" },
    env: { LOOK_SECONDS: "0.5", READ_SECONDS: "1", WRITE_SECONDS: "0" },
    every: null,
    ...more,
    ...(tokenFor && { token: await tokenFor(shop) }),
  });
  github.setWebhook(runner.url);
  runner.dispatch("workflow_dispatch", {});
  await shop.adopted();
  return shop;
}

const ofComment = ({ event }: Run) => event === "issue_comment";

it("a command said elsewhere while a job watches is obeyed by that job, though GitHub dropped its own run", async () => {
  const shop = await open("watching");
  const elsewhere = await shop.ship("2.0.0");
  await shop.weightIs(10);
  const watching = runner.runs.find(({ state }) => state === "running");
  const other = await shop.alice.propose("notes", "Notes", { "NOTES.md": "hello\n" });
  await shop.alice.merge(other);
  const said = await shop.alice.comment(other, "/canary checkout rollback");
  await until("The run of the comment", async () => runner.runs.some(ofComment));
  runner.dispatch("schedule", {});
  expect(runner.runs.filter(ofComment).map(({ state }) => state)).toEqual(["dropped"]);
  await until("The answer", async () => (await shop.alice.reactions(said)).includes("rocket"));
  expect(watching?.state).toBe("running");
  await shop.weightIs(0);
  await until("The end", async () => (await shop.state())?.last?.outcome === "rolled-back");
  await until("The watching job's end", async () => watching?.state === "done");
  expect(watching).toMatchObject({ code: 0 });
  expect(watching?.summary).toContain("| `checkout` | `checkout#1` | rolled-back | 0 % |");
  expect((await shop.sticky(elsewhere)).length).toBe(1);
});

it("what others put beside the state keeps no job from its release, none beside nothing, and is in no summary", async () => {
  const shop = await open("beside");
  const broken = { number: 1, phase: "x", cause: null, shift: null, expected: 0, timeline: 0 };
  const document = (rollout: string, more: object) =>
    JSON.stringify({ schema: 1, rollout, handled: [], release: null, pending: null, ...more });
  const strange = "a`<b>";
  const files = {
    "rollouts/zzz.json": document("zzz", { release: broken }),
    "rollouts/aaa.json": document("aaa", { pending: {} }),
    [`rollouts/${strange}.json`]: document(strange, { hold: { reason: "**now**" } }),
  };
  await github.push(shop.repository, "sluice/state", { files, message: "Beside", author: "alice" });
  const pull = await shop.ship("2.0.0");
  await shop.weightIs(10);
  const watching = runner.runs.find(({ state }) => state === "running");
  // Longer than a job goes on without being able to read.
  await sleep(8_000);
  expect(watching?.state).toBe("running");
  await shop.alice.comment(pull, "/canary rollback");
  await until("The end", async () => (await shop.state())?.last?.outcome === "rolled-back");
  await until("The watching job's end", async () => watching?.state === "done");
  expect(watching).toMatchObject({ code: 0 });
  const rows = watching?.summary.split("\n").filter((line) => line.startsWith("| `") || line.includes("now"));
  expect(rows).toEqual(["| `checkout` | `checkout#1` | rolled-back | 0 % | - | - |"]);
});

it("a job goes when its time is over, and the next one goes on where it was", async () => {
  const shop = await open("relay", { watch: "3s" });
  await shop.ship("2.0.0");
  await shop.weightIs(10);
  await until("The first job's end", async () => runner.runs.every(({ state }) => state !== "running"));
  const before = await shop.ours();
  const pull = (await shop.alice.pulls())[0]?.number ?? 0;
  const said = await shop.alice.comment(pull, "/canary rollback");
  await until("The answer", async () => (await shop.alice.reactions(said)).includes("rocket"));
  await shop.weightIs(0);
  expect(before).toEqual(await shop.ours());
  expect(runner.runs.filter(({ state, code }) => state === "done" && code !== 0)).toEqual([]);
});

it("where jobs may not open pull requests a rollback commits weight 0 alone, and the job says so loudly", async () => {
  const shop = await open("closed");
  github.setActions(shop.repository, { mayOpenPulls: false });
  const pull = await shop.ship("2.0.0");
  await shop.weightIs(10);
  await shop.alice.comment(pull, "/canary rollback");
  await shop.weightIs(0);
  await until("The end", async () => (await shop.state())?.last?.outcome === "rolled-back");
  expect(await shop.rollbackPulls()).toEqual([]);
  expect(await shop.git.read("main", CANARY)).toContain(":2.0.0");
  const refused = "not permitted to create or approve pull requests";
  expect(runner.log.filter((line) => line.includes("::error") && line.includes(refused))).not.toEqual([]);
  expect((await shop.sticky(pull))[0]?.replace(/\s+/g, " ")).toContain(refused);
});

it("with the token of an App all of it is the App's, and a run by hand finds nothing that it cannot do", async () => {
  const shop = await open("own-app", {}, installationToken);
  const app = createTokenClient({ token: await installationToken(shop), baseUrl: github.url, log: silent });
  await shop.ship("2.0.0");
  await shop.weightIs(10);
  expect((await shop.ours()).map(({ author }) => author)).toEqual(["sluice[bot]"]);
  const { id } = shop.repository;
  const where = { id, owner: "own-app", name: "shop" };
  expect(await limitsOfToken(app, where, "sluice[bot]", ["main", "sluice/state"])).toEqual([]);
});

it("a job's own token has limits, each with what to do", async () => {
  const shop = await open("limits");
  github.protectBranch(shop.repository, "main", { requiredReviews: 1, ruleset: true });
  github.setActions(shop.repository, {
    workflows: { ".github/workflows/sluice.yml": "disabled_inactivity" },
  });
  runner.dispatch("workflow_dispatch", {});
  const run = await until("The run by hand", async () => {
    const last = runner.runs.at(-1);
    return last?.event === "workflow_dispatch" && last.state === "done" && last;
  });
  const findings = run.summary.split("\n").filter((line) => line.startsWith("- "));
  expect(findings.map((line) => line.split(/[.:] /)[0])).toEqual([
    "- Every workflow of this repository can write as github-actions[bot]",
    "- What this token pushes starts no workflow",
    "- Gates that wait for a workflow of `on",
    "- Teams among `approvers` cannot be asked for",
    "- Whether this token may open pull requests cannot be read; only an admin may",
    "- GitHub has stopped .github/workflows/sluice.yml, as the repository was not active for 60 days",
    "- github-actions[bot] may not commit to main",
  ]);
});

const silent = { debug() {}, warn() {} };

async function installationToken(shop: Shop): Promise<string> {
  const { appId, privateKey } = github.app;
  const { asApp } = createClients({ appId, privateKey, baseUrl: github.url, log: silent });
  const { data } = await asApp.rest.apps.createInstallationAccessToken({
    installation_id: github.installationId(shop.repository),
  });
  return data.token;
}
