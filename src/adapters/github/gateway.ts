import type { Octokit } from "@octokit/rest";
import type { z } from "zod";
import { ForgeError, type Priority } from "../../ports/forge.ts";
import { toForgeError } from "./errors.ts";
import type { WriteOptions, WriteQueue } from "./queue.ts";

/** Tried again on network failures and 5xx. */
export type Read = <T>(call: () => Promise<T>) => Promise<T>;

/** How every resource reaches GitHub: reads a bounded number of times, writes once and in turn. */
export interface Gateway {
  readonly octokit: Octokit;
  /** The route parameters of our repository. */
  readonly repo: { readonly owner: string; readonly repo: string };
  /** Our own login, such as `sluice[bot]`. */
  readonly login: string;
  readonly read: Read;
  /** Throws where such a write would be refused anyway. */
  afford(priority: Priority): void;
  /** Never tried again: its answer may be lost and its effect not. */
  write<T>(priority: Priority, call: () => Promise<T>, options?: WriteOptions): Promise<T>;
  /** A GraphQL read; `shape` is what the answer is held to. */
  query<T>(document: string, variables: Readonly<Record<string, unknown>>, shape: z.ZodType<T>): Promise<T>;
}

const ATTEMPTS = 3;
const FIRST_PAUSE_MS = 200;
/** No further attempt once a read has taken this long: a pass has other things to do. */
const READ_BUDGET_MS = 10_000;

export function createGateway(options: {
  readonly octokit: Octokit;
  readonly queue: WriteQueue;
  readonly repository: { readonly owner: string; readonly name: string };
  readonly login: string;
  readonly now?: () => number;
}): Gateway {
  const { octokit, queue, login } = options;
  const repo = { owner: options.repository.owner, repo: options.repository.name };
  const now = options.now ?? Date.now;
  const read = createRead(queue, now);

  async function write<T>(priority: Priority, call: () => Promise<T>, options?: WriteOptions): Promise<T> {
    const carried = async () => {
      try {
        return await call();
      } catch (thrown) {
        const error = toForgeError(thrown, now());
        if (error.code === "rate-limited" && error.retryAt !== null) {
          queue.pauseUntil(error.retryAt, "writes");
        }
        throw error;
      }
    };
    return queue.run(priority, carried, options);
  }

  async function query<T>(
    document: string,
    variables: Readonly<Record<string, unknown>>,
    shape: z.ZodType<T>,
  ): Promise<T> {
    const answer = await read(() => octokit.graphql<unknown>(document, { ...repo, ...variables }));
    return held(shape, answer);
  }

  return { octokit, repo, login, read, write, query, afford: (priority) => queue.afford(priority) };
}

/** Reads of one installation: while GitHub asks for a pause, none is made. */
export function createRead(queue: WriteQueue, now: () => number = Date.now): Read {
  return async (call) => {
    const began = now();
    for (let attempt = 1; ; attempt += 1) {
      const retryAt = queue.readsPausedUntil();
      if (retryAt !== null) {
        throw new ForgeError("rate-limited", "GitHub asked for a pause; nothing is asked until it ends", {
          retryAt,
        });
      }
      try {
        return await call();
      } catch (thrown) {
        const error = toForgeError(thrown, now());
        if (error.code === "rate-limited" && error.retryAt !== null) {
          // Going on asking while limited can get an App banned.
          queue.pauseUntil(error.retryAt, "everything");
        }
        if (!isPassing(error) || attempt >= ATTEMPTS || now() - began > READ_BUDGET_MS) {
          throw error;
        }
        await pause(FIRST_PAUSE_MS * 2 ** (attempt - 1));
      }
    }
  };
}

/** An answer held to its shape, or a ForgeError that says which part was not. */
export function held<T>(shape: z.ZodType<T>, answer: unknown): T {
  const parsed = shape.safeParse(answer);
  if (parsed.success) {
    return parsed.data;
  }
  const where = parsed.error.issues[0]?.path.join(".") ?? "";
  throw new ForgeError("invalid", `GitHub's GraphQL answer has not the expected shape at "${where}"`);
}

/** What another attempt a moment later may well answer. */
function isPassing(error: ForgeError): boolean {
  return (error.code === "network" || error.code === "server") && error.retryAt === null;
}

/** Between half and one and a half times `ms`, so that many readers do not come back as one. */
function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms * (0.5 + Math.random())));
}
