import { pushAll } from "../adapters/prometheus/push.ts";

export type Labels = Readonly<Record<string, string>>;
/** A series, by its metric and labels. */
export type Series = readonly [metric: string, labels: Labels];

interface Counter {
  readonly labels: Labels & { readonly __name__: string };
  value: number;
  samples: { timestamp: number; value: number }[];
}

/** The counters of a data plane, and their way into Prometheus. */
export class Counters {
  readonly #counters = new Map<string, Counter>();

  add([metric, labels]: Series, by: number): void {
    const key = metric + JSON.stringify(labels);
    const known = this.#counters.get(key);
    if (known) known.value += by;
    else this.#counters.set(key, { labels: { __name__: metric, ...labels }, value: by, samples: [] });
  }

  /** A scrape of all of them at a time, epoch ms. */
  scrape(timestamp: number): void {
    for (const { samples, value } of this.#counters.values()) samples.push({ timestamp, value });
  }

  /** Everything scraped since the last time. */
  async push(server: string): Promise<void> {
    const counters = [...this.#counters.values()].filter(({ samples }) => samples.length > 0);
    const taken = counters.map(({ labels, samples }) => ({ labels, samples }));
    for (const counter of counters) counter.samples = [];
    if (taken.length > 0) await pushAll(server, taken);
  }
}
