import { z } from "zod";
import { begin } from "../../analysis/sequential/begin.ts";
import { fold } from "../../analysis/sequential/fold.ts";
import { learn } from "../../analysis/sequential/history.ts";
import { nextStep } from "../../analysis/sequential/next-step.ts";
import { DEFAULTS } from "../../analysis/sequential/options.ts";
import type { PastReading, Reading, Summary } from "../../analysis/sequential/types.ts";
import type { Counts } from "../../analysis/types.ts";

const Side = z.object({
  requests: z.number(),
  errors: z.number(),
  latency: z.object({ le: z.record(z.string(), z.number()) }),
});
type Side = z.infer<typeof Side>;

const Message = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("start"),
    id: z.string(),
    config: z.object({ steps: z.array(z.number()), scrapeS: z.number() }),
    history: z.array(z.object({ t: z.number(), stable: Side.nullable() })),
  }),
  z.object({
    type: z.literal("scrape"),
    id: z.string(),
    t: z.number(),
    weight: z.number(),
    stable: Side.nullable(),
    canary: Side.nullable(),
    state: z.custom<State>((value) => typeof value === "object" && value !== null),
  }),
  z.object({ type: z.literal("end"), id: z.string() }),
]);

/** What travels between the messages of one episode. */
interface State {
  readonly summary: Summary;
  readonly rungs: readonly number[];
  readonly committed: number;
  /** Percent at the last scrape, and the counters of the last one complete on both sides. */
  readonly percent: number;
  readonly stable: Side | null;
  readonly canary: Side | null;
  /** Epoch ms of the last complete scrape, or of the start. */
  readonly at: number;
}

export type Reply =
  | { readonly ok: true; readonly line: string | null }
  | { readonly ok: false; readonly problem: string };

/** The answer to one line of the arena; all memory is in the state that the answer carries. */
export function arenaReply(line: string): Reply {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch {
    return { ok: false, problem: "stdin: a line is not JSON; the arena sends one object a line" };
  }
  const parsed = Message.safeParse(json);
  if (!parsed.success) {
    return { ok: false, problem: `stdin: not a message of the arena: ${z.prettifyError(parsed.error)}` };
  }
  const message = parsed.data;
  if (message.type === "end") return { ok: true, line: null };
  const { id } = message;
  if (message.type === "start") {
    const state = start(message.config.steps, message.history);
    return { ok: true, line: JSON.stringify({ id, baseline: false, state }) };
  }
  return { ok: true, line: JSON.stringify({ id, ...answer(message) }) };
}

/** The arena promises no lasting silence; an answer to it would be the release's hold limit. */
const SILENCE = 600_000;

function start(rungs: readonly number[], history: readonly { t: number; stable: Side | null }[]): State {
  const readings: PastReading[] = [];
  let last: { t: number; stable: Side } | null = null;
  for (const { t, stable } of history) {
    if (!stable) continue;
    if (last)
      readings.push({ from: last.t * 1000, at: t * 1000, stable: gained(stable, last.stable).counts });
    last = { t, stable };
  }
  const summary = begin(learn(readings), 0);
  return { summary, rungs, committed: 0, percent: 0, stable: null, canary: null, at: 0 };
}

interface ScrapeMessage {
  readonly t: number;
  readonly weight: number;
  readonly stable: Side | null;
  readonly canary: Side | null;
  readonly state: State;
}

function answer({ t, weight, stable, canary, state }: ScrapeMessage) {
  const at = t * 1000;
  const fresh = stable !== null && canary !== null;
  let { summary } = state;
  if (fresh && state.stable && state.canary) {
    const mine = gained(canary, state.canary);
    const theirs = gained(stable, state.stable);
    const settled =
      weight === summary.percent && weight === state.percent && !mine.restarted && !theirs.restarted;
    const reading: Reading = { at, percent: weight, settled, canary: mine.counts, stable: theirs.counts };
    summary = fold(summary, [reading], DEFAULTS);
  }
  const next = nextStep(
    summary,
    { rungs: state.rungs, committed: state.committed, fresh, now: at },
    DEFAULTS,
  );
  const silent = weight > 0 && at - (fresh ? at : state.at) >= SILENCE;
  const moved = next.kind === "advance" || next.kind === "retreat" ? next.percent : state.committed;
  const after: State = {
    summary,
    rungs: state.rungs,
    committed: moved,
    percent: weight,
    stable: fresh ? stable : state.stable,
    canary: fresh ? canary : state.canary,
    at: fresh ? at : state.at,
  };
  const action =
    silent || next.kind === "fail"
      ? "rollback"
      : next.kind === "done"
        ? "promote"
        : moved === state.committed
          ? "hold"
          : "set";
  return { action, ...(action === "set" && { weight: moved }), reason: next.words, state: after };
}

/** What a side's counters gained; one below its predecessor has started again at zero. */
function gained(now: Side, before: Side): { counts: Counts; restarted: boolean } {
  const restarted = now.requests < before.requests;
  const base = (value: number) => (restarted ? 0 : value);
  const latency = Object.entries(now.latency.le)
    .map(([le, count]) => ({
      le: le === "+Inf" ? Infinity : Number(le),
      count: count - base(before.latency.le[le] ?? 0),
    }))
    .sort((a, b) => a.le - b.le);
  const counts = {
    requests: now.requests - base(before.requests),
    errors: now.errors - base(before.errors),
    latency,
  };
  return { counts, restarted };
}
