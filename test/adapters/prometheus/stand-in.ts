import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";
import type { MetricsQuestion } from "../../../src/ports/metrics.ts";

/** A question, and an answer to it that any source might give. */

export const NOW = 1_800_000_000_000;
export const question: MetricsQuestion = {
  source: "production",
  mesh: "istio",
  namespace: "shop",
  service: "checkout",
  stable: "checkout",
  canary: "checkout-canary",
  since: NOW - 60_000,
  now: NOW,
  latency: false,
  queries: [],
};

export const MATRIX = JSON.stringify({
  status: "success",
  data: {
    resultType: "matrix",
    result: ["checkout", "checkout-canary"].map((destination_workload) => ({
      metric: { destination_workload, reporter: "destination", destination_workload_namespace: "shop" },
      values: [
        [NOW / 1000 - 16, "10"],
        [NOW / 1000 - 1, "30"],
      ],
    })),
  },
});

/** `host:port` of a server for one test. */
export async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}
