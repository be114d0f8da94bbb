import { ForgeError } from "../../src/ports/forge.ts";
import type { Chance } from "./chance.ts";
import { BEHIND } from "./past.ts";
import { LOUD, planted } from "./planted.ts";

/** What can go wrong with a call to GitHub, and how often each does where calls go wrong at all. */
export const CALL_FAULTS = {
  "connection refused": 3,
  "401 expired token": 1,
  "403 forbidden": 1,
  "403 rate limit": 1,
  "429 secondary limit": 2,
  "404 not found": 1,
  "409 conflict": 1,
  "422 unprocessable": 1,
  "500 server error": 2,
  "502 bad gateway": 2,
  "answer lost": 6,
  "502 after it took effect": 3,
  "hangs, nothing done": 1,
  "hangs, done": 1,
  "slow answer": 3,
  "read from the past": 6,
  "process dies before": 2,
  "process dies after": 3,
} as const;
export type CallFault = keyof typeof CALL_FAULTS;

/** And what only a merge meets. */
export const BASE_MOVED = "405 base branch was modified";
/** What becomes of a delivery that does not come as it should, and how often beside the others. */
export const DELIVERY_FAULTS = {
  "delivery lost": 4,
  "delivery doubled": 3,
  "delivery late": 3,
  "delivery replayed long after": 1,
} as const;

/** What becomes of one call: when it takes effect, when the answer comes, and what it is. Times in ms from now. */
export interface Fate {
  readonly effect: number | null;
  readonly answer: number;
  readonly error: ForgeError | null;
  /** How far behind a read is, ms. */
  readonly behind: number;
  readonly dies: boolean;
}

/** What the client's own error knows of the request. */
const CAUSE = { request: { headers: { authorization: `token ${planted("token")}` } } };

/** GitHub's client gives up after this long, ms. */
const TIMEOUT = 30_000;

export function fateOf(fault: CallFault | null, chance: Chance, now: number): Fate {
  const effect = chance.between(20, 150);
  const answer = effect + chance.between(10, 150);
  const well: Fate = { effect, answer, error: null, behind: 0, dies: false };
  const refused = (error: ForgeError): Fate => ({ ...well, effect: null, error });
  const status = (code: ForgeError["code"], number: number, retryAt?: number) =>
    refused(
      new ForgeError(code, `GitHub answered ${number}: ${LOUD}`, {
        status: number,
        cause: CAUSE,
        ...(retryAt !== undefined && { retryAt }),
      }),
    );
  switch (fault) {
    case null:
      return well;
    case "connection refused":
      return refused(new ForgeError("network", "GitHub cannot be reached", { cause: CAUSE }));
    case "401 expired token":
      return status("forbidden", 401);
    case "403 forbidden":
      return status("forbidden", 403);
    case "403 rate limit":
      return status("rate-limited", 403, now + chance.between(60, 600) * 1000);
    case "429 secondary limit":
      return status("rate-limited", 429, now + chance.between(5, 60) * 1000);
    case "404 not found":
      return status("not-found", 404);
    case "409 conflict":
      return status("invalid", 409);
    case "422 unprocessable":
      return status("invalid", 422);
    case "500 server error":
      return status("server", 500);
    case "502 bad gateway":
      return status("server", 502);
    case "answer lost":
      return { ...well, error: lost() };
    case "502 after it took effect":
      return {
        ...well,
        error: new ForgeError("server", `GitHub answered 502: ${LOUD}`, { status: 502, cause: CAUSE }),
      };
    case "hangs, nothing done":
      return { ...well, effect: null, answer: TIMEOUT, error: lost() };
    case "hangs, done":
      return { ...well, effect: chance.between(100, TIMEOUT), answer: TIMEOUT, error: lost() };
    case "slow answer":
      return { ...well, effect: chance.between(20, 9_000), answer: chance.between(9_000, 20_000) };
    case "read from the past":
      return { ...well, behind: chance.between(100, BEHIND) };
    case "process dies before":
      return { ...well, effect: null, dies: true };
    case "process dies after":
      return { ...well, dies: true };
  }
}

function lost(): ForgeError {
  return new ForgeError("network", "the connection broke before an answer came", { cause: CAUSE });
}
