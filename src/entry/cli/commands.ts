import type { Command } from "./command.ts";
import { doctor } from "./doctor.ts";
import { judge } from "./judge.ts";
import { kinds } from "./kinds.ts";
import { metrics } from "./metrics.ts";
import { query } from "./query.ts";
import { redrive } from "./redrive.ts";
import { replay } from "./replay.ts";
import { schema } from "./schema.ts";
import { set } from "./set.ts";
import { validate } from "./validate.ts";
import { weights } from "./weights.ts";

/** Every subcommand, in the order of the help. */
export const COMMANDS: readonly Command[] = [
  weights,
  set,
  validate,
  doctor,
  kinds,
  metrics,
  query,
  replay,
  schema,
  judge,
  redrive,
];
