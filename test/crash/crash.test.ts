import PQueue from "p-queue";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningPrometheus, startPrometheus } from "../../dev/prometheus/start.ts";
import { atCall, type Death, relentless } from "./death.ts";
import { release, type Story } from "./release.ts";

/** A fixed sample of what `npm run crash` tries at every request: the writes on which most depends. */
const SAMPLE: Readonly<Record<Story, readonly (readonly Death[])[]>> = {
  good: [
    [atCall("commit on sluice/state", 1, "after"), atCall("commit on main", 1, "before")],
    [atCall("POST /check-runs", 1, "after"), atCall("POST /deployments", 1, "after")],
    [atCall("POST /issues/N/comments", 1, "after"), atCall("commit on main", 1, "after")],
    [atCall("commit on main", 2, "after"), atCall("GET /api/v1/query", 1, "before")],
    [atCall("commit on main", 3, "after"), atCall("commit on main", 1, "after")],
  ],
  bad: [
    [atCall("POST /git/refs", 1, "after"), atCall("commit on sluice/rollback/checkout-1", 1, "after")],
    [atCall("POST /pulls", 1, "before"), atCall("POST /pulls", 1, "after")],
    [atCall("PUT /pulls/N/merge", 1, "after"), atCall("commit on sluice/state", 1, "before")],
    relentless([2, 0, 3]),
  ],
};
const ENDINGS: Readonly<Record<Story, string>> = { good: "promoted", bad: "rolled-back" };
const AT_ONCE = 2;

let prometheus: RunningPrometheus;
beforeAll(async () => {
  prometheus = await startPrometheus({ remoteWrite: true });
});
afterAll(() => prometheus.stop());

describe.each(["good", "bad"] as const)("a %s release", (story) => {
  it("comes to the same end wherever the server is killed", async () => {
    const calm = await release(story, [], prometheus.url);
    expect(calm.outcome.state?.last?.outcome).toBe(ENDINGS[story]);
    const queue = new PQueue({ concurrency: AT_ONCE });
    await queue.addAll(
      SAMPLE[story].map((deaths) => async () => {
        const { died, outcome } = await release(story, deaths, prometheus.url);
        const where = deaths.slice(0, died).map(({ words }) => words);
        expect({ where, ...outcome }).toEqual({ where, ...calm.outcome });
        // Who is killed again and again comes to the end before the list does.
        expect(died).toBeGreaterThanOrEqual(Math.min(deaths.length, 6));
      }),
    );
  });
});
