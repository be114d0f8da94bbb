import type { Counts, SloVerdict } from "./types.ts";
import { counted, number, percent, percentBeside } from "./words.ts";

/**
 * Share of failed requests against a limit.
 *
 * Below `minRequests` one thing can be said already: when more requests failed than the limit allows
 * among `minRequests`, the verdict there is `fail` whatever the rest does, so it is given at once.
 */
export function judgeErrorRate(max: number, minRequests: number, canary: Counts, stable: Counts): SloVerdict {
  const { requests, errors } = canary;
  const rate = errors / requests;
  const limit = percent(max);
  const common = {
    name: "error rate",
    limit,
    canary: requests > 0 ? percentBeside(rate, max) : null,
    stable: stable.requests > 0 ? percent(stable.errors / stable.requests) : null,
    requests,
  };
  const said = `${percentBeside(rate, max)} of ${counted(requests, "request")} failed, limit ${limit}`;
  if (!Number.isFinite(requests) || !Number.isFinite(errors)) {
    return { ...common, canary: null, verdict: "unavailable", words: "the request counts are not numbers" };
  }
  if (requests < minRequests) {
    if (errors > max * minRequests) {
      const words = `${number(errors)} of ${counted(requests, "request")} failed: over ${limit} of the ${number(minRequests)} that are needed, even if no other fails`;
      return { ...common, verdict: "fail", words };
    }
    const missing = counted(minRequests - requests, "more request");
    const words = `${requests > 0 ? said : "no request yet"}; ${missing} needed`;
    return { ...common, verdict: "inconclusive", words };
  }
  if (requests === 0) return { ...common, verdict: "inconclusive", words: "no request yet" };
  return { ...common, verdict: rate > max ? "fail" : "pass", words: said };
}
