import { judgeErrorRate } from "./error-rate.ts";
import {
  beginJudgement,
  countsOf,
  foldJudgement,
  isSequential,
  type Judgement,
  type Judging,
  optionsOf,
  type Position,
} from "./judgement.ts";
import { judgeLatency } from "./latency.ts";
import { judgeQuery } from "./query.ts";
import { firstRung } from "./sequential/next-step.ts";
import { isBroken } from "./sequential/slow-limit.ts";
import { type SequentialVerdict, verdictOf } from "./sequential/verdict.ts";
import type { Evidence, Observation, SloVerdict, Verdict, VerdictWord } from "./types.ts";
import { counted } from "./words.ts";

/** Worst first: one broken objective outweighs whatever the others say, and no data outweighs good data. */
const WORST_FIRST = ["fail", "unavailable", "inconclusive", "pass"] as const satisfies readonly VerdictWord[];

export interface Question {
  readonly observation: Observation;
  readonly judging: Judging;
  readonly position: Position;
  /** As it was kept; null at the first look, when the observation has the stable side's past. */
  readonly known: Judgement | null;
  /** Epoch ms of the first weight: counts before it are past. */
  readonly began: number;
}

/**
 * What an observation says about a rollout's objectives at a weight that is live. `pass` needs every objective
 * met and, unless all are plain limits, that harm at the next weight is excluded; without objectives nothing passes.
 * A function of its arguments: asked again with the same samples it says the same.
 */
export function judge({ observation, judging, position, known, began }: Question): {
  readonly verdict: Verdict;
  /** To be kept; null when nothing was seen. */
  readonly judgement: Judgement | null;
} {
  if (observation.status === "unavailable") {
    const words = `metrics are unavailable (${observation.code}): ${observation.detail}`;
    return { verdict: { verdict: "unavailable", window: null, slos: [], words }, judgement: known };
  }
  const { evidence } = observation;
  const begun = known ?? beginJudgement(judging, evidence.past ?? [], began);
  const judgement = foldJudgement(begun, judging, position, evidence.scrapes);
  const verdict = verdictAt(judgement, judging, position, evidence);
  const { asked } = evidence;
  return { judgement, verdict: asked.length === 0 ? verdict : { ...verdict, asked } };
}

/** Before the first weight, where it is chosen: the lowest of the ladder that shows something soon at the past's traffic. */
export function judgeFirst(
  observation: Observation,
  judging: Judging,
  position: Pick<Position, "rungs" | "now">,
): Verdict {
  const nothing = { window: null, slos: [] };
  if (observation.status === "unavailable") {
    const words = `metrics are unavailable (${observation.code}): ${observation.detail}`;
    return { ...nothing, verdict: "unavailable", words };
  }
  const { summary } = beginJudgement(judging, observation.evidence.past ?? [], position.now);
  const { rate } = summary.recent;
  const [lowest = 100] = position.rungs;
  if (summary.base.requests === 0) {
    const words = "stable had no request lately, so it is the lowest";
    return { ...nothing, verdict: "pass", advance: lowest, words };
  }
  const advance = firstRung(summary, position.rungs);
  const reached = counted(Number((rate * 0.6 * advance).toPrecision(2)), "request");
  return { ...nothing, verdict: "pass", advance, words: `about ${reached} a minute reach the canary there` };
}

/** What a judgement says about a rollout's objectives at a weight that is live. */
function verdictAt(
  judgement: Judgement,
  judging: Judging,
  position: Position,
  evidence: Pick<Evidence, "asOf" | "queries">,
): Verdict {
  const { summary, window } = judgement;
  const span = { from: window.from ?? position.since, asOf: evidence.asOf };
  if (judging.slos.length === 0) {
    return {
      verdict: "inconclusive",
      window: span,
      slos: [],
      words: "the rollout declares no objective to judge by",
    };
  }
  const options = optionsOf(judging);
  const { rungs, percent, now } = position;
  const sequential = verdictOf(summary, { rungs, committed: percent, fresh: true, now }, options);
  const gate = gateOf(sequential, judgement, position, judging.minRequests);
  const readings = evidence.queries.values();
  let latencies = 0;
  const rows = judging.slos.map((slo): SloVerdict => {
    if (slo.kind === "query") return judgeQuery(slo, readings.next().value);
    const { minRequests } = judging;
    const canary = countsOf(window.canary);
    const stable = countsOf(window.stable);
    const plain =
      slo.kind === "errorRate"
        ? judgeErrorRate(slo.max, minRequests, canary, stable)
        : judgeLatency(slo, minRequests, canary, stable);
    if (slo.mode === "threshold") return plain;
    const slow = slo.kind === "latency" ? judgement.slow[latencies++] : undefined;
    if (plain.verdict === "unavailable") return plain;
    if (slo.kind === "errorRate") {
      const limit = sequential.channels.find(({ name }) => name === "limit");
      const broken =
        limit !== undefined && limit.evidence >= Math.log(1 / (options.falseRollback * limit.budget));
      return absolute(plain, broken, gate, limit?.words ?? plain.words);
    }
    // A histogram that ends below the limit says nothing of it by evidence.
    const tells = canary.latency.some(({ le }) => le >= slo.max && le < Infinity);
    if (canary.requests > 0 && !tells) return plain;
    return absolute(
      plain,
      slow !== undefined && isBroken(slow, judging.falseRollback, judgement.slow.length),
      gate,
      plain.words,
    );
  });
  const relative = isSequential(judging)
    ? sequential.slos.filter(({ name }) => name !== "errors against the limit")
    : [];
  const all = [
    ...rows,
    ...relative.map((row) => ({ ...row, verdict: gate.verdict === "fail" ? row.verdict : gate.verdict })),
  ];
  // Trouble that came and went with the weight fails by no row of its own.
  const condemned = isSequential(judging) && gate.verdict === "fail";
  const worst = WORST_FIRST.find((word) => all.some((row) => row.verdict === word)) ?? "inconclusive";
  const verdict = condemned ? "fail" : worst;
  const own = rows.filter((row) => row.verdict === verdict && row.verdict !== gate.verdict);
  const words = [
    ...own.map((row) => row.words),
    ...(isSequential(judging) && gate.verdict === verdict ? [gate.words] : []),
  ];
  return {
    verdict,
    window: span,
    slos: all,
    ...(verdict !== "fail" &&
      isSequential(judging) &&
      sequential.next.kind === "retreat" && { retreat: sequential.next.percent }),
    ...(verdict === "pass" &&
      isSequential(judging) &&
      sequential.next.kind === "advance" && { advance: sequential.next.percent }),
    words: (words.length > 0
      ? words
      : all.filter((row) => row.verdict === verdict).map((row) => row.words)
    ).join("; "),
  };
}

interface Gate {
  readonly verdict: VerdictWord;
  readonly words: string;
}

/** Scrapes at a weight before it may be left: the first may have seen the weight before. */
const LEAST_SCRAPES = 3;

/** Without a few scrapes at this weight nothing was seen of it, whatever is known of those before. */
function gateOf(
  { verdict, words }: SequentialVerdict,
  { summary: { percent, step }, window: { canary, scrapes = step.scrapes } }: Judgement,
  position: Position,
  minRequests: number,
): Gate {
  if (verdict !== "pass") return { verdict, words };
  // A route alone shows the canary, and how many requests it takes says nothing of the weights to come.
  if (position.percent === 0 && canary.requests < minRequests) {
    return { verdict: "inconclusive", words: `${canary.requests} of ${minRequests} canary requests` };
  }
  // A weight that a person set and resumed from goes live anew, be it the same as before.
  const seen = percent === position.percent ? Math.min(step.scrapes, scrapes) : 0;
  if (canary.requests === 0 && step.scrapes >= LEAST_SCRAPES) {
    return { verdict: "inconclusive", words: `no canary request since ${position.percent} % is live` };
  }
  if (seen < LEAST_SCRAPES) {
    return {
      verdict: "inconclusive",
      words: `fewer than ${LEAST_SCRAPES} scrapes with canary requests since ${position.percent} % is live`,
    };
  }
  return { verdict, words };
}

/** An absolute limit's row: it fails by its own evidence, and passes when the release may go on. */
function absolute(plain: SloVerdict, broken: boolean, gate: Gate, words: string): SloVerdict {
  if (broken) return { ...plain, verdict: "fail", words };
  if (gate.verdict !== "fail") return { ...plain, verdict: gate.verdict };
  // What failed is something else; a number beyond the limit is not called good beside it.
  return { ...plain, verdict: plain.verdict === "fail" ? "fail" : "pass" };
}
