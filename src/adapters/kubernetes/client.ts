import { setTimeout as sleep } from "node:timers/promises";
import type { RequestContext } from "@kubernetes/client-node";
import type { ClusterConfig } from "./clusters.ts";
import { type Connected, connect, type Library, stampOf, Unusable } from "./connect.ts";

/** One answer of an API server. Words are one line, free of addresses and credentials. */
export type Answer =
  /** `ahead`: of our clock by so many milliseconds is the server's. */
  | { readonly status: "ok"; readonly body: unknown; readonly ahead: number }
  /** 404: there is no such thing. */
  | { readonly status: "missing" }
  | { readonly status: "unavailable"; readonly words: string };

/** Asks for a path below the server's address. Never throws. */
export type Get = (path: string, what: What) => Promise<Answer>;

/** What is asked, for the words of a refusal. */
interface What {
  readonly verb: "get" | "list" | "discover";
  /** `deployments.apps`. */
  readonly resource: string;
  readonly namespace: string | null;
}

/** Milliseconds before a connection that broke, or an answer that was asked for too early, is tried once more. */
const AGAIN = 250;
/** Answers beyond this are not read: an object of etcd has 1.5 MB at most. */
const MOST_BYTES = 16 * 1024 * 1024;
/** Milliseconds of the longest pause that a server gets for asking. */
const MOST_PAUSE = 60_000;

export class Client {
  readonly #config: ClusterConfig;
  #ready: Promise<Connected> | null = null;
  /** Of the kubeconfig that it was made from. */
  #stamp = "";
  /** The server asked for a pause until then, epoch ms. */
  #paused = 0;

  constructor(config: ClusterConfig) {
    this.#config = config;
  }

  /** All that is asked with it has `timeoutMs` together. */
  look(): Get {
    const signal = AbortSignal.timeout(this.#config.timeoutMs);
    let renewed: Promise<void> | null = null;
    return async (path, what) => {
      renewed ??= this.#renew();
      await renewed;
      return this.#get(path, what, signal);
    };
  }

  /** What was rotated is taken up at the next look, before it is refused. */
  async #renew(): Promise<void> {
    const stamp = await stampOf(this.#config.kubeconfig);
    if (stamp !== this.#stamp) this.#ready = null;
    this.#stamp = stamp;
  }

  async #get(path: string, what: What, signal: AbortSignal): Promise<Answer> {
    for (let retries = 1; ; retries -= 1) {
      const answer = await this.#once(path, what, signal);
      if ("status" in answer) return answer;
      if (retries === 0 || signal.aborted) return unavailable(answer.words);
      if (!(await waited(answer.again, signal))) return unavailable(answer.words);
    }
  }

  async #once(
    path: string,
    what: What,
    signal: AbortSignal,
  ): Promise<Answer | { readonly again: number; readonly words: string }> {
    if (signal.aborted) return this.#late();
    const pause = this.#paused - Date.now();
    if (pause > 0) return { again: pause, words: `it asks for a pause of ${Math.ceil(pause / 1000)} s` };
    const request = await this.#request(path, signal);
    const used = this.#ready;
    if (typeof request === "string") return unavailable(request);
    try {
      const { status, headers, text } = await request.send();
      if (text === null) return unavailable("its answer is longer than any that is read");
      if (status === 200) return { status: "ok", body: JSON.parse(text), ahead: aheadBy(headers["date"]) };
      if (status === 404) return { status: "missing" };
      if (status === 401) {
        // A token that is refused may have been replaced where it came from; of several requests one finds out.
        if (this.#ready === used) this.#ready = null;
        return { again: 0, words: "it refuses our credentials (401)" };
      }
      if (status === 403) return unavailable(forbidden(what));
      if (status === 429 || status === 503) {
        const seconds = Number(headers["retry-after"]);
        const wait = seconds > 0 ? Math.min(seconds * 1000, MOST_PAUSE) : AGAIN;
        if (seconds > 0) this.#paused = Date.now() + wait;
        return { again: wait, words: `it is too busy (${status})` };
      }
      // Gone: what was read is too old for the server to know; a fresh question is answered.
      const passing = status === 410 || status >= 500;
      const words = `it answered ${status} to a ${what.verb} of ${what.resource}`;
      return passing ? { again: AGAIN, words } : unavailable(words);
    } catch (error) {
      if (signal.aborted) return this.#late();
      const words = trouble(error);
      // The authority that it is checked by may be a file of its own.
      if (words === UNTRUSTED && this.#ready === used) this.#ready = null;
      return { again: AGAIN, words };
    }
  }

  #late(): Answer {
    return unavailable(`no answer within ${this.#config.timeoutMs / 1000} s`);
  }

  /** Signed in and ready to be sent, or why that cannot be. */
  async #request(path: string, signal: AbortSignal) {
    this.#ready ??= connect(this.#config);
    const ready = await this.#ready.catch((error: unknown) => {
      this.#ready = null;
      return error instanceof Unusable ? error.message : "its kubeconfig cannot be used";
    });
    if (typeof ready === "string") return ready;
    const { library, kube, server } = ready;
    const context = new library.RequestContext(server + path, library.HttpMethod.GET);
    context.setHeaderParam("Accept", "application/json");
    context.setSignal(signal);
    // A command for credentials may hang; the words of one that failed may hold anything.
    const signing = kube.applySecurityAuthentication(context).then(() => true);
    const signed = await Promise.race([signing, aborted(signal)]).catch(() => false);
    if (!signed)
      return "there are no credentials to be had: the command or the file of its kubeconfig failed";
    ready.dispatcher ??= context.getDispatcher();
    if (ready.dispatcher) context.setDispatcher(ready.dispatcher);
    return { send: () => send(library, context) };
  }
}

async function send(library: Library, context: RequestContext) {
  const answer = await new library.IsomorphicFetchHttpLibrary().send(context).toPromise();
  const text = await textOf(answer.body.stream());
  return { status: answer.httpStatusCode, headers: answer.headers, text };
}

/** Counted as it comes, as it may not say how long it is; null where it is too long. */
async function textOf(body: AsyncIterable<Uint8Array> | null): Promise<string | null> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of body ?? []) {
    bytes += part.length;
    if (bytes > MOST_BYTES) return null;
    parts.push(part);
  }
  return Buffer.concat(parts).toString("utf8");
}

/** By an answer's date, which is told in seconds. */
function aheadBy(date: string | undefined): number {
  const at = Date.parse(date ?? "");
  return Number.isNaN(at) ? 0 : at - Date.now();
}

async function waited(wait: number, signal: AbortSignal): Promise<boolean> {
  return sleep(wait, true, { signal }).catch(() => false);
}

function aborted(signal: AbortSignal): Promise<false> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(false);
    else signal.addEventListener("abort", () => resolve(false), { once: true });
  });
}

function unavailable(words: string): Answer {
  return { status: "unavailable", words };
}

function forbidden({ verb, resource, namespace }: What): string {
  const where = namespace === null ? "" : ` in namespace ${namespace}`;
  return `Sluice may not ${verb} ${resource}${where} (403): its role lacks this verb, see docs/cluster.md`;
}

/** A library's own words may name addresses. */
function trouble(error: unknown): string {
  if (error instanceof SyntaxError) return "its answer is no JSON, or broke off";
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code = typeof cause === "object" && cause !== null && "code" in cause ? String(cause.code) : "";
  const known = TROUBLES[code];
  if (known) return known;
  return /^[A-Z_]*CERT[A-Z_]*$|SELF_SIGNED|UNABLE_TO/.test(code) ? UNTRUSTED : "the connection broke";
}

const UNTRUSTED = "its certificate is not trusted";

const TROUBLES: Readonly<Record<string, string>> = {
  ECONNREFUSED: "the connection was refused",
  ENOTFOUND: "its address is not known",
  EAI_AGAIN: "its address is not known",
  ECONNRESET: "the connection broke",
  UND_ERR_SOCKET: "the connection broke",
  UND_ERR_CONNECT_TIMEOUT: "no connection within its time",
};
