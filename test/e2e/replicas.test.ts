import { afterAll, beforeAll, describe, it } from "vitest";
import { type RunningPrometheus, startPrometheus } from "../../dev/prometheus/start.ts";
import type { Call } from "../crash/death.ts";
import type { Outcome } from "../crash/outcome.ts";
import { play, release, STORIES } from "../crash/release.ts";
import { Replicas, type Spread } from "../crash/replicas.ts";

const COUNT = 3;
/** Longer than what one replica leaves to another; ms. */
const QUIET = 12_000;

/** As a load balancer spreads them, but every fifth is lost. */
const inTurn: Spread = (delivery, count) => (delivery % 5 === 4 ? [] : [delivery % count]);
/** Everybody is told of everything at the same moment, but for every fifth, which two of them never hear of. */
const toAll: Spread = (delivery, count) =>
  delivery % 5 === 4 ? [delivery % count] : Array.from({ length: count }, (_, i) => i);

const SPREADS = [
  ["in turn", inTurn],
  ["to all", toAll],
] as const;

let prometheus: RunningPrometheus;
beforeAll(async () => {
  prometheus = await startPrometheus({ remoteWrite: true });
});
afterAll(() => prometheus.stop());

describe.concurrent.each(STORIES)("three replicas and a %s release", (story) => {
  it("leave what one server leaves, whoever is told", async ({ expect }) => {
    const alone = await release(story, [], prometheus.url);
    for (const [words, spread] of SPREADS) {
      const together = await play(
        story,
        prometheus.url,
        { seconds: 240, quiet: QUIET },
        (github, metrics) => new Replicas(github, metrics, COUNT, spread),
      );
      // Told of a pull request at once, each may say its plan; GitHub shows the newest of a name.
      expect({ words, ...plansOnce(together.outcome) }).toEqual({ words, ...plansOnce(alone.outcome) });
      for (const branch of ["sluice/state", "main"]) {
        const writes = (calls: readonly Call[]) =>
          calls.filter(({ name }) => name === `commit on ${branch}`).length;
        const lost = writes(together.calls) - writes(alone.calls);
        expect(lost, `writes of ${branch} that lost a race`).toBeLessThan(5);
        console.log(`${story}, ${words}: ${lost} more writes of ${branch} were tried than by one server`);
      }
    }
  });
});

function plansOnce(outcome: Outcome): Outcome {
  const plan = (check: string) => check.startsWith("sluice on ");
  const { checks } = outcome;
  return { ...outcome, checks: [...new Set(checks.filter(plan)), ...checks.filter((check) => !plan(check))] };
}
