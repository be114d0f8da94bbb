import type { RequestFacts } from "../../dev/github/faults.ts";

const MOST_LIVES = 60;

/** One outgoing request of the server. */
export interface Call {
  /** What is asked for, without what differs from run to run, such as `POST /issues/N/comments`. */
  readonly name: string;
  /** Whether it changes anything. */
  readonly write: boolean;
}

/** When the server is killed: at a request, which is then dropped, or carried out and not answered. */
export interface Death {
  readonly at: (call: Call) => boolean;
  readonly when: "before" | "after";
  /** For a reader. */
  readonly words: string;
}

/** At the call of this name that is number `nth`, from 1. */
export function atCall(name: string, nth: number, when: Death["when"]): Death {
  let seen = 0;
  const at = (call: Call) => call.name === name && ++seen === nth;
  return { at, when, words: `${when} ${name}, number ${nth}` };
}

/** At the write that is number `nth`, from 1, whatever it is. */
function atWrite(nth: number, when: Death["when"]): Death {
  let seen = 0;
  return { at: ({ write }) => write && ++seen === nth, when, words: `${when} write ${nth}` };
}

/** Every call of an undisturbed run: before it, and after it too where it has an effect that could be lost sight of. */
export function everyDeath(calls: readonly Call[]): readonly Death[] {
  const seen = new Map<string, number>();
  return calls.flatMap(({ name, write }) => {
    const nth = (seen.get(name) ?? 0) + 1;
    seen.set(name, nth);
    return [atCall(name, nth, "before"), ...(write ? [atCall(name, nth, "after")] : [])];
  });
}

/**
 * No server lives for more than a few writes, so that every write of the release is somebody's last: `rhythm` says how
 * many, life by life and over again.
 */
export function relentless(rhythm: readonly number[]): readonly Death[] {
  return Array.from({ length: MOST_LIVES }, (_, life) =>
    atWrite((rhythm[life % rhythm.length] ?? 0) + 1, life % 2 === 0 ? "after" : "before"),
  );
}

/** A request to GitHub or to Prometheus. */
export function callOf({ method, path, body }: RequestFacts): Call {
  const document = queryOf(body);
  if (document !== null) {
    const [, kind = "query", what = "unnamed"] = /^\s*(query|mutation)\s+(\w+)/.exec(document) ?? [];
    const branch = /"branchName":"([^"]+)"/.exec(JSON.stringify(body))?.[1];
    return { name: `${what}${branch ? ` on ${branch}` : ""}`, write: kind === "mutation" };
  }
  const place = (path.split("?", 1)[0] ?? "")
    .replace(/^\/repos\/[^/]+\/[^/]+/, "")
    .replace(/\b[0-9a-f]{40}\b/g, "SHA")
    .replace(/(?<=\/)\d+(?=\/|$)/g, "N");
  const signsIn = place.endsWith("/access_tokens");
  return { name: `${method} ${place || "/"}`, write: method !== "GET" && !signsIn };
}

function queryOf(body: unknown): string | null {
  return typeof body === "object" && body !== null && "query" in body && typeof body.query === "string"
    ? body.query
    : null;
}
