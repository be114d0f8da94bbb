import { execFile } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { COMPILED } from "../../dev/compiled.ts";
import { until } from "../../dev/demo/watch.ts";
import { defaultPermissions } from "../../dev/github/json/app.ts";
import { type GitHub, startGitHub } from "../../dev/github/server.ts";
import { type SmallKubernetes, startSmallKubernetes } from "../../dev/kubernetes/server.ts";
import { type Served, serve } from "../../dev/mesh/serve.ts";
import { type RunningPrometheus, startPrometheus } from "../../dev/prometheus/start.ts";
import { type RunningBot, startBot } from "../../dev/stage/bot.ts";
import { kubeconfigFor } from "../adapters/kubernetes/small.ts";
import { CANARY, configuration, STABLE, shopFiles } from "../e2e/shop.ts";

const CLI = fileURLToPath(new URL("../../src/entry/cli.ts", import.meta.url));
const findings = z.array(
  z.strictObject({
    about: z.string(),
    status: z.enum(["ok", "warning", "problem"]),
    what: z.string(),
    fix: z.string().nullable(),
  }),
);

interface Told {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function doctor(env: Readonly<Record<string, string>>, ...options: string[]): Promise<Told> {
  return new Promise((resolve) => {
    const whole = { PATH: process.env["PATH"] ?? "", ...COMPILED, ...env };
    const child = execFile(
      process.execPath,
      [CLI, "doctor", ...options],
      { env: whole },
      (_, stdout, stderr) => {
        resolve({ code: child.exitCode ?? -1, stdout, stderr });
      },
    );
  });
}

/** What is said of one thing, by status. */
async function told(env: Readonly<Record<string, string>>, ...options: string[]) {
  const { stdout, code } = await doctor(env, "--json", ...options);
  const all = findings.parse(JSON.parse(stdout));
  return {
    code,
    all,
    of: (about: string, status: string) =>
      all.filter((one) => one.about === about && one.status === status).map(({ what }) => what),
  };
}

/** What the proxies of the stable side would tell. */
async function startProxy(): Promise<Served> {
  let requests = 0;
  return serve((_, response) => {
    requests += 100;
    const labels =
      'reporter="destination",destination_workload="checkout-stable",destination_workload_namespace="production",request_protocol="http",response_code="200"';
    response.end(`# TYPE istio_requests_total counter\nistio_requests_total{${labels}} ${requests}\n`);
  });
}

let proxy: Served;
let prometheus: RunningPrometheus;
let kubernetes: SmallKubernetes;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "sluice-doctor-"));
  [proxy, kubernetes] = await Promise.all([startProxy(), startSmallKubernetes()]);
  const targets = [`127.0.0.1:${proxy.port}`];
  prometheus = await startPrometheus({ scrape: [{ job: "proxies", targets, interval: "1s" }] });
  const asked = `${prometheus.url}/api/v1/query?query=rate(istio_requests_total[1m])>0`;
  await until("Two scrapes", async () => (await (await fetch(asked)).text()).includes("checkout-stable"));
  await writeFile(join(folder, "kubeconfig"), kubeconfigFor(kubernetes.url));
});
afterAll(async () => {
  await Promise.all([prometheus.stop(), proxy.close(), kubernetes.stop(), rm(folder, { recursive: true })]);
});

function variables(github: GitHub): Record<string, string> {
  return {
    APP_ID: String(github.app.appId),
    PRIVATE_KEY: github.app.privateKey,
    WEBHOOK_SECRET: github.app.webhookSecret,
    GITHUB_API_URL: github.url,
    PROMETHEUS_URL: prometheus.url,
    CLUSTER_KUBECONFIG: join(folder, "kubeconfig"),
    CLUSTER_NAMESPACES: "*",
  };
}

describe("where everything is in order", () => {
  let github: GitHub;
  let bot: RunningBot;
  beforeAll(async () => {
    github = await startGitHub({ validate: true });
    const query = "- query: vector(0.5)\n        max: 1";
    const config = configuration({ more: ["cluster: production"] }).replace(
      "    promotion:",
      `      ${query}\n    promotion:`,
    );
    const repository = await github.createRepository({
      owner: "acme",
      name: "shop",
      files: shopFiles(config),
    });
    await github.createRepository({ owner: "acme", name: "website", files: { "index.html": "hello\n" } });
    const ours = { ruleset: true, restrictUpdates: true, requirePullRequest: false, bypass: ["sluice[bot]"] };
    github.protectBranch(repository, "sluice/state", ours);
    bot = await startBot({ github, prometheus: prometheus.url });
    github.setWebhook(bot.url);
    await github.settled();
  });
  afterAll(async () => {
    await bot.stop();
    await github.close();
  });

  it("says so of each thing, and ends with 0", async () => {
    const { code, all, of } = await told(variables(github));
    expect(all.filter(({ status }) => status === "problem")).toEqual([]);
    expect(code).toBe(0);
    expect(of("GitHub App", "ok")).toEqual([
      `${github.url} knows it as sluice[bot].`,
      "This machine's clock agrees with GitHub's.",
      "It is registered with every permission and event of app.yml.",
      "acme has granted all of it.",
    ]);
    expect(of("webhook", "ok")).toEqual([
      `GitHub sends to ${new URL(bot.url).host}/api/github/webhooks.`,
      "Everything in its log of 1 attempt arrived.",
    ]);
    expect(of("metrics production", "ok")).toEqual(["It answers."]);
    expect(of("cluster production", "ok")).toEqual(["Its API server answers."]);
    expect(of("acme/shop", "ok")).toContain("A ruleset keeps others from sluice/state.");
    expect(of("acme/shop", "ok")).toContain("Sluice may commit to main.");
    expect(of("acme/shop checkout", "ok")).toContain("The query `vector(0.5)` gives 0.5.");
    expect(of("acme/shop checkout", "ok").join("\n")).toMatch(
      /[\d,]+ requests of its stable side were seen in the last hour\./,
    );
    expect(all.some(({ about }) => about.startsWith("acme/website"))).toBe(false);
  });

  it("prints a page that a person can read, with what to do below each trouble", async () => {
    const { code, stdout, stderr } = await doctor(variables(github));
    expect(code).toBe(0);
    expect(stdout).toMatch(/^environment\n {2}✓ It is complete\.\n\nGitHub App\n {2}✓ /);
    expect(stdout).toMatch(/ {2}! Of its weights: .*\n {4}→ docs\/cluster.md /);
    expect(stderr).toMatch(/^0 problems, \d+ warnings?, \d+ in order\n$/);
  });

  it("asks and changes nothing", async () => {
    const before = github.requests.length;
    await doctor(variables(github));
    const made = github.requests.slice(before);
    const writes = made.filter(({ method, path }) => method !== "GET" && !/access_tokens$/.test(path));
    expect(writes.map(({ path }) => path).filter((path) => path !== "/graphql")).toEqual([]);
    expect(JSON.stringify(writes)).not.toContain("mutation");
    expect(github.unknown).toEqual([]);
    expect(github.violations).toEqual([]);
  });

  it("tells of a key that is another App's, and of a repository without the App", async () => {
    const { privateKey } = generateKeyPairSync("rsa", {
      modulusLength: 2048,
      privateKeyEncoding: { type: "pkcs8", format: "pem" },
      publicKeyEncoding: { type: "spki", format: "pem" },
    });
    const wrong = await told({ ...variables(github), PRIVATE_KEY: privateKey });
    expect(wrong.code).toBe(1);
    expect(wrong.of("GitHub App", "problem")[0]).toMatch(/^GitHub does not accept the App's key: /);
    const elsewhere = await told(variables(github), "--repository", "acme/nothing");
    expect(elsewhere.of("repositories", "problem")).toEqual(["The App is not installed on acme/nothing."]);
  });
});

describe("where much is wrong", () => {
  let github: GitHub;
  let bot: RunningBot;
  beforeAll(async () => {
    github = await startGitHub({
      validate: true,
      permissions: { ...defaultPermissions, checks: "read" },
      events: [
        "push",
        "pull_request",
        "issue_comment",
        "deployment",
        "deployment_status",
        "repository_dispatch",
      ],
    });
    const query = "- query: sum(rate(no_such_metric[1m]))\n        max: 1";
    const config = configuration({ more: ["cluster: production"] }).replace(
      "    promotion:",
      `      ${query}\n    promotion:`,
    );
    const shop = await github.createRepository({ owner: "acme", name: "shop", files: shopFiles(config) });
    github.protectBranch(shop, "main", { ruleset: true });
    const typo = configuration().replace("    bake:", "    bakes:");
    await github.createRepository({ owner: "acme", name: "pay", files: shopFiles(typo) });
    const gated = configuration({ prometheus: "staging" }).replace(
      "    slos:",
      "      - gate: { hook: load-test }\n      - gate: { hook: calendar }\n    slos:",
    );
    const files = { ...shopFiles(gated) };
    await github.createRepository({ owner: "acme", name: "cart", files });
    const alike = configuration({ more: ["metrics: { canary: checkout-stable }"] });
    const { [CANARY]: usual = "", ...others } = shopFiles(alike);
    const podless = { ...others, [CANARY]: usual.replace(/replicas: \d+/, "replicas: 0") };
    await github.createRepository({ owner: "acme", name: "alike", files: podless });
    const { [CANARY]: canary, [STABLE]: _, ...rest } = shopFiles(configuration());
    await github.createRepository({
      owner: "acme",
      name: "half",
      files: { ...rest, [CANARY]: canary ?? "" },
    });
    bot = await startBot({
      github,
      prometheus: null,
      env: { WEBHOOK_SECRET: "another-secret-than-GitHub-has" },
    });
    github.setWebhook(bot.url);
    await github.settled();
    kubernetes.tokens = new Set(["another"]);
  });
  afterAll(async () => {
    kubernetes.tokens = null;
    await bot.stop();
    await github.close();
  });

  it("names each trouble and what to do, ends with 1, and gives no secret away", async () => {
    const env = {
      ...variables(github),
      PROMETHEUS_EU_URL: "http://127.0.0.1:1",
      PROMETHEUS_EU_BEARER_TOKEN: "metrics-token-7",
      GATE_CALENDAR_URL: "http://127.0.0.1:1",
      GATE_CALENDAR_SECRET: "hook-key-7",
    };
    const { code, all, of } = await told(env);
    expect(code).toBe(1);
    const lacks = "checks: write and event check_run";
    expect(of("GitHub App", "problem")).toEqual([
      `It is registered without ${lacks}.`,
      `acme has not granted ${lacks}.`,
    ]);
    expect(of("webhook", "problem")[0]).toMatch(
      /^1 of the last 1 attempt to deliver failed, .* answered with 401\.$/,
    );
    expect(all.find(({ about, status }) => about === "webhook" && status === "problem")?.fix).toMatch(
      /^WEBHOOK_SECRET /,
    );
    expect(of("metrics eu", "problem")[0]).toMatch(/^It does not answer: /);
    expect(of("cluster production", "problem")[0]).toContain("(401)");
    expect(of("acme/shop", "problem")[0]).toMatch(
      /^Sluice may not commit to main, as changes must be made through a pull request: checkout /,
    );
    expect(of("acme/shop", "warning")[0]).toMatch(/^Whoever may push may write to sluice\/state\./);
    expect(of("acme/shop checkout", "problem").join("\n")).toContain("knows no metric no_such_metric");
    expect(of("acme/shop checkout", "problem").join("\n")).toContain("Of its weights: cluster production");
    expect(of("acme/pay", "problem")[0]).toMatch(/^\.github\/sluice\.yaml:\d+:\d+: .*bakes/);
    expect(of("acme/cart checkout", "problem")[0]).toMatch(
      /^Metrics source staging: no metrics source is called "staging"/i,
    );
    expect(of("acme/cart checkout", "problem")).toContain(
      "No hook `load-test` is configured for this repository: its gate never opens.",
    );
    expect(of("acme/cart checkout", "ok")).toContain("The hook `calendar` of its gate is configured.");
    expect(of("acme/half checkout", "problem")[0]).toContain(`names ${STABLE}, but there is no such file`);
    expect(of("acme/alike checkout", "problem")[0]).toContain("cannot tell the sides apart");
    expect(of("acme/alike checkout", "warning")[0]).toContain("has `replicas: 0`");
    expect(all.every(({ status, fix }) => status === "ok" || (fix !== null && fix.length > 10))).toBe(true);
    const page = JSON.stringify(all);
    for (const secret of ["metrics-token-7", "hook-key-7", github.app.webhookSecret, "BEGIN"])
      expect(page).not.toContain(secret);
    expect(github.violations).toEqual([]);
  });

  it("looks at one repository alone when it is named", async () => {
    const { all } = await told(variables(github), "--repository", "acme/pay");
    expect(all.filter(({ about }) => about.startsWith("acme/")).map(({ about }) => about)).toEqual([
      "acme/pay",
    ]);
  });
});

it("of code and manifests apart, it says whether each names the other", async () => {
  const github = await startGitHub({ validate: true });
  const open = (name: string, files: Readonly<Record<string, string>>) =>
    github.createRepository({ owner: "acme", name, files });
  const from = (repository: string) =>
    shopFiles(configuration({ more: [`from: { repository: ${repository}, image: ghcr.io/acme/checkout }`] }));
  const code = (manifests: string, rollouts: string) => ({
    ".github/sluice.yaml": `version: 1\nmanifests: { repository: ${manifests}, rollouts: [${rollouts}] }\n`,
  });
  await open("deploy", from("acme/checkout"));
  await open("checkout", code("Acme/Deploy", "checkout, search"));
  await open("lonely", from("acme/website"));
  await open("website", {});
  await open("lost", from("initech/nothing"));
  await open("stray", code("acme/nowhere", "checkout"));
  const { all, of } = await told(variables(github));
  await github.close();
  expect(of("acme/checkout", "ok")).toEqual([
    ".github/sluice.yaml is in order: the code of checkout and search, whose manifests are in Acme/Deploy.",
    "checkout in Acme/Deploy takes its image from here.",
  ]);
  expect(of("acme/checkout", "problem")).toEqual([
    "search in Acme/Deploy does not name this repository: nothing is brought.",
  ]);
  // Nothing is written to it.
  expect(of("acme/checkout", "warning")).toEqual([]);
  expect(of("acme/deploy checkout", "ok")).toContain("acme/checkout names it back: its images are brought.");
  expect(of("acme/lonely checkout", "problem")).toContain(
    "acme/website, which `from` names, does not name it back: nothing is brought.",
  );
  const strange = (key: string, name: string) =>
    `\`${key}\` names ${name}, which is no repository of this owner that the App is installed on.`;
  expect(of("acme/lost checkout", "problem")).toContain(strange("from", "initech/nothing"));
  expect(of("acme/stray", "problem")).toEqual([strange("manifests", "acme/nowhere")]);
  expect(all.filter(({ about }) => about === "acme/website")).toEqual([]);
  expect(github.violations).toEqual([]);
});

it("what is missing in the environment is all told at once", async () => {
  const { code, of } = await told({});
  expect(code).toBe(1);
  expect(of("environment", "problem")).toContain("APP_ID is not set.");
  expect(of("environment", "problem").length).toBeGreaterThan(2);
});

describe("for a job of GitHub Actions", () => {
  it("says what the job's token cannot do, and examines the repository and its metrics all the same", async () => {
    const github = await startGitHub({ validate: true });
    const files = shopFiles(configuration());
    const repository = await github.createRepository({ owner: "acme", name: "shop", files });
    const token = github.actionsToken(repository, { contents: "write", pull_requests: "write" });
    const { of, code, all } = await told({
      GITHUB_TOKEN: token,
      GITHUB_REPOSITORY: "acme/shop",
      GITHUB_API_URL: github.url,
      PROMETHEUS_URL: prometheus.url,
    });
    expect(of("token", "ok")).toEqual([`${github.url} knows it as github-actions[bot].`]);
    expect(of("token", "warning").join("\n")).toContain("starts no workflow");
    expect(of("acme/shop checkout", "ok").join("\n")).toMatch(/requests of its stable side were seen/);
    expect(all.filter(({ status }) => status === "problem")).toEqual([]);
    expect(code).toBe(0);
    const wrong = await told({ GITHUB_TOKEN: token, GITHUB_REPOSITORY: "shop", GITHUB_API_URL: github.url });
    expect(wrong.of("environment", "problem")).toContain("GITHUB_REPOSITORY is not set as owner/name.");
    expect(JSON.stringify([all, wrong.all])).not.toContain(token);
    await github.close();
  });
});
