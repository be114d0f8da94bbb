import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningPrometheus, startPrometheus } from "../../../dev/prometheus/start.ts";
import { narrowed } from "../../../src/adapters/prometheus/narrow.ts";
import { createPrometheus } from "../../../src/adapters/prometheus/prometheus.ts";
import { parseSources } from "../../../src/adapters/prometheus/sources.ts";
import { fc } from "../../fast-check.ts";
import { push } from "./push.ts";

const NOW = Math.floor(Date.now() / 1000) * 1000 - 3_600_000;
/** No sum, rate or share of the shop's own numbers comes near it. */
const SECRET = 7_654_321;

let prometheus: RunningPrometheus;
beforeAll(async () => {
  prometheus = await startPrometheus({ remoteWrite: true });
  for (const [tenant, value] of [
    ["shop", 1],
    ["bank", SECRET],
  ] as const) {
    const samples = [30_000, 15_000, 0].map((ago) => ({ timestamp: NOW - ago, value }));
    for (const name of ["hits", "le_bucket", "target_info"]) {
      await push(prometheus.url, { __name__: name, tenant, job: "a", instance: "a", le: "1" }, samples);
    }
  }
});
afterAll(() => prometheus.stop());

function metrics(environment: Readonly<Record<string, string>> = {}) {
  const { sources, problems } = parseSources({
    PROMETHEUS_URL: prometheus.url,
    PROMETHEUS_REPOSITORIES: "acme/shop, acme-labs/*",
    PROMETHEUS_MATCHERS: 'tenant="shop"',
    PROMETHEUS_BANK_URL: prometheus.url,
    PROMETHEUS_BANK_REPOSITORIES: "bank/ledger",
    ...environment,
  });
  expect(problems).toEqual([]);
  return createPrometheus(sources);
}

const ATTACKS: readonly string[] = [
  "max(hits)",
  'max(hits{tenant="bank"})',
  'max(hits{tenant=~".*"})',
  'max({__name__="hits"})',
  'max({__name__=~".+"})',
  'max({"hits"})',
  "max(hits{})",
  'max(hits{job="a",})',
  'sum(hits) - sum(hits{tenant="shop"})',
  'hits{tenant="shop"} or hits{tenant="bank"}',
  "max_over_time(max(hits)[1m:15s])",
  'max(hits{a!="}"} or hits{tenant="bank"})',
  'max(hits{a!="\\"}"} or {tenant="bank"})',
  "max(hits{a!='}'} or hits{tenant='bank'})",
  "max(hits{a!=`}`} or hits{tenant=`bank`})",
  'max(hits{ # }\n tenant="bank"})',
  'max(0 * hits # \n + on() group_right hits{tenant="bank"})',
  '0 # \r + on() max(hits{tenant="bank"})',
  'label_replace(hits{tenant="bank"}, "tenant", "shop", "", "")',
  "max(info(hits))",
  'count(info(hits{tenant="shop"}, {tenant="bank"}))',
  'scalar(max(hits{tenant="bank"}))',
  "max(hits offset 1s) + max(hits @ end())",
  "absent(hits)",
  'histogram_quantile(1, max by (le) (le_bucket{tenant="bank"}))',
  'max(hits{tenant="shop",tenant="bank"})',
  'max(hits{"tenant"="bank"})',
  'max(hits{tenant="shop" or tenant="bank"})',
  'max(hits{tenant="bank"}',
  'max(HITS{tenant="bank"}) default max(hits{tenant="bank"})',
  'max(hits{tenant="b\\u0061nk"})',
  "sort(-hits)",
  '" max(hits) "',
  "\u00a0max(hits)",
  "max(\u2028hits)",
];

describe("a source whose matchers are enforced", () => {
  it.each(ATTACKS)("gives nothing of another tenant for %j", async (query) => {
    const checked = await metrics().for("acme/shop").checkQuery("production", query, NOW);
    if (checked.status === "ok") expect(Math.abs(checked.value)).toBeLessThan(1000);
    else expect(checked.words).not.toContain(String(SECRET));
  });

  it("gives what is its own", async () => {
    const ask = (query: string) => metrics().for("acme/shop").checkQuery("production", query, NOW);
    expect(await ask("sum(hits)")).toEqual({ status: "ok", value: 1 });
    expect(await ask('sum(hits{job="a"}) + sum({__name__="hits"})')).toEqual({ status: "ok", value: 2 });
    expect(await ask("max(hits{a='x'} # {\n or hits)")).toEqual({ status: "ok", value: 1 });
    // Without matchers the other's would be there.
    const bank = metrics().for("bank/ledger");
    expect(await bank.checkQuery("bank", "max(hits)", NOW)).toEqual({ status: "ok", value: SECRET });
  });

  it("gives nothing of another tenant, whatever the query is put together from", async () => {
    const ask = metrics().for("acme/shop");
    const pieces = [
      "hits",
      "{",
      "}",
      '"',
      "'",
      "`",
      "#",
      "\n",
      "\r",
      ",",
      "tenant",
      "=",
      "bank",
      "(",
      ")",
      " or ",
      "max",
      "\\",
      "[1m:15s]",
      '{tenant="bank"}',
      "sum by (le) ",
    ];
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom(...pieces), { maxLength: 14 }).map((parts) => `max(${parts.join("")})`),
        async (query) => {
          const checked = await ask.checkQuery("production", query, NOW);
          if (checked.status === "ok") expect(Math.abs(checked.value)).toBeLessThan(1000);
        },
      ),
      { numRuns: 200 },
    );
  });

  it("puts them into every selector, and nothing else changes", () => {
    const written = (query: string) => {
      const outcome = narrowed(query, 't="x"');
      return outcome.ok ? outcome.query : outcome.reason;
    };
    expect(written('sum(rate(a{b="c"}[5m])) / on(d) (e offset 1m) # f')).toBe(
      'sum(rate(a{t="x",b="c"}[5m])) / on(d) (e{t="x"} offset 1m) # f',
    );
    expect(written("{}")).toBe('{t="x"}');
    expect(written("sum(")).toMatch(/cannot be read as PromQL/);
    expect(written("1 # \r + a")).toMatch(/control character/);
    expect(written("info(a)")).toMatch(/more series than it names/);
  });
});

describe("a source that lists its repositories", () => {
  const unknown = (repository: string, source: string) =>
    metrics().for(repository).checkQuery(source, "max(hits)", NOW);

  it("is there for those, however their names are written", async () => {
    expect((await unknown("ACME/Shop", "production")).status).toBe("ok");
    expect((await unknown("acme-labs/anything", "production")).status).toBe("ok");
  });

  it.each(["acme/shop-2", "acme/other", "acme-labs-evil/x", "bank/ledger", "evil/acme/shop"])(
    "is not there for %s, which does not even hear of it",
    async (repository) => {
      const checked = await unknown(repository, "production");
      expect(checked.status).toBe("unavailable");
      if (checked.status === "unavailable") {
        const others = repository === "bank/ledger" ? "bank" : "none";
        expect(checked.words).toMatch(new RegExp(`; the operator configured: ${others}$`));
      }
    },
  );
});

describe("what an operator may write", () => {
  it.each([
    [{ PROMETHEUS_REPOSITORIES: "*" }, "PROMETHEUS_REPOSITORIES is not a list"],
    [{ PROMETHEUS_REPOSITORIES: "acme" }, "PROMETHEUS_REPOSITORIES is not a list"],
    [{ PROMETHEUS_REPOSITORIES: "*/*" }, "PROMETHEUS_REPOSITORIES is not a list"],
    [{ PROMETHEUS_REPOSITORIES: "acme/shop,,acme/b" }, "PROMETHEUS_REPOSITORIES is not a list"],
    [{ PROMETHEUS_MATCHERS: "tenant" }, "PROMETHEUS_MATCHERS is not a list"],
    [{ PROMETHEUS_MATCHERS: 'tenant="shop"} or {a="b"' }, "PROMETHEUS_MATCHERS is not a list"],
    [{ PROMETHEUS_MATCHERS: 'tenant="shop" # ' }, "PROMETHEUS_MATCHERS is not a list"],
    [{ PROMETHEUS_MATCHERS: "tenant=shop" }, "PROMETHEUS_MATCHERS is not a list"],
  ])("%j is refused", (environment, problem) => {
    const { sources, problems } = parseSources({ PROMETHEUS_URL: "http://b", ...environment });
    expect(problems).toEqual([expect.stringContaining(problem)]);
    expect(sources.size).toBe(0);
  });
});
