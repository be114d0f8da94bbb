import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { RequestFacts } from "../../dev/github/faults.ts";
import type { GitHub } from "../../dev/github/server.ts";
import { type ServerProcess, spawnServer, variablesFor } from "../e2e/server.ts";
import { type Call, callOf } from "./death.ts";
import type { FaultyPrometheus } from "./prometheus.ts";
import type { Served } from "./release.ts";

/** Which of `count` replicas get a delivery, by its number from 0. */
export type Spread = (delivery: number, count: number) => readonly number[];

const LISTS = /\/(comments|check-runs|deployments)(\?|$)/;
const LATE = 500;

/** Several servers with the same credentials, and what stands before them and spreads the deliveries. */
export class Replicas implements Served {
  readonly #github: GitHub;
  readonly #processes: readonly ServerProcess[];
  readonly #balancer: Server;
  #spared: (request: RequestFacts) => boolean = () => false;
  #from = 0;

  constructor(github: GitHub, prometheus: FaultyPrometheus, count: number, spread: Spread) {
    this.#github = github;
    // What is asked for before something new is made comes late: time enough for all to find that it is not there.
    github.fault(({ method, path }) => method === "GET" && LISTS.test(path), { delayMs: LATE }, 100_000);
    const variables = { ...variablesFor(github), PROMETHEUS_URL: prometheus.url, LOOK_SECONDS: "0.2" };
    this.#processes = Array.from({ length: count }, () =>
      spawnServer({ ...variables, REPLICAS: String(count) }),
    );
    this.#balancer = balancer(
      this.#processes.map(({ listening }) => listening),
      spread,
    );
    this.#balancer.listen(0, "127.0.0.1", async () => {
      await Promise.allSettled(this.#processes.map(({ listening }) => listening));
      const { port } = this.#balancer.address() as AddressInfo;
      github.setWebhook(`http://127.0.0.1:${port}/`);
    });
  }

  begin(spared: (request: RequestFacts) => boolean): void {
    this.#spared = spared;
    this.#from = this.#github.requests.length;
  }

  calls(): readonly Call[] {
    return this.#github.requests
      .slice(this.#from)
      .filter((request) => !this.#spared(request))
      .map(callOf);
  }

  async ready(): Promise<boolean> {
    const answers = this.#processes.map(async ({ listening }) => fetch(new URL("/readyz", await listening)));
    return (await Promise.all(answers)).every(({ status }) => status === 200);
  }

  get lines(): readonly string[] {
    return this.#processes.flatMap(({ lines }, i) => lines.slice(-20).map((line) => `${i}: ${line}`));
  }

  async stop(): Promise<void> {
    for (const { child } of this.#processes) child.kill("SIGKILL");
    await Promise.all(this.#processes.map(({ ended }) => ended));
    this.#balancer.close();
    this.#balancer.closeAllConnections();
  }
}

function balancer(replicas: readonly Promise<string>[], spread: Spread): Server {
  let deliveries = 0;
  return createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const headers = Object.entries(request.headers).flatMap(([name, value]) =>
      typeof value === "string" && !["host", "connection", "content-length"].includes(name)
        ? [[name, value] as [string, string]]
        : [],
    );
    const chosen = spread(deliveries++, replicas.length).map(async (i) =>
      fetch((await replicas[i]) ?? "", { method: "POST", headers, body: Buffer.concat(chunks) }),
    );
    await Promise.allSettled(chosen);
    response.writeHead(202).end();
  });
}
