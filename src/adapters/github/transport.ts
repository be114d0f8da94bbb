import { TransportFault } from "./errors.ts";

/**
 * fetch with a deadline over the whole answer, body included, that hands on only whole JSON.
 *
 * Octokit gives a truncated or HTML body of a successful answer to its caller as a string, and turns a timeout
 * into a made-up status 500; both must be told apart from what GitHub said, so it happens before octokit looks.
 */
export function createTransport(options: {
  readonly timeoutMs: number;
  readonly fetch?: typeof globalThis.fetch;
}): typeof globalThis.fetch {
  return async (input, init) => {
    const deadline = AbortSignal.timeout(options.timeoutMs);
    const outer = init?.signal ?? null;
    const signal = outer === null ? deadline : AbortSignal.any([deadline, outer]);
    let response: Response;
    let text: string;
    try {
      // Looked up at each call, so that what a test puts in its place counts.
      response = await (options.fetch ?? globalThis.fetch)(input, { ...init, signal });
      text = await response.text();
    } catch (error) {
      throw new TransportFault(
        deadline.aborted ? `no answer within ${options.timeoutMs} ms` : reasonOf(error),
      );
    }
    if (response.ok && text !== "" && !isJson(response, text)) {
      throw new TransportFault(`the answer (status ${response.status}) was not whole JSON`);
    }
    const empty = response.status === 204 || response.status === 205 || response.status === 304;
    const whole = new Response(empty ? null : text, {
      status: response.status,
      statusText: response.statusText,
      headers: response.headers,
    });
    // Paging reads where the answer came from, which a Response made by hand does not know.
    return Object.defineProperty(whole, "url", { value: response.url });
  };
}

function isJson(response: Response, text: string): boolean {
  if (!/\bjson\b/.test(response.headers.get("content-type") ?? "")) {
    return false;
  }
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) {
    return "the connection failed";
  }
  // undici says "fetch failed" and keeps what happened in the cause.
  return error.cause instanceof Error && error.cause.message !== "" ? error.cause.message : error.message;
}
