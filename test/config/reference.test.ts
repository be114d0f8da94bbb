import { readFileSync } from "node:fs";
import { Ajv } from "ajv";
import { describe, expect, it } from "vitest";
import { parseDocument } from "yaml";
import { CODES } from "../../src/config/codes.ts";
import { jsonSchema } from "../../src/config/json-schema.ts";
import { parseConfig } from "../../src/config/parse.ts";
import { referencePage, schemaText } from "../../src/config/reference.ts";
import { configText } from "./helpers.ts";

const loop = readFileSync("examples/loop/.github/sluice.yaml", "utf8");

describe("what is written about the configuration", () => {
  it("docs/config.md is what the schema says today", async () => {
    await expect(referencePage()).toMatchFileSnapshot("../../docs/config.md");
  });

  it("docs/config.schema.json is what the schema says today", async () => {
    await expect(schemaText()).toMatchFileSnapshot("../../docs/config.schema.json");
  });

  it("describes every key and every problem", () => {
    const page = referencePage();
    const undescribed = page.split("\n").filter((line) => /^\| `.*\|\s*\|$/.test(line));
    expect(undescribed).toEqual([]);
    for (const code of Object.keys(CODES)) expect(page).toContain(`| \`${code}\` |`);
  });
});

describe("the JSON Schema", () => {
  const validate = new Ajv({
    strict: true,
    strictTypes: false,
    strictRequired: false,
    allErrors: true,
  }).compile(jsonSchema());
  const accepts = (text: string) => validate(parseDocument(text).toJS());

  it.each([
    ["the example of the shell loop", loop],
    ["a rollout with nothing but what it must have", configText()],
    ["every kind of start", configText({ on: "{ deployment: { environment: production } }" })],
    ["pauses", configText({ steps: "[{ setWeight: 5% }, { pause: {} }, { setWeight: 100 }]" })],
    ["a list of windows", configText({ windows: "{ allow: [Mon-Fri 09:00-17:00 UTC] }" })],
  ])("accepts what the parser accepts: %s", (_, text) => {
    expect(parseConfig("f", text).ok).toBe(true);
    expect(accepts(text)).toBe(true);
  });

  it.each([
    ["another version", configText().replace("version: 1", "version: 2")],
    ["an unknown key", configText({ stepz: "[]" })],
    ["a missing key", configText({ service: null })],
    ["a bare number for a duration", configText({ bake: "5" })],
    ["a duration without a unit", configText({ bake: '"5"' })],
    ["an unknown mesh", configText({ mesh: "istoi" })],
    ["a step of another kind", configText({ steps: "[{ analysis: {} }, { setWeight: 100 }]" })],
    ["a step that is two things", configText({ steps: "[{ setWeight: 100, pause: {} }]" })],
    ["no SLO", configText({ slos: "[]" })],
    ["an error rate of all requests", configText({ slos: "[{ errorRate: { max: 1 } }]" })],
    ["a metrics address", configText({}, "prometheus: http://metrics:9090")],
    ["a name in capitals", configText().replace("  checkout:", "  Checkout:")],
  ])("refuses what the parser refuses: %s", (_, text) => {
    expect(parseConfig("f", text).ok).toBe(false);
    expect(accepts(text)).toBe(false);
  });
});
