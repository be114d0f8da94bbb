import { createAppAuth } from "@octokit/auth-app";
import { Octokit } from "@octokit/rest";
import { createRead } from "./gateway.ts";
import { createWriteQueue, type WriteQueue } from "./queue.ts";
import { createTransport } from "./transport.ts";
import { Watch } from "./watch.ts";

/** Any logger with these words will do. */
interface Log {
  debug(message: string): void;
  warn(message: string): void;
}

interface Connection {
  /** Such as `https://api.github.com`. */
  readonly baseUrl: string;
  /** Least ms between two writes of one installation; default 1000. */
  readonly writeIntervalMs?: number;
  /** Per request, its body included; default 10 000. */
  readonly timeoutMs?: number;
  readonly fetch?: typeof globalThis.fetch;
  readonly log: Log;
}

/** Signs the App's JSON web token, with GitHub's clock ahead of ours by `timeDifference` seconds; `expiresAt` in ISO 8601. */
export type CreateJwt = (
  appId: number | string,
  timeDifference?: number,
) => Promise<{ readonly jwt: string; readonly expiresAt: string }>;

/** How the App proves itself: by its private key as PEM, or by whoever keeps that and signs. */
export type AppSignature = { readonly privateKey: string } | { readonly createJwt: CreateJwt };

/** One App's clients. Each installation has its own token, its own octokit and its own write queue. */
export interface Clients {
  /** Signed as the App itself: `GET /app`, its installations. */
  readonly asApp: Octokit;
  forInstallation(installation: number): Octokit;
  queueFor(installation: number): WriteQueue;
  watchFor(installation: number): Watch;
}

export function createClients(
  options: Connection & { readonly appId: number | string } & AppSignature,
): Clients {
  const app = {
    appId: options.appId,
    ...("privateKey" in options ? { privateKey: options.privateKey } : { createJwt: options.createJwt }),
  };
  const octokits = new Map<number, Octokit>();
  const queues = new Map<number, WriteQueue>();
  const watches = new Map<number, Watch>();
  const forInstallation = (installation: number) =>
    remembered(octokits, installation, () =>
      connect(options, {
        authStrategy: createAppAuth,
        auth: { ...app, installationId: installation },
      }),
    );
  const queueFor = (installation: number) => remembered(queues, installation, () => queueOf(options));
  return {
    asApp: connect(options, { authStrategy: createAppAuth, auth: app }),
    forInstallation,
    queueFor,
    watchFor: (installation) =>
      remembered(
        watches,
        installation,
        () => new Watch(forInstallation(installation), createRead(queueFor(installation))),
      ),
  };
}

/** For the command line and a workflow: whatever one token may do. */
export function createTokenClient(options: Connection & { readonly token: string }): {
  readonly octokit: Octokit;
  readonly queue: WriteQueue;
} {
  return { octokit: connect(options, { auth: options.token }), queue: queueOf(options) };
}

function queueOf(options: Connection): WriteQueue {
  return createWriteQueue({ intervalMs: options.writeIntervalMs ?? 1000 });
}

function connect(options: Connection, credentials: ConstructorParameters<typeof Octokit>[0]): Octokit {
  const { log } = options;
  return new Octokit({
    ...credentials,
    baseUrl: options.baseUrl,
    userAgent: "sluice",
    request: {
      fetch: createTransport({
        timeoutMs: options.timeoutMs ?? 10_000,
        ...(options.fetch === undefined ? {} : { fetch: options.fetch }),
      }),
    },
    log: {
      // Octokit hands its whole request, body included, to debug.
      debug: () => {},
      info: (message: string) => log.debug(message),
      warn: (message: string) => log.warn(message),
      // A failed call is thrown, and whoever catches it knows whether it is worth a line.
      error: (message: string) => log.debug(message),
    },
  });
}

function remembered<T>(known: Map<number, T>, key: number, make: () => T): T {
  const found = known.get(key);
  if (found !== undefined) {
    return found;
  }
  const made = make();
  known.set(key, made);
  return made;
}
