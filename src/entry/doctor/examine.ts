import { createForge } from "../../adapters/github/forge.ts";
import { having } from "../../adapters/github/heads.ts";
import { rulesOf } from "../../adapters/github/push-rules.ts";
import { hooksFor } from "../../adapters/hooks/hooks.ts";
import { createKubernetes } from "../../adapters/kubernetes/kubernetes.ts";
import { createPrometheus } from "../../adapters/prometheus/prometheus.ts";
import type { RepositoryId } from "../../ports/scheduler.ts";
import { CONFIG_FILE } from "../../reconcile/read.ts";
import { readEnvironment, type Variables } from "../environment.ts";
import { connectGitHub } from "../parts.ts";
import { type AppExamined, examineApp } from "./app.ts";
import { type Finding, findingsAbout, sentence, wordsOf } from "./finding.ts";
import { examineRepository } from "./repository.ts";
import { examineClusters, examineSources } from "./services.ts";
import { examineWebhook } from "./webhook.ts";

const SILENT = { debug: () => {}, info: () => {}, warn: () => {} };

/**
 * Everything that the bot stands on, asked as the bot asks: the environment, GitHub, the webhook, metrics sources,
 * clusters and each configured repository, or the one that is named (`owner/name`). Writes nothing anywhere.
 */
export async function examine(env: Variables, only: string | null): Promise<readonly Finding[]> {
  const { ok, problem } = findingsAbout("environment");
  const read = readEnvironment(env);
  if (!read.ok) {
    const fix = "docs/operating.md has every variable; .env is read from the current folder.";
    return read.problems.map((words) => problem(words, fix));
  }
  const { environment } = read;
  let github: ReturnType<typeof connectGitHub>;
  try {
    github = connectGitHub(environment, SILENT);
  } catch (error) {
    return [problem(sentence(wordsOf(error)), "Make a new key on the App's page if it is lost.")];
  }
  const prometheus = createPrometheus(environment.sources);
  const kubernetes = createKubernetes(environment.clusters);
  const [app, webhook, sources, clusters] = await Promise.all([
    examineApp(github.directory, environment.githubUrl),
    examineWebhook(github.clients.asApp, environment.webhookPath),
    examineSources(environment.sources, (name, query) => prometheus.checkQuery(name, query, Date.now())),
    examineClusters(environment.clusters, kubernetes.reach),
  ]);
  return [
    ok("It is complete."),
    ...app.findings,
    ...(app.self === null ? [] : webhook),
    ...sources,
    ...clusters,
    ...(await examineRepositories(github, app, only, { prometheus, kubernetes, hooks: environment.hooks })),
  ];
}

async function examineRepositories(
  { clients, directory }: ReturnType<typeof connectGitHub>,
  { self, installations }: AppExamined,
  only: string | null,
  {
    prometheus,
    kubernetes,
    hooks,
  }: {
    readonly prometheus: ReturnType<typeof createPrometheus>;
    readonly kubernetes: ReturnType<typeof createKubernetes>;
    readonly hooks: Parameters<typeof hooksFor>[0];
  },
): Promise<readonly Finding[]> {
  if (self === null) return [];
  const findings: Finding[] = [];
  let found = 0;
  for (const { id, account } of installations) {
    const octokit = clients.forInstallation(id);
    let configured: readonly RepositoryId[];
    try {
      const all = await directory.repositories(id);
      configured =
        only === null
          ? await having(octokit, all, CONFIG_FILE)
          : all.filter(({ owner, name }) => `${owner}/${name}`.toLowerCase() === only.toLowerCase());
    } catch (error) {
      const { problem } = findingsAbout(account);
      findings.push(problem(`Its repositories cannot be listed: ${sentence(wordsOf(error))}`, "Try again."));
      continue;
    }
    found += configured.length;
    for (const repository of configured) {
      const name = `${repository.owner}/${repository.name}`;
      const forge = createForge({ octokit, queue: clients.queueFor(id), repository, self });
      const seen = {
        name,
        forge,
        metrics: prometheus.for(name),
        cluster: kubernetes.for(name),
        hooks: hooksFor(hooks, name),
        rulesOf: (branch: string) => rulesOf(octokit, repository, branch),
      };
      findings.push(...(await examineRepository(seen, Date.now)));
    }
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
