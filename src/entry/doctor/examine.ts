import type { Octokit } from "@octokit/rest";
import { createTokenClient } from "../../adapters/github/client.ts";
import { called, loginOf } from "../../adapters/github/directory.ts";
import { createForge } from "../../adapters/github/forge.ts";
import { having } from "../../adapters/github/heads.ts";
import { rulesOf } from "../../adapters/github/push-rules.ts";
import type { WriteQueue } from "../../adapters/github/queue.ts";
import { limitsOfToken } from "../../adapters/github/token-limits.ts";
import { hooksFor } from "../../adapters/hooks/hooks.ts";
import { createKubernetes } from "../../adapters/kubernetes/kubernetes.ts";
import { createPrometheus } from "../../adapters/prometheus/prometheus.ts";
import type { RepositoryId } from "../../ports/scheduler.ts";
import { CONFIG_FILE } from "../../reconcile/read.ts";
import { sameName } from "../../reconcile/repository-name.ts";
import { STATE_BRANCH } from "../../reconcile/state-document.ts";
import { wordsOf } from "../../reconcile/words-of.ts";
import {
  checked,
  readEnvironment,
  type Variables,
  type WorldEnvironment,
  worldPart,
} from "../environment.ts";
import { connectGitHub } from "../parts.ts";
import { type AppExamined, examineApp } from "./app.ts";
import { type Finding, findingsAbout, sentence } from "./finding.ts";
import { examineRepository } from "./repository.ts";
import { examineClusters, examineSources } from "./services.ts";
import { examineWebhook } from "./webhook.ts";

const VARIABLES =
  "docs/operating.md has every variable; `npm run sluice` reads the .env beside Sluice's package.json. Without an App, `npm start` offers a page that creates one.";
const SILENT = { debug: () => {}, info: () => {}, warn: () => {} };

/**
 * Everything that the bot stands on, asked as the bot asks: the environment, GitHub, the webhook, metrics sources,
 * clusters and each configured repository, or the one that is named (`owner/name`). With `GITHUB_TOKEN` in the place of
 * an App: as a job of GitHub Actions asks, in `GITHUB_REPOSITORY`. Writes nothing anywhere.
 */
export async function examine(env: Variables, only: string | null): Promise<readonly Finding[]> {
  const token = env["GITHUB_TOKEN"];
  return token && !env["APP_ID"] ? examineJob(env, token) : examineServer(env, only);
}

async function examineServer(env: Variables, only: string | null): Promise<readonly Finding[]> {
  const { ok, problem } = findingsAbout("environment");
  const read = readEnvironment(env);
  if (!read.ok) {
    const found = read.problems.map((words) => problem(words, VARIABLES));
    const others = checked((problems) => worldPart(env, problems));
    return [...found, ...(others.ok ? await services(others.environment).findings() : [])];
  }
  const { environment } = read;
  const github = connectGitHub(environment, SILENT);
  const examined = services(environment);
  const [app, webhook, others] = await Promise.all([
    examineApp(github.directory, environment.githubUrl),
    examineWebhook(github.clients.asApp, environment.webhookPath),
    examined.findings(),
  ]);
  return [
    ok("It is complete."),
    ...app.findings,
    ...(app.self === null ? [] : webhook),
    ...others,
    ...(await examineRepositories(github, app, only, examined)),
  ];
}

/** What is examined of GitHub's side, by whoever may ask it. */
interface Client {
  readonly octokit: Octokit;
  readonly queue: WriteQueue;
  readonly self: { readonly login: string };
}

function services({ sources, clusters, hooks }: WorldEnvironment) {
  const prometheus = createPrometheus(sources);
  const kubernetes = createKubernetes(clusters);
  return {
    findings: async () => [
      ...(await examineSources(sources, (name, query) => prometheus.checkQuery(name, query, Date.now()))),
      ...(await examineClusters(clusters, kubernetes.reach)),
    ],
    /** `all`: what the installation covers; null where only this one may be read. */
    repository(
      { octokit, queue, self }: Client,
      repository: RepositoryId,
      all: readonly RepositoryId[] | null,
    ): Promise<readonly Finding[]> {
      const name = nameOf(repository);
      const forgeOf = (one: RepositoryId) => createForge({ octokit, queue, repository: one, self });
      const beside = async (other: string) => {
        const found = all?.find((one) => sameName(nameOf(one), other));
        return found ? forgeOf(found) : null;
      };
      const seen = {
        name,
        forge: forgeOf(repository),
        ...(all && { beside }),
        metrics: prometheus.for(name),
        cluster: kubernetes.for(name),
        hooks: hooksFor(hooks, name),
        rulesOf: (branch: string) => rulesOf(octokit, repository, branch),
      };
      return examineRepository(seen, Date.now);
    },
  };
}

function nameOf({ owner, name }: RepositoryId): string {
  return `${owner}/${name}`;
}

async function examineRepositories(
  { clients, directory }: ReturnType<typeof connectGitHub>,
  { self, installations }: AppExamined,
  only: string | null,
  examined: ReturnType<typeof services>,
): Promise<readonly Finding[]> {
  if (self === null) return [];
  const findings: Finding[] = [];
  let found = 0;
  for (const { id, account } of installations) {
    const client = { octokit: clients.forInstallation(id), queue: clients.queueFor(id), self };
    let all: readonly RepositoryId[];
    let configured: readonly RepositoryId[];
    try {
      all = await directory.repositories(id);
      configured =
        only === null
          ? await having(client.octokit, all, CONFIG_FILE)
          : all.filter((one) => sameName(nameOf(one), only));
    } catch (error) {
      const { problem } = findingsAbout(account);
      findings.push(problem(`Its repositories cannot be listed: ${sentence(wordsOf(error))}`, "Try again."));
      continue;
    }
    found += configured.length;
    for (const repository of configured)
      findings.push(...(await examined.repository(client, repository, all)));
  }
  if (found > 0 || installations.length === 0) return findings;
  const { problem, warning } = findingsAbout("repositories");
  return [
    ...findings,
    only === null
      ? warning(`No repository has ${CONFIG_FILE} yet.`, "Add one: README.md has an example.")
      : problem(`The App is not installed on ${only}.`, "Install it there, or look for a slip in the name."),
  ];
}

/** What a job's token may do is less than what an App may: each limit is a warning. */
async function examineJob(env: Variables, token: string): Promise<readonly Finding[]> {
  const { ok, problem } = findingsAbout("environment");
  const [owner = "", name = ""] = (env["GITHUB_REPOSITORY"] ?? "").split("/");
  const read = checked((problems) => {
    if (owner === "" || name === "") problems.push("GITHUB_REPOSITORY is not set as owner/name.");
    return worldPart(env, problems);
  });
  if (!read.ok) {
    return read.problems.map((words) => problem(words, "docs/actions.md says what a job needs."));
  }
  const { githubUrl: baseUrl, writeInterval: writeIntervalMs } = read.environment;
  const client = createTokenClient({ token, baseUrl, writeIntervalMs, log: SILENT });
  const of = findingsAbout("token");
  const examined = services(read.environment);
  try {
    const login = await loginOf(client.octokit);
    const { data } = await called(() => client.octokit.rest.repos.get({ owner, repo: name }));
    const repository = { id: data.id, owner, name };
    const limits = await limitsOfToken(client, repository, login, [data.default_branch, STATE_BRANCH]);
    return [
      ok("It is complete."),
      of.ok(`${baseUrl} knows it as ${login}.`),
      ...limits.map(({ what, fix }) => of.warning(what, fix)),
      ...(await examined.findings()),
      ...(await examined.repository({ ...client, self: { login } }, repository, null)),
    ];
  } catch (error) {
    const fix = "Check GITHUB_TOKEN and GITHUB_REPOSITORY.";
    return [of.problem(`GitHub gives no answer that can be used: ${sentence(wordsOf(error))}`, fix)];
  }
}
