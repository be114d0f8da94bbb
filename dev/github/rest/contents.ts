import { z } from "zod";
import { signedCommit } from "../commits.ts";
import { HttpError, notFound, ProtectedBranchError } from "../errors.ts";
import { treeType } from "../git/objects.ts";
import { decodeBase64, parseBody } from "../input.ts";
import { urlPath } from "../json/basics.ts";
import { gitCommitJson } from "../json/commit.ts";
import { repositoryApi, repositoryHtml } from "../json/repository.ts";
import type { JsonObject } from "../model.ts";
import { assertUnprotected, moveRefs } from "../refs.ts";
import type { Repository } from "../repository.ts";
import { type Reply, type RepositoryCall, type Route, repositoryRoute } from "../router.ts";
import { wrapped } from "./git-data.ts";

/** Larger files come without their content. */
const largestInline = 1024 * 1024;

export const contentsRoutes: readonly Route[] = [
  repositoryRoute("GET", "contents/{path}", { permission: "contents", access: "read" }, readContents),
  repositoryRoute("PUT", "contents/{path}", { permission: "contents", access: "write" }, putContents),
];

async function readContents({ world, repository, params, query }: RepositoryCall): Promise<Reply> {
  const ref = query.get("ref") ?? repository.defaultBranch;
  const path = (params["path"] ?? "").replace(/^\/+|\/+$/g, "");
  const commit = await repository.git.resolve(ref);
  if (commit === null) throw new HttpError(404, `No commit found for the ref ${ref}`);
  const item = await repository.git.entry(commit, path);
  if (item === null) throw notFound();
  if (treeType(item.mode) === "tree") {
    const entries = (await repository.git.tree(item.oid)) ?? [];
    const listed = [];
    for (const entry of entries) {
      const own = `${path === "" ? "" : `${path}/`}${entry.name}`;
      const type = typeOf(entry.mode);
      const size = type === "dir" || type === "submodule" ? 0 : await sizeOf(repository, entry.oid);
      listed.push({ type, ...entryJson(world.url, repository, ref, own, entry.mode, entry.oid, size) });
    }
    return { status: 200, body: listed };
  }
  const blob = await repository.git.object(item.oid);
  const base = entryJson(world.url, repository, ref, path, item.mode, item.oid, blob?.content.length ?? 0);
  if (item.mode === "160000") {
    return { status: 200, body: { ...base, type: "submodule", submodule_git_url: "" } };
  }
  const content = blob?.content ?? Buffer.alloc(0);
  if (item.mode === "120000") {
    return { status: 200, body: { ...base, type: "symlink", target: content.toString() } };
  }
  const inline = content.length <= largestInline;
  return {
    status: 200,
    body: {
      ...base,
      type: "file",
      content: inline ? wrapped(content) : "",
      encoding: inline ? "base64" : "none",
    },
  };
}

function typeOf(mode: string): string {
  const type = treeType(mode);
  return type === "tree" ? "dir" : type === "commit" ? "submodule" : mode === "120000" ? "symlink" : "file";
}

async function sizeOf(repository: Repository, oid: string): Promise<number> {
  return (await repository.git.object(oid))?.content.length ?? 0;
}

function entryJson(
  url: string,
  repository: Repository,
  ref: string,
  path: string,
  mode: string,
  sha: string,
  size: number,
): JsonObject {
  const api = repositoryApi(url, repository);
  const html = repositoryHtml(url, repository);
  const at = `?ref=${encodeURIComponent(ref)}`;
  const kind = treeType(mode);
  const self = `${api}/contents/${urlPath(path)}${at}`;
  const git = kind === "commit" ? null : `${api}/git/${kind}s/${sha}`;
  const page = `${html}/${kind === "tree" ? "tree" : "blob"}/${urlPath(ref)}/${urlPath(path)}`;
  return {
    name: path.split("/").at(-1) ?? path,
    path,
    sha,
    size,
    url: self,
    html_url: page,
    git_url: git,
    download_url: kind === "blob" ? `${html}/raw/${urlPath(ref)}/${urlPath(path)}` : null,
    _links: { self, git, html: page },
  };
}

async function putContents({ world, repository, account, params, body }: RepositoryCall): Promise<Reply> {
  const input = parseBody(
    z.object({
      message: z.string(),
      content: z.string(),
      sha: z.string().optional(),
      branch: z.string().optional(),
    }),
    body,
  );
  const path = params["path"] ?? "";
  const branch = input.branch ?? repository.defaultBranch;
  const content = decodeBase64(input.content);
  if (content === null) throw new HttpError(422, "content is not valid Base64");
  return repository.writes.run(async () => {
    const head = await repository.git.branch(branch);
    const base = head === null ? null : await repository.git.commit(head);
    if (head === null || base === null) throw new HttpError(404, `Branch ${branch} not found`);
    const before = await repository.git.entry(head, path);
    if (before !== null && input.sha === undefined) {
      throw new HttpError(422, `Invalid request.\n\n"sha" wasn't supplied.`);
    }
    if (input.sha !== undefined && input.sha !== before?.oid) {
      throw new HttpError(409, `${path} does not match ${input.sha}`);
    }
    const ref = `refs/heads/${branch}`;
    try {
      assertUnprotected(repository, ref, account);
    } catch (error) {
      if (!(error instanceof ProtectedBranchError)) throw error;
      throw new HttpError(409, `Could not ${before === null ? "create" : "update"} file: ${error.message}`);
    }
    const oid = await repository.git.writeBlob(content);
    const tree = await repository.git.editTree(base.tree, [{ path, mode: before?.mode ?? "100644", oid }]);
    const commit = await signedCommit(world, repository, account, {
      tree,
      parents: [head],
      message: input.message,
    });
    if (
      (await moveRefs(world, repository, account, [{ ref, before: head, after: commit.oid }])) === "moved"
    ) {
      throw new HttpError(409, `is at ${(await repository.git.branch(branch)) ?? ""} but expected ${head}`);
    }
    const file = entryJson(world.url, repository, branch, path, "100644", oid, content.length);
    return {
      status: before === null ? 201 : 200,
      body: { content: { ...file, type: "file" }, commit: gitCommitJson(world.url, repository, commit) },
    };
  });
}
