import type { RequestFacts } from "../../dev/github/faults.ts";
import type { GitHub } from "../../dev/github/server.ts";
import { type ServerProcess, spawnServer, variablesFor } from "../e2e/server.ts";
import { type Call, callOf, type Death } from "./death.ts";
import type { FaultyPrometheus } from "./prometheus.ts";

/** The server that production runs, killed at each of its deaths in turn and started again at once. */
export class MortalServer {
  /** How many of the deaths came. */
  died = 0;
  readonly #github: GitHub;
  readonly #prometheus: FaultyPrometheus;
  #process: ServerProcess;
  readonly #deaths: readonly Death[];
  #spared: (request: RequestFacts) => boolean = () => false;
  #from = { github: 0, prometheus: 0 };

  constructor(github: GitHub, prometheus: FaultyPrometheus, deaths: readonly Death[]) {
    this.#deaths = deaths;
    this.#github = github;
    this.#prometheus = prometheus;
    this.#process = this.#spawn();
  }

  /** From here on its calls count, and it may die. Requests that are `spared` are not the server's. */
  begin(spared: (request: RequestFacts) => boolean): void {
    this.#spared = spared;
    this.#from = { github: this.#github.requests.length, prometheus: this.#prometheus.requests.length };
    this.#arm();
  }

  /** What it asked for since it was exposed, over all its lives; those to GitHub first. */
  calls(): readonly Call[] {
    const { github, prometheus } = this.#from;
    const requests = [...this.#github.requests.slice(github), ...this.#prometheus.requests.slice(prometheus)];
    return requests.filter((request) => !this.#spared(request)).map(callOf);
  }

  /** Whether it has looked at everything since its start. */
  async ready(): Promise<boolean> {
    const { listening } = this.#process;
    const url = await listening.catch(() => null);
    const answer = url && (await fetch(new URL("/readyz", url)).catch(() => null));
    return answer ? answer.status === 200 : false;
  }

  get lines(): readonly string[] {
    return this.#process.lines;
  }

  async stop(): Promise<void> {
    this.#process.child.kill("SIGKILL");
    await this.#process.ended;
  }

  #arm(): void {
    const death = this.#deaths[this.died];
    if (!death) return;
    let met = false;
    const match = (request: RequestFacts) => {
      if (met || this.#spared(request)) return false;
      met = death.at(callOf(request));
      return met;
    };
    const behave = { meanwhile: () => this.#die(), fate: `drop-${death.when}` } as const;
    this.#github.fault(match, behave);
    this.#prometheus.faults.add(match, behave, 1);
  }

  async #die(): Promise<void> {
    await this.stop();
    this.died += 1;
    this.#arm();
    this.#process = this.#spawn();
  }

  /** GitHub posts to where it listens; what happens meanwhile is delivered to nobody. */
  #spawn(): ServerProcess {
    const variables = { ...variablesFor(this.#github), PROMETHEUS_URL: this.#prometheus.url };
    const spawned = spawnServer({ ...variables, LOOK_SECONDS: "0.2" });
    spawned.listening.then(
      (url) => this.#github.setWebhook(url),
      () => undefined,
    );
    return spawned;
  }
}
