import { describe, expect, it } from "vitest";
import { KINDS } from "../../src/manifests/kinds.ts";
import { problem, set, splitOf, splitsOf, value } from "./helpers.ts";
import { EXAMPLES, manifestOf } from "./kinds-examples.ts";

const cases = EXAMPLES.flatMap((example) =>
  example.apiVersions.map((apiVersion) => [`${apiVersion} ${example.kind}`, apiVersion, example] as const),
);

describe("every kind's weights are read and set, and only they move", () => {
  it("has an example of each kind and version", () => {
    const known = KINDS.flatMap(({ kind, apiVersions }) => apiVersions.map((one) => `${one} ${kind}`));
    const shown = new Set<string>(cases.map(([name]) => name));
    expect(known.filter((one) => !shown.has(one))).toEqual([]);
  });

  it.each(cases)("%s", (_, apiVersion, example) => {
    const text = manifestOf(example, apiVersion);
    const split = splitOf(text, { kind: example.kind });
    expect(split.arms).toEqual(example.arms.map(([name, weight]) => ({ name, weight })));
    expect(split.route).toBe(example.route ?? null);
    const next = Object.fromEntries(example.next);
    const edited = value(set(text, next));
    expect(Object.fromEntries(splitOf(edited).arms.map(({ name, weight }) => [name, weight]))).toEqual({
      ...Object.fromEntries(example.arms),
      ...next,
    });
    const before = text.split("\n");
    const after = edited.split("\n");
    expect(after.filter((line, index) => line !== before[index])).toEqual(example.changed);
    expect(after).toHaveLength(before.length);
    expect(value(set(edited, Object.fromEntries(example.arms)))).toBe(text);
    expect(value(set(edited, next))).toBe(edited);
  });

  it("a Universal Kuma policy has a type and a name of its own", () => {
    const text = `type: MeshTCPRoute
name: tcp
mesh: default
spec:
  to:
    - targetRef: { kind: MeshService, name: web }
      rules:
        - default:
            backendRefs:
              - { kind: MeshServiceSubset, name: web, tags: { version: v1 }, weight: 90 }
              - { kind: MeshServiceSubset, name: web, tags: { version: v2 }, weight: 10 }
`;
    const split = splitOf(text, { name: "tcp" });
    expect(split).toMatchObject({ kind: "MeshTCPRoute", route: "to[0].rules[0]" });
    expect(split.arms.map(({ name }) => name)).toEqual(["web/version=v1", "web/version=v2"]);
    expect(value(set(text, { "web/version=v2": 20 }))).toBe(text.replace("weight: 10", "weight: 20"));
    expect(splitsOf(text.replace("type:", "kind:"))).toEqual([]);
  });
});

const httpProxy = (services: string) =>
  `apiVersion: projectcontour.io/v1\nkind: HTTPProxy\nmetadata: {name: p}\nspec:\n  routes:\n  - services:\n${services}`;

describe("Contour", () => {
  it("never takes a mirror for an arm", () => {
    const text = httpProxy(
      "    - {name: a, port: 80, weight: 90}\n    - {name: b, port: 80, weight: 10}\n    - {name: m, port: 80, mirror: true, weight: 50}\n",
    );
    expect(splitOf(text).arms.map(({ name }) => name)).toEqual(["a", "b"]);
    expect(problem(set(text, { m: 10 })).code).toBe("unknown-arm");
    expect(
      splitsOf(httpProxy("    - {name: a, port: 80}\n    - {name: m, port: 80, mirror: true}\n")),
    ).toEqual([]);
  });

  it("divides evenly where nobody has a weight, and says so in writing before one gets more", () => {
    const text = httpProxy("    - {name: a, port: 80}\n    - {name: b, port: 80}\n");
    expect(splitOf(text).arms.map(({ weight }) => weight)).toEqual([1, 1]);
    expect(value(set(text, { a: 1, b: 1 }))).toBe(text);
    expect(value(set(text, { a: 3 }))).toBe(
      httpProxy("    - {name: a, port: 80, weight: 3}\n    - {name: b, port: 80, weight: 1}\n"),
    );
    const zeros = text.replaceAll("80}", "80, weight: 0}");
    expect(splitOf(zeros).arms.map(({ weight }) => weight)).toEqual([1, 1]);
    expect(value(set(zeros, { a: 3 }))).toBe(
      httpProxy("    - {name: a, port: 80, weight: 3}\n    - {name: b, port: 80, weight: 1}\n"),
    );
    expect(value(set(zeros, { b: 0 }))).toContain("{name: a, port: 80, weight: 1}");
  });
});

describe("sums that must be exact", () => {
  const splitter = (a: string, b: string, c = "0") =>
    `apiVersion: consul.hashicorp.com/v1alpha1\nkind: ServiceSplitter\nmetadata: {name: web}\nspec:\n  splits:\n  - {weight: ${a}, serviceSubset: v1}\n  - {weight: ${b}, serviceSubset: v2}\n  - {weight: ${c}, service: other}\n`;

  it("Consul: 100 percent, with two decimals and the zeros that were written", () => {
    expect(splitOf(splitter("99.5", "0.5")).arms.map(({ weight }) => weight)).toEqual([9950, 50, 0]);
    expect(value(set(splitter("90", "10"), { v1: 8_750, v2: 1_250 }))).toBe(splitter("87.5", "12.5"));
    const zeros = splitter("90.0", "10.00");
    const edited = value(set(zeros, { v1: 8_775, v2: 1_225 }));
    expect(value(set(edited, { v1: 9_000, v2: 1_000 }))).toBe(zeros);
    expect(problem(set(zeros, { v1: 8_000 })).message).toContain("make 90 percent and must make exactly 100");
    expect(problem(set(splitter("90", "'10'"), { v1: 9_000 })).message).toContain("remove the quotes");
    expect(problem(set(splitter("90", "10.001"), { v1: 1 })).message).toContain("at most two decimals");
    expect(problem(set(splitter("90", "1e1"), { v1: 1 })).code).toBe("bad-weight");
  });

  it("Consul: also as 32-bit floats add up", () => {
    const [a, b, c] = [
      [9_989, 1, 10],
      [3_333, 3_333, 3_334],
      [5_001, 4_997, 2],
      [1_110, 8_887, 3],
    ].filter((all) => all.reduce((sum, one) => Math.fround(sum + Math.fround(one / 100)), 0) !== 100)[0] ?? [
      0, 0, 0,
    ];
    expect(a).toBeGreaterThan(0);
    const refused = problem(set(splitter("90", "10"), { v1: a ?? 0, v2: b ?? 0, other: c ?? 0 }));
    expect(refused.message).toContain("32-bit floats");
  });

  it("Knative: 100 percent over all arms", () => {
    const text =
      "apiVersion: serving.knative.dev/v1\nkind: Service\nmetadata: {name: s}\nspec:\n  traffic:\n  - {revisionName: s-1, percent: 90}\n  - {latestRevision: true, tag: next, percent: 10}\n  - {latestRevision: true, tag: other}\n";
    expect(splitOf(text).arms.map(({ name }) => name)).toEqual(["s-1", "@latest#next", "@latest#other"]);
    expect(problem(set(text, { "s-1": 80 })).message).toContain("make 90 and must make exactly 100");
    expect(value(set(text, { "s-1": 80, "@latest#other": 10 }))).toContain("tag: other, percent: 10}");
  });
});

describe("ingress-nginx", () => {
  const ingress = (annotations: string) =>
    `apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata:\n  name: web-canary\n  annotations:\n${annotations}spec:\n  rules:\n  - http: {paths: [{path: /, backend: {service: {name: web-v2, port: {number: 80}}}}]}\n`;
  const CANARY = '    nginx.ingress.kubernetes.io/canary: "true"\n';

  it("writes a missing weight as text", () => {
    expect(splitOf(ingress(CANARY)).arms).toEqual([
      { name: "stable", weight: 100 },
      { name: "web-v2", weight: 0 },
    ]);
    expect(value(set(ingress(CANARY), { stable: 75, "web-v2": 25 }))).toBe(
      ingress(`${CANARY}    nginx.ingress.kubernetes.io/canary-weight: "25"\n`),
    );
  });

  it("refuses a share that is not one of the total, and a number that is no text", () => {
    const total = `${CANARY}    nginx.ingress.kubernetes.io/canary-weight-total: "1000"\n    nginx.ingress.kubernetes.io/canary-weight: "10"\n`;
    expect(splitOf(ingress(total)).arms.map(({ weight }) => weight)).toEqual([990, 10]);
    expect(problem(set(ingress(total), { "web-v2": 20 })).message).toContain("must make exactly 1000");
    expect(problem(set(ingress(total.replace('"10"', "10")), { "web-v2": 10 })).message).toContain(
      'write "10"',
    );
    expect(problem(set(ingress(total.replace("1000", "many")), { "web-v2": 10 })).message).toContain(
      "canary-weight-total",
    );
    expect(splitsOf(ingress(total.replace('"true"', '"false"')))).toEqual([]);
  });

  it("calls the canary by its own name when it has several services", () => {
    const text = ingress(CANARY).replace(
      "paths: [",
      "paths: [{path: /b, backend: {service: {name: other}}}, ",
    );
    expect(splitOf(text).arms.map(({ name }) => name)).toEqual(["stable", "web-canary"]);
  });
});

describe("AWS Load Balancer Controller", () => {
  const json =
    '{"type":"forward","forwardConfig":{"targetGroups":[{"serviceName":"a","weight":90},{"serviceName":"b","weight":10}]}}';
  const ingress = (written: string) =>
    `apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata:\n  name: web\n  annotations:\n    alb.ingress.kubernetes.io/actions.split: ${written}\nspec: {}\n`;
  const folded = json.replace(',"forwardConfig"', ',\n      "forwardConfig"');

  it.each([
    ["single quotes", `'${json}'`],
    ["double quotes", JSON.stringify(json)],
    ["a folded text", `>\n      ${folded}`],
    ["a literal text, stripped", `|-\n      ${folded}`],
    ["quotes over two lines", `'${folded}'`],
    [
      "keys in any case",
      `'${json.replaceAll("weight", "Weight").replace("forwardConfig", "ForwardConfig")}'`,
    ],
    ["escapes beside the weights", `"${json.replaceAll('"', '\\"').replace("{", "{\\n\\t")}"`],
    ["doubled quotes", `'${json.replace('"a"', "\"it''s a\"").replace("it''s a", "a")}'`],
  ])("changes the digits alone in %s", (_, written) => {
    const text = ingress(written);
    expect(splitOf(text)).toMatchObject({
      route: "split",
      arms: [
        { name: "a", weight: 90 },
        { name: "b", weight: 10 },
      ],
    });
    const edited = value(set(text, { a: 5, b: 995 }));
    expect(edited).toBe(text.replace(/:90\b/, ":5").replace(/:10\b/, ":995"));
    expect(value(set(edited, { a: 90, b: 10 }))).toBe(text);
  });

  it("refuses what it cannot change alone, and what is illegal", () => {
    expect(problem(set(ingress(`'${json}'`), { a: 1000 })).message).toContain("from 0 to 999");
    const refused = problem(
      set(ingress(`"${json.replaceAll('"', '\\"').replace("90", "\\x390")}"`), { a: 5 }),
    );
    expect(refused).toMatchObject({ code: "unsafe-edit", line: 6 });
    expect(problem(set(ingress(`'${json.replace(',"weight":90', "")}'`), { a: 5 })).message).toContain(
      "is missing",
    );
    expect(problem(set(ingress(`'${json.replace("90", '"90"')}'`), { a: 5 })).message).toContain(
      "remove the quotes",
    );
    expect(splitsOf(ingress(`'${json.slice(1)}'`))).toEqual([]);
    expect(splitsOf(ingress(json))).toEqual([]);
  });
});

describe("an object that splits nothing yet says what to do", () => {
  const vs = (http: string) =>
    `apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: web}\nspec:\n  http:\n${http}`;

  it("a single destination", () => {
    const refused = problem(
      set(vs("  - route:\n    - destination: {host: web, subset: v1}\n"), { v2: 10 }, { arms: ["v1", "v2"] }),
    );
    expect(refused).toMatchObject({ code: "no-split", line: 7 });
    expect(refused.message).toContain(
      'everything goes to "v1", for one destination alone gets 100 % whether it has a weight or not, so write `weight: 100` on it and add "v2" beside it with `weight: 0`',
    );
  });

  it("a delegate", () => {
    const refused = problem(set(vs("  - delegate: {name: checkout, namespace: shop}\n"), { v2: 10 }));
    expect(refused).toMatchObject({ code: "no-split", line: 6 });
    expect(refused.message).toContain("leaves the splitting to VirtualService shop/checkout");
  });

  it("a delegate in the same file is driven, and nobody is sent elsewhere", () => {
    const root = vs("  - name: shop\n    match: [{uri: {prefix: /}}]\n    delegate: {name: checkout}\n");
    const delegate = (route: string) =>
      vs(`  - route:\n${route}`).replace("{name: web}", "{name: checkout, namespace: shop}");
    const arms = ["v1", "v2"];
    const split =
      "    - {destination: {host: web, subset: v1}, weight: 90}\n    - {destination: {host: web, subset: v2}, weight: 10}\n";
    const text = `${root}---\n${delegate(split)}`;
    for (const selector of [{ arms }, { arms, name: "checkout" }]) {
      expect(value(set(text, { v1: 75, v2: 25 }, selector))).toBe(
        text.replace("weight: 90", "weight: 75").replace("weight: 10", "weight: 25"),
      );
    }
    const single = `${root}---\n${delegate("    - destination: {host: web, subset: v1}\n")}`;
    const refused = problem(set(single, { v2: 10 }, { arms }));
    expect(refused).toMatchObject({ code: "no-split", line: 16 });
    expect(refused.message).toContain('everything goes to "v1"');
  });

  it("beside one that does, which is not the one that is meant", () => {
    const other =
      "  - route:\n    - {destination: {host: a, subset: v1}, weight: 90}\n    - {destination: {host: a, subset: v2}, weight: 10}\n";
    const text = `${vs(other)}---\n${vs("  - delegate: {name: checkout}\n").replace("{name: web}", "{name: root}")}`;
    const refused = problem(set(text, { v2: 10 }, { name: "root", arms: ["v1", "v2"] }));
    expect(refused).toMatchObject({ code: "no-split", line: 15 });
    expect(refused.message).toContain('no split has name "root"');
    expect(refused.message).toContain("leaves the splitting to VirtualService checkout");
  });

  it("in the words of its kind", () => {
    const text =
      "apiVersion: serving.knative.dev/v1\nkind: Service\nmetadata: {name: s}\nspec: {traffic: [{revisionName: s-1, percent: 100}]}\n";
    expect(problem(set(text, { "s-2": 10 }, { arms: ["s-1", "s-2"] })).message).toContain(
      'write `percent: 100` on it and add "s-2" beside it with `percent: 0`',
    );
  });
});
