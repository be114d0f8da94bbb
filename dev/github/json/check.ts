import type { CheckRun, CheckSuite, JsonObject, Pull } from "../model.ts";
import type { Repository } from "../repository.ts";
import type { World } from "../world.ts";
import { appJson } from "./app.ts";
import { iso, isoOrNull, nodeId } from "./basics.ts";
import { repositoryApi, repositoryHtml } from "./repository.ts";

/** `pull-request-minimal`. */
function minimalPull(url: string, repository: Repository, pull: Pull): JsonObject {
  const api = repositoryApi(url, repository);
  const repo = { id: repository.id, url: api, name: repository.name };
  return {
    id: pull.id,
    number: pull.number,
    url: `${api}/pulls/${pull.number}`,
    head: { ref: pull.headBranch, sha: pull.head, repo },
    base: { ref: pull.base, sha: pull.baseSha, repo },
  };
}

function pullsAt(url: string, repository: Repository, sha: string): JsonObject[] {
  return [...repository.pulls.values()]
    .filter((pull) => pull.state === "open" && pull.head === sha)
    .map((pull) => minimalPull(url, repository, pull));
}

/** `check-run`. */
export function checkRunJson(world: World, repository: Repository, run: CheckRun): JsonObject {
  const { url } = world;
  const self = `${repositoryApi(url, repository)}/check-runs/${run.id}`;
  const html = `${repositoryHtml(url, repository)}/runs/${run.id}`;
  return {
    id: run.id,
    name: run.name,
    node_id: nodeId("CR", run.id),
    head_sha: run.sha,
    external_id: run.externalId ?? "",
    url: self,
    html_url: html,
    details_url: run.detailsUrl ?? html,
    status: run.status,
    conclusion: run.conclusion,
    started_at: isoOrNull(run.startedAt),
    completed_at: isoOrNull(run.completedAt),
    output: {
      ...run.output,
      annotations_count: run.annotations.length,
      annotations_url: `${self}/annotations`,
    },
    check_suite: { id: run.suite },
    app: appJson(world, run.app),
    pull_requests: pullsAt(url, repository, run.sha),
  };
}

function suiteState(
  repository: Repository,
  suite: CheckSuite,
): { status: string; conclusion: string | null } {
  const runs = [...repository.checkRuns.values()].filter((run) => run.suite === suite.id);
  if (runs.some((run) => run.status !== "completed")) return { status: "in_progress", conclusion: null };
  const worst = runs.find((run) => run.conclusion !== "success" && run.conclusion !== "neutral");
  return { status: "completed", conclusion: worst?.conclusion ?? "success" };
}

/** The check run of a webhook: its suite is whole (`check-run-with-simple-check-suite`). */
export function checkRunEventJson(world: World, repository: Repository, run: CheckRun): JsonObject {
  const suite = repository.checkSuites.get(run.suite);
  const body = checkRunJson(world, repository, run);
  if (suite === undefined) return body;
  return {
    ...body,
    check_suite: {
      id: suite.id,
      node_id: nodeId("CS", suite.id),
      head_branch: suite.branch,
      head_sha: suite.sha,
      ...suiteState(repository, suite),
      url: `${repositoryApi(world.url, repository)}/check-suites/${suite.id}`,
      before: null,
      after: suite.sha,
      pull_requests: pullsAt(world.url, repository, suite.sha),
      app: appJson(world, suite.app),
      created_at: iso(suite.createdAt),
      updated_at: iso(suite.createdAt),
    },
  };
}
