import { z } from "zod";
import { ForgeError } from "../../ports/forge.ts";
import { withoutCredentials } from "../addresses.ts";
import { limitEnds, retryTime } from "./rate-limit.ts";

/** The adapter's trust boundary for failures: whatever octokit throws becomes a ForgeError here, and only here. */

/** A failed call with GitHub's own sentence kept apart, for outcomes that show it to people. */
class GithubAnswer extends ForgeError {
  readonly sentence: string;

  constructor(
    code: ForgeError["code"],
    message: string,
    details: { sentence: string; status?: number; retryAt?: number },
  ) {
    super(code, message, details);
    this.sentence = details.sentence;
  }
}

/** The bytes never came, or were no answer of GitHub's. Thrown inside fetch, where octokit wraps it. */
export class TransportFault extends Error {
  override readonly name = "TransportFault";
}

const headers = z.record(z.string(), z.unknown());
const request = z.object({ method: z.string(), url: z.string() });
const refusal = z.object({
  status: z.number(),
  request,
  response: z.object({ headers, data: z.unknown() }),
});
const transport = z.object({ request, cause: z.instanceof(TransportFault) });
const graphqlErrors = z.object({
  name: z.literal("GraphqlResponseError"),
  headers,
  errors: z
    .array(
      z.object({
        type: z.string().optional(),
        message: z.string(),
        extensions: z.object({ code: z.string().optional() }).optional(),
      }),
    )
    .min(1),
});
const body = z.object({
  message: z.string(),
  errors: z.array(z.union([z.string(), z.object({ message: z.string() })])).optional(),
});

/** The HTTP status behind a failure, or null. */
export function statusOf(error: unknown): number | null {
  return error instanceof ForgeError ? error.status : null;
}

/** GitHub's own sentence, or ours where there is none. */
export function sentenceOf(error: ForgeError): string {
  return error instanceof GithubAnswer ? error.sentence : error.message;
}

/** Any thrown thing as a ForgeError that carries no token, no payload and no octokit object. */
export function toForgeError(error: unknown, now: number): ForgeError {
  if (error instanceof ForgeError) {
    return error;
  }
  const http = refusal.safeParse(error);
  if (http.success) {
    return ofStatus(http.data, now);
  }
  const broken = transport.safeParse(error);
  if (broken.success) {
    const { cause } = broken.data;
    return new ForgeError("network", `${routeOf(broken.data.request)}: ${scrub(cause.message)}`);
  }
  const graphql = graphqlFailure(error);
  if (graphql !== null) {
    return ofGraphql(graphql, now);
  }
  const message = error instanceof Error ? error.message : "an unknown failure";
  return new ForgeError("invalid", `GitHub could not be called: ${scrub(message)}`);
}

export interface GraphqlFailure {
  readonly kind: "rate-limited" | "forbidden" | "not-found" | "server" | "invalid" | "other";
  /** GitHub's machine word for the error; null when it gave none. */
  readonly type: string | null;
  readonly sentence: string;
  readonly headers: Readonly<Record<string, unknown>>;
}

/** What a GraphQL answer with `errors` says; null when the thrown thing is something else. */
export function graphqlFailure(error: unknown): GraphqlFailure | null {
  const parsed = graphqlErrors.safeParse(error);
  const first = parsed.data?.errors[0];
  if (parsed.data === undefined || first === undefined) {
    return null;
  }
  const type = first.type ?? null;
  const sentence = scrub(first.message);
  return {
    kind: kindOf(type, sentence, first.extensions?.code),
    type,
    sentence,
    headers: parsed.data.headers,
  };
}

function kindOf(type: string | null, sentence: string, code: string | undefined): GraphqlFailure["kind"] {
  switch (type) {
    case "RATE_LIMITED":
    case "RATE_LIMIT":
      return "rate-limited";
    case "NOT_FOUND":
      return "not-found";
    case "INSUFFICIENT_SCOPES":
      return "forbidden";
    case "FORBIDDEN":
      // GitHub's fixed words for a permission the App lacks. Any other refusal of this type may be a rule's.
      return sentence.startsWith("Resource not accessible by") ? "forbidden" : "other";
    case "INTERNAL":
    case "SERVICE_UNAVAILABLE":
      return "server";
    case null:
      // A failure inside GitHub has no type; a query the schema refuses has a code.
      if (code !== undefined) {
        return "invalid";
      }
      return /^something went wrong|timed? ?out|timeout/i.test(sentence) ? "server" : "other";
    default:
      return "other";
  }
}

function ofGraphql(failure: GraphqlFailure, now: number): ForgeError {
  const code = failure.kind === "other" ? "invalid" : failure.kind;
  const message = `GitHub's GraphQL answered ${failure.type ?? "an error"}: ${failure.sentence}`;
  const retryAt = code === "rate-limited" ? limitEnds(failure.headers, now) : null;
  return new GithubAnswer(code, message, {
    sentence: failure.sentence,
    status: 200,
    ...(retryAt === null ? {} : { retryAt }),
  });
}

function ofStatus(failure: z.infer<typeof refusal>, now: number): ForgeError {
  const { status } = failure;
  const sentence = sentenceIn(failure.response.data);
  const retryAt = retryTime(status, failure.response.headers, sentence, now);
  const limited = retryAt !== null && (status === 403 || status === 429);
  return new GithubAnswer(
    limited ? "rate-limited" : codeOf(status),
    `GitHub answered ${status} to ${routeOf(failure.request)}: ${sentence}`,
    { sentence, status, ...(retryAt === null ? {} : { retryAt }) },
  );
}

function codeOf(status: number): ForgeError["code"] {
  if (status >= 500) {
    return "server";
  }
  switch (status) {
    case 401:
    case 403:
    case 451:
      return "forbidden";
    case 404:
    case 410:
      return "not-found";
    default:
      return "invalid";
  }
}

function sentenceIn(data: unknown): string {
  const parsed = body.safeParse(data);
  if (!parsed.success) {
    return "no reason given";
  }
  const details = (parsed.data.errors ?? []).map((entry) =>
    typeof entry === "string" ? entry : entry.message,
  );
  return scrub([parsed.data.message, ...details].join(": "));
}

/** Method and path alone: a query string or userinfo may carry what nobody should read. */
function routeOf({ method, url }: z.infer<typeof request>): string {
  return `${method} ${URL.canParse(url) ? new URL(url).pathname : "an unknown address"}`;
}

// The header of a signed token is short: without its bound a long word of many beginnings takes minutes.
const SECRETS = /\bgh[a-z]_\w+|\bgithub_pat_\w+|\beyJ[\w-]{1,500}\.[\w-]+\.[\w-]*/g;

function scrub(text: string): string {
  const clean = withoutCredentials(text).replace(SECRETS, "[redacted]");
  return clean.length > 500 ? `${clean.slice(0, 499)}…` : clean;
}
