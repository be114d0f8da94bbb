import { describe, expect, it } from "vitest";
import { pagesFor, parsePages } from "../../src/adapters/pages.ts";
import { at, ended, release, rollout } from "../views/fixtures.ts";

const GRAFANA =
  "https://grafana.example.com/d/canary?var-ns={namespace}&var-service={service}&var-subset={canary}&from={from}&to={to}";

const grafana = pagesFor(new Map([["PAGE_GRAFANA", { title: "Grafana", template: GRAFANA }]]), "acme/shop");

describe("Pages of the operator's", () => {
  it("are links to this service, this side and this time", () => {
    const { pages, problems } = parsePages({
      PAGE_KIALI_URL:
        "https://kiali.example.com/console/namespaces/{namespace}/services/{service}?duration={minutes}m",
      PAGE_GRAFANA_URL: GRAFANA,
      PAGE_TRACES_URL: "https://jaeger.example.com/search?service={service}&start={from_us}&end={to_us}",
      PAGE_TRACES_TITLE: "Jaeger",
    });
    expect(problems).toEqual([]);
    const links = pagesFor(pages, "acme/shop").pagesOf(rollout, release(), ended("promoted"));
    const from = at(-10);
    const to = ended("promoted").at;
    expect(links.map(({ title, link }) => `${title} ${link}`)).toEqual([
      `Grafana https://grafana.example.com/d/canary?var-ns=production&var-service=checkout&var-subset=canary&from=${from}&to=${to}`,
      "Kiali https://kiali.example.com/console/namespaces/production/services/checkout?duration=42m",
      `Jaeger https://jaeger.example.com/search?service=checkout&start=${from}000&end=${to}000`,
    ]);
  });

  it("of a running release change with the release and not with the clock", () => {
    const [page] = grafana.pagesOf(rollout, release(), null);
    expect(page?.link).toContain(`to=${(release().timeline.at(-1)?.at ?? 0) + 3_600_000}`);
  });

  it("cannot end the link that they stand in, whatever a rollout is called", () => {
    const odd = { ...rollout, service: "a) [x](https://evil.example" };
    expect(grafana.pagesOf(odd, release(), null)[0]?.link).not.toMatch(/[() ]/);
  });

  it("are seen by the repositories that the operator lists, if he does", () => {
    const { pages } = parsePages({ PAGE_GRAFANA_URL: GRAFANA, PAGE_GRAFANA_REPOSITORIES: "acme/*" });
    expect(pagesFor(pages, "acme/shop").pagesOf(rollout, release(), null)).toHaveLength(1);
    expect(pagesFor(pages, "other/shop").pagesOf(rollout, release(), null)).toEqual([]);
  });

  it("say all that is wrong with each of them at once", () => {
    const { problems } = parsePages({ PAGE_A_TITLE: "[x](y)", PAGE_A_REPOSITORIES: "acme" });
    expect(problems).toEqual([
      "PAGE_A_REPOSITORIES is set but PAGE_A_URL is not: set both.",
      "PAGE_A_TITLE is not a word or two of letters and digits.",
      "PAGE_A_REPOSITORIES is not a list of owner/name or owner/*.",
    ]);
  });

  it("that cannot be understood keep the server from starting, and are not quoted", () => {
    const { pages, problems } = parsePages({
      PAGE_A_URL: "javascript:alert(1)",
      PAGE_B_URL: "https://user:word@grafana.example.com",
      PAGE_C_URL: "https://grafana.example.com/{unknown}",
      PAGE_D_URL: "https://grafana.example.com",
      PAGE_D_TITLE: "[x](y)",
      PAGE_E_TITLE: "Lost",
    });
    expect(pages.size).toBe(0);
    expect(problems).toHaveLength(5);
    expect(problems.join()).not.toMatch(/alert|word@|unknown\}|\[x\]/);
  });
});
