import { describe, expect, it } from "vitest";
import { findBypasses } from "../../../src/manifests/index.ts";
import { problem, value } from "../helpers.ts";
import { BETA, beside } from "./helpers.ts";

const HEAD = "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: web}\nspec:\n";
const SPLIT =
  "  - name: p\n    route:\n    - {destination: {host: web, subset: v1}, weight: 9}\n    - {destination: {host: web, subset: v2}, weight: 1}\n";
const OURS =
  '  - {name: sluice-beta, match: [{headers: {x-beta: {exact: "yes"}}}], route: [{destination: {host: web, subset: v2}}]}\n';
const SIDES = { stable: "v1", canary: "v2" };
const p = { route: "p" };

describe("a route that stands many times over", () => {
  it("goes as a whole, in a long list too", () => {
    const text = `${HEAD}  http:\n${OURS.repeat(130)}${SPLIT}`;
    expect(beside(text, SIDES, p).without(BETA)).toBe(`${HEAD}  http:\n${SPLIT}`);
    const rules = Array.from(
      { length: 6000 },
      (_, n) =>
        `  - {name: n${n}, match: [{uri: {exact: /a${n}}}], route: [{destination: {host: web, subset: v1}}]}\n`,
    ).join("");
    const long = `${HEAD}  http:\n${OURS.repeat(6)}${rules}${OURS.repeat(6)}${SPLIT}`;
    expect(beside(long, SIDES, p).without(BETA)).toBe(`${HEAD}  http:\n${rules}${SPLIT}`);
  }, 60_000);

  it("goes between brackets and at the end of a text that has no last line break", () => {
    const gateway = (ours: string) =>
      `apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {name: web}\nspec:\n  rules: [{backendRefs: [{name: v1, port: 80, weight: 9}, {name: v2, port: 80, weight: 1}]}${ours}]`;
    const ours =
      ', {matches: [{headers: [{name: X-Beta, value: "yes"}]}], backendRefs: [{name: v2, port: 80}]}';
    expect(beside(gateway(ours.repeat(20))).without(BETA)).toBe(gateway(""));
  });
});

describe("aliases that stand for more than anybody writes", () => {
  /** Splits with hundreds of arms each, all the same list, in 40 KB. */
  const arms = (to: (n: number) => string) =>
    Array.from({ length: 750 }, (_, n) => `{destination: ${to(n)},weight: 1}`).join(",");
  const text = (to: (n: number) => string, ours: string, match = "") =>
    `${HEAD}  x: &r [${arms(to)}]\n  http:\n${Array.from({ length: 36 }, (_, n) => `  - {name: r${n}, ${match}route: *r}\n`).join("")}${ours}${SPLIT}`;

  it("are not read where they cannot be the canary", () => {
    const many = text((n) => `{host: h${n}}`, OURS);
    expect(beside(many, SIDES, p).standing(BETA)).toEqual([BETA]);
    expect(value(findBypasses("f", many, p, SIDES, [BETA]))).toEqual([]);
    expect(beside(many, SIDES, p).without(BETA)).toBe(text((n) => `{host: h${n}}`, ""));
  });

  it("are refused in words where they could be, and where nothing is ours nothing is the matter", () => {
    const touched = OURS.replace("route:", "timeout: 1s, route:");
    const many = text(() => "{host: web, subset: v2}", touched.repeat(90));
    for (const change of [
      beside(many, SIDES, p).change([BETA], []),
      beside(many, SIDES, p).change([], [BETA]),
    ]) {
      expect(problem(change)).toMatchObject({ code: "too-large" });
      expect(problem(change).message).toContain("with its aliases written out");
    }
    const none = text(() => "{host: web, subset: v2}", "");
    expect(beside(none, SIDES, p).without(BETA)).toBe(none);
    expect(beside(none, SIDES, p).standing(BETA)).toEqual([]);
  });
});
