import type { Octokit } from "@octokit/rest";
import { z } from "zod";
import { ForgeError, type MergeOutcome, type PullFacts } from "../../ports/forge.ts";
import { sentenceOf, statusOf } from "./errors.ts";
import type { Gateway } from "./gateway.ts";
import { BODY_BYTES, withinBytes } from "./text.ts";

type Rest = Octokit["rest"];
type ListedPull = Awaited<ReturnType<Rest["pulls"]["list"]>>["data"][number];
type FullPull = Awaited<ReturnType<Rest["pulls"]["get"]>>["data"];

/** GitHub's words for what its rules let through, with checks that nobody requires still to come or not. */
const MERGEABLE: ReadonlySet<string> = new Set(["clean", "unstable", "has_hooks"]);

/** GitHub shows an account that is gone as this one. */
const GHOST = "ghost";

export async function readPull(gateway: Gateway, number: number): Promise<PullFacts> {
  const { data } = await gateway.read(() =>
    gateway.octokit.rest.pulls.get({ ...gateway.repo, pull_number: number }),
  );
  return { ...factsOf(data), closedBy: await closerOf(gateway, data) };
}

/** Lists carry nobody who merged or closed: `closedBy` is null in them. */
export async function readPullsOf(gateway: Gateway, commit: string): Promise<readonly PullFacts[]> {
  const { data } = await gateway.read(() =>
    gateway.octokit.rest.repos.listPullRequestsAssociatedWithCommit({
      ...gateway.repo,
      commit_sha: commit,
      per_page: 100,
    }),
  );
  return newestFirst(data.map(factsOf).filter((pull) => pull.state !== "closed"));
}

export async function readPullsFrom(gateway: Gateway, branch: string): Promise<readonly PullFacts[]> {
  const { data } = await gateway.read(() =>
    gateway.octokit.rest.pulls.list({
      ...gateway.repo,
      state: "all",
      head: `${gateway.repo.owner}:${branch}`,
      per_page: 100,
    }),
  );
  // The filter goes by the owner's name: another repository of the same owner may have such a branch too.
  return newestFirst(data.map(factsOf).filter((pull) => !pull.fork && pull.headBranch === branch));
}

export async function readOpenPulls(gateway: Gateway, base: string): Promise<readonly PullFacts[]> {
  const pulls = await gateway.read(() =>
    gateway.octokit.paginate(gateway.octokit.rest.pulls.list, {
      ...gateway.repo,
      state: "open",
      base,
      per_page: 100,
    }),
  );
  return newestFirst(pulls.map(factsOf));
}

/** GitHub lists no more files of a pull request, and does not say that it left some out. */
const LISTED = 3000;

/** Both names of a renamed file: it is gone from the one and new at the other. */
export async function readPullFiles(gateway: Gateway, number: number): Promise<readonly string[] | null> {
  const files = await gateway.read(() =>
    gateway.octokit.paginate(gateway.octokit.rest.pulls.listFiles, {
      ...gateway.repo,
      pull_number: number,
      per_page: 100,
    }),
  );
  if (files.length >= LISTED) return null;
  return files.flatMap(({ filename, previous_filename: before }) =>
    before === undefined ? [filename] : [before, filename],
  );
}

/** Opens the pull request, or returns the open one of this branch and base. */
export async function openPull(
  gateway: Gateway,
  request: {
    readonly branch: string;
    readonly base: string;
    readonly title: string;
    readonly body: string;
  },
): Promise<PullFacts> {
  const { branch, base, title } = request;
  try {
    const { data } = await gateway.write(
      "rollback",
      () =>
        gateway.octokit.rest.pulls.create({
          ...gateway.repo,
          head: branch,
          base,
          title,
          body: withinBytes(request.body, BODY_BYTES),
        }),
      { notifies: true },
    );
    return factsOf(data);
  } catch (error) {
    if (statusOf(error) !== 422) {
      throw error;
    }
    const pulls = await readPullsFrom(gateway, branch);
    const open = pulls.find((pull) => pull.state === "open" && pull.base === base);
    if (open === undefined) {
      throw error;
    }
    return open;
  }
}

export async function updatePull(
  gateway: Gateway,
  number: number,
  change: { readonly body?: string; readonly state?: "closed" },
): Promise<void> {
  const { body, state } = change;
  await gateway.write("state", () =>
    gateway.octokit.rest.pulls.update({
      ...gateway.repo,
      pull_number: number,
      ...(body === undefined ? {} : { body: withinBytes(body, BODY_BYTES) }),
      ...(state === undefined ? {} : { state }),
    }),
  );
}

const REFUSED: readonly number[] = [405, 409, 422];

/** GitHub answers so with 405, as of a broken rule: only its sentence tells them apart. 409 is for the head. */
const BASE_MOVED = /^Base branch was modified\b/i;

/** Merges while the head is `sha`, in the first way the repository allows: merge, squash, rebase. */
export async function mergePull(
  gateway: Gateway,
  number: number,
  sha: string,
  message: { readonly title: string; readonly body: string },
): Promise<MergeOutcome> {
  const method = await mergeMethod(gateway);
  try {
    const { data } = await gateway.write(
      "rollback",
      () =>
        gateway.octokit.rest.pulls.merge({
          ...gateway.repo,
          pull_number: number,
          sha,
          merge_method: method,
          commit_title: message.title,
          commit_message: message.body,
        }),
      { notifies: true },
    );
    return { status: "merged", oid: data.sha };
  } catch (error) {
    const status = statusOf(error);
    if (!(error instanceof ForgeError) || status === null || !REFUSED.includes(status)) throw error;
    const sentence = sentenceOf(error);
    if (BASE_MOVED.test(sentence)) return { status: "base-moved" };
    if (status === 409) return { status: "stale" };
    const outcome = refusedMerge(await readPull(gateway, number), sha, sentence);
    if (outcome.status !== "blocked" || !(await queued(gateway, number, sha))) return outcome;
    return {
      status: "blocked",
      queued: true,
      reason: "The branch has a merge queue. This pull request is in it, and nothing else may merge it.",
    };
  }
}

const queueAnswer = z.object({
  repository: z.object({
    pullRequest: z.object({ id: z.string(), isMergeQueueEnabled: z.boolean(), isInMergeQueue: z.boolean() }),
  }),
});

/**
 * Where only a merge queue may merge, the pull request goes into it, at its front where that is allowed; until the
 * queue has merged it, it is not merged. False where there is none, it takes nothing, or that cannot be found out: then
 * what was refused stands as it is.
 */
async function queued(gateway: Gateway, number: number, sha: string): Promise<boolean> {
  try {
    return await intoQueue(gateway, number, sha);
  } catch (error) {
    if (error instanceof ForgeError) return false;
    throw error;
  }
}

async function intoQueue(gateway: Gateway, number: number, sha: string): Promise<boolean> {
  const { repository } = await gateway.query(
    `query queue($owner: String!, $repo: String!, $number: Int!) {
      repository(owner: $owner, name: $repo) {
        pullRequest(number: $number) { id isMergeQueueEnabled isInMergeQueue }
      }
    }`,
    { number },
    queueAnswer,
  );
  const { id, isMergeQueueEnabled, isInMergeQueue } = repository.pullRequest;
  if (!isMergeQueueEnabled) return false;
  const enqueue = (jump: boolean) =>
    gateway.write("rollback", () =>
      gateway.octokit.graphql(
        `mutation enqueue($input: EnqueuePullRequestInput!) {
          enqueuePullRequest(input: $input) { clientMutationId }
        }`,
        { input: { pullRequestId: id, expectedHeadOid: sha, jump } },
      ),
    );
  if (!isInMergeQueue) await enqueue(true).catch(() => enqueue(false));
  return true;
}

/** GitHub's 405 says "not mergeable" of a broken rule, a closed pull request and one merged a moment ago alike. */
function refusedMerge(pull: PullFacts, sha: string, reason: string): MergeOutcome {
  if (pull.state === "merged" && pull.head === sha && pull.mergeCommit !== null) {
    return { status: "merged", oid: pull.mergeCommit };
  }
  return pull.state === "open" && pull.head === sha ? { status: "blocked", reason } : { status: "stale" };
}

async function mergeMethod(gateway: Gateway): Promise<"merge" | "squash" | "rebase"> {
  const { data } = await gateway.read(() => gateway.octokit.rest.repos.get(gateway.repo));
  if (data.allow_merge_commit !== false) {
    return "merge";
  }
  return data.allow_squash_merge === false ? "rebase" : "squash";
}

async function closerOf(gateway: Gateway, pull: FullPull): Promise<string | null> {
  if (pull.merged) {
    return pull.merged_by?.login ?? null;
  }
  if (pull.state !== "closed") {
    return null;
  }
  const { data } = await gateway.read(() =>
    gateway.octokit.rest.issues.get({ ...gateway.repo, issue_number: pull.number }),
  );
  return data.closed_by?.login ?? null;
}

function factsOf(pull: ListedPull | FullPull): PullFacts {
  const merged = pull.merged_at !== null;
  return {
    number: pull.number,
    title: pull.title,
    body: pull.body ?? "",
    author: pull.user?.login ?? GHOST,
    state: merged ? "merged" : pull.state === "open" ? "open" : "closed",
    base: pull.base.ref,
    headBranch: pull.head.ref,
    head: pull.head.sha,
    // On an open pull request this is GitHub's trial merge, which no branch has.
    mergeCommit: merged ? pull.merge_commit_sha : null,
    mergeable: "mergeable_state" in pull && MERGEABLE.has(pull.mergeable_state),
    commits: "commits" in pull ? pull.commits : null,
    closedBy: null,
    // A fork that was deleted is null, and was a fork.
    fork: pull.head.repo?.id !== pull.base.repo.id,
    url: pull.html_url,
  };
}

function newestFirst(pulls: readonly PullFacts[]): readonly PullFacts[] {
  return pulls.toSorted((a, b) => b.number - a.number);
}
