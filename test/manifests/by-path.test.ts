import { describe, expect, it } from "vitest";
import { chooseSplit } from "../../src/manifests/index.ts";
import { problem, set, value } from "./helpers.ts";

const VALUES = `# values of the chart
traffic:
  stable: 90   # most
  canary: "10"
  list:
    - name: a
      share: 3
`;
const both = { arms: ["/traffic/stable", "/traffic/canary"] };

describe("any value by its path", () => {
  it("Helm values: two numbers, each with the quotes it has", () => {
    expect(value(chooseSplit("values.yaml", VALUES, both))).toEqual({
      file: "values.yaml",
      apiVersion: "",
      kind: "Value",
      namespace: null,
      name: "values.yaml",
      route: null,
      arms: [
        { name: "/traffic/stable", weight: 90 },
        { name: "/traffic/canary", weight: 10 },
      ],
      limits: { max: 2_147_483_647, sum: null },
      line: 3,
    });
    const edited = value(set(VALUES, { "/traffic/stable": 75, "/traffic/canary": 25 }, both));
    expect(edited).toBe(VALUES.replace("90", "75").replace('"10"', '"25"'));
  });

  it("one number only: the other side is the rest", () => {
    const one = { arms: ["rest of 100", "/traffic/canary"] };
    expect(value(chooseSplit("f", VALUES, one)).arms[0]).toEqual({ name: "rest of 100", weight: 90 });
    expect(value(set(VALUES, { "rest of 100": 60, "/traffic/canary": 40 }, one))).toBe(
      VALUES.replace('"10"', '"40"'),
    );
    expect(problem(set(VALUES, { "/traffic/canary": 40 }, one)).message).toContain("must make exactly 100");
    expect(problem(chooseSplit("f", VALUES, { arms: ["rest of 5", "/traffic/canary"] })).message).toContain(
      "of 5",
    );
  });

  it("an item of a list, by its index", () => {
    const text = "weights:\n- 90 # stable\n- '10'\n- [5, 95]\n";
    const arms = ["/weights/0", "/weights/1"];
    expect(value(chooseSplit("f", text, { arms })).arms.map(({ weight }) => weight)).toEqual([90, 10]);
    const edited = value(set(text, { "/weights/0": 75, "/weights/1": 25 }, { arms }));
    expect(edited).toBe(text.replace("90", "75").replace("10", "25"));
    expect(value(set(edited, { "/weights/0": 90, "/weights/1": 10 }, { arms }))).toBe(text);
    const flow = { arms: ["/weights/2/0", "/weights/2/1"] };
    expect(value(set(text, { "/weights/2/0": 100, "/weights/2/1": 0 }, flow))).toContain("- [100, 0]\n");
    const one = { arms: ["rest of 100", "/weights/1"] };
    expect(value(set(text, { "rest of 100": 60, "/weights/1": 40 }, one))).toBe(text.replace("10", "40"));
    expect(problem(chooseSplit("f", text, { arms: ["/weights/0", "/weights/01"] })).code).toBe("unknown-arm");
    expect(problem(chooseSplit("f", text, { arms: ["/weights/0", "/weights/2"] })).message).toContain(
      "plain number",
    );
    const shared = "weights: [&w 50, *w]\n";
    expect(problem(set(shared, { "/weights/0": 10 }, { arms })).code).toBe("shared");
  });

  it("a JSON patch in a file: by the path of its operation", () => {
    const patch = `- op: replace
  path: /spec/http/0/route/0/weight
  value: 90
- {op: replace, path: /spec/http/0/route/1/weight, value: 10}
`;
    const arms = ["/spec/http/0/route/0/weight", "/spec/http/0/route/1/weight"];
    const edited = value(set(patch, { [arms[0] ?? ""]: 50, [arms[1] ?? ""]: 50 }, { arms }));
    expect(edited).toBe(patch.replace("value: 90", "value: 50").replace("value: 10", "value: 50"));
    const indexed = { arms: ["/0/value", "/1/value"] };
    expect(value(set(patch, { "/0/value": 50, "/1/value": 50 }, indexed))).toBe(edited);
  });

  it("an inline patch of a kustomization, JSON 6902 or strategic merge", () => {
    const text = `apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources: [base]
patches:
- target: {kind: VirtualService, name: web}
  patch: |-
    - op: replace
      path: /spec/http/0/route/0/weight # stable
      value: 90
    - op: replace
      path: /spec/http/0/route/1/weight
      value: 10
- patch: |
    apiVersion: v1
    kind: ConfigMap
    metadata: {name: x}
    data: {stable: "7", canary: "3"}
`;
    const arms = ["/spec/http/0/route/0/weight", "/spec/http/0/route/1/weight"];
    const edited = value(
      set(text, { [arms[0] ?? ""]: 5, [arms[1] ?? ""]: 95 }, { arms, kind: "Kustomization" }),
    );
    expect(edited).toBe(text.replace("value: 90", "value: 5").replace("value: 10", "value: 95"));
    const merge = { arms: ["/patches/1/patch/data/stable", "/patches/1/patch/data/canary"] };
    const other = value(set(text, Object.fromEntries(merge.arms.map((arm, at) => [arm, at + 11])), merge));
    expect(other).toBe(text.replace('stable: "7", canary: "3"', 'stable: "11", canary: "12"'));
  });

  it("says what is there when a path leads nowhere", () => {
    expect(problem(chooseSplit("f", VALUES, { arms: ["/traffic/stabel", "/traffic/canary"] })).message).toBe(
      "there is no value at /traffic/stabel; /traffic has stable, canary, list",
    );
    expect(
      problem(chooseSplit("f", VALUES, { arms: ["/traffic/list/7", "/traffic/canary"] })).message,
    ).toContain("/traffic/list is a list of 1");
    expect(problem(chooseSplit("f", VALUES, { arms: ["v1", "/traffic/canary"] })).message).toContain(
      'not "v1"',
    );
    expect(problem(chooseSplit("f", VALUES, { arms: ["/traffic/canary"] })).message).toContain("rest of 100");
    expect(
      problem(chooseSplit("f", VALUES, { arms: ["/traffic/list", "/traffic/canary"] })).message,
    ).toContain("plain number");
  });

  it("needs the document named when several have the paths", () => {
    const two = `metadata: {name: a}\ntraffic: {stable: 1, canary: 2}\n---\nmetadata: {name: b}\ntraffic: {stable: 3, canary: 4}\n`;
    expect(problem(chooseSplit("f", two, both)).code).toBe("ambiguous");
    expect(value(chooseSplit("f", two, { ...both, name: "b" })).arms[0]?.weight).toBe(3);
  });

  it("a value that is shared or a template is refused", () => {
    const anchored = "traffic: {stable: &w 50, canary: *w}\n";
    expect(problem(set(anchored, { "/traffic/stable": 10 }, both)).code).toBe("shared");
    const template = 'traffic: {stable: 50, canary: "{{ .Values.c }}"}\n';
    expect(problem(chooseSplit("f", template, both)).code).toBe("template");
  });
});
