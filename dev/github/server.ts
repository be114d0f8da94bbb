import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Admin } from "./admin.ts";
import { generateAppKey } from "./auth.ts";
import { githubContract, type Violation } from "./contract.ts";
import { dispatch } from "./dispatch.ts";
import { type Behaviour, Faults, type RequestFacts } from "./faults.ts";
import { readBody, send, wait } from "./http.ts";
import { defaultEvents, defaultPermissions } from "./json/app.ts";
import type { Actor, Permissions } from "./model.ts";
import { RateLimits } from "./rate-limit.ts";
import { type Delivery, Webhooks } from "./webhooks.ts";
import { World } from "./world.ts";

export interface GitHubOptions {
  /** Where the bare repositories live; a temporary folder, removed by `close`, when absent. */
  readonly directory?: string;
  /** Holds every request, response and webhook to GitHub's OpenAPI description; see `violations`. */
  readonly validate?: boolean;
  /** What the App was granted. Default: what Sluice's manifest asks for. */
  readonly permissions?: Permissions;
  readonly events?: readonly string[];
  readonly webhookSecret?: string;
  /** Epoch ms; the server reads no other clock for what it writes down. */
  readonly now?: () => number;
  /** Requests an hour and resource. Default 5000. */
  readonly rateLimit?: number;
  /** Life of an installation token in ms. Default one hour. */
  readonly tokenLifetime?: number;
  /** How long a webhook may take, in ms. Default GitHub's ten seconds. */
  readonly webhookTimeout?: number;
}

interface LoggedRequest {
  readonly method: string;
  /** Path and query, as sent. */
  readonly path: string;
  readonly body: unknown;
  /** When it arrived, epoch ms by the machine's clock. */
  readonly at: number;
  /** Null when the connection was cut by a fault. */
  status: number | null;
  /** The login of a person, the account of the installation whose token it was, or null: the App itself, or nobody. */
  as: string | null;
}

export interface GitHub extends Admin {
  /** API base, octokit's `baseUrl`; GraphQL is at `/graphql` below it. */
  readonly url: string;
  readonly app: {
    readonly appId: number;
    readonly privateKey: string;
    readonly webhookSecret: string;
    readonly slug: "sluice";
  };
  /** Every request that arrived, in order. */
  readonly requests: readonly LoggedRequest[];
  readonly deliveries: readonly Delivery[];
  /** Endpoints and GraphQL fields that were asked for and do not exist here. A test fails when there are any. */
  readonly unknown: readonly string[];
  /** Breaches of GitHub's contract, found when `validate` is on. */
  readonly violations: readonly Violation[];
  /** Makes the next `count` matching requests go wrong; says how many are left. */
  fault(
    match: (request: RequestFacts) => boolean,
    behave: Behaviour,
    count?: number,
  ): { readonly left: number };
  clearFaults(): void;
  close(): Promise<void>;
}

/** Starts a GitHub on a free port of 127.0.0.1. */
export async function startGitHub(options: GitHubOptions = {}): Promise<GitHub> {
  const directory = options.directory ?? (await mkdtemp(join(tmpdir(), "sluice-github-")));
  const now = options.now ?? Date.now;
  const appId = 4711;
  const world = new World({
    app: {
      appId,
      clientId: "Iv23liSluiceDevelopment",
      slug: "sluice",
      ...generateAppKey(),
      webhookSecret: options.webhookSecret ?? randomBytes(20).toString("hex"),
      permissions: options.permissions ?? defaultPermissions,
      events: options.events ?? defaultEvents,
    },
    now,
    tokenLifetime: options.tokenLifetime ?? 3_600_000,
    webhooks: (of) => new Webhooks(of, options.webhookTimeout ?? 10_000),
  });
  world.addAccount("sluice-maintainers", "Organization");
  const limits = new RateLimits(options.rateLimit ?? 5000, now);
  const faults = new Faults();
  const requests: LoggedRequest[] = [];
  const unknown: string[] = [];
  const violations: Violation[] = [];
  const contract = options.validate === true ? githubContract() : null;
  if (contract !== null) {
    world.webhooks.inspect = (event, payload) => violations.push(...contract.webhook(event, payload));
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(request);
    const method = request.method ?? "GET";
    const url = request.url ?? "/";
    const facts = { method, path: url, body: lenientJson(body) };
    const logged: LoggedRequest = { ...facts, at: Date.now(), status: null, as: null };
    requests.push(logged);
    const fault = await faults.take(facts);
    if (fault === "drop-before") return void request.socket.destroy();
    if (fault !== null && typeof fault === "object" && "status" in fault) {
      logged.status = fault.status;
      const text =
        typeof fault.body === "string" ? fault.body : JSON.stringify(fault.body ?? { message: "Fault" });
      return send(response, { status: fault.status, headers: fault.headers ?? {} }, text, {});
    }
    const registering = world.manifests.page(world, method, url, body);
    if (registering !== null) {
      logged.status = registering.status;
      return send(response, registering, registering.text, {});
    }
    const outgoing = await dispatch(
      world,
      limits,
      {
        method,
        url,
        authorization: request.headers.authorization,
        ifNoneMatch: request.headers["if-none-match"],
        body,
      },
      (what) => unknown.push(what),
    );
    logged.as = whoIs(outgoing.actor);
    if (fault === "drop-after") return void request.socket.destroy();
    if (fault !== null) await wait(fault.delayMs);
    logged.status = outgoing.reply.status;
    if (contract !== null && !url.startsWith("/graphql")) {
      violations.push(...contract.request(method, url, facts.body));
      const sent = outgoing.text === null ? undefined : JSON.parse(outgoing.text);
      violations.push(...contract.response(method, url, outgoing.reply.status, sent));
    }
    send(response, outgoing.reply, method === "HEAD" ? null : outgoing.text, outgoing.headers);
  }

  const sockets = new Set<Socket>();
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      console.error("dev/github: a request could not be answered:", error);
      request.socket.destroy();
    });
  });
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  world.url = `http://127.0.0.1:${port}`;

  const { privateKey, webhookSecret, slug } = world.app;
  return Object.assign(new Admin(world, directory), {
    url: world.url,
    app: { appId, privateKey, webhookSecret, slug },
    requests,
    deliveries: world.webhooks.deliveries,
    unknown,
    violations,
    fault: (match: (request: RequestFacts) => boolean, behave: Behaviour, count = 1) =>
      faults.add(match, behave, count),
    clearFaults: () => faults.clear(),
    close: async () => {
      await world.webhooks.close();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      });
      for (const repository of world.repositories) repository.git.close();
      if (options.directory === undefined) await rm(directory, { recursive: true, force: true });
    },
  });
}

function whoIs(actor: Actor | null): string | null {
  if (actor?.kind === "installation") return actor.installation.account.login;
  return actor?.kind === "user" ? actor.account.login : null;
}

function lenientJson(text: string): unknown {
  try {
    return text === "" ? undefined : JSON.parse(text);
  } catch {
    return text;
  }
}
