import { adopt } from "./adopt.ts";
import { obey } from "./obey.ts";
import { promoting } from "./promoting.ts";
import { rest } from "./rest.ts";
import { returning } from "./returning.ts";
import { rollingBack } from "./rolling-back.ts";
import { stepping } from "./stepping.ts";
import { isHandled } from "./transitions.ts";
import type { Decision, World } from "./world.ts";

/**
 * One decision from one look at the world: at most one change. Pure: the same world gives the same decision.
 * A pending effect must be settled before.
 */
export function decide(world: World): Decision {
  const { state } = world;
  if (state === null) return adopt(world);
  const order = world.commands.find(({ key }) => !isHandled(state, key));
  if (order) return obey(world, state, order);
  const { release } = state;
  if (release === null) return rest(world, state);
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
