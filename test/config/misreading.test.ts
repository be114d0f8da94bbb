import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { misreading } from "../../src/config/misreading.ts";

const SEEDS = "../shared/seeds";

describe("refused, with the text that was meant", () => {
  it.each([
    [
      "a ratio that divides each series by itself",
      `# Error rate
       rate(istio_requests_total{reporter="source",response_code=~"5.."}[1m])
        / rate(istio_requests_total{reporter="source"}[1m])`,
      'sum(rate(istio_requests_total{reporter="source",response_code=~"5.."}[1m])) / sum(rate(istio_requests_total{reporter="source"}[1m]))',
    ],
    [
      "a quantile of each series alone",
      'histogram_quantile(0.95,\n  rate(istio_request_duration_milliseconds_bucket{reporter="source"}[1m])\n)',
      'histogram_quantile(0.95, sum by (le) (rate(istio_request_duration_milliseconds_bucket{reporter="source"}[1m])))',
    ],
    [
      "failures a second as if they were a share",
      'rate(istio_requests_total{destination_version="v2",response_code=~"5.."}[5m])',
      'sum(rate(istio_requests_total{destination_version="v2",response_code=~"5.."}[5m])) / sum(rate(istio_requests_total{destination_version="v2"}[5m]))',
    ],
    [
      "a share of lifetime counters",
      'sum(istio_requests_total{connection_security_policy="mutual_tls"})\n/ sum(istio_requests_total)',
      'sum(rate(istio_requests_total{connection_security_policy="mutual_tls"}[5m])) / sum(rate(istio_requests_total[5m]))',
    ],
    [
      "the same in percent",
      'rate(http_requests_total{status=~"5.."}[1m]) / rate(http_requests_total[1m]) * 100',
      'sum(rate(http_requests_total{status=~"5.."}[1m])) / sum(rate(http_requests_total[1m]))',
    ],
  ])("%s", (_, query, meant) => {
    expect(misreading(query)).toContain(`\`${meant}\``);
    expect(misreading(meant)).toBeNull();
  });
});

describe("not refused", () => {
  it.each([
    "sum(rate(envoy_cluster_upstream_rq_pending_overflow[1m])) or vector(0)",
    'sum(rate(istio_requests_total{response_code=~"5.."}[1m])) / sum(rate(istio_requests_total[1m])) * 100',
    "histogram_quantile(0.99, sum(rate(x_bucket[5m])) by (le))",
    "rate(queue_length_total[5m])",
    'sum(rate(istio_requests_total{response_code=~"5.."}[5m]))',
    'up{job="a # b"}',
  ])("%s", (query) => {
    expect(misreading(query)).toBeNull();
  });
});

describe.skipIf(!existsSync(SEEDS))("the documents it all began with (../shared/seeds, when present)", () => {
  const text = () =>
    readdirSync(SEEDS)
      .map((name) => readFileSync(`${SEEDS}/${name}`, "utf8"))
      .join("\n");
  const between = (begin: string, end: string) => {
    const all = text();
    const from = all.indexOf(begin);
    expect(from).toBeGreaterThanOrEqual(0);
    return all.slice(from, all.indexOf(end, from));
  };

  it.each([
    ["the error rate of Example 22", "# Error rate\nrate(", "\n\n", "divides each series by itself"],
    ["its P95", "# P95 latency\n", "\n\n", "a quantile for each series alone"],
    [
      "the shell loop's errors a second",
      "rate(istio_requests_total{destination_version",
      "')",
      "failures a second",
    ],
    ["the share of mutual TLS", "# mTLS percentage\n", "\n```", "back to the start of each proxy"],
  ])("%s, word for word, is refused", (_, begin, end, reason) => {
    expect(misreading(between(begin, end))).toContain(reason);
  });

  it.each([
    ["the P99", "# P99 latency\n", "\n\n"],
    ["the circuit breaker's", "# Circuit breaker triggers\n", "\n```"],
  ])("%s is not", (_, begin, end) => {
    expect(misreading(between(begin, end))).toBeNull();
  });
});
