import { describe, expect, it } from "vitest";
import { findSplits, readWorkload } from "../../src/manifests/index.ts";
import { LONGEST_TEXT } from "../../src/manifests/source.ts";
import { problem, set, splitsOf, virtualService } from "./helpers.ts";

const weighing = (weight: string) =>
  virtualService(`  - route:
    - destination: {host: a}
      weight: ${weight}
    - destination: {host: b}
      weight: 10
`);
const refusal = (text: string) => problem(findSplits("f.yaml", text));

describe("weights that are not plain whole numbers are refused, with the reason", () => {
  it.each([
    ["'90'", "bad-weight", 'is the text "90" and this kind takes a number: remove the quotes'],
    ["090", "bad-weight", "which YAML readers understand differently"],
    ["0x5a", "bad-weight", "which YAML readers understand differently"],
    ["1_000", "bad-weight", "which YAML readers understand differently"],
    ["9e1", "bad-weight", "which YAML readers understand differently"],
    ["+90", "bad-weight", "which YAML readers understand differently"],
    ["90.0", "bad-weight", "which YAML readers understand differently"],
    ["-1", "bad-weight", "must not be less than 0"],
    ["2147483648", "bad-weight", "the most this kind takes is 2147483647"],
    ["on", "bad-weight", "is on and must be a whole number"],
    ["", "bad-weight", "has no value"],
    ["~", "bad-weight", "has no value"],
    [".inf", "bad-weight", "must be a whole number"],
    ["[90]", "bad-weight", "must be a plain number on its own line"],
    ["!!int '90'", "bad-weight", "must be a plain number on its own line"],
    ["|\n        90", "bad-weight", "must be a plain number on its own line"],
    ["{{ .Values.weight }}", "template", "Helm or Go template: point at the values file"],
    ['"{{ .Values.weight }}"', "template", "Helm or Go template: point at the values file"],
    ["$weight", "template", "is a shell template"],
    ["$((100 - weight))", "template", "is a shell template"],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a shell's placeholder, not ours
    ["${WEIGHT}", "template", "is a shell template"],
    ["<%= weight %>", "template", "is a template"],
  ])("%s", (weight, code, words) => {
    const text = weighing(weight);
    const refused = refusal(text);
    expect(refused).toMatchObject({ code, file: "f.yaml" });
    expect([9, 10]).toContain(refused.line);
    expect(refused.message).toContain(words);
    expect(set(text, { b: 20 }).ok).toBe(false);
  });
});

describe("text that is no clean YAML is refused at its place", () => {
  it("a Helm template points at the values", () => {
    const refused = refusal(`{{- if .Values.canary }}\n${weighing("{{ .Values.weight }}")}{{- end }}\n`);
    expect(refused).toMatchObject({ code: "template", line: 1, column: 1 });
    expect(refused.message).toContain("values file");
  });

  it("a syntax error has file, line and column", () => {
    expect(refusal(`${weighing("90")}  bad: [1\n`)).toMatchObject({ code: "yaml", file: "f.yaml", line: 13 });
    expect(refusal("a: 'x\n")).toMatchObject({ code: "yaml" });
  });

  it("duplicate keys, unknown aliases and NUL bytes", () => {
    expect(refusal(weighing("90\n      weight: 80"))).toMatchObject({
      code: "duplicate-key",
      line: 10,
      column: 7,
    });
    expect(refusal(weighing("*nobody"))).toMatchObject({ code: "unknown-alias", line: 9 });
    expect(refusal(`${weighing("90")}# \0`)).toMatchObject({ code: "not-text", line: 12, column: 3 });
  });

  it("a quoted {{ }} elsewhere is ordinary text", () => {
    const rules =
      'kind: ConfigMap\ndata:\n  alert: "{{ $labels.pod }} is down"\n  more: |\n    {{ if }}\n---\n';
    expect(splitsOf(rules + weighing("90"))).toHaveLength(1);
  });
});

describe("hostile text ends soon", () => {
  const bomb = [
    "a0: &a0 [x, x, x, x, x, x, x, x, x]",
    ...Array.from({ length: 30 }, (_, level) => {
      const alias = `*a${level}`;
      return `a${level + 1}: &a${level + 1} [${Array.from({ length: 9 }, () => alias).join(", ")}]`;
    }),
  ].join("\n");

  it("an alias bomb beside or inside what is read", () => {
    expect(splitsOf(`${bomb}\n---\n${weighing("90")}`)).toHaveLength(1);
    const deployment = `${bomb}\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\nspec: {template: *a30}\n`;
    expect(problem(readWorkload("f", deployment)).message).toContain(
      "too large once its aliases are followed",
    );
  });

  it("a bomb of merge keys", () => {
    const levels = Array.from({ length: 30 }, (_, level) => {
      const merges = Array.from({ length: 9 }, () => `*m${level}`).join(", ");
      return `m${level + 1}: &m${level + 1} {k${level}: 1, <<: [${merges}]}`;
    });
    const head = ["m0: &m0 {k: 1}", ...levels, "apiVersion: apps/v1", "kind: Deployment"].join("\n");
    const text = `${head}\nmetadata: {<<: *m30}\nspec: {template: {<<: *m30}}\n`;
    expect(problem(readWorkload("f", text)).message).toContain("too large once its aliases are followed");
    const split = weighing("90")
      .replace("weight: 90", "<<: *m30")
      .replace("metadata:", `metadata:\n  <<: *m30`);
    expect(splitsOf(split.replace("apiVersion", `${head.split("\napi")[0]}\napiVersion`))).toHaveLength(1);
  });

  it("a value that contains itself", () => {
    const text =
      "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\nspec: &s\n  template: {again: *s, <<: *s}\n";
    expect(problem(readWorkload("f", text)).code).toBe("no-template");
    const route = virtualService("  - &r\n    route: [*r, *r]\n");
    expect(refusal(route).code).toBe("no-destination");
    expect(splitsOf("&x [*x]\n---\n&y {<<: *y, kind: *y}\n")).toEqual([]);
  });

  it("destinations multiplied by aliases", () => {
    const item = "{destination: {host: a}, weight: 1}";
    const rules = `  - &r {route: [${Array.from({ length: 200 }, () => item).join(", ")}]}\n${"  - *r\n".repeat(200)}`;
    expect(refusal(virtualService(rules)).code).toBe("too-large");
  });

  it("depth, length and many keys", () => {
    expect(refusal("[".repeat(20_000)).code).toMatch(/too-deep|yaml/);
    expect(refusal(`${"[".repeat(500)}${"]".repeat(500)}`).code).toBe("too-deep");
    expect(refusal(`a: VirtualService ${"x".repeat(LONGEST_TEXT)}`)).toMatchObject({
      code: "too-large",
      line: 1,
    });
    const many = Array.from({ length: 20_000 }, (_, key) => `k${key}: 1`).join("\n");
    expect(splitsOf(`${many}\n---\n${weighing("90")}`)).toHaveLength(1);
    expect(refusal("{{ a }}\n".repeat(3_000)).code).toBe("template");
  });

  it("names that are properties of every object", () => {
    const text = weighing("90").replace("host: a", "host: __proto__").replace("host: b", "host: constructor");
    expect(splitsOf(text)[0]?.arms.map((arm) => arm.name)).toEqual(["__proto__", "constructor"]);
  });
});
