import { describe, expect, it } from "vitest";
import {
  expectOnlyWeightsDiffer,
  problem,
  set,
  splitOf,
  splitsOf,
  value,
  virtualService,
} from "./helpers.ts";

const BLOCK = virtualService(`    # who gets what
    - route:
        - destination: { host: checkout, subset: stable }
          weight: 90 # most
        - weight:   10    # some
          destination:
            host: checkout
            subset: canary
`);

/** Every way of writing the same two weights. */
const STYLES: Record<string, string> = {
  "block style with comments": BLOCK,
  "CRLF line ends": BLOCK.replaceAll("\n", "\r\n"),
  "a byte order mark": `\uFEFF${BLOCK}`,
  "no final newline": BLOCK.trimEnd(),
  "document markers": `---\n${BLOCK}---\n${BLOCK.replaceAll("checkout", "other")}...\n`,
  "trailing spaces": BLOCK.replaceAll(/(weight: +\d+)$/gm, "$1  "),
  "lists that are not indented": BLOCK.replaceAll("\n    ", "\n  ").replaceAll("\n      ", "\n    "),
  "flow style": virtualService(
    "  - route: [{destination: {host: checkout, subset: stable}, weight: 90},\n     {weight: 10, destination: {host: checkout, subset: canary}}]\n",
  ),
  JSON: JSON.stringify(
    {
      apiVersion: "networking.istio.io/v1beta1",
      kind: "VirtualService",
      metadata: { name: "checkout" },
      spec: {
        http: [
          {
            route: [
              { destination: { host: "checkout", subset: "stable" }, weight: 90 },
              { destination: { host: "checkout", subset: "canary" }, weight: 10 },
            ],
          },
        ],
      },
    },
    null,
    "\t",
  ),
  "an anchor on a weight that nobody uses": BLOCK.replace("weight: 90", "weight: &most 90"),
  "quoted keys": BLOCK.replaceAll("weight:", '"weight":'),
  "long lines and other scripts": BLOCK.replace("who gets what", `${"漢字 🚦 ".repeat(200)}`),
  "an item of a List": `apiVersion: v1\nkind: List\nitems:\n- ${BLOCK.trimEnd().replaceAll("\n", "\n  ")}\n`,
};

describe("setting weights touches the weights' bytes alone", () => {
  it.each(Object.entries(STYLES))("in %s", (_, text) => {
    const selector = { name: "checkout" };
    const edited = value(set(text, { stable: 75, canary: 25 }, selector));
    expect(edited).not.toBe(text);
    expectOnlyWeightsDiffer(text, edited);
    expect(splitOf(edited, selector).arms).toEqual([
      { name: "stable", weight: 75 },
      { name: "canary", weight: 25 },
    ]);
    expect(value(set(edited, { stable: 90, canary: 10 }, selector))).toBe(text);
    expect(value(set(text, { stable: 90, canary: 10 }, selector))).toBe(text);
  });

  it("keeps the quotes and the unit of a quantity", () => {
    const split = (stable: string, canary: string) =>
      `apiVersion: split.smi-spec.io/v1alpha1\nkind: TrafficSplit\nmetadata: {name: s}\nspec:\n  backends:\n  - service: a\n    weight: ${stable}\n  - service: b\n    weight: ${canary}\n`;
    const text = split(`"900m"`, "'100m' # c");
    expect(splitOf(text).arms.map((arm) => arm.weight)).toEqual([900, 100]);
    expect(value(set(text, { a: 750, b: 250 }))).toBe(split(`"750m"`, "'250m' # c"));
    expect(value(set(split("900", "100"), { a: 750, b: 250 }))).toBe(split("750", "250"));
    expect(value(set(split("'95'", "5"), { a: 0, b: 100 }))).toBe(split("'0'", "100"));
  });

  it("reads mixed quantities in thousandths and keeps whole numbers whole", () => {
    const text =
      "apiVersion: split.smi-spec.io/v1alpha1\nkind: TrafficSplit\nmetadata: {name: s}\nspec: {backends: [{service: a, weight: 1}, {service: b, weight: 500m}, {service: c, weight: 0.5}]}\n";
    expect(splitOf(text).arms.map((arm) => arm.weight)).toEqual([1000, 500, 500]);
    const edited = value(set(text, { a: 2000, b: 0, c: 1 }));
    expect(edited).toContain("weight: 2}");
    expect(edited).toContain("weight: 0m}");
    expect(edited).toContain("weight: 0.001}");
    expect(value(set(edited, { a: 1000, b: 500, c: 500 }))).toBe(text);
  });
});

describe("a missing weight is written in the style around it", () => {
  const httpRoute = (refs: string) =>
    `apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {name: r}\nspec:\n  rules:\n  - backendRefs:\n${refs}`;

  it.each([
    [
      "below the last key",
      "    - name: a\n      port: 80 # http\n    - name: b\n",
      "    - name: a\n      port: 80 # http\n      weight: 9\n    - name: b\n      weight: 3\n",
    ],
    [
      "without a final newline",
      "    - name: a\n    - name: b",
      "    - name: a\n      weight: 9\n    - name: b\n      weight: 3",
    ],
    [
      "with CRLF",
      "    - name: a\r\n    - name: b\r\n",
      "    - name: a\r\n      weight: 9\r\n    - name: b\r\n      weight: 3\r\n",
    ],
    [
      "in flow style",
      "    - {name: a, port: 80}\n    - { name: b }\n",
      "    - {name: a, port: 80, weight: 9}\n    - { name: b, weight: 3 }\n",
    ],
    [
      "in JSON",
      '    - {"name":"a","port":80}\n    - {"name":"b",\n       "port":80}\n',
      '    - {"name":"a","port":80,"weight":9}\n    - {"name":"b",\n       "port":80,\n       "weight":3}\n',
    ],
    [
      "below nested values",
      "    - name: a\n      filters:\n      - type: X\n        text: |\n          hi\n\n    - name: b\n      port:\n",
      "    - name: a\n      filters:\n      - type: X\n        text: |\n          hi\n      weight: 9\n\n    - name: b\n      port:\n      weight: 3\n",
    ],
  ])("%s", (_, before, after) => {
    expect(splitOf(httpRoute(before)).arms.map((arm) => arm.weight)).toEqual([1, 1]);
    expect(value(set(httpRoute(before), { a: 9, b: 3 }))).toBe(httpRoute(after));
  });

  it("and left out when it means what was asked for", () => {
    const text = httpRoute("    - name: a\n    - name: b\n");
    expect(value(set(text, { a: 1, b: 1 }))).toBe(text);
  });
});

describe("what cannot be changed alone is refused", () => {
  const anchored = virtualService(`  - route:
    - destination: {host: a}
      weight: &w 50
    - destination: {host: b}
      weight: *w
`);

  it("an anchored weight, an alias, and both name the anchor's line", () => {
    expect(splitsOf(anchored)[0]?.arms.map((arm) => arm.weight)).toEqual([50, 50]);
    for (const arm of ["a", "b"]) {
      const refused = problem(set(anchored, { [arm]: 10 }));
      expect(refused.code).toBe("shared");
      expect(refused.message).toContain("anchor &w on line 9, used as *w on line 11");
    }
  });

  it("a weight that a merge key brings in", () => {
    const text = virtualService(`  - route:
    - &base
      destination: {host: a}
      weight: 50
    - <<: *base
      destination: {host: b}
`);
    expect(splitsOf(text)[0]?.arms).toEqual([
      { name: "a", weight: 50 },
      { name: "b", weight: 50 },
    ]);
    expect(problem(set(text, { b: 10 })).message).toContain("anchor &base on line 9");
  });

  it("a route that is used twice", () => {
    const text = virtualService(`  - name: one
    route: &both
    - {destination: {host: a}, weight: 90}
    - {destination: {host: b}, weight: 10}
  - name: two
    route: *both
`);
    expect(splitsOf(text).map((split) => split.route)).toEqual(["one", "two"]);
    for (const route of ["one", "two"]) expect(problem(set(text, { a: 1 }, { route })).code).toBe("shared");
  });
});

describe("only legal weights are written", () => {
  it("whole numbers within the kind's bounds, and never all 0", () => {
    expect(problem(set(BLOCK, { canary: 2 ** 31 })).message).toContain("whole numbers from 0 to 2147483647");
    for (const weight of [-1, 1.5, Number.NaN])
      expect(problem(set(BLOCK, { canary: weight })).code).toBe("illegal-weight");
    expect(problem(set(BLOCK, { stable: 0, canary: 0 })).message).toContain("traffic would go nowhere");
    const route =
      "apiVersion: gateway.networking.k8s.io/v1beta1\nkind: HTTPRoute\nmetadata: {name: r}\nspec: {rules: [{backendRefs: [{name: a}, {name: b}]}]}\n";
    expect(problem(set(route, { a: 1_000_001 })).message).toContain("from 0 to 1000000");
    expect(value(set(route, { a: 1_000_000 }))).toContain("{name: a, weight: 1000000}");
  });

  it("for arms that are there", () => {
    expect(problem(set(BLOCK, { canry: 1 })).message).toContain('did you mean "canary"?');
  });
});
