import { z } from "zod";
import { type CommitOutcome, type CommitRequest, type FileChange, ForgeError } from "../../ports/forge.ts";
import { graphqlFailure } from "./errors.ts";
import { MODES, oddity } from "./files.ts";
import { type Gateway, held } from "./gateway.ts";
import { commitByGitData, type ModedChange } from "./git-data.ts";
import type { OwnCommits } from "./own-commits.ts";

const base = z.object({
  repository: z.object({
    object: z.looseObject({ tree: z.object({ oid: z.string() }).optional() }).nullable(),
  }),
});
const entry = z.object({ mode: z.number() }).nullish();
const made = z.object({
  createCommitOnBranch: z.object({ commit: z.object({ oid: z.string(), url: z.string() }) }),
});

const MUTATION = `mutation commit($input: CreateCommitOnBranchInput!) {
  createCommitOnBranch(input: $input) { commit { oid url } }
}`;

/**
 * One commit by compare-and-swap on the branch's head. GitHub's own mutation knows only mode 100644 and would
 * drop an executable bit, so a change of any other file goes through git's objects.
 */
export async function commitFiles(
  gateway: Gateway,
  own: OwnCommits,
  request: CommitRequest,
): Promise<CommitOutcome> {
  const found = await modesAt(gateway, request);
  if (found === null) {
    return { status: "stale" };
  }
  // Deleting what is not there is done already, and an error to GitHub.
  const changes = found.changes.filter((change) => change.text !== null || change.existed);
  if (changes.some((change) => change.mode !== MODES.plain)) {
    return commitByGitData(gateway, { ...request, baseTree: found.tree, changes });
  }
  return commitByMutation(gateway, own, request, changes);
}

async function modesAt(
  gateway: Gateway,
  request: CommitRequest,
): Promise<{ tree: string; changes: (ModedChange & { existed: boolean })[] } | null> {
  const variables: Record<string, string> = { head: request.expectedHead };
  const files = request.files.map(({ path }, index) => {
    variables[`p${index}`] = path;
    return `f${index}: file(path: $p${index}) { mode }`;
  });
  const declared = request.files.map((_, index) => `, $p${index}: String!`).join("");
  const { repository } = await gateway.query(
    `query modes($owner: String!, $repo: String!, $head: GitObjectID!${declared}) {
      repository(owner: $owner, name: $repo) {
        object(oid: $head) { ... on Commit { tree { oid } ${files.join(" ")} } }
      }
    }`,
    variables,
    base,
  );
  const commit = repository.object;
  if (commit?.tree === undefined) {
    return null;
  }
  const changes = request.files.map((file, index) => {
    const known = held(entry, commit[`f${index}`]) ?? null;
    const odd = known === null ? null : oddity(known.mode);
    if (odd !== null) {
      throw new ForgeError("invalid", `${file.path} cannot be written: ${odd}`);
    }
    return { ...file, mode: known?.mode ?? MODES.plain, existed: known !== null };
  });
  return { tree: commit.tree.oid, changes };
}

async function commitByMutation(
  gateway: Gateway,
  own: OwnCommits,
  request: CommitRequest,
  changes: readonly FileChange[],
): Promise<CommitOutcome> {
  const { owner, repo } = gateway.repo;
  const additions = changes.flatMap(({ path, text }) =>
    text === null ? [] : [{ path, contents: Buffer.from(text, "utf8").toString("base64") }],
  );
  const deletions = changes.flatMap(({ path, text }) => (text === null ? [{ path }] : []));
  const input = {
    branch: { repositoryNameWithOwner: `${owner}/${repo}`, branchName: request.branch },
    message: messageOf(request.message),
    fileChanges: { additions, deletions },
  };
  const { branch, expectedHead, restsOn } = request;
  const paths = request.files.map(({ path }) => path);
  return gateway.write(request.priority, async () => {
    // When its turn comes: others of ours went before.
    const base = restsOn ? own.after(branch, expectedHead, [...paths, ...restsOn]) : expectedHead;
    try {
      const answer = await gateway.octokit.graphql<unknown>(MUTATION, {
        input: { ...input, expectedHeadOid: base },
      });
      const { commit } = held(made, answer).createCommitOnBranch;
      own.note(branch, base, commit.oid, paths);
      return { status: "committed", ...commit, ...(base !== expectedHead && { base }) };
    } catch (error) {
      const outcome = refusalOf(error);
      if (outcome === null) {
        throw error;
      }
      if (outcome.status === "stale") own.forget(branch);
      return outcome;
    }
  });
}

/**
 * GitHub's refusals by the error's type. Classic branch protection and rulesets give different types, and more
 * may come: whatever is not known to pass is a rule that forbids, so that nobody runs against it for ever.
 */
function refusalOf(error: unknown): CommitOutcome | null {
  const failure = graphqlFailure(error);
  if (failure === null) {
    return null;
  }
  if (failure.type === "STALE_DATA") {
    return { status: "stale" };
  }
  return failure.kind === "other" ? { status: "blocked", reason: failure.sentence } : null;
}

/** GitHub joins headline and body with an empty line again. */
function messageOf(message: string): { headline: string; body?: string } {
  const end = message.indexOf("\n");
  if (end === -1) {
    return { headline: message };
  }
  return { headline: message.slice(0, end), body: message.slice(end).replace(/^\n+/, "") };
}
