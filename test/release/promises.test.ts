import { describe, expect, it } from "vitest";
import type { Gate, ManagedRoute, Rollout } from "../../src/config/types.ts";
import { legalCommands } from "../../src/release/legal.ts";
import type { Effect } from "../../src/release/state.ts";
import { fc } from "../fast-check.ts";
import { at, MINUTE, rollout, START, Story } from "./world.ts";

type Event =
  | { readonly kind: "say"; readonly text: string }
  | { readonly kind: "verdict"; readonly word: "pass" | "fail" | "inconclusive" | "unavailable" }
  | { readonly kind: "edit" | "wait"; readonly by: number }
  | { readonly kind: "advance"; readonly to: number | null }
  | { readonly kind: "gate"; readonly says: Story["gates"] }
  | { readonly kind: "workload"; readonly side: "canary" | "stable"; readonly version: string }
  | {
      readonly kind: "forbid";
      readonly effect: Effect["kind"];
    }
  | {
      readonly kind:
        | "unroute"
        | "touch"
        | "bypass"
        | "follow"
        | "declare"
        | "merge"
        | "close"
        | "merge-change"
        | "close-change"
        | "let-merge"
        | "abandon"
        | "allow";
    };

const WORDS = ["0", "10", "30", "100", "start", "pause", "resume", "approve", "promote", "rollback", "retry"];
const FREEZES = [
  "freeze",
  "unfreeze",
  `freeze until ${START + 40 * MINUTE}`,
  `freeze until ${START + 4000 * MINUTE}`,
];

const GATE = fc.constantFrom("open" as const, "open" as const, "pending" as const, "closed" as const);
const GATES: readonly Gate[] = [
  { kind: "check", name: "smoke" },
  { kind: "hook", name: "load" },
];

const event: fc.Arbitrary<Event> = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(1, 6, 6, 40).map((by) => ({ kind: "wait", by }) as const) },
  { weight: 5, arbitrary: fc.constantFrom(...WORDS).map((text) => ({ kind: "say", text }) as const) },
  { weight: 1, arbitrary: fc.constantFrom(...FREEZES).map((text) => ({ kind: "say", text }) as const) },
  {
    weight: 2,
    arbitrary: fc
      .constantFrom(
        "pass" as const,
        "pass" as const,
        "fail" as const,
        "inconclusive" as const,
        "unavailable" as const,
      )
      .map((word) => ({ kind: "verdict", word }) as const),
  },
  { weight: 1, arbitrary: fc.constantFrom(0, 10, 30, 100).map((by) => ({ kind: "edit", by }) as const) },
  {
    weight: 2,
    arbitrary: fc.record({ smoke: GATE, load: GATE }).map((says) => ({ kind: "gate", says }) as const),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(null, 25, 50, 100).map((to) => ({ kind: "advance", to }) as const),
  },
  {
    weight: 1,
    arbitrary: fc
      .record({
        side: fc.constantFrom("canary" as const, "stable" as const),
        version: fc.constantFrom("v1", "v2", "v3"),
      })
      .map((edit) => ({ kind: "workload", ...edit }) as const),
  },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom(
        "set-weights" as const,
        "open-rollback" as const,
        "merge-rollback" as const,
        "copy-images" as const,
        "merge-proposal" as const,
        "merge-proposal" as const,
      )
      .map((effect) => ({ kind: "forbid", effect }) as const),
  },
  {
    weight: 3,
    arbitrary: fc
      .constantFrom(
        ...["unroute", "touch", "bypass", "follow", "declare", "merge", "close", "abandon", "allow"],
        ...["merge-change", "merge-change", "close-change", "let-merge"],
      )
      .map((kind) => ({ kind }) as Event),
  },
);

const TESTERS: ManagedRoute = {
  kind: "header",
  name: "testers",
  match: [{ in: "header", name: "x-tester", value: { how: "exact", text: "yes" } }],
};

function never(): never {
  throw new Error("the ladder has no step");
}

const declared = fc.record({
  supersede: fc.constantFrom("refuse" as const, "restart" as const),
  rollback: fc.record({
    merge: fc.constantFrom("auto" as const, "manual" as const),
    revert: fc.boolean(),
    traffic: fc.constantFrom("immediate" as const, "with-merge" as const),
    deadline: fc.constant(30_000),
    bypass: fc.constantFrom("hold" as const, "remove" as const),
  }),
  delivery: fc.constantFrom("commit" as const, "commit" as const, "pull-request" as const),
  auto: fc.boolean(),
  gates: fc.constantFrom([], [], GATES.slice(0, 1)),
  steps: fc.tuple(fc.boolean(), fc.boolean(), fc.boolean()).map(([approval, routed, gated]) => {
    const steps = rollout.steps.map((step) => ({
      ...step,
      approval: approval && step.weight === 50,
      gates: gated && step.weight < 100 ? GATES.slice(0, step.weight < 50 ? 1 : 2) : [],
    }));
    const [first = never()] = steps;
    return routed ? [{ ...first, weight: 0, routes: [TESTERS] }, ...steps] : steps;
  }),
});

/** `steps: auto` is no list that a gate could stand in. */
const config: fc.Arbitrary<Partial<Rollout>> = declared.map((said) =>
  said.auto ? { ...said, gates: [], steps: said.steps.map((step) => ({ ...step, gates: [] })) } : said,
);

function happen(story: Story, event: Event): void {
  switch (event.kind) {
    case "wait":
      story.pass(event.by);
      return;
    case "say":
      story.say(event.text);
      return;
    case "verdict":
      story.verdict = event.word;
      break;
    case "advance":
      story.advance = event.to;
      break;
    case "gate":
      story.gates = event.says;
      break;
    case "edit":
      story.edit(event.by);
      break;
    case "workload":
      story[event.side] = event.version;
      break;
    case "forbid":
      story.forbidden.add(event.effect);
      break;
    case "allow":
      story.forbidden.clear();
      break;
    case "follow":
      story.follows = !story.follows;
      break;
    case "declare":
      story.declared = !story.declared;
      break;
    case "merge":
      story.merge("dan");
      break;
    case "close":
      story.close("dan");
      break;
    case "merge-change":
      story.mergeProposal("dan");
      break;
    case "close-change":
      story.closeProposal("dan");
      break;
    case "let-merge":
      Object.assign(story.proposals.at(-1) ?? {}, { mergeable: true });
      break;
    case "unroute":
      story.routes = [];
      break;
    case "touch":
      story.touch();
      break;
    case "bypass":
      story.bypasses = story.bypasses.length === 0 ? ["http[0] sends every request to the canary"] : [];
      break;
    case "abandon":
      story.abandons = 1;
      break;
  }
  story.rest();
}

function play(
  change: Partial<Rollout>,
  events: readonly Event[],
  check: (story: Story, event: Event) => void,
): Story {
  const story = new Story(change);
  story.rest();
  story.canary = "v2";
  story.rest();
  for (const event of events) {
    happen(story, event);
    check(story, event);
  }
  return story;
}

const plays = fc.tuple(config, fc.array(event, { minLength: 1, maxLength: 25 }));
const runs = { numRuns: 1_000 };

describe("whatever people, metrics and GitHub do, in any order", () => {
  it("a look at an unchanged world comes to rest sooner or later", () => {
    // `rest` throws when it does not.
    fc.assert(
      fc.property(plays, ([change, events]) => {
        play(change, events, (story) => expect(story.look().kind).toBe("wait"));
      }),
      runs,
    );
  });

  it("the canary rises only from a step that was live, baked, passed and has open gates, or by a person's name", () => {
    fc.assert(
      fc.property(plays, ([change, events]) => {
        const { moves, rollout } = play(change, events, () => {});
        for (const { from, to, by, before, verdict, advance, at, shut } of moves.filter(
          (move) => move.to > move.from,
        )) {
          if (by !== null) continue;
          expect(before?.phase).toBe("stepping");
          const next = rollout.steps.find(({ weight }) => weight > from)?.weight;
          expect(rollout.auto ? [next, advance] : [next]).toContain(to);
          expect(shut).toEqual([]);
          if (from === 0 && before?.step === -1) continue;
          expect(verdict).toBe("pass");
          expect(before?.shift.live).not.toBeNull();
          expect(at - (before?.shift.live?.at ?? at)).toBeGreaterThanOrEqual(5 * MINUTE);
          expect(before?.will ?? null).toBeNull();
        }
        // A route shows the canary too: none comes at a weight that stays without the step before it being good.
        for (const { routed, by, before, verdict, shut } of moves.filter(
          (move) => move.routed && move.to === move.from,
        )) {
          if (by !== null) continue;
          expect(shut).toEqual([]);
          if (before?.step === -1) continue;
          expect([routed, before?.phase, verdict]).toEqual([true, "stepping", "pass"]);
        }
      }),
      runs,
    );
  });

  it("after a failure the canary never rises again in that release, and at most one rollback PR is opened", () => {
    fc.assert(
      fc.property(plays, ([change, events]) => {
        const story = play(change, events, () => {});
        for (const { from, to, before } of story.moves) {
          if (before?.failure || before?.promotion?.failed) expect(to).toBeLessThanOrEqual(from);
        }
        const failed = [...story.ended, ...(story.state?.release ? [story.state.release] : [])].filter(
          (r) => r.failure,
        );
        expect(story.pulls.length).toBeLessThanOrEqual(failed.length);
      }),
      runs,
    );
  });

  it("while it is frozen nothing starts, no weight rises, no route comes and no image is copied", () => {
    fc.assert(
      fc.property(plays, ([change, events]) => {
        const declared = [{ from: START + 20 * MINUTE, until: START + 60 * MINUTE, reason: null }];
        const story = play({ ...change, freezes: declared }, events, () => {});
        for (const { from, to, routed, frozen } of story.moves)
          if (frozen) expect([to <= from, routed]).toEqual([true, false]);
        expect(story.frozenStarts).toBe(0);
        expect(story.frozenCopies).toBe(0);
      }),
      runs,
    );
  });

  it("no route of ours outlives its release, whoever changed it", () => {
    fc.assert(
      fc.property(plays, ([change, events]) => {
        play(change, events, (story) => {
          if (!story.state?.release) expect([...story.routes, ...story.touched]).toEqual([]);
        });
      }),
      runs,
    );
  });

  it("no commit overwrites a weight that Sluice did not write, or that nobody let it go on from", () => {
    fc.assert(
      fc.property(plays, ([change, events]) => {
        for (const { from, before } of play(change, events, () => {}).moves) {
          if (before) expect(from).toBe(before.expected[0]?.canary);
        }
      }),
      runs,
    );
  });

  it("at most one change waits in a pull request, of a release that still wants it", () => {
    fc.assert(
      fc.property(plays, ([change, events]) => {
        play(change, events, ({ proposals, state }) => {
          const open = proposals.filter((pull) => pull.state === "open").map(({ number }) => number);
          expect(open).toEqual(state?.proposal ? [state.proposal.pull] : []);
          expect(state?.proposal && state.release?.phase).not.toBe("rolling-back");
        });
      }),
      runs,
    );
  });

  it("each command is dealt with once, and every release says why it is where it is", () => {
    fc.assert(
      fc.property(plays, ([change, events]) => {
        const story = play(change, events, () => {});
        const keys = story.state?.handled.map(({ key }) => key) ?? [];
        expect(new Set(keys).size).toBe(keys.length);
        expect(keys.length).toBe(events.filter(({ kind }) => kind === "say").length);
        for (const release of [...story.ended, ...(story.state?.release ? [story.state.release] : [])]) {
          expect(release.timeline.length).toBeLessThanOrEqual(60);
          expect(release.timeline.every(({ text }) => text.trim() !== "")).toBe(true);
        }
        expect(story.log.every((why) => why.trim() !== "" && !/undefined|null|NaN/.test(why))).toBe(true);
      }),
      runs,
    );
  });

  it("a command that is offered is accepted, and one that is not is refused", () => {
    const names = ["start", "retry", "resume", "pause", "approve", "promote", "rollback", "30"];
    fc.assert(
      fc.property(plays, fc.constantFrom(...names), ([change, events], name) => {
        const story = play({ ...change, windows: [] }, events, () => {});
        if (!story.state) throw new Error("no state");
        const typed = name === "30" ? "N" : name;
        const legal = legalCommands(story.state, story.rollout, story.now).some(
          (line) => line.split(" ").at(-1) === typed,
        );
        story.say(name);
        const { answer } = story;
        const facts =
          /runs? the same version|is the one at rest|was released as|not in the configuration|changed meanwhile|must be merged first/;
        // An approval ahead of its step's evidence, and a weight that is lowered in a freeze.
        const ahead = (name === "approve" || (name === "30" && story.frozen)) && answer.startsWith("done");
        if (legal) expect(facts.test(answer) ? "done" : answer).toMatch(/^done/);
        else if (!ahead) expect(answer).toMatch(/^refused/);
      }),
      runs,
    );
  });
});

describe("from anywhere", () => {
  it("a person can bring the canary to 0 and end the release", () => {
    fc.assert(
      fc.property(plays, ([change, events]) => {
        const story = play(change, events, () => {});
        story.forbidden.clear();
        story.follows = true;
        for (let i = 0; i < 4 && story.state?.release; i++) {
          for (const word of ["rollback", "resume"]) if (story.state?.release) story.say(word);
          story.merge("dan");
          story.mergeProposal("dan");
          story.pass(7);
        }
        expect(story.state?.release?.hold ?? null).toBeNull();
        expect(story.state?.release ?? null).toBeNull();
      }),
      runs,
    );
  });

  it("starts at a weight that is there", () => expect(at(25).release.step).toBe(1));
});
