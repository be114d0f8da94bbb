import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { problem } from "../helpers.ts";
import { BETA, beside, header, headerRoute, linesPutIn } from "./helpers.ts";

const HEAD =
  "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata:\n  name: web\nspec:\n  http:\n";
const arms = (one: string, other: string) =>
  `{destination: {host: web, subset: ${one}}, weight: 1}, {destination: {host: web, subset: ${other}}, weight: 1}`;

/** The first rule, which is ours, and the split's as the reader of Kubernetes sees them, which is one of YAML 1.1. */
const rules = (text: string) => {
  const { spec } = parse(text, { version: "1.1", mapAsMap: false }) as {
    spec: { http: Record<string, unknown>[] };
  };
  return spec.http.map(({ name: _, match: __, route: ___, ...rest }) => rest);
};

describe("keys and values of a copied rule", () => {
  const ODD = [
    "on: 1",
    "y: 1_0",
    "no: 010",
    "010: on",
    "1_0: yes",
    "0x10: 0b11",
    "~: 012",
    "'on': 'no'",
    '"q\\x41": x',
  ];

  it.each(ODD)("mean what they meant to every reader: %s", (pair) => {
    const block = `${HEAD}  - k:\n      ${pair}\n    route: [${arms("v1", "v2")}]\n`;
    const flow = `${HEAD}  - {k: {${pair}}, route: [${arms("v1", "v2")}]}\n`;
    const json = `${HEAD}  - {"k":{"a":1, ${pair}},"route": [${arms("v1", "v2")}]}\n`;
    for (const text of [block, flow, json]) {
      const inside = beside(text).with(BETA);
      const [ours, split] = rules(inside);
      expect(ours).toEqual(split);
      expect(linesPutIn(text, inside).join("\n")).toContain(pair);
      expect(beside(inside).standing(BETA)).toEqual([BETA]);
      expect(beside(inside).without(BETA)).toBe(text);
    }
  });

  it("that cannot be written as they stand are refused", () => {
    const text = `${HEAD}  - k: {!!int "7": x}\n    route: [${arms("v1", "v2")}]\n`;
    expect(problem(beside(text).change([], [BETA])).message).toContain("too large or strange");
    expect(beside(text).without(BETA)).toBe(text);
  });

  it("are text as a whole: half a character is refused where it would be written, and is nowhere to be taken away", () => {
    const text = `${HEAD}  - route: [${arms("v1", "v2")}]\n`;
    for (const half of [header("x", "\ud800"), header("x", "a\udc00", "prefix")]) {
      const refused = problem(beside(text).change([], [headerRoute(half)]));
      expect(refused).toMatchObject({ code: "no-route" });
      expect(refused.message).toContain("half a character");
      expect(beside(text).without(headerRoute(half))).toBe(text);
    }
    expect(beside(text).with(headerRoute(header("x", "💥")))).toContain("💥");
  });
});
