import { pushAll } from "../adapters/prometheus/push.ts";
import { CANARY, type Shop } from "../e2e/shop.ts";

/** ms from scrape to scrape. */
const SCRAPED_EVERY = 100;
/** Requests from scrape to scrape, both sides together. */
const TRAFFIC = 200;
/** Share of its requests that a version called `-bad` fails. */
const FAILING = 0.4;
const SIDES = ["stable", "canary"] as const;

/** Counts what the weights on main send to each side and writes it into Prometheus, as if scraped. */
export function recordTraffic(shop: Shop, namespace: string, prometheus: string): () => Promise<void> {
  const totals = new Map<string, number>();
  let head = "";
  let weight = 0;
  let bad = false;
  let running = true;
  let failure: unknown = null;

  async function scrape(): Promise<void> {
    const now = await shop.repository.git.branch("main");
    if (now !== null && now !== head) {
      head = now;
      weight = (await shop.weight(head)) ?? 0;
      bad = (await shop.git.read(head, CANARY)).includes("-bad");
    }
    const canary = Math.round((TRAFFIC * weight) / 100);
    const timestamp = Date.now();
    const series = SIDES.flatMap((side) => {
      const requests = side === "canary" ? canary : TRAFFIC - canary;
      const failed = side === "canary" && bad ? Math.round(requests * FAILING) : 0;
      return [
        { side, code: "200", count: requests - failed },
        { side, code: "500", count: failed },
      ];
    }).map(({ side, code, count }) => {
      const value = (totals.get(side + code) ?? 0) + count;
      totals.set(side + code, value);
      return { labels: labelsOf(namespace, side, code), samples: [{ timestamp, value }] };
    });
    await pushAll(prometheus, series);
  }

  const ended = (async () => {
    while (running) {
      const next = Date.now() + SCRAPED_EVERY;
      await scrape();
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, next - Date.now())));
    }
  })().catch((error: unknown) => {
    failure = error;
  });
  return async () => {
    running = false;
    await ended;
    if (failure !== null) throw failure;
  };
}

function labelsOf(namespace: string, side: (typeof SIDES)[number], code: string) {
  return {
    __name__: "istio_requests_total",
    job: "mesh",
    instance: `checkout-${side}`,
    reporter: "destination",
    destination_workload: `checkout-${side}`,
    destination_workload_namespace: namespace,
    destination_service_name: "checkout",
    request_protocol: "http",
    response_code: code,
    connection_security_policy: "mutual_tls",
  };
}
