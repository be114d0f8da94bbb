import { z } from "zod";
import { type BranchSnapshot, type FileReading, ForgeError, type Wanted } from "../../ports/forge.ts";
import { FILE_FIELDS, readingOf, revisionOf, treeEntry } from "./files.ts";
import type { Gateway } from "./gateway.ts";

const branchAnswer = z.object({ target: z.looseObject({ oid: z.string() }).nullable() }).nullable();
const snapshotAnswer = z.object({ repository: z.record(z.string(), branchAnswer) });
const fileAnswer = z.object({
  repository: z.object({ object: z.object({ file: treeEntry.nullish() }).nullable() }),
});

/**
 * Heads and files of several branches in one request. The files hang below the branch's commit in the query, so
 * head and contents are of one commit however fast the branch moves. Names and paths travel as variables only.
 */
export async function readSnapshot(
  gateway: Gateway,
  wanted: Wanted,
): Promise<ReadonlyMap<string, BranchSnapshot>> {
  const found = new Map<string, BranchSnapshot>();
  if (wanted.length === 0) {
    return found;
  }
  const { document, variables } = questionFor(wanted);
  const { repository } = await gateway.query(document, variables, snapshotAnswer);
  for (const [at, { branch, paths }] of wanted.entries()) {
    const target = repository[`b${at}`]?.target ?? null;
    if (target !== null) {
      const files = new Map(paths.map((path, index) => [path, entryOf(target[`f${index}`], path)]));
      found.set(branch, { branch, head: target.oid, files });
    }
  }
  return found;
}

function questionFor(wanted: Wanted): { document: string; variables: Record<string, string> } {
  const variables: Record<string, string> = {};
  const branches = wanted.map(({ branch, paths }, at) => {
    variables[`b${at}`] = `refs/heads/${branch}`;
    const files = paths.map((path, index) => {
      variables[`p${at}_${index}`] = path;
      return `f${index}: file(path: $p${at}_${index}) { ${FILE_FIELDS} }`;
    });
    const commit = files.length === 0 ? "" : ` ... on Commit { ${files.join(" ")} }`;
    return `b${at}: ref(qualifiedName: $b${at}) { target { oid${commit} } }`;
  });
  const declared = Object.keys(variables).map((name) => `, $${name}: String!`);
  return {
    document: `query snapshot($owner: String!, $repo: String!${declared.join("")}) {
      repository(owner: $owner, name: $repo) { ${branches.join(" ")} }
    }`,
    variables,
  };
}

function entryOf(answer: unknown, path: string): FileReading {
  const parsed = treeEntry.nullish().safeParse(answer);
  if (!parsed.success) {
    throw new ForgeError(
      "invalid",
      `GitHub's GraphQL answer has not the expected shape for the file ${path}`,
    );
  }
  return readingOf(parsed.data);
}

/** One file of a branch or commit; a ref that does not exist is a `not-found` error, not a missing file. */
export async function readFile(gateway: Gateway, ref: string, path: string): Promise<FileReading> {
  const { repository } = await gateway.query(
    `query file($owner: String!, $repo: String!, $revision: String!, $path: String!) {
      repository(owner: $owner, name: $repo) {
        object(expression: $revision) { ... on Commit { file(path: $path) { ${FILE_FIELDS} } } }
      }
    }`,
    { revision: revisionOf(ref), path },
    fileAnswer,
  );
  if (repository.object === null) {
    throw new ForgeError("not-found", `There is no branch or commit ${ref}`);
  }
  return readingOf(repository.object.file);
}

const listAnswer = z.object({
  repository: z.object({
    object: z
      .object({ entries: z.array(z.object({ name: z.string(), type: z.string() })).nullish() })
      .nullable(),
  }),
});

/** Paths of what lies directly in a folder (`""` is the root), subfolders and submodules left out. */
export async function listFolder(
  gateway: Gateway,
  branch: string,
  folder: string,
): Promise<readonly string[]> {
  const { repository } = await gateway.query(
    `query list($owner: String!, $repo: String!, $folder: String!) {
      repository(owner: $owner, name: $repo) {
        object(expression: $folder) { ... on Tree { entries { name type } } }
      }
    }`,
    { folder: `${revisionOf(branch)}:${folder}` },
    listAnswer,
  );
  const entries = repository.object?.entries ?? [];
  return entries
    .filter(({ type }) => type === "blob")
    .map(({ name }) => (folder === "" ? name : `${folder}/${name}`));
}

/** The text of one object by its id; anything but UTF-8 is an `invalid` error. */
export async function readBlob(gateway: Gateway, oid: string): Promise<string> {
  const { data } = await gateway.read(() =>
    gateway.octokit.rest.git.getBlob({ ...gateway.repo, file_sha: oid }),
  );
  try {
    // A byte order mark is a byte of the file like any other.
    const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
    return decoder.decode(Buffer.from(data.content, "base64"));
  } catch {
    throw new ForgeError("invalid", `The object ${oid} is not UTF-8 text`);
  }
}
