import { TRAFFIC } from "../../dev/demo/traffic.ts";
import { createPrometheus } from "../../src/adapters/prometheus/prometheus.ts";
import type { Metrics } from "../../src/ports/metrics.ts";
import { pushAll } from "../adapters/prometheus/push.ts";
import { type Dice, dice } from "../analysis/sequential/simulated.ts";
import type { Source } from "./inside.ts";

/**
 * What Istio's sidecars count of one service, scraped each second into a real Prometheus and read again by the real
 * adapter. Each request draws its side, its fate and how long it took.
 */

/** Those of Istio's edges that requests are near to, ms. */
const EDGES = [5, 10, 25, 50, Infinity];
/** Mean of what a request takes, ms. */
const MEAN = 5;
/** Seconds of the stable side alone before the story begins. */
const HISTORY = 3600;
/** Each pod is scraped at a moment of its own, ms before the full second. */
const SCRAPED = { stable: 700, canary: 400 } as const;
type Side = keyof typeof SCRAPED;

interface Samples {
  readonly labels: Readonly<Record<string, string>> & { readonly __name__: string };
  samples: { timestamp: number; value: number }[];
}

/** Requests of one side with one status; a proxy shows them from the first one on. */
interface Counter {
  readonly side: Side;
  /** By the first edge that is not below what they took. */
  readonly took: number[];
  readonly requests: Samples;
  readonly buckets: readonly Samples[];
}

interface ScrapedOptions {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  /** Of its own, as several services share one Prometheus. */
  readonly namespace: string;
  readonly seed: number;
  /** Requests a second, both sides together; the demo's by default. */
  readonly traffic?: number;
  /** Epoch ms of the last second of the history. */
  readonly began: number;
}

export class Scraped implements Source {
  readonly metrics: Metrics;
  /** Share of the requests of both sides that something else fails at present, 0 to 1. */
  trouble = 0;
  /** Nobody scrapes: what is counted now is seen by the next scrape. */
  unseen = false;
  readonly #options: ScrapedOptions;
  readonly #dice: Dice;
  readonly #counters = new Map<string, Counter>();

  constructor(options: ScrapedOptions) {
    this.#options = options;
    this.#dice = dice(options.seed);
    for (let second = 1 - HISTORY; second <= 0; second += 1) this.count(options.began + second * 1000, 0, 0);
    const source = { url: options.url, auth: { kind: "none" }, headers: {}, timeoutMs: 20_000 } as const;
    const prometheus = createPrometheus(new Map([["production", source]]));
    this.metrics = {
      ...prometheus,
      observe: async (question) => {
        if (!this.unseen) await this.#write();
        return prometheus.observe(question);
      },
    };
  }

  count(at: number, share: number, failing: number): void {
    const { traffic = TRAFFIC } = this.#options;
    for (let request = 0; request < traffic; request += 1) {
      const side = this.#dice.uniform() < share ? "canary" : "stable";
      const failed = this.#dice.uniform() < this.trouble + (side === "canary" ? failing : 0);
      const took = -MEAN * Math.log(1 - this.#dice.uniform());
      const counter = this.#counter(side, failed ? "500" : "200");
      const edge = EDGES.findIndex((le) => took <= le);
      counter.took[edge] = (counter.took[edge] ?? 0) + 1;
    }
    if (this.unseen) return;
    for (const { side, took, requests, buckets } of this.#counters.values()) {
      const timestamp = at - SCRAPED[side];
      let value = 0;
      for (const [edge, { samples }] of buckets.entries()) {
        value += took[edge] ?? 0;
        samples.push({ timestamp, value });
      }
      requests.samples.push({ timestamp, value });
    }
  }

  #counter(side: Side, code: string): Counter {
    const key = `${side} ${code}`;
    const known = this.#counters.get(key);
    if (known) return known;
    const labels = {
      job: "mesh",
      instance: `checkout-${side}`,
      reporter: "destination",
      destination_workload: `checkout-${side}`,
      destination_workload_namespace: this.#options.namespace,
      destination_service_name: "checkout",
      request_protocol: "http",
      response_code: code,
      connection_security_policy: "mutual_tls",
    };
    const fresh: Counter = {
      side,
      took: EDGES.map(() => 0),
      requests: { labels: { ...labels, __name__: "istio_requests_total" }, samples: [] },
      buckets: EDGES.map((edge) => {
        const le = edge === Infinity ? "+Inf" : String(edge);
        const bucket = { ...labels, __name__: "istio_request_duration_milliseconds_bucket", le };
        return { labels: bucket, samples: [] };
      }),
    };
    this.#counters.set(key, fresh);
    return fresh;
  }

  async #write(): Promise<void> {
    const series = [...this.#counters.values()].flatMap(({ requests, buckets }) => [requests, ...buckets]);
    const batch = series.filter(({ samples }) => samples.length > 0).map((one) => ({ ...one }));
    for (const one of series) one.samples = [];
    if (batch.length > 0) await pushAll(this.#options.url, batch);
  }
}
