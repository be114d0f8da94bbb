import { describe, expect, it } from "vitest";
import type { Metrics, MetricsQuestion } from "../../src/ports/metrics.ts";
import { reconcile } from "../../src/reconcile/pass.ts";
import type { Process, Team } from "./inside.ts";
import { climbing, ENDLESS, lookUntil, openShop, ship, weightOf } from "./shop.ts";
import { useInside } from "./use-inside.ts";

const inside = useInside({ validate: false });

/** A process whose questions to the metrics source are noted. */
interface Watched {
  readonly process: Process;
  readonly asked: MetricsQuestion[];
  /** Everything is read anew, as after a push. */
  look(): Promise<void>;
}

function watched(team: Team): Watched {
  const process = team.process();
  const asked: MetricsQuestion[] = [];
  const metrics: Metrics = {
    ...process.ports.metrics,
    observe(question) {
      asked.push(question);
      return process.ports.metrics.observe(question);
    },
  };
  const ports = { ...process.ports, metrics };
  return {
    process,
    asked,
    async look() {
      while ((await reconcile(ports, "checkout", { kind: "push" })).changed) await ports.projector.idle();
      await ports.projector.idle();
    },
  };
}

async function pass(team: Team, seconds: number): Promise<void> {
  for (let second = 0; second < seconds; second += 1) await team.second();
}

/** What it would act on. */
function said({ process }: Watched) {
  const { verdicts, judgements } = process.ports.memory;
  return { verdict: verdicts.get("checkout"), judgement: judgements.get("checkout")?.judgement };
}

/** A release whose weight is live, and a process that has watched it for a while. */
async function waiting(changes: Readonly<Record<string, unknown>> = {}) {
  const team = await openShop(inside, { ...ENDLESS, ...changes });
  const pull = await ship(team, "2.0.0");
  await lookUntil(team, team.process(), climbing);
  const bot = watched(team);
  await bot.look();
  return { team, pull, bot };
}

const kept = async (team: Team) => (await team.state())?.release?.judgement?.summary.asOf;

describe("a release that waits", () => {
  it("is asked about from the look before on, while its document stays as it is", async () => {
    const { team, bot } = await waiting();
    const before = await kept(team);
    for (let look = 0; look < 4; look += 1) {
      const newest = inside.now();
      bot.asked.splice(0);
      await pass(team, 15);
      await bot.look();
      expect(bot.asked.map(({ since }) => since)).toEqual([newest]);
    }
    expect(await kept(team)).toBe(before);
  });

  it("is judged the same by a process that remembers nothing, which asks from what the document knows", async () => {
    const { team, bot } = await waiting();
    for (let look = 0; look < 4; look += 1) {
      await pass(team, 15);
      await bot.look();
    }
    const another = watched(team);
    await another.look();
    expect(another.asked.map(({ since }) => since)).toEqual([await kept(team)]);
    expect(said(another)).toEqual(said(bot));
    // And the one after which the weight was taken for live.
    expect(said(bot).judgement?.summary.step.scrapes).toBe(1 + 60);
  });
});

describe("what was remembered is forgotten when", () => {
  const STORIES: readonly {
    readonly what: string;
    readonly changes?: Readonly<Record<string, unknown>>;
    readonly happens: (team: Team, pull: number, other: Process) => Promise<void>;
  }[] = [
    {
      what: "a person pauses the release and resumes it",
      async happens(team, pull, other) {
        for (const word of ["pause", "resume"]) {
          const comment = await team.alice.comment(pull, `/canary ${word}`);
          await other.look({ kind: "comment", comment });
        }
      },
    },
    {
      what: "the weight was moved",
      async happens(team, pull, other) {
        const comment = await team.alice.comment(pull, "/canary 25");
        await other.look({ kind: "comment", comment });
        expect(await weightOf(team)).toBe(25);
        await lookUntil(team, other, climbing);
      },
    },
    {
      what: "another release runs",
      changes: { supersede: "restart" },
      async happens(team, _, other) {
        await ship(team, "3.0.0");
        await lookUntil(team, other, (state) => state.release?.number === 2 && climbing(state), 120);
      },
    },
  ];

  it.each(STORIES)("$what, by another process", async ({ changes = {}, happens }) => {
    const { team, pull, bot } = await waiting(changes);
    await pass(team, 30);
    await bot.look();
    await pass(team, 15);
    const other = team.process();
    await happens(team, pull, other);
    await pass(team, 15);
    const known = await kept(team);
    bot.asked.splice(0);
    await bot.look();
    expect(bot.asked.map(({ since }) => since)).toEqual([known]);
    const another = watched(team);
    await another.look();
    expect(said(bot)).toEqual(said(another));
  });
});
