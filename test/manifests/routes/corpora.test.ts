import { readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parseAllDocuments } from "yaml";
import type { ManagedRoute } from "../../../src/config/types.ts";
import { findSplits, kindRows, setRoutes, setWeights, standingRoutes } from "../../../src/manifests/index.ts";
import type { Split } from "../../../src/manifests/types.ts";
import { errorsIn, Schemas } from "../crds.ts";
import { hasShared, SHARED, selectorOf, shared, value } from "../helpers.ts";
import { EXAMPLES, manifestOf } from "../kinds-examples.ts";
import { BETA, cookie, headerRoute, linesPutIn, mirrorRoute } from "./helpers.ts";

const present = hasShared("corpora/INDEX.json");
const files = present
  ? readdirSync(new URL("corpora/", SHARED), { recursive: true, encoding: "utf8" })
      .filter((file) => /\.ya?ml$/.test(file) && !file.startsWith("crds/"))
      .sort()
  : [];

const ROUTES: readonly (readonly ManagedRoute[])[] = [
  [BETA],
  [mirrorRoute(50)],
  [headerRoute(cookie("side", "canary"), ...BETA.match), mirrorRoute(100)],
];

interface Put {
  readonly file: string;
  readonly text: string;
  readonly split: Split;
  readonly routes: readonly ManagedRoute[];
  readonly inside: string;
}

const put: Put[] = [];
/** Why not, with how many. */
const refused = new Map<string, string[]>();
for (const file of files) {
  const text = shared(`corpora/${file}`);
  const splits = findSplits(file, text);
  if (!splits.ok) continue;
  for (const split of splits.value) {
    for (const routes of ROUTES) {
      if (!routes.every(({ kind }) => says(split, kind))) continue;
      const result = setRoutes(file, text, selectorOf(split), sidesOf(split), { before: [], after: routes });
      if (result.ok) put.push({ file, text, split, routes, inside: result.value });
      else {
        const { code, message } = result.problem;
        const why = /only its http rules|connections|tcpproxy/.test(message) ? "no-http" : code;
        refused.set(why, [...(refused.get(why) ?? []), `${file} ${split.kind}: ${message}`]);
      }
    }
  }
}

/** True where a kind says that it can; of those called alike each may. */
function says(split: Split, kind: ManagedRoute["kind"]): boolean {
  return kindRows().some(
    (row) =>
      row.kind === split.kind &&
      (row.apiVersions.includes(split.apiVersion) || split.apiVersion === "") &&
      (kind === "header" ? row.headerRoutes : row.mirror) !== null,
  );
}

function sidesOf({ arms }: Split): { readonly stable: string; readonly canary: string } {
  return { stable: arms[0]?.name ?? "", canary: arms[1]?.name ?? "" };
}

describe.skipIf(!present)("manifests that other people wrote (skipped without ../shared/corpora)", () => {
  it("take routes, and say why where they do not", () => {
    expect(put.length).toBeGreaterThan(600);
    expect(new Set(put.map(({ split }) => split.kind)).size).toBeGreaterThanOrEqual(7);
    const counts = Object.fromEntries([...refused].map(([why, list]) => [why, list.length]));
    expect(Object.keys(counts).sort(), JSON.stringify([...refused])).toEqual(["no-http", "no-route"]);
    // Two old versions of the Gateway API, and what Ingresses of another router cannot.
    expect(counts["no-route"]).toBeLessThanOrEqual(4);
  });

  it("get whole lines put in and nothing else, but for lists between brackets", () => {
    const lines = (text: string) => text.split("\n").length;
    const others = put.filter(
      ({ text, inside }) => linesPutIn(text, inside).length !== lines(inside) - lines(text),
    );
    expect(others.map(({ file }) => file)).toEqual([]);
  });

  it("come back byte for byte, also with other weights meanwhile", () => {
    for (const { file, text, split, routes, inside } of put) {
      const [selector, sides] = [selectorOf(split), sidesOf(split)];
      expect(value(standingRoutes(file, inside, selector, sides, routes)), file).toEqual(routes);
      const gone = { before: routes, after: [] };
      expect(value(setRoutes(file, inside, selector, sides, gone)), file).toBe(text);
      const weights = new Map([
        [sides.stable, 0],
        [sides.canary, split.arms.reduce((sum, { weight }) => sum + weight, 0)],
        ...split.arms.slice(2).map(({ name }) => [name, 0] as const),
      ]);
      const moved = setWeights(file, text, selector, weights);
      if (!moved.ok) continue;
      const both = value(setWeights(file, inside, selector, weights));
      expect(value(setRoutes(file, both, selector, sides, gone)), file).toBe(moved.value);
    }
  });
});

describe.skipIf(!hasShared("corpora/crds"))(
  "published schemas (skipped without ../shared/corpora/crds)",
  () => {
    const schemas = new Schemas();
    const errorsOf = (text: string) => errorsIn(schemas, text);
    const unknownTo = (text: string) => {
      const [object] = parseAllDocuments(text).map((document) => document.toJS() as object);
      return object === undefined || !("kind" in object && "apiVersion" in object)
        ? []
        : schemas.unknownIn(`${object.apiVersion} ${object.kind}`, object);
    };

    it("find nothing wrong with what is put into the examples, and know every key of it", () => {
      let seen = 0;
      for (const example of EXAMPLES) {
        for (const apiVersion of example.apiVersions) {
          const text = manifestOf(example, apiVersion);
          const sides = { stable: example.arms[0]?.[0] ?? "", canary: example.arms[1]?.[0] ?? "" };
          for (const routes of ROUTES) {
            const inside = setRoutes("f", text, {}, sides, { before: [], after: routes });
            if (!inside.ok) continue;
            seen += 1;
            expect(errorsOf(inside.value), inside.value).toEqual(errorsOf(text));
            expect(unknownTo(inside.value), inside.value).toEqual(unknownTo(text));
          }
        }
      }
      expect(seen).toBeGreaterThan(30);
    });

    it("say the same of corpus files with routes as without", () => {
      for (const { file, text, inside } of put) {
        const before = errorsOf(text);
        // What is wrong with a rule is wrong with its copy too.
        expect(new Set(errorsOf(inside).map(place)), file).toEqual(new Set(before.map(place)));
      }
    });
  },
);

function place(error: string): string {
  return error.replaceAll(/\/[0-9]+/g, "/N");
}
