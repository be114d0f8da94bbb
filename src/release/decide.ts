import type { Judgement } from "../analysis/judgement.ts";
import { adopt } from "./adopt.ts";
import { bring } from "./bring.ts";
import { obey } from "./obey.ts";
import { promoting } from "./promoting.ts";
import { proposed } from "./proposed.ts";
import { remind } from "./reminding.ts";
import { rest } from "./rest.ts";
import { returning } from "./returning.ts";
import { rollingBack } from "./rolling-back.ts";
import type { Release, RolloutState } from "./state.ts";
import { stepping } from "./stepping.ts";
import { isHandled } from "./transitions.ts";
import type { Decision, World } from "./world.ts";

/**
 * One decision from one look at the world: at most one change. Pure: the same world gives the same decision.
 * A pending effect must be settled before.
 */
export function decide(world: World): Decision {
  return remind(world, remember(world, choose(world)));
}

function choose(world: World): Decision {
  const { state } = world;
  if (state === null) return adopt(world);
  return state.proposal ? proposed(world, state, state.proposal, free) : free(world, state);
}

/** What is decided where nothing waits in a pull request. */
function free(world: World, state: RolloutState): Decision {
  const order = world.commands.find(({ key }) => !isHandled(state, key));
  if (order) return obey(world, state, order);
  const { release } = state;
  if (release === null) return bring(world, state) ?? rest(world, state);
  const next = during(world, state, release);
  // What runs goes first: a failure waits for no image.
  return next.kind === "wait" ? (bring(world, state) ?? next) : next;
}

function during(world: World, state: RolloutState, release: Release): Decision {
  switch (release.phase) {
    case "stepping":
      return stepping(world, state, release);
    case "promoting":
      return promoting(world, state, release);
    case "returning":
      return returning(world, state, release);
    case "rolling-back":
      return rollingBack(world, state, release);
  }
}

/** So much may what the judge knows be younger than the document (ms): then it is kept, so that another process need not read a long wait again. */
const KEPT_EVERY = 3_600_000;

/** What the judge knows goes into every document that is written anyway, and into one of its own when it is new or old. */
function remember(world: World, decision: Decision): Decision {
  const { judgement, state } = world;
  if (judgement === null) return decision;
  if (decision.kind !== "wait") {
    const forgotten = state?.release?.judgement != null && decision.state.release?.judgement === null;
    return forgotten ? decision : { ...decision, state: withJudgement(decision.state, judgement) };
  }
  if (!state?.release) return decision;
  const kept = state.release.judgement;
  if (kept === null) {
    const why = `Judging begins: ${judgement.summary.base.requests} earlier requests of stable`;
    return { kind: "record", state: withJudgement(state, judgement), why, ended: false };
  }
  if (judgement.summary.asOf - kept.summary.asOf < KEPT_EVERY) return decision;
  const why = `Evidence up to ${new Date(judgement.summary.asOf).toISOString()} is kept`;
  return { kind: "record", state: withJudgement(state, judgement), why, ended: false };
}

function withJudgement(state: RolloutState, judgement: Judgement): RolloutState {
  return state.release ? { ...state, release: { ...state.release, judgement } } : state;
}
