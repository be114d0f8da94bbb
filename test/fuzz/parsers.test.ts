import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it, vi } from "vitest";
import { readAnswer } from "../../src/adapters/prometheus/answer.ts";
import { narrowed } from "../../src/adapters/prometheus/narrow.ts";
import { quantiledIn, selectorsIn } from "../../src/adapters/prometheus/scan.ts";
import { parseCommand } from "../../src/commands/parse.ts";
import { parseConfig } from "../../src/config/parse.ts";
import { findBypasses, findSplits, readWorkload, setImages, setWeights } from "../../src/manifests/index.ts";
import { parseEnded, parseState } from "../../src/reconcile/state-document.ts";
import { readTrailers } from "../../src/release/trailers.ts";
import { findMarker } from "../../src/views/marker.ts";
import { fc } from "../fast-check.ts";
import { garbled, mutated, runs } from "./mutations.ts";

// Longer only when told to run more.
vi.setConfig({ testTimeout: 30_000 * Number(process.env["FUZZ"] ?? 1) });

const EXAMPLES = new URL("../../examples/", import.meta.url);
const files = readdirSync(EXAMPLES, { recursive: true, encoding: "utf8" })
  .filter((path) => path.endsWith(".yaml"))
  .map((path) => ({ path, text: readFileSync(new URL(path, EXAMPLES), "utf8") }));
const configurations = files.filter(({ path }) => path.endsWith("sluice.yaml"));
const manifests = files.filter(({ path }) => !path.endsWith("sluice.yaml"));

interface Placed {
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

/** A person can go to where it is and read what it says. */
function expectPlaced({ line, column, message }: Placed, text: string): void {
  expect(line).toBeGreaterThanOrEqual(1);
  expect(line).toBeLessThanOrEqual(text.split(/\r\n|\r|\n/).length);
  expect(column).toBeGreaterThanOrEqual(1);
  expect(message).toMatch(/\S/);
  expect(message).not.toMatch(/undefined|\[object|TypeError/);
}

describe("whatever somebody wrote", () => {
  it("a configuration is one, or its problems have places", () => {
    expect(configurations.length).toBeGreaterThan(3);
    const text = fc.constantFrom(...configurations).chain((file) => garbled(file.text));
    fc.assert(
      fc.property(text, (written) => {
        const parsed = parseConfig("f", written);
        if (parsed.ok) {
          for (const { steps, name } of parsed.config.rollouts) {
            expect(name).toMatch(/^[a-z0-9][a-z0-9-]*$/);
            for (const { weight } of steps) expect(weight >= 0 && weight <= 100).toBe(true);
          }
        } else {
          expect(parsed.problems.length).toBeGreaterThan(0);
          for (const problem of parsed.problems) expectPlaced(problem, written);
        }
      }),
      runs(600),
    );
  });

  it("a manifest has splits that can be set to legal weights, or a problem with its place", () => {
    const text = fc.constantFrom(...manifests).chain((file) => garbled(file.text));
    fc.assert(
      fc.property(text, (written) => {
        const workload = readWorkload("f", written);
        if (!workload.ok) expectPlaced(workload.problem, written);
        else setImages("f", written, new Map([["app", "x:1"]]));
        const found = findSplits("f", written);
        if (!found.ok) return expectPlaced(found.problem, written);
        for (const { kind, name, route, arms } of found.value) {
          for (const { weight } of arms) expect(Number.isInteger(weight) && weight >= 0).toBe(true);
          const [stable, canary] = arms;
          if (!stable || !canary) continue;
          const selector = {
            ...{ kind, name, arms: [stable.name, canary.name] },
            ...(route === null ? {} : { route }),
          };
          findBypasses("f", written, selector, { stable: stable.name, canary: canary.name }, []);
          const weights = new Map([
            [stable.name, 1],
            [canary.name, 0],
          ]);
          const set = setWeights("f", written, selector, weights);
          if (!set.ok) expectPlaced(set.problem, written);
          else expect(findSplits("f", set.value).ok).toBe(true);
        }
      }),
      runs(400),
    );
  });

  it("a comment is a command, is none, or is answered", () => {
    const words = fc.constantFrom(
      "/canary",
      "25",
      "%",
      "start",
      "approve",
      "checkout",
      "abcdef1",
      "\n",
      "```",
      "> ",
      "\u202e",
      "с",
    );
    const text = fc.oneof(
      fc.array(words, { maxLength: 12 }).map((parts) => parts.join(" ")),
      garbled("/canary checkout 25 1f0c2ab\n\nBecause of #12.\n\n```\n/canary promote\n```\n"),
      fc.string({ unit: "binary", maxLength: 400 }),
    );
    fc.assert(
      fc.property(text, (body) => {
        const parsed = parseCommand(body);
        if (parsed.kind !== "none") expect(body.normalize("NFKC")).toMatch(/c|с/iu);
        if (parsed.kind === "unclear") expect(parsed.message).toMatch(/^[ -~]+$/);
      }),
      runs(3000),
    );
  });

  it("trailers and marks are ours to the letter, or are none", () => {
    const text = fc.oneof(
      garbled("Subject\n\nSluice-Release: checkout#7\nSluice-Step: 2\nSluice-Effect: checkout#7.3\n"),
      garbled("### Words\n\n<!-- sluice:release checkout#7 -->\n"),
      fc.string({ unit: "binary", maxLength: 200 }),
    );
    fc.assert(
      fc.property(text, (body) => {
        const trailers = readTrailers(body);
        if (trailers) expect(body).toContain(trailers.effect);
        const marker = findMarker(body);
        if (marker?.kind === "release") expect(Number.isInteger(marker.number)).toBe(true);
      }),
      runs(2000),
    );
  });
});

describe("whatever comes back", () => {
  const vector = { resultType: "vector", result: [{ metric: { a: "b" }, value: [1, "2"] }] };
  const matrix = {
    resultType: "matrix",
    result: [
      {
        metric: {},
        values: [
          [1, "2"],
          [2, "NaN"],
        ],
      },
    ],
  };
  const answers = [
    { status: "success", data: vector },
    { status: "success", data: matrix, warnings: ["w"], isPartial: false },
    { status: "error", errorType: "bad_data", error: "parse error" },
  ];

  it("an answer of a metrics source is numbers, or says why there are none", () => {
    const body = fc.oneof(
      fc
        .constantFrom(...answers)
        .chain(mutated)
        .map((json) => JSON.stringify(json) ?? ""),
      fc.constantFrom(...answers).chain((json) => garbled(JSON.stringify(json))),
      fc.string({ unit: "binary", maxLength: 200 }),
    );
    fc.assert(
      fc.property(fc.constantFrom(200, 204, 302, 400, 401, 422, 429, 500, 503), body, (status, text) => {
        const answer = readAnswer(status, text);
        if (answer.status !== "ok") {
          expect(answer.detail.length).toBeLessThan(500);
          expect(answer.detail).not.toMatch(/\p{Cc}/u);
          return;
        }
        expect(status).toBe(200);
        const { result } = answer;
        if (result.type === "vector")
          for (const { value } of result.samples) expect(typeof value).toBe("number");
        if (result.type === "matrix") {
          for (const { samples } of result.series) {
            for (const { at, value } of samples)
              expect(Number.isFinite(at) && typeof value === "number").toBe(true);
          }
        }
      }),
      runs(3000),
    );
  });

  it("a query is read without harm, and narrowed wholly or not at all", () => {
    const text = fc.oneof(
      garbled(
        'sum(rate(hits{a="b",c=~"d.*"}[5m] offset 1m)) by (le) / on(x) group_left histogram_quantile(0.9, y)',
      ),
      fc.string({ unit: "binary", maxLength: 100 }),
    );
    fc.assert(
      fc.property(text, (query) => {
        selectorsIn(query);
        quantiledIn(query);
        const once = narrowed(query, 'tenant="x"');
        if (!once.ok) return;
        const again = narrowed(once.query, 'tenant="x"');
        expect(again.ok).toBe(true);
        const added = (of: string) => of.split('tenant="x"').length - query.split('tenant="x"').length;
        // As many selectors the second time as the first.
        if (again.ok) expect(added(again.query)).toBe(2 * added(once.query));
      }),
      runs(2000),
    );
  });

  it("a state document is one of its rollout, or is refused", () => {
    const state = {
      ...{ schema: 1, rollout: "checkout", rest: { version: "a", canary: "b" }, next: 1, effects: 0 },
      ...{ release: null, pending: null, last: null, hold: null, handled: [] },
    };
    const body = fc.oneof(
      mutated(state).map((json) => JSON.stringify(json) ?? ""),
      garbled(JSON.stringify(state)),
    );
    fc.assert(
      fc.property(body, (text) => {
        const parsed = parseState("checkout", text);
        if (parsed.ok) expect([parsed.state.schema, parsed.state.rollout]).toEqual([1, "checkout"]);
        else expect(parsed.reason).toContain("rollouts/checkout.json");
        parseEnded(text);
      }),
      runs(2000),
    );
  });
});
