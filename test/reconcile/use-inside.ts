import { afterAll, afterEach, beforeAll, expect } from "vitest";
import { type Inside, startInside } from "./inside.ts";

/**
 * An inside for the tests of a file, or of a `describe`: started before them and stopped after, on a GitHub that keeps
 * count of what it does not know and of what it would refuse.
 */
export function useInside(options: Parameters<typeof startInside>[0] = { validate: true }): Inside {
  let started: Inside | undefined;
  const inside = (): Inside => {
    if (!started) throw new Error("It is started before the first test.");
    return started;
  };
  beforeAll(async () => {
    started = await startInside(options);
  });
  afterEach(() => {
    expect(inside().github.unknown).toEqual([]);
    expect(inside().github.violations).toEqual([]);
  });
  afterAll(() => started?.stop());
  return {
    get github() {
      return inside().github;
    },
    now: () => inside().now(),
    team: (team) => inside().team(team),
    wait: (ms) => inside().wait(ms),
    stop: () => inside().stop(),
  };
}
