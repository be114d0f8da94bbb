import { describe, expect, it } from "vitest";
import { decide } from "../../src/release/decide.ts";
import type { Offer, RolloutState } from "../../src/release/state.ts";
import type { Decision, World } from "../../src/release/world.ts";
import { at, type Story, Story as Told } from "./world.ts";

const REPOSITORY = "acme/checkout";
const NAME = "ghcr.io/acme/checkout";
const from = { repository: REPOSITORY, on: { kind: "dispatch" }, image: NAME, tag: "{sha}" } as const;

function offer(tag: string, changes: Partial<Offer> = {}): Offer {
  const commit = tag.repeat(40).slice(0, 40);
  return {
    image: `${NAME}:${tag}`,
    commit,
    pull: null,
    actor: "dev",
    deployment: null,
    at: null,
    ...changes,
  };
}

/** The last image that was brought stands in the canary workload, and another is asked for. */
function asked(
  story: Story,
  {
    source = {},
    offered = { repository: REPOSITORY, on: "dispatch", offer: offer("b") },
    containers = { app: "a" },
  }: {
    readonly source?: Partial<NonNullable<RolloutState["source"]>>;
    readonly offered?: NonNullable<World["source"]>;
    readonly containers?: Readonly<Record<string, string>>;
  } = {},
): Decision {
  const world = story.world();
  if (!world.state) throw new Error("no state");
  const known = { repository: REPOSITORY, on: "dispatch", last: offer("a"), waits: null, ...source } as const;
  const canary = {
    ...world.workloads.canary,
    containers: Object.entries(containers).map(([name, tag]) => ({ name, image: `${NAME}:${tag}` })),
  };
  return decide({
    ...world,
    rollout: { ...world.rollout, from },
    state: { ...world.state, source: known },
    workloads: { ...world.workloads, canary },
    source: offered,
  });
}

function atRest(): Story {
  const story = new Told({ on: { kind: "command" } });
  story.rest();
  return story;
}

function isBrought(decision: Decision): boolean {
  return decision.kind === "effect" && decision.state.pending?.effect.kind === "bring-image";
}

describe("an image that is asked for", () => {
  it("is brought into a canary without traffic", () => {
    expect(isBrought(asked(atRest()))).toBe(true);
  });

  it("is kept, and not brought, while a release has traffic", () => {
    for (const percent of [10, 50, 100]) {
      for (const supersede of ["refuse", "restart"] as const) {
        const decision = asked(at(percent, { supersede }));
        expect(decision.why).toContain("waits: checkout#1 runs");
        expect(decision).toMatchObject({ kind: "record", state: { source: { waits: offer("b") } } });
      }
    }
  });

  it("is not brought during a hold of a person's, nor in a freeze under traffic", () => {
    const edited = at(50, { supersede: "restart" });
    edited.edit(30).rest();
    const frozen = at(50, { supersede: "restart" });
    frozen.say("freeze").rest();
    expect(frozen.frozen).toBe(true);
    for (const story of [edited, frozen]) expect(isBrought(asked(story))).toBe(false);
  });

  it("is not brought at rest while somebody gave the canary traffic", () => {
    expect(asked(atRest().edit(30)).why).toContain("waits: the canary has traffic");
  });
});

describe("an image that waits in a pull request", () => {
  it("is not merged by us while a person holds the rollout", () => {
    const waiting = (hold: RolloutState["hold"]) => {
      const world = atRest().world();
      const { state, bases } = world;
      if (!state) throw new Error("no state");
      const images = { app: offer("b").image };
      const change = { kind: "bring-image", offer: offer("b"), repository: REPOSITORY, images } as const;
      const proposal = { id: "checkout#0.1", change, bases, pull: 200, head: "h", openedAt: 0, by: null };
      const known = {
        repository: REPOSITORY,
        on: "dispatch",
        last: offer("a"),
        waits: offer("b"),
        version: "ours",
      } as const;
      return decide({
        ...world,
        rollout: { ...world.rollout, from },
        state: { ...state, hold, source: known, proposal: { ...proposal, refused: null } },
        proposalPull: { state: "open", by: null, mergeCommit: null, mergeable: true, bringsMore: false },
      });
    };
    expect(waiting(null)).toMatchObject({ state: { pending: { effect: { kind: "merge-proposal" } } } });
    const hold = {
      kind: "person",
      reason: "state-lost",
      since: 0,
      detail: "The state was taken away.",
    } as const;
    expect(waiting(hold)).toMatchObject({ kind: "wait" });
  });
});

describe("what a person put into the canary workload", () => {
  const version = "byhand";

  it("is released first: one of two containers with another tag", () => {
    const story = atRest();
    story.canary = version;
    const decision = asked(story, {
      source: { version: "ours" },
      containers: { app: "a", worker: "hotfix" },
    });
    expect(decision.why).toContain(`version ${version}, which a person put into apps/canary.yaml`);
    expect(isBrought(decision)).toBe(false);
  });

  it("is released first: the template was edited around the image that was brought", () => {
    const story = atRest();
    story.canary = version;
    expect(isBrought(asked(story, { source: { version: "ours" } }))).toBe(false);
    expect(isBrought(asked(story, { source: { version } }))).toBe(true);
  });
});

describe("whose release it is", () => {
  it("is the code's only if each container has the image that was brought", () => {
    const started = (containers: Readonly<Record<string, string>>) => {
      const story = new Told();
      story.rest();
      story.canary = "v2";
      const nothing = { repository: REPOSITORY, on: "dispatch", offer: null } as const;
      return asked(story, { containers, offered: nothing });
    };
    const of = (decision: Decision) =>
      decision.kind === "wait" ? null : (decision.state.release?.cause.source?.repository ?? null);
    expect(of(started({ app: "a", worker: "a" }))).toBe(REPOSITORY);
    expect(of(started({ app: "a", worker: "hotfix" }))).toBeNull();
  });
});

describe("another environment", () => {
  it("is listened to anew: what was deployed there already is not brought", () => {
    const there = offer("b", { deployment: 9 });
    const source = { on: "deployment", environment: "staging", last: offer("a", { deployment: 5 }) } as const;
    const offered = {
      repository: REPOSITORY,
      on: "deployment",
      environment: "production",
      offer: there,
    } as const;
    const decision = asked(atRest(), { source, offered });
    expect(isBrought(decision)).toBe(false);
    expect(decision).toMatchObject({
      state: { source: { environment: "production", last: there, waits: null } },
    });
    const same = { ...source, environment: "production" };
    expect(isBrought(asked(atRest(), { source: same, offered }))).toBe(true);
  });
});
