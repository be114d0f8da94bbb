import { createHash } from "node:crypto";
import type { FileDiff } from "../git/diff.ts";
import { type CommitObject, encodeCommit, type Person } from "../git/objects.ts";
import type { Account, JsonObject } from "../model.ts";
import type { Repository } from "../repository.ts";
import type { World } from "../world.ts";
import { iso, nodeId, urlPath } from "./basics.ts";
import { repositoryApi, repositoryHtml } from "./repository.ts";
import { userJson } from "./user.ts";

export function personJson(person: Person): JsonObject {
  return { name: person.name, email: person.email, date: iso(person.at * 1000) };
}

/** The account GitHub shows for a signature line: by address, `web-flow` for GitHub's own. */
export function accountOf(world: World, person: Person): Account | null {
  if (person.email === "noreply@github.com") return world.addAccount("web-flow", "User");
  return world.accountByEmail(person.email);
}

export function signatureOf(commit: CommitObject): { payload: string; signature: string } {
  const payload = encodeCommit(commit).toString();
  const digest = createHash("sha256").update(payload).digest("base64");
  return { payload, signature: `-----BEGIN PGP SIGNATURE-----\n\n${digest}\n-----END PGP SIGNATURE-----\n` };
}

/** `verification`: only what the API made, and left unsigned by the caller, is verified. */
function verificationJson(repository: Repository, commit: CommitObject): JsonObject {
  if (!repository.verified.has(commit.oid)) {
    return { verified: false, reason: "unsigned", signature: null, payload: null, verified_at: null };
  }
  const { payload, signature } = signatureOf(commit);
  return {
    verified: true,
    reason: "valid",
    signature,
    payload,
    verified_at: iso(commit.committer.at * 1000),
  };
}

function parentsJson(url: string, repository: Repository, commit: CommitObject, kind: string): JsonObject[] {
  return commit.parents.map((sha) => ({
    sha,
    url: `${repositoryApi(url, repository)}/${kind}/${sha}`,
    html_url: `${repositoryHtml(url, repository)}/commit/${sha}`,
  }));
}

/** `git-commit`, of the git data endpoints. */
export function gitCommitJson(url: string, repository: Repository, commit: CommitObject): JsonObject {
  const api = repositoryApi(url, repository);
  return {
    sha: commit.oid,
    node_id: nodeId("C", `${repository.id}:${commit.oid}`),
    url: `${api}/git/commits/${commit.oid}`,
    html_url: `${repositoryHtml(url, repository)}/commit/${commit.oid}`,
    author: personJson(commit.author),
    committer: personJson(commit.committer),
    tree: { sha: commit.tree, url: `${api}/git/trees/${commit.tree}` },
    message: commit.message,
    parents: parentsJson(url, repository, commit, "git/commits"),
    verification: verificationJson(repository, commit),
  };
}

/** `commit`, of the repository endpoints. */
export function commitJson(world: World, repository: Repository, commit: CommitObject): JsonObject {
  const { url } = world;
  const api = repositoryApi(url, repository);
  const author = accountOf(world, commit.author);
  const committer = accountOf(world, commit.committer);
  return {
    sha: commit.oid,
    node_id: nodeId("C", `${repository.id}:${commit.oid}`),
    commit: {
      author: personJson(commit.author),
      committer: personJson(commit.committer),
      message: commit.message,
      tree: { sha: commit.tree, url: `${api}/git/trees/${commit.tree}` },
      url: `${api}/git/commits/${commit.oid}`,
      comment_count: 0,
      verification: verificationJson(repository, commit),
    },
    url: `${api}/commits/${commit.oid}`,
    html_url: `${repositoryHtml(url, repository)}/commit/${commit.oid}`,
    comments_url: `${api}/commits/${commit.oid}/comments`,
    author: author === null ? null : userJson(url, author),
    committer: committer === null ? null : userJson(url, committer),
    parents: parentsJson(url, repository, commit, "commits"),
  };
}

/** `diff-entry`. */
export function fileJson(url: string, repository: Repository, sha: string, file: FileDiff): JsonObject {
  const html = repositoryHtml(url, repository);
  const path = urlPath(file.path);
  return {
    sha: file.oid,
    filename: file.path,
    status: file.status,
    additions: file.additions,
    deletions: file.deletions,
    changes: file.additions + file.deletions,
    blob_url: `${html}/blob/${sha}/${path}`,
    raw_url: `${html}/raw/${sha}/${path}`,
    contents_url: `${repositoryApi(url, repository)}/contents/${path}?ref=${sha}`,
    ...(file.patch === null ? {} : { patch: file.patch }),
    ...(file.previousPath === null ? {} : { previous_filename: file.previousPath }),
  };
}
