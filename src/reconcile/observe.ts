import { judge, judgeFirst } from "../analysis/judge.ts";
import type { Judgement, Judging, Position } from "../analysis/judgement.ts";
import { type Beside, readLive } from "../analysis/live.ts";
import type { ClusterReading, LiveReading, Observation, Scrape, Verdict } from "../analysis/types.ts";
import { NAMED_QUERIES, type Rollout } from "../config/types.ts";
import type { Bypass } from "../manifests/types.ts";
import { choosesFirst, exposed } from "../release/exposure.ts";
import type { Release } from "../release/state.ts";
import { sameWeights } from "../release/transitions.ts";
import { besideKey } from "./edits.ts";
import type { Facts } from "./facts.ts";
import type { Memory, Ports } from "./ports.ts";
import { prove, provenLive, type Standing } from "./prove.ts";

export interface Observed {
  readonly live: LiveReading | null;
  readonly verdict: Verdict | null;
  readonly judgement: Judgement | null;
  readonly asOf: number | null;
}

/** All that is observed: by the metrics, and in the cluster where the rollout names one. */
export interface Seen extends Observed {
  readonly cluster: ClusterReading | null;
}

/** Milliseconds before a commit from which it is read what reaches the canary beside the split. */
const BASELINE = 600_000;

/** Milliseconds before the first weight from which it is learnt what stable does by itself. */
const HISTORY = 3_600_000;

const NOTHING: Observed = { live: null, verdict: null, judgement: null, asOf: null };

const UNHEARD = { status: "unavailable", words: "its answer was not waited for" } as const;
const NOT_WAITED_FOR: ClusterReading = {
  traffic: UNHEARD,
  appliedAt: null,
  drift: null,
  canary: UNHEARD,
  stable: UNHEARD,
};

/** What the metrics say and what the cluster proves, asked side by side. */
export async function observe(
  ports: Pick<Ports, "clock" | "metrics" | "cluster" | "forge" | "memory">,
  rollout: Rollout,
  standing: Standing | null,
  facts: Facts,
  bypasses: readonly Bypass[],
  head: string,
): Promise<Seen> {
  const release = standing?.release ?? null;
  const proving = standing ? prove(ports, rollout, standing, facts, head) : Promise.resolve(null);
  // Whoever stops waiting for it does so for a better reason.
  proving.catch(() => undefined);
  const measured = await measure(ports, rollout, release, facts, bypasses, isEdited(release, facts));
  // Nothing that a cluster could say takes back a failure on the way up.
  const failed = release?.phase === "stepping" && measured.verdict?.verdict === "fail";
  const cluster = await (failed ? Promise.race([proving, NOT_WAITED_FOR]) : proving);
  const live =
    release && measured.live && cluster
      ? provenLive(cluster, measured.live, rollout, release, ports.clock.now())
      : measured.live;
  return { ...measured, live, cluster };
}

/** One question to the metrics source: is the weight live, and, once it is, what do the SLOs say? */
export async function measure(
  ports: Pick<Ports, "clock" | "metrics"> & { readonly memory: Pick<Memory, "judgements"> },
  rollout: Rollout,
  release: Release | null,
  facts: Facts,
  bypasses: readonly Bypass[],
  edited = false,
): Promise<Observed> {
  const now = ports.clock.now();
  if (release && choosesFirst(rollout, release)) {
    const observation = await ports.metrics.observe(pastOf(rollout, facts, now));
    const verdict = judgeFirst(observation, judgingOf(rollout), { rungs: rungsOf(rollout), now });
    return { ...NOTHING, verdict };
  }
  if (!release || !worthAsking(release)) return NOTHING;
  const { shift } = release;
  const steady = bypasses.length > 0 || release.routes.length > 0;
  const before = Math.max(shift.baseline, shift.at - BASELINE);
  const sides = sidesOf(rollout, facts);
  const basis = basisOf(rollout, release, [sides, steady, edited]);
  const known = knownOf(ports.memory, rollout.name, release, basis);
  const first = known === null && shift.live !== null;
  const observation = await ports.metrics.observe({
    ...sides,
    since: shift.live
      ? unread(rollout, shift.live.at, known?.summary.asOf ?? shift.at, now)
      : steady
        ? before
        : shift.at,
    now,
    ...(first && { history: { from: shift.at - HISTORY, to: shift.at } }),
    // A side without weight may be silent; it must not hold back what the other says.
    ...(!exposed(release) && { idle: "canary" as const }),
    ...(shift.percent === 100 && { idle: "stable" as const }),
    queries: shift.live ? rollout.slos.flatMap((slo) => (slo.kind === "query" ? [slo.query] : [])) : [],
  });
  const asOf = observation.status === "ok" ? observation.evidence.asOf : null;
  if (shift.live) {
    const judging = judged(rollout, release, known, observation, now, !steady && !edited);
    // What the source added up cannot be taken up in the middle; it is added up again from what the document knows.
    const exact = observation.status === "ok" && observation.evidence.loss === undefined;
    if (exact && judging.judgement) {
      ports.memory.judgements.set(rollout.name, { basis, judgement: judging.judgement });
    }
    return { live: null, asOf, ...judging };
  }
  // A source that does not answer proves nothing, however long it does not.
  if (observation.status === "unavailable") {
    return {
      live: { live: false, detail: `The metrics source did not answer: ${observation.detail}` },
      verdict: null,
      judgement: null,
      asOf,
    };
  }
  const live = readLive({
    scrapes: observation.evidence.scrapes,
    from: shift.before / 100,
    to: shift.percent / 100,
    committedAt: shift.at,
    now,
    after: rollout.live.after,
    beside: besideOf(release, steady, besideKey(bypasses), observation.evidence.scrapes),
  });
  return { live, verdict: null, judgement: null, asOf };
}

/**
 * Somebody sets other weights than ours, in git or past it, or did until now: how many requests come to the canary
 * is their doing and no fault of the version's.
 */
function isEdited(release: Release | null, { weights }: Facts): boolean {
  if (release === null) return false;
  const { hold, expected } = release;
  return hold?.reason === "hand-edit" || hold?.reason === "drift" || !sameWeights(weights, expected);
}

/** Everything that a folded judgement rests on, besides the samples. */
function basisOf(rollout: Rollout, { number, shift, judgement }: Release, seen: unknown): string {
  return JSON.stringify([number, shift, judgement?.summary.asOf, judgingOf(rollout), rungsOf(rollout), seen]);
}

/** The document's judgement, or what an earlier look made of it, if nothing but the samples has changed since. */
function knownOf(
  { judgements }: Pick<Memory, "judgements">,
  name: string,
  release: Release,
  basis: string,
): Judgement | null {
  const remembered = judgements.get(name);
  if (remembered?.basis === basis) return remembered.judgement;
  judgements.delete(name);
  return release.judgement;
}

function judged(
  rollout: Rollout,
  release: Release,
  known: Judgement | null,
  observation: Observation,
  now: number,
  settled: boolean,
): Pick<Observed, "verdict" | "judgement"> {
  const { shift } = release;
  const position: Position = {
    rungs: rungsOf(rollout),
    percent: shift.percent,
    since: shift.live?.at ?? shift.at,
    settled,
    now,
  };
  const judging = judgingOf(rollout);
  return judge({ observation, judging, position, known, began: shift.at });
}

export function judgingOf({ slos, minRequests, confidence }: Rollout): Judging {
  return { slos, minRequests, falseRollback: confidence.falseRollback };
}

/** The weights over 0 of the ladder, percent, ascending. */
export function rungsOf({ steps }: Rollout): readonly number[] {
  return [...new Set(steps.map(({ weight }) => weight))].filter((weight) => weight > 0);
}

/** Milliseconds that built-in queries look back at most. */
const LONGEST = 21_600_000;

/** From when on counts are needed: built-in queries count since the weight is live, the judge only what it does not know. */
function unread({ slos }: Rollout, live: number, known: number, now: number): number {
  const named = slos.some((slo) => slo.kind === "query" && NAMED_QUERIES.some((name) => name === slo.query));
  return named ? Math.min(known, Math.max(live, now - LONGEST)) : known;
}

/** Something is exposed, or was and is not yet seen to be gone. */
function worthAsking(release: Release): boolean {
  const { shift } = release;
  return exposed(release) || ((shift.before > 0 || shift.rerouted) && !shift.live);
}

function besideOf(release: Release, steady: boolean, beside: string, scrapes: readonly Scrape[]): Beside {
  const { shift, routes } = release;
  const mirror = routes.find(({ kind }) => kind === "mirror");
  if (mirror) {
    const why = `the canary also counts copies of requests (mirror ${mirror.name}): shares cannot tell`;
    return { kind: "unknown", why };
  }
  if (shift.rerouted || beside !== release.beside) {
    const why =
      "routes beside the split came, went or changed with this commit or after it, or files had different weights: shares cannot tell";
    return { kind: "unknown", why };
  }
  return steady
    ? { kind: "steady", before: scrapes.filter(({ at }) => at <= shift.at) }
    : { kind: "nothing" };
}

/** What stable did by itself until `now`. */
export function pastOf(rollout: Rollout, facts: Pick<Facts, "stable" | "canary">, now: number) {
  const history = { from: now - HISTORY, to: now };
  return { ...sidesOf(rollout, facts), since: now, now, history, idle: "canary", queries: [] } as const;
}

/** Whom a question to the metrics source is about. */
export function sidesOf(rollout: Rollout, facts: Pick<Facts, "stable" | "canary">) {
  const [target] = rollout.targets;
  return {
    source: rollout.prometheus,
    mesh: rollout.mesh,
    namespace: rollout.namespace,
    service: rollout.service,
    stable: facts.stable.name,
    canary: facts.canary.name,
    arms: { stable: target?.stable ?? "", canary: target?.canary ?? "" },
    names: rollout.metrics,
    latency: rollout.slos.some(({ kind }) => kind === "latency"),
  };
}
