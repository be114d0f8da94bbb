import type { Octokit } from "@octokit/rest";
import { z } from "zod";
import type { RepositoryId } from "../../ports/scheduler.ts";
import { called } from "./directory.ts";
import { held } from "./gateway.ts";

/** Many repositories of one installation at once. Failures are ForgeErrors. */

const HEADS = 100;
/** Texts are longer than heads. */
const FOLDERS = 20;

const heads = z.record(
  z.string(),
  z.object({ ref: z.object({ target: z.object({ oid: z.string() }).nullable() }).nullable() }).nullable(),
);
const folders = z.record(
  z.string(),
  z
    .object({
      object: z
        .object({
          entries: z
            .array(
              z.object({ name: z.string(), object: z.object({ text: z.string().nullish() }).nullable() }),
            )
            .optional(),
        })
        .nullable(),
    })
    .nullable(),
);

/** Where a branch is, by the repository's number; absent where there is none. One query for a hundred. */
export async function headsOf(
  octokit: Octokit,
  repositories: readonly RepositoryId[],
  branch: string,
): Promise<ReadonlyMap<number, string>> {
  const found = new Map<number, string>();
  for (const some of chunks(repositories, HEADS)) {
    const field = (at: number) => `ref(qualifiedName: $x${at}) { target { oid } }`;
    const answer = held(heads, await ask(octokit, some, field, () => `refs/heads/${branch}`));
    for (const [at, { id }] of some.entries()) {
      const oid = answer[`r${at}`]?.ref?.target?.oid;
      if (oid !== undefined) found.set(id, oid);
    }
  }
  return found;
}

const files = z.record(
  z.string(),
  z.object({ object: z.object({ __typename: z.string() }).nullable() }).nullable(),
);

/** Those that have something at a path of their default branch. One query for a hundred. */
export async function having(
  octokit: Octokit,
  repositories: readonly RepositoryId[],
  path: string,
): Promise<readonly RepositoryId[]> {
  const found: RepositoryId[] = [];
  for (const some of chunks(repositories, HEADS)) {
    const field = (at: number) => `object(expression: $x${at}) { __typename }`;
    const answer = held(files, await ask(octokit, some, field, () => `HEAD:${path}`));
    found.push(...some.filter((_, at) => answer[`r${at}`]?.object));
  }
  return found;
}

/**
 * Those that have the file on their default branch, or the branch; all of them where GitHub cannot say. Two queries for
 * a hundred: most repositories of an organization have neither, and need no look of their own.
 */
export async function concerned(
  octokit: Octokit,
  repositories: readonly RepositoryId[],
  { file, branch }: { readonly file: string; readonly branch: string },
): Promise<readonly RepositoryId[]> {
  try {
    const [declaring, known] = await Promise.all([
      having(octokit, repositories, file),
      headsOf(octokit, repositories, branch),
    ]);
    const ids = new Set([...declaring.map(({ id }) => id), ...known.keys()]);
    return repositories.filter(({ id }) => ids.has(id));
  } catch {
    return repositories;
  }
}

/** The texts of the files right in a folder, by name, as of the commit that `commitOf` says. */
export async function foldersOf(
  octokit: Octokit,
  repositories: readonly RepositoryId[],
  folder: string,
  commitOf: (repository: RepositoryId) => string,
): Promise<ReadonlyMap<number, ReadonlyMap<string, string>>> {
  const found = new Map<number, ReadonlyMap<string, string>>();
  for (const some of chunks(repositories, FOLDERS)) {
    const field = (at: number) =>
      `object(expression: $x${at}) { ... on Tree { entries { name object { ... on Blob { text } } } } }`;
    const answer = held(folders, await ask(octokit, some, field, (one) => `${commitOf(one)}:${folder}`));
    for (const [at, { id }] of some.entries()) {
      const entries = answer[`r${at}`]?.object?.entries ?? [];
      found.set(id, new Map(entries.map(({ name, object }) => [name, object?.text ?? ""])));
    }
  }
  return found;
}

/** One query about each of some repositories; `$x` and its number is the variable of each. */
function ask(
  octokit: Octokit,
  repositories: readonly RepositoryId[],
  field: (at: number) => string,
  variable: (repository: RepositoryId) => string,
): Promise<unknown> {
  const declared = repositories.map((_, at) => `$o${at}: String!, $n${at}: String!, $x${at}: String!`);
  const fields = repositories.map(
    (_, at) => `r${at}: repository(owner: $o${at}, name: $n${at}) { ${field(at)} }`,
  );
  const variables = Object.fromEntries(
    repositories.flatMap((one, at) => [
      [`o${at}`, one.owner],
      [`n${at}`, one.name],
      [`x${at}`, variable(one)],
    ]),
  );
  return called(() =>
    octokit.graphql<unknown>(`query fleet(${declared.join(", ")}) { ${fields.join(" ")} }`, variables),
  );
}

function chunks<T>(all: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, at) =>
    all.slice(at * size, (at + 1) * size),
  );
}
