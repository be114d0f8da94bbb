import { setTimeout as sleep } from "node:timers/promises";
import type { AxiosError } from "axios";
import type { Unavailable } from "../../analysis/types.ts";
import { type Answer, httpError, readAnswer, unavailable } from "./answer.ts";
import type { Admission, Credentials } from "./credentials.ts";
import { narrowed } from "./narrow.ts";
import type { SourceConfig } from "./sources.ts";

/** Evaluates PromQL at `time` (epoch ms). Never throws. */
export type Ask = (query: string, time: number) => Promise<Answer>;

/** An hour of buckets of a large service is a few MB; what is larger is asked for in pieces. */
const MAX_BYTES = 16 * 1024 * 1024;
const ATTEMPTS = 3;
const FIRST_BACKOFF_MS = 200;

/**
 * Instant queries over one source until `deadline` (epoch ms of the machine, all queries together).
 * Only failed connections and 5xx are tried again: another answer would be the same the next time.
 */
export function asker(source: SourceConfig, credentials: Credentials, deadline: AbortSignal): Ask {
  const { matchers } = source;
  return async (wanted, time) => {
    const narrow = matchers === undefined ? { ok: true as const, query: wanted } : narrowed(wanted, matchers);
    if (!narrow.ok) {
      return unavailable("query-error", `the source takes only queries that it can narrow: ${narrow.reason}`);
    }
    const { query } = narrow;
    let outcome: Attempt = {
      answer: unavailable("timeout", "the source was not asked in time"),
      again: false,
    };
    for (let attempt = 0; attempt < ATTEMPTS && !deadline.aborted; attempt += 1) {
      if (attempt > 0) {
        // Full jitter: many rollouts that failed together do not come back together.
        const pause = Math.random() * FIRST_BACKOFF_MS * 2 ** attempt;
        const interrupted = await sleep(pause, false, { signal: deadline }).catch(() => true);
        if (interrupted) break;
      }
      outcome = await once(source, credentials, deadline, query, time);
      if (!outcome.again) break;
    }
    return outcome.answer;
  };
}

interface Attempt {
  readonly answer: Answer;
  readonly again: boolean;
}

async function once(
  source: SourceConfig,
  credentials: Credentials,
  deadline: AbortSignal,
  query: string,
  time: number,
): Promise<Attempt> {
  const url = new URL(`${source.url}/api/v1/query`);
  url.search = `query=${encodeRfc3986(query)}&time=${(time / 1000).toFixed(3)}`;
  let admission: Admission;
  try {
    admission = await credentials(url, deadline);
  } catch (error) {
    const reason = error instanceof Error ? error.message : "no credential is to be had";
    return { answer: unavailable("credentials", reason), again: false };
  }
  try {
    // A process that asks no source need not load what asks.
    const { default: axios } = await import("axios");
    const response = await axios.get<string>(url.href, {
      headers: { Accept: "application/json", ...source.headers, ...admission.headers },
      responseType: "text",
      transformResponse: (body: string) => body,
      validateStatus: () => true,
      // A redirect could carry our credentials to somebody else.
      maxRedirects: 0,
      maxContentLength: MAX_BYTES,
      signal: deadline,
    });
    const redirected = response.status >= 300 && response.status < 400;
    const answer = redirected ? httpError(response.status) : readAnswer(response.status, response.data);
    return {
      answer: redacted(answer, source, admission),
      again: response.status >= 500 && answer.status !== "ok" && answer.code !== "query-error",
    };
  } catch (error) {
    const answer = deadline.aborted ? timedOut(source) : transportFailure(error);
    return { answer, again: answer.code === "connection" };
  }
}

function timedOut(source: SourceConfig): Unavailable {
  return unavailable("timeout", `the source did not answer within ${source.timeoutMs / 1000} s`);
}

function isAxiosError(error: unknown): error is AxiosError {
  return error instanceof Error && "isAxiosError" in error;
}

/** Told by code alone: messages of the HTTP client may carry the address. */
function transportFailure(error: unknown): Unavailable {
  const code = isAxiosError(error) ? (error.code ?? "") : "";
  const message = isAxiosError(error) ? error.message : "";
  if (message.includes("maxContentLength")) {
    return unavailable("oversized", `the source's answer is over ${MAX_BYTES / 1024 / 1024} MiB`);
  }
  if (message.includes("aborted")) {
    return unavailable("connection", "the source closed the connection in the middle of its answer");
  }
  return unavailable(
    "connection",
    `the source cannot be reached${/^[A-Z_]+$/.test(code) ? ` (${code})` : ""}`,
  );
}

/** A source may quote what it was sent; no credential or address leaves in a detail. */
function redacted(answer: Answer, source: SourceConfig, admission: Admission): Answer {
  if (answer.status === "ok") return answer;
  const host = URL.parse(source.url)?.host ?? "";
  const secrets = [...admission.secrets, ...Object.values(source.headers), source.url, host].filter(
    (secret) => secret.length > 3,
  );
  const detail = secrets.reduce((text, secret) => text.replaceAll(secret, "***"), answer.detail);
  return { ...answer, detail };
}

/** Everything but letters, digits and `-._~`, as signatures need it. */
function encodeRfc3986(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
