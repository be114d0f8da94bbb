import { z } from "zod";
import { HttpError, invalid, notFound } from "../errors.ts";
import { numberParam, parseBody } from "../input.ts";
import { checkRunEventJson, checkRunJson } from "../json/check.ts";
import { repositoryApi } from "../json/repository.ts";
import { autoMerge } from "../merge.ts";
import type { CheckRun, CheckSuite } from "../model.ts";
import type { Repository } from "../repository.ts";
import {
  type Need,
  page,
  type Reply,
  type RepositoryCall,
  type Route,
  repositoryRoute,
  viaApp,
} from "../router.ts";

const read: Need = { permission: "checks", access: "read" };
/** Only Apps write checks. */
const write: Need = { permission: "checks", access: "write", role: null };

export const checkRoutes: readonly Route[] = [
  repositoryRoute("POST", "check-runs", write, createRun),
  repositoryRoute("GET", "check-runs/{check_run_id}", read, async ({ world, repository, params }) => ({
    status: 200,
    body: checkRunJson(world, repository, runOf(repository, params["check_run_id"])),
  })),
  repositoryRoute("PATCH", "check-runs/{check_run_id}", write, updateRun),
  repositoryRoute("GET", "check-runs/{check_run_id}/annotations", read, async (call) => {
    const { world, repository, params } = call;
    const run = runOf(repository, params["check_run_id"]);
    const { items, headers } = page(call, run.annotations);
    return {
      status: 200,
      headers,
      body: items.map((item) => ({
        ...item,
        start_column: null,
        end_column: null,
        title: item.title ?? null,
        raw_details: item.raw_details ?? null,
        blob_href: `${repositoryApi(world.url, repository)}/contents/${item.path}?ref=${run.sha}`,
      })),
    };
  }),
  repositoryRoute("GET", "commits/{ref}/check-runs", read, listRuns),
];

/** GitHub's limits for the texts of a check run. */
const longestText = 65_535;
const mostAnnotations = 50;
const mostActions = 3;

const output = z.object({
  title: z.string().optional(),
  summary: z.string().optional(),
  text: z.string().optional(),
  annotations: z
    .array(
      z.object({
        path: z.string(),
        start_line: z.number(),
        end_line: z.number(),
        annotation_level: z.enum(["notice", "warning", "failure"]),
        message: z.string(),
        title: z.string().optional(),
        raw_details: z.string().optional(),
      }),
    )
    .optional(),
});
const action = z.object({
  label: z.string().max(20),
  description: z.string().max(40),
  identifier: z.string().max(20),
});
const fields = z.object({
  name: z.string().optional(),
  status: z.enum(["queued", "in_progress", "completed"]).optional(),
  conclusion: z
    .enum(["success", "failure", "neutral", "cancelled", "skipped", "timed_out", "action_required", "stale"])
    .optional(),
  started_at: z.string().optional(),
  completed_at: z.string().optional(),
  external_id: z.string().optional(),
  details_url: z.string().optional(),
  output: output.optional(),
  actions: z.array(action).optional(),
});
type Fields = z.infer<typeof fields>;

function runOf(repository: Repository, id: string | undefined): CheckRun {
  const found = repository.checkRuns.get(numberParam(id));
  if (found === undefined) throw notFound();
  return found;
}

function assertFits(input: Fields): void {
  for (const name of ["summary", "text"] as const) {
    if ((input.output?.[name] ?? "").length > longestText) {
      throw invalid("CheckRun", name, `Only ${longestText} characters are allowed; ${name} is too long`);
    }
  }
  if ((input.output?.annotations ?? []).length > mostAnnotations) {
    throw invalid("CheckRun", "annotations", `Annotations exceeds a maximum quantity of ${mostAnnotations}`);
  }
  if ((input.actions ?? []).length > mostActions) {
    throw invalid("CheckRun", "actions", `Actions exceeds a maximum quantity of ${mostActions}`);
  }
  if (input.status === "completed" && input.conclusion === undefined) {
    throw invalid(
      "CheckRun",
      "conclusion",
      "conclusion is required when status is completed",
      "missing_field",
    );
  }
}

function suiteFor(
  { world, repository }: Pick<RepositoryCall, "world" | "repository">,
  sha: string,
  app: string,
  workflow: string | null,
): CheckSuite {
  for (const suite of repository.checkSuites.values())
    if (suite.sha === sha && suite.app === app && (workflow === null || suite.workflow === workflow))
      return suite;
  const branch = [...repository.pulls.values()].find((pull) => pull.head === sha)?.headBranch ?? null;
  const suite = { id: world.id(), app, sha, branch, workflow, createdAt: world.now() };
  repository.checkSuites.set(suite.id, suite);
  return suite;
}

type Where = Pick<RepositoryCall, "world" | "repository" | "account">;

function createRun(call: RepositoryCall): Promise<Reply> {
  return runBy(call, viaApp(call.actor) ?? call.world.app.slug, call.body);
}

/** Makes a run as that App would: in the workflow's suite, or by the API (null) in whichever the App has first. */
export async function runBy(
  call: Where,
  app: string,
  body: unknown,
  workflow: string | null = null,
): Promise<Reply> {
  const { world, repository } = call;
  const { head_sha: sha, ...input } = parseBody(
    fields.extend({ name: z.string(), head_sha: z.string() }),
    body,
  );
  assertFits(input);
  if ((await repository.git.commit(sha)) === null)
    throw new HttpError(422, `No commit found for SHA: ${sha}`);
  const suite = suiteFor(call, sha, app, workflow);
  const run: CheckRun = {
    id: world.id(),
    app: suite.app,
    suite: suite.id,
    sha,
    name: input.name,
    status: "queued",
    conclusion: null,
    startedAt: world.now(),
    completedAt: null,
    externalId: null,
    detailsUrl: null,
    output: { title: null, summary: null, text: null },
    annotations: [],
    actions: [],
  };
  apply(call, run, input);
  repository.checkRuns.set(run.id, run);
  emit(call, run, "created");
  if (run.status === "completed") await completed(call, run);
  return { status: 201, body: checkRunJson(world, repository, run) };
}

async function updateRun(call: RepositoryCall): Promise<Reply> {
  const { world, repository, params, body } = call;
  const input = parseBody(fields, body);
  assertFits(input);
  const run = runOf(repository, params["check_run_id"]);
  const wasCompleted = run.status === "completed";
  apply(call, run, input);
  if (!wasCompleted && run.status === "completed") await completed(call, run);
  return { status: 200, body: checkRunJson(world, repository, run) };
}

function apply({ world }: Where, run: CheckRun, input: Fields): void {
  run.name = input.name ?? run.name;
  run.externalId = input.external_id ?? run.externalId;
  run.detailsUrl = input.details_url ?? run.detailsUrl;
  run.startedAt = input.started_at === undefined ? run.startedAt : Date.parse(input.started_at);
  run.actions = input.actions ?? run.actions;
  if (input.output !== undefined) {
    const { annotations = [], ...texts } = input.output;
    run.output = {
      title: texts.title ?? run.output.title,
      summary: texts.summary ?? run.output.summary,
      text: texts.text ?? run.output.text,
    };
    run.annotations.push(...annotations);
  }
  // A conclusion completes the run, said or not.
  const status = input.conclusion === undefined ? input.status : "completed";
  if (status === undefined) return;
  run.status = status;
  run.conclusion = status === "completed" ? (input.conclusion ?? run.conclusion) : null;
  const completedAt = input.completed_at === undefined ? world.now() : Date.parse(input.completed_at);
  run.completedAt = status === "completed" ? completedAt : null;
}

function emit({ world, repository, account }: Where, run: CheckRun, what: string): void {
  if (!world.webhooks.active) return;
  const check = checkRunEventJson(world, repository, run);
  world.webhooks.emit("check_run", repository, account, { action: what, check_run: check });
}

async function completed(call: Where, run: CheckRun): Promise<void> {
  emit(call, run, "completed");
  for (const pull of call.repository.pulls.values()) {
    if (pull.head === run.sha) await autoMerge(call.world, call.repository, pull);
  }
}

async function listRuns(call: RepositoryCall): Promise<Reply> {
  const { world, repository, params, query } = call;
  const sha = await repository.git.resolve(params["ref"] ?? "");
  if (sha === null) throw new HttpError(422, `No commit found for SHA: ${params["ref"] ?? ""}`);
  const name = query.get("check_name");
  const status = query.get("status");
  const app = query.get("app_id");
  let matching = [...repository.checkRuns.values()].filter(
    (run) =>
      run.sha === sha &&
      (name === null || run.name === name) &&
      (status === null || run.status === status) &&
      (app === null || (app === String(world.app.appId) && run.app === world.app.slug)),
  );
  // `latest`, the default, is the newest run of each name in each suite.
  if (query.get("filter") !== "all") {
    matching = [...new Map(matching.map((run) => [`${run.suite} ${run.name}`, run])).values()];
  }
  matching.reverse();
  const { items, headers } = page(call, matching);
  return {
    status: 200,
    headers,
    body: {
      total_count: matching.length,
      check_runs: items.map((run) => checkRunJson(world, repository, run)),
    },
  };
}
