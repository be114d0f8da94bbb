import { z } from "zod";
import { SCHEMA } from "../../../release/state.ts";
import type { Move, Told } from "./times.ts";

/** What a release's document says of its weights. */
export interface PastRelease {
  readonly rollout: string;
  readonly number: number;
  /** Blob of the configuration it ran by. */
  readonly config: string;
  readonly moves: readonly Move[];
  /** Epoch ms of the first weight and of the last entry. */
  readonly from: number;
  readonly to: number;
}

const Document = z.object({
  schema: z.literal(SCHEMA),
  rollout: z.string(),
  release: z.object({
    number: z.number(),
    config: z.string(),
    startedAt: z.number(),
    shift: z.object({ percent: z.number(), at: z.number() }),
    timeline: z.array(z.object({ at: z.number(), text: z.string() })),
  }),
});

/** As a settled weight is written into the timeline. */
const COMMITTED = /^canary at (\d+(?:\.\d+)?) %, commit /;

/** `releases/NAME/N.json` of the branch `sluice/state`, or `rollouts/NAME.json` while the release runs. */
export function readRelease(text: string): Told<PastRelease> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { ok: false, reason: "this is not JSON; give `releases/NAME/N.json` of the branch sluice/state" };
  }
  const parsed = Document.safeParse(json);
  if (!parsed.success) {
    const reason = `this is no document of a release with schema ${SCHEMA}; give \`releases/NAME/N.json\` of the branch sluice/state`;
    return { ok: false, reason };
  }
  const { rollout, release } = parsed.data;
  const { number, config, startedAt, shift, timeline } = release;
  if (timeline[0]?.at !== startedAt) {
    const reason = "its timeline no longer has the beginning of the release: say the weights with --weights";
    return { ok: false, reason };
  }
  const moves = timeline.flatMap(({ at, text: said }) => {
    const percent = COMMITTED.exec(said)?.[1];
    return percent === undefined ? [] : [{ at, percent: Number(percent) }];
  });
  // A merged rollback, or a person, brought the last weight.
  if (moves.length > 0 && moves.at(-1)?.percent !== shift.percent) {
    moves.push({ at: shift.at, percent: shift.percent });
  }
  const [first] = moves;
  if (!first) return { ok: false, reason: "this release never had a weight: nothing is to be judged" };
  const to = timeline.at(-1)?.at ?? first.at;
  return { ok: true, value: { rollout, number, config, moves, from: first.at, to } };
}
