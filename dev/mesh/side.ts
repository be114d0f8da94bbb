import { setTimeout as sleep } from "node:timers/promises";
import type { Pods } from "./desired.ts";
import { serve } from "./serve.ts";
import { Telemetry } from "./telemetry.ts";

/** How a version behaves. */
export interface Behaviour {
  /** Share of requests answered with 500, from 0 to 1. */
  readonly errorRate: number;
  readonly latencyMs: number;
}

export interface Side {
  readonly appPort: number;
  readonly metricsPort: number;
  running(): Pods;
  /** A new image starts beside the old one, which serves until the new one is ready, as in a rolling update. */
  roll(pods: Pods): void;
  stop(): Promise<void>;
}

interface SideOptions {
  readonly name: "stable" | "canary";
  readonly service: string;
  readonly pods: Pods;
  readonly startupMs: number;
  readonly behaviour: (image: string) => Behaviour;
  readonly random: () => number;
}

/** Tells a client which side answered; nothing but the load generator looks at it. */
export const SIDE_HEADER = "x-served-by";

/** One workload: an app that plays the version its image names, and the sidecar that counts in front of it. */
export async function startSide(options: SideOptions): Promise<Side> {
  let pods = options.pods;
  let telemetry = new Telemetry("destination");
  const stopped = new AbortController();
  let wanted = pods.image;

  const app = await serve(async (request, response) => {
    const began = performance.now();
    // Requests in flight end in the pods that took them.
    const [served, counter] = [pods, telemetry];
    const { errorRate, latencyMs } = options.behaviour(served.image);
    request.resume();
    if (latencyMs > 0) await sleep(latencyMs);
    const responseCode = options.random() < errorRate ? 500 : 200;
    counter.record({
      service: options.service,
      pods: served,
      responseCode,
      responseFlags: "-",
      milliseconds: performance.now() - began,
    });
    response.writeHead(responseCode, { [SIDE_HEADER]: options.name, "content-type": "text/plain" });
    response.end(`${options.service} ${served.image}\n`);
  });
  const metrics = await serve(async (_, response) => {
    response.writeHead(200, { "content-type": "text/plain; version=0.0.4" });
    response.end(await telemetry.exposition());
  });

  return {
    appPort: app.port,
    metricsPort: metrics.port,
    running: () => pods,
    roll(next) {
      if (next.image === wanted) return;
      wanted = next.image;
      sleep(options.startupMs, undefined, { signal: stopped.signal }).then(
        () => {
          // A newer image may have come while this one started.
          if (next.image !== wanted) return;
          pods = next;
          telemetry = new Telemetry("destination");
        },
        () => undefined,
      );
    },
    async stop() {
      stopped.abort();
      await Promise.all([app.close(), metrics.close()]);
    },
  };
}
