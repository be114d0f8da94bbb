import { describe, expect, it } from "vitest";
import { failureTest, sideOf } from "../../../src/adapters/prometheus/names.ts";

/** Longer than any that an expression with catastrophic backtracking would come back from. */
const LONG = `${"a".repeat(100_000)}!`;

describe("label values of a source, held against expressions of a rollout", () => {
  it.each(["(a+)+", "(a|a)*", "(a|aa)+b", "(.*)*x", "([a-z]+)*"])("%s is decided in linear time", (is) => {
    const isFailed = failureTest([{ status: { is } }]);
    expect(isFailed({ status: LONG })).toBe(false);
    expect(isFailed({})).toBe(/^(?:\(a\|a\)\*|\(\[a-z\]\+\)\*)$/.test(is));
  });

  it("names of workloads are texts, whatever they hold", () => {
    const names = { side: "(a+)+$", backend: "x", port: null };
    const side = sideOf(
      { sides: [{ workload: "{side}" }] },
      { namespace: "n", service: "s", route: null, stable: names, canary: { ...names, side: "b" } },
    );
    expect(side({ workload: LONG })).toBeNull();
    expect(side({ workload: "(a+)+$" })).toBe("stable");
    expect(side({ workload: "b" })).toBe("canary");
  });
});
