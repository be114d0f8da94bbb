/** When to come back, from the headers of GitHub's answer: it has a primary limit and several secondary ones. */

type Headers = Readonly<Record<string, unknown>>;

/** GitHub asks for a minute when a limit names no time. */
const UNNAMED_PAUSE_MS = 60_000;

/** Epoch ms at which a limit that was met is over. */
export function limitEnds(answered: Headers, now: number): number {
  return namedPause(answered, now) ?? now + UNNAMED_PAUSE_MS;
}

/** Epoch ms at which GitHub wants to be asked again; null when the answer is no matter of waiting. */
export function retryTime(status: number, answered: Headers, sentence: string, now: number): number | null {
  if (status === 503) {
    return answered["retry-after"] === undefined ? null : namedPause(answered, now);
  }
  if (status !== 403 && status !== 429) {
    return null;
  }
  const named = namedPause(answered, now);
  if (named !== null) {
    return named;
  }
  // The secondary limit is the one refusal that may come without a header that names it.
  return status === 429 || /secondary rate limit|abuse detection/i.test(sentence)
    ? now + UNNAMED_PAUSE_MS
    : null;
}

function namedPause(answered: Headers, now: number): number | null {
  const seconds = Number(answered["retry-after"] ?? Number.NaN);
  if (Number.isFinite(seconds)) {
    return now + seconds * 1000;
  }
  const reset = Number(answered["x-ratelimit-reset"] ?? Number.NaN);
  if (String(answered["x-ratelimit-remaining"]) === "0" && Number.isFinite(reset)) {
    // A clock behind GitHub's must not turn the reset into a time already past.
    return Math.max(reset * 1000, now + 1000);
  }
  return null;
}
