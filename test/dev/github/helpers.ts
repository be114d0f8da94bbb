import { createServer, type IncomingHttpHeaders } from "node:http";
import { createAppAuth } from "@octokit/auth-app";
import { Octokit } from "@octokit/rest";
import type { Repository } from "../../../dev/github/repository.ts";
import type { GitHub } from "../../../dev/github/server.ts";

const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** The App acting in the installation of the repository's owner. */
export function asApp(github: GitHub, repository: Repository): Octokit {
  return new Octokit({
    baseUrl: github.url,
    authStrategy: createAppAuth,
    auth: {
      appId: github.app.appId,
      privateKey: github.app.privateKey,
      installationId: github.installationId(repository),
    },
    log: quiet,
  });
}

/** The App as itself, by its JSON web token. */
export function asAppItself(github: GitHub): Octokit {
  return new Octokit({
    baseUrl: github.url,
    authStrategy: createAppAuth,
    auth: { appId: github.app.appId, privateKey: github.app.privateKey },
    log: quiet,
  });
}

export function withToken(github: GitHub, token: string): Octokit {
  return new Octokit({ baseUrl: github.url, auth: token, log: quiet });
}

/** The status of a call, whether it throws or not. */
export async function statusOf(call: Promise<{ status: number }>): Promise<number> {
  try {
    return (await call).status;
  } catch (error) {
    if (typeof error === "object" && error !== null && "status" in error) return Number(error.status);
    throw error;
  }
}

export interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A webhook receiver that answers with `status` and remembers. */
export async function receiver(status = 200): Promise<{
  readonly url: string;
  readonly received: Received[];
  readonly close: () => Promise<void>;
}> {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      received.push({ headers: request.headers, body: Buffer.concat(chunks).toString() });
      response.writeHead(status).end("ok");
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the receiver has no port");
  return {
    url: `http://127.0.0.1:${address.port}/`,
    received,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export const base64 = (text: string) => Buffer.from(text).toString("base64");

const commitMutation = `mutation($input: CreateCommitOnBranchInput!) {
  createCommitOnBranch(input: $input) { commit { oid url } }
}`;

/** `createCommitOnBranch`; resolves to the new commit. */
export async function commitOnBranch(
  octokit: Octokit,
  repository: Repository,
  change: {
    readonly branch?: string;
    readonly expected: string;
    readonly files?: Readonly<Record<string, string>>;
    readonly remove?: readonly string[];
    readonly headline?: string;
  },
): Promise<string> {
  const result = await octokit.graphql<{ createCommitOnBranch: { commit: { oid: string } } }>(
    commitMutation,
    {
      input: {
        branch: {
          repositoryNameWithOwner: repository.fullName,
          branchName: change.branch ?? repository.defaultBranch,
        },
        expectedHeadOid: change.expected,
        message: { headline: change.headline ?? "A commit" },
        fileChanges: {
          additions: Object.entries(change.files ?? {}).map(([path, text]) => ({
            path,
            contents: base64(text),
          })),
          deletions: (change.remove ?? []).map((path) => ({ path })),
        },
      },
    },
  );
  return result.createCommitOnBranch.commit.oid;
}

/** The head of a branch, which must exist. */
export async function headOf(repository: Repository, branch = repository.defaultBranch): Promise<string> {
  const head = await repository.git.branch(branch);
  if (head === null) throw new Error(`${repository.fullName} has no branch ${branch}`);
  return head;
}

/** `type` of the first GraphQL error of a call that must fail. */
export async function graphqlErrorOf(call: Promise<unknown>): Promise<{ type: string; message: string }> {
  try {
    await call;
  } catch (error) {
    const errors: unknown =
      typeof error === "object" && error !== null && "errors" in error ? error.errors : [];
    const first: unknown = Array.isArray(errors) ? errors[0] : undefined;
    if (typeof first === "object" && first !== null && "message" in first) {
      return { type: "type" in first ? String(first.type) : "", message: String(first.message) };
    }
    throw error;
  }
  throw new Error("the call succeeded");
}
