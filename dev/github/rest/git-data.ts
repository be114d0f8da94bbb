import { z } from "zod";
import { githubItself, personOf } from "../commits.ts";
import { HttpError, notFound, ProtectedBranchError } from "../errors.ts";
import { isAncestor } from "../git/history.ts";
import { treeType } from "../git/objects.ts";
import type { TreeEdit } from "../git/store.ts";
import { decodeBase64, parseBody } from "../input.ts";
import { nodeId } from "../json/basics.ts";
import { gitCommitJson } from "../json/commit.ts";
import { repositoryApi } from "../json/repository.ts";
import type { Json, JsonObject } from "../model.ts";
import { assertUnprotected, moveRefs } from "../refs.ts";
import type { Repository } from "../repository.ts";
import { type Need, type Reply, type RepositoryCall, type Route, repositoryRoute } from "../router.ts";

const read: Need = { permission: "contents", access: "read" };
const write: Need = { permission: "contents", access: "write" };

export const gitDataRoutes: readonly Route[] = [
  repositoryRoute("POST", "git/blobs", write, createBlob),
  repositoryRoute("GET", "git/blobs/{file_sha}", read, async ({ world, repository, params }) => {
    const blob = await objectOf(repository, params["file_sha"], "blob");
    return {
      status: 200,
      body: {
        ...blobLinks(world.url, repository, blob.oid),
        size: blob.content.length,
        content: wrapped(blob.content),
        encoding: "base64",
      },
    };
  }),
  repositoryRoute("POST", "git/trees", write, createTree),
  repositoryRoute("GET", "git/trees/{tree_sha}", read, async (call) => {
    const name = call.params["tree_sha"] ?? "";
    const oid = (await call.repository.git.resolve(name)) ?? name;
    const found = await call.repository.git.object(`${oid}^{tree}`);
    if (found === null) throw notFound();
    const recursive = call.query.get("recursive");
    return {
      status: 200,
      body: await treeJson(call, found.oid, recursive !== null && recursive !== "" && recursive !== "0"),
    };
  }),
  repositoryRoute("POST", "git/commits", write, createCommit),
  repositoryRoute("GET", "git/commits/{commit_sha}", read, async ({ world, repository, params }) => {
    const commit = await repository.git.commit(params["commit_sha"] ?? "");
    if (commit === null) throw notFound();
    return { status: 200, body: gitCommitJson(world.url, repository, commit) };
  }),
  repositoryRoute("GET", "git/ref/{ref}", read, async ({ world, repository, params }) => {
    const name = `refs/${params["ref"] ?? ""}`;
    const found = (await repository.git.refs(name)).find(({ ref }) => ref === name);
    if (found === undefined) throw notFound();
    return { status: 200, body: refJson(world.url, repository, found) };
  }),
  repositoryRoute("GET", "git/matching-refs/{ref}", read, async ({ world, repository, params }) => {
    const found = await repository.git.refs(`refs/${params["ref"] ?? ""}`);
    return { status: 200, body: found.map((item) => refJson(world.url, repository, item)) };
  }),
  repositoryRoute("POST", "git/refs", write, createRef),
  repositoryRoute("PATCH", "git/refs/{ref}", write, updateRef),
  repositoryRoute("DELETE", "git/refs/{ref}", write, deleteRef),
];

function blobLinks(url: string, repository: Repository, sha: string): JsonObject {
  return {
    sha,
    node_id: nodeId("B", `${repository.id}:${sha}`),
    url: `${repositoryApi(url, repository)}/git/blobs/${sha}`,
  };
}

/** Base64 in lines of 60, as GitHub sends it. */
export function wrapped(content: Buffer): string {
  return content.toString("base64").replace(/.{1,60}/g, "$&\n");
}

async function objectOf(repository: Repository, sha: string | undefined, type: "blob" | "commit") {
  const found = /^[0-9a-f]{40}$/.test(sha ?? "") ? await repository.git.object(sha ?? "") : null;
  if (found?.type !== type) throw notFound();
  return found;
}

async function createBlob({ world, repository, body }: RepositoryCall): Promise<Reply> {
  const input = parseBody(z.object({ content: z.string(), encoding: z.string().optional() }), body);
  const content = input.encoding === "base64" ? decodeBase64(input.content) : Buffer.from(input.content);
  if (content === null) throw new HttpError(422, "content is not valid Base64");
  const sha = await repository.git.writeBlob(content);
  const { url } = blobLinks(world.url, repository, sha);
  return { status: 201, body: { sha, url } };
}

const treeInput = z.object({
  base_tree: z.string().optional(),
  tree: z.array(
    z.object({
      path: z.string(),
      mode: z.enum(["100644", "100755", "040000", "160000", "120000"]),
      type: z.enum(["blob", "tree", "commit"]).optional(),
      sha: z.string().nullable().optional(),
      content: z.string().optional(),
    }),
  ),
});

async function createTree(call: RepositoryCall): Promise<Reply> {
  const { repository, body } = call;
  const input = parseBody(treeInput, body);
  const base =
    input.base_tree === undefined ? null : await repository.git.object(`${input.base_tree}^{tree}`);
  if (input.base_tree !== undefined && base === null) {
    throw new HttpError(404, "base_tree is not a valid tree oid");
  }
  const edits: TreeEdit[] = [];
  for (const item of input.tree) {
    const mode = item.mode.replace(/^0/, "");
    if (/(^\/)|(^|\/)(\.git|\.\.|\.)?(\/|$)/i.test(item.path)) {
      throw new HttpError(422, "tree.path contains a malformed path component");
    }
    if (item.content !== undefined) {
      edits.push({ path: item.path, mode, oid: await repository.git.writeBlob(Buffer.from(item.content)) });
    } else if (item.sha === null) {
      if (base === null || (await repository.git.entry(base.oid, item.path)) === null) {
        throw new HttpError(422, "GitRPC::BadObjectState");
      }
      edits.push({ path: item.path, mode, oid: null });
    } else {
      const found = item.sha === undefined ? null : await repository.git.object(item.sha);
      if (found?.type !== treeType(item.mode) && item.mode !== "160000") {
        throw new HttpError(422, `tree.sha ${item.sha ?? ""} is not a valid ${treeType(item.mode)}`);
      }
      edits.push({ path: item.path, mode, oid: item.sha ?? null });
    }
  }
  const oid = await repository.git.editTree(base?.oid ?? null, edits);
  return { status: 201, body: await treeJson(call, oid, false) };
}

async function treeJson(
  { world, repository }: RepositoryCall,
  sha: string,
  recursive: boolean,
): Promise<JsonObject> {
  const api = repositoryApi(world.url, repository);
  const entries: Json[] = [];
  const walk = async (oid: string, prefix: string): Promise<void> => {
    for (const item of (await repository.git.tree(oid)) ?? []) {
      const type = treeType(item.mode);
      const path = `${prefix}${item.name}`;
      const size = type === "blob" ? (await repository.git.object(item.oid))?.content.length : undefined;
      entries.push({
        path,
        mode: item.mode.padStart(6, "0"),
        type,
        sha: item.oid,
        ...(size === undefined ? {} : { size }),
        ...(type === "commit" ? {} : { url: `${api}/git/${type}s/${item.oid}` }),
      });
      if (recursive && type === "tree") await walk(item.oid, `${path}/`);
    }
  };
  await walk(sha, "");
  return { sha, url: `${api}/git/trees/${sha}`, tree: entries, truncated: false };
}

const personInput = z.object({ name: z.string(), email: z.string(), date: z.string().optional() });
const partialPerson = personInput.partial();

async function createCommit({ world, repository, account, body }: RepositoryCall): Promise<Reply> {
  const input = parseBody(
    z.object({
      message: z.string(),
      tree: z.string(),
      parents: z.array(z.string()).optional(),
      author: personInput.optional(),
      committer: partialPerson.optional(),
      signature: z.string().optional(),
    }),
    body,
  );
  if ((await repository.git.object(input.tree))?.type !== "tree") {
    throw new HttpError(422, "Tree SHA does not exist");
  }
  for (const parent of input.parents ?? []) {
    if ((await repository.git.object(parent))?.type !== "commit") {
      throw new HttpError(422, "Parent SHA does not exist or is not a commit object");
    }
  }
  const person = (
    given: z.infer<typeof partialPerson> | undefined,
    otherwise: ReturnType<typeof personOf>,
  ) => ({
    name: given?.name ?? otherwise.name,
    email: given?.email ?? otherwise.email,
    at: given?.date === undefined ? otherwise.at : Math.floor(Date.parse(given.date) / 1000),
  });
  const own = input.author !== undefined || input.committer !== undefined || input.signature !== undefined;
  const author = person(input.author, personOf(world, account));
  const oid = await repository.git.writeCommit({
    tree: input.tree,
    parents: input.parents ?? [],
    author,
    committer: own ? person(input.committer, author) : githubItself(world),
    message: input.message,
  });
  // GitHub signs for an App only what the App left to GitHub.
  if (!own) repository.verified.set(oid, account);
  const commit = await repository.git.commit(oid);
  if (commit === null) throw new Error(`commit ${oid} was not written`);
  return { status: 201, body: gitCommitJson(world.url, repository, commit) };
}

function refJson(
  url: string,
  repository: Repository,
  { ref, oid, type }: { ref: string; oid: string; type: string },
): JsonObject {
  const api = `${repositoryApi(url, repository)}/git`;
  return {
    ref,
    node_id: nodeId("REF", `${repository.id}:${ref}`),
    url: `${api}/${ref}`,
    object: { sha: oid, type, url: `${api}/${type}s/${oid}` },
  };
}

/** What git itself refuses as a name, and GitHub with it. */
function assertRefName(ref: string): void {
  if (!/^refs\/[^/]+\/.+/.test(ref)) {
    throw new HttpError(422, "Reference name must start with 'refs' and have at least two slashes");
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: git forbids them in names.
  if (/[\x00-\x20~^:?*[\\\x7f]|\.\.|\/\/|@\{|\.lock(\/|$)|\/\.|[./]$/.test(ref)) {
    throw new HttpError(422, `${ref} is not a valid ref name.`);
  }
}

function refused(error: unknown): never {
  if (error instanceof ProtectedBranchError) throw new HttpError(422, error.message);
  throw error;
}

async function createRef({ world, repository, account, body }: RepositoryCall): Promise<Reply> {
  const { ref, sha } = parseBody(z.object({ ref: z.string(), sha: z.string() }), body);
  assertRefName(ref);
  const found = /^[0-9a-f]{40}$/.test(sha) ? await repository.git.object(sha) : null;
  if (found === null) throw new HttpError(422, "Object does not exist");
  if (found.type !== "commit" && ref.startsWith("refs/heads/")) {
    throw new HttpError(422, "Reference update failed");
  }
  if ((await repository.git.ref(ref)) !== null) throw new HttpError(422, "Reference already exists");
  try {
    assertUnprotected(repository, ref, account);
  } catch (error) {
    refused(error);
  }
  if ((await moveRefs(world, repository, account, [{ ref, before: null, after: sha }])) === "moved") {
    const exists = (await repository.git.ref(ref)) !== null;
    throw new HttpError(422, exists ? "Reference already exists" : "Reference update failed");
  }
  return { status: 201, body: refJson(world.url, repository, { ref, oid: sha, type: found.type }) };
}

async function updateRef({ world, repository, account, params, body }: RepositoryCall): Promise<Reply> {
  const { sha, force } = parseBody(z.object({ sha: z.string(), force: z.boolean().optional() }), body);
  const ref = `refs/${params["ref"] ?? ""}`;
  const before = await repository.git.ref(ref);
  if (before === null) throw new HttpError(422, "Reference does not exist");
  const found = /^[0-9a-f]{40}$/.test(sha) ? await repository.git.object(sha) : null;
  if (found === null) throw new HttpError(422, "Object does not exist");
  try {
    assertUnprotected(repository, ref, account);
  } catch (error) {
    refused(error);
  }
  if (force !== true && !(await isAncestor(repository.git, before, sha))) {
    throw new HttpError(422, "Update is not a fast forward");
  }
  if ((await moveRefs(world, repository, account, [{ ref, before, after: sha }])) === "moved") {
    throw new HttpError(422, "Update is not a fast forward");
  }
  return { status: 200, body: refJson(world.url, repository, { ref, oid: sha, type: found.type }) };
}

async function deleteRef({ world, repository, account, params }: RepositoryCall): Promise<Reply> {
  const ref = `refs/${params["ref"] ?? ""}`;
  const before = await repository.git.ref(ref);
  if (before === null) throw new HttpError(422, "Reference does not exist");
  if (repository.rules.has(ref.replace("refs/heads/", "")))
    throw new HttpError(422, "Cannot delete a protected branch");
  if (ref === `refs/heads/${repository.defaultBranch}`) {
    throw new HttpError(422, "Cannot delete the default branch");
  }
  if ((await moveRefs(world, repository, account, [{ ref, before, after: null }])) === "moved") {
    throw new HttpError(422, "Reference does not exist");
  }
  return { status: 204 };
}
