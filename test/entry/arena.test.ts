import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { arenaReply } from "../../src/entry/cli/arena.ts";
import { run } from "../../src/entry/cli/run.ts";

const ARENA = "../shared/arena/arena.mjs";
const CONFIG = { steps: [1, 5, 10, 25, 50, 100], scrapeS: 15, slo: { success: 0.99, latencyMs: 500 } };
const Answer = z.looseObject({
  id: z.string(),
  action: z.string().optional(),
  weight: z.number().optional(),
});

interface Counters {
  readonly requests: number;
  readonly errors: number;
}

/** An episode of the protocol with counters written by hand; 1 % of the requests are slow. */
function episode() {
  let state: unknown;
  const ask = (message: object) => {
    const reply = arenaReply(JSON.stringify({ id: "E1", ...message, state }));
    if (!reply.ok || reply.line === null) throw new Error("no reply");
    const { state: next, ...answer } = Answer.parse(JSON.parse(reply.line));
    state = next;
    return answer;
  };
  const side = (counters: Counters | null) =>
    counters && {
      ...counters,
      latency: {
        le: {
          "100": Math.floor(counters.requests * 0.7),
          "250": Math.floor(counters.requests * 0.99),
          "+Inf": counters.requests,
        },
      },
    };
  const history = Array.from({ length: 120 }, (_, k) => ({
    t: (k - 119) * 15,
    stable: side({ requests: (k + 1) * 15_000, errors: (k + 1) * 15 }),
  }));
  ask({ type: "start", config: CONFIG, history });
  return (t: number, weight: number, stable: Counters | null, canary: Counters | null) =>
    ask({ type: "scrape", t, weight, stable: side(stable), canary: side(canary) });
}

describe("the arena's protocol", () => {
  it("starts with the first weight and rolls a broken canary back", () => {
    const scrape = episode();
    expect(scrape(0, 0, { requests: 0, errors: 0 }, { requests: 0, errors: 0 })).toMatchObject({
      action: "set",
      weight: 1,
    });
    expect(scrape(15, 0, { requests: 15_000, errors: 15 }, { requests: 0, errors: 0 }).action).toBe("hold");
    expect(scrape(30, 1, { requests: 29_850, errors: 30 }, { requests: 150, errors: 150 }).action).toBe(
      "hold",
    );
    expect(scrape(45, 1, { requests: 44_700, errors: 45 }, { requests: 300, errors: 300 })).toMatchObject({
      id: "E1",
      action: "rollback",
    });
  });

  it("takes a counter that starts again for one, and a missing scrape for a longer interval", () => {
    const scrape = episode();
    scrape(0, 0, { requests: 0, errors: 0 }, { requests: 0, errors: 0 });
    scrape(15, 0, { requests: 15_000, errors: 15 }, { requests: 0, errors: 0 });
    scrape(30, 1, { requests: 29_850, errors: 30 }, { requests: 150, errors: 0 });
    // Both restart; 40 requests since then. Then nothing for a while.
    expect(scrape(45, 1, { requests: 4000, errors: 4 }, { requests: 40, errors: 0 }).action).toBe("hold");
    expect(scrape(60, 1, null, null).action).toBe("hold");
    expect(scrape(75, 1, null, { requests: 340, errors: 0 }).action).toBe("hold");
    expect(scrape(90, 1, { requests: 48_550, errors: 49 }, { requests: 490, errors: 0 })).toMatchObject({
      action: "set",
      weight: 5,
    });
  });

  it("never moves the weight while a scrape is missing", () => {
    const scrape = episode();
    scrape(0, 0, { requests: 0, errors: 0 }, { requests: 0, errors: 0 });
    for (let t = 15; t <= 300; t += 15) expect(scrape(t, 1, null, null).action).toBe("hold");
  });

  it("is what the command speaks, and nothing else is", async () => {
    expect(await run(["judge"])).toMatchObject({ ok: "usage", message: expect.stringContaining("--arena") });
  });

  it("says what is wrong with a line it cannot read", () => {
    expect(arenaReply("{")).toEqual({ ok: false, problem: expect.stringMatching(/not JSON/) });
    expect(arenaReply('{"type":"scrape"}')).toEqual({
      ok: false,
      problem: expect.stringMatching(/not a message/),
    });
    expect(arenaReply('{"type":"end","id":"E1","outcome":"promote"}')).toEqual({ ok: true, line: null });
  });
});

const Results = z.object({
  summary: z.array(z.object({ decider: z.string(), stateBytes: z.number() })),
  results: z.array(z.looseObject({ scenario: z.string(), exposure: z.number(), rollback: z.number() })),
});

describe.skipIf(!existsSync(ARENA))("the arena (../shared/arena)", () => {
  it("gets the same answers from several processes without memory as from one", () => {
    const folder = mkdtempSync(join(tmpdir(), "sluice-arena-"));
    try {
      const bench = (...more: readonly string[]) => {
        const out = join(folder, `${more.length}.json`);
        const args = [ARENA, "--seeds", "2", "--only", "G10|B24", "--deciders", "", "--workers", "2"];
        const decider = `sluice="${process.execPath}" src/entry/cli.ts judge --arena`;
        const done = spawnSync(process.execPath, [...args, "--out", out, "--cmd", decider, ...more]);
        expect(done.status, String(done.stderr)).toBe(0);
        return Results.parse(JSON.parse(readFileSync(out, "utf8")));
      };
      const alone = bench();
      expect(bench("--stateless").results).toEqual(alone.results);
      expect(alone.summary[0]?.stateBytes).toBeLessThan(6_000);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
