import { judge } from "../analysis/judge.ts";
import { readLive } from "../analysis/live.ts";
import type { LiveReading, Verdict } from "../analysis/types.ts";
import type { Rollout } from "../config/types.ts";
import type { Release } from "../release/state.ts";
import type { Facts } from "./facts.ts";
import type { Ports } from "./ports.ts";

export interface Observed {
  readonly live: LiveReading | null;
  readonly verdict: Verdict | null;
  readonly asOf: number | null;
}

const NOTHING: Observed = { live: null, verdict: null, asOf: null };

/** One question to the metrics source: is the weight live, and, once it is, what do the SLOs say? */
export async function observe(
  ports: Ports,
  rollout: Rollout,
  release: Release | null,
  facts: Facts,
): Promise<Observed> {
  const shift = release?.shift;
  if (!shift || (shift.percent === 0 && (shift.before === 0 || shift.live))) return NOTHING;
  const now = ports.clock.now();
  const observation = await ports.metrics.observe({
    source: rollout.prometheus,
    mesh: rollout.mesh,
    namespace: rollout.namespace,
    service: rollout.service,
    stable: facts.stable.name,
    canary: facts.canary.name,
    since: shift.live?.at ?? shift.at,
    now,
    // A side without weight may be silent; it must not hold back what the other says.
    ...(shift.percent === 0 && { idle: "canary" as const }),
    ...(shift.percent === 100 && { idle: "stable" as const }),
    latency: rollout.slos.some(({ kind }) => kind === "latency"),
    queries: shift.live ? rollout.slos.flatMap((slo) => (slo.kind === "query" ? [slo.query] : [])) : [],
  });
  const asOf = observation.status === "ok" ? observation.evidence.asOf : null;
  if (shift.live) {
    return {
      live: null,
      asOf,
      verdict: judge(rollout.slos, observation, { minRequests: rollout.minRequests }),
    };
  }
  // A source that does not answer proves nothing, however long it does not.
  if (observation.status === "unavailable") {
    return {
      live: { live: false, detail: `The metrics source did not answer: ${observation.detail}` },
      verdict: null,
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
  });
  return { live, verdict: null, asOf };
}
