import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parseAllDocuments } from "yaml";
import { parseConfig } from "../../src/config/parse.ts";

const ROOT = "examples/loop";

describe("examples/loop", () => {
  const parsed = parseConfig(".github/sluice.yaml", readFileSync(`${ROOT}/.github/sluice.yaml`, "utf8"));
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  const [rollout] = parsed.config.rollouts;

  it("steps through 10, 25, 50 and 100 percent, five minutes each, with at most 5 % errors", () => {
    expect(rollout?.steps).toEqual(
      [10, 25, 50, 100].map((weight) => ({ weight, routes: [], bake: 300_000, approval: false })),
    );
    expect(rollout?.slos).toEqual([{ kind: "errorRate", max: 0.05, mode: "sequential" }]);
  });

  it("names files that are there, and arms that its route has", () => {
    const target = rollout?.targets[0];
    for (const file of [target?.file, rollout?.workloads.stable, rollout?.workloads.canary]) {
      expect(existsSync(`${ROOT}/${file}`)).toBe(true);
    }
    const [route] = parseAllDocuments(readFileSync(`${ROOT}/${target?.file}`, "utf8")).map((doc) =>
      doc.toJS(),
    );
    const arms = route.spec.http[0].route.map((arm: { destination: { subset: string }; weight: number }) => [
      arm.destination.subset,
      arm.weight,
    ]);
    expect(arms).toEqual([
      [target?.stable, 100],
      [target?.canary, 0],
    ]);
  });
});

describe.skipIf(!existsSync("../shared/DESIGN.md"))("examples in ../shared", () => {
  it("parses", () => {
    const text = /```yaml\n(# \.github\/sluice\.yaml\n[\s\S]*?)```/.exec(
      readFileSync("../shared/DESIGN.md", "utf8"),
    )?.[1];
    expect(parseConfig("f", text ?? "")).toMatchObject({
      ok: true,
      config: { rollouts: [{ name: "checkout" }] },
    });
  });
});
