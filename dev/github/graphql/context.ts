import type { Actor } from "../model.ts";
import type { Budget } from "../rate-limit.ts";
import type { World } from "../world.ts";

export interface GraphqlContext {
  readonly world: World;
  readonly actor: Exclude<Actor, { kind: "app" }>;
  readonly budget: Budget;
  /** Called for a field of GitHub's schema that this server does not answer. */
  readonly unknown: (field: string) => void;
}

/** An object of the schema: a value or a function of the arguments for each field it answers. */
export interface Node {
  readonly [field: string]: unknown;
}
