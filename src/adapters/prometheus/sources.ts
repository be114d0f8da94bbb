import {
  allowedFor,
  configuredIn,
  type Environment,
  httpAddress,
  lacking,
  repositoriesOf,
} from "../operator.ts";
import { isQueryTemplate } from "./link.ts";
import { areMatchers } from "./narrow.ts";

/** A metrics source that the operator configured; repositories know its name only. */
export interface SourceConfig {
  /** Without a trailing slash; may have a path prefix, never credentials or a query. */
  readonly url: string;
  readonly auth:
    | { readonly kind: "none" }
    | { readonly kind: "bearer"; readonly token: string }
    | { readonly kind: "bearer-file"; readonly file: string }
    | { readonly kind: "basic"; readonly username: string; readonly password: string }
    | { readonly kind: "sigv4"; readonly region: string }
    | { readonly kind: "google"; readonly host: string };
  /** Sent with every request, such as a tenant's `X-Scope-OrgID`. */
  readonly headers: Readonly<Record<string, string>>;
  /** For one observation as a whole, retries included. */
  readonly timeoutMs: number;
  /** What is younger may not have been taken in yet, and is not looked at. */
  readonly delayMs?: number;
  /** `owner/name` or `owner/*`, in lower case: who may use it; everybody when absent. */
  readonly repositories?: readonly string[];
  /** Label matchers that every selector of every query gets, such as `tenant="shop"`. */
  readonly matchers?: string;
  /** Where people see a query: an address with `{query}` in it. */
  readonly link?: string;
}

export interface ParsedSources {
  readonly sources: ReadonlyMap<string, SourceConfig>;
  /** Clear sentences that name the variable; never its value. */
  readonly problems: readonly string[];
}

const DEFAULT_TIMEOUT_MS = 15_000;
/** What the names of its variables end with. */
export const SOURCE_SUFFIXES = [
  "URL",
  "NAME",
  "BEARER_TOKEN",
  "BEARER_TOKEN_FILE",
  "USERNAME",
  "PASSWORD",
  "SIGV4_REGION",
  "GOOGLE_AUTH",
  "TENANT",
  "HEADERS",
  "TIMEOUT_SECONDS",
  "DELAY_SECONDS",
  "REPOSITORIES",
  "MATCHERS",
  "LINK",
] as const;
type Suffix = (typeof SOURCE_SUFFIXES)[number];
type Settings = ReadonlyMap<Suffix, string>;

/**
 * Reads metrics sources from environment-like variables.
 *
 * The first source is `PROMETHEUS_URL`, more are `PROMETHEUS_<KEY>_URL` with any KEY of A-Z, 0-9 and `_`.
 * With the prefix P = `PROMETHEUS` or `PROMETHEUS_<KEY>`:
 *
 * | variable | meaning |
 * |---|---|
 * | `P_URL` | http or https, with a path prefix if the source has one; no credentials, no query |
 * | `P_NAME` | what `prometheus:` in a configuration says; default `production` for the first, else KEY in lower case with `-` for `_` (`PROMETHEUS_EU_WEST_URL` is `eu-west`) |
 * | `P_BEARER_TOKEN` | sent as `Authorization: Bearer` |
 * | `P_BEARER_TOKEN_FILE` | the same from a file that is read every time |
 * | `P_USERNAME`, `P_PASSWORD` | basic authentication (Grafana Cloud: instance number and token); both or neither |
 * | `P_SIGV4_REGION` | Amazon Managed Prometheus: requests are signed with the credentials that AWS gives this process |
 * | `P_GOOGLE_AUTH` | `metadata`: Google Managed Prometheus, with the token of the service account we run as |
 * | `P_TENANT` | the tenant in Mimir and Cortex: sent as `X-Scope-OrgID` |
 * | `P_HEADERS` | more headers as `Name=value,Name=value`; percent-encode a comma or `%` inside a value |
 * | `P_TIMEOUT_SECONDS` | for one whole look at the metrics, retries included; default 15 |
 * | `P_DELAY_SECONDS` | how long a sample may take to arrive (remote write, managed sources); default 0, at most 600 |
 * | `P_REPOSITORIES` | who may use it, as `owner/name,owner/*`; every repository when absent |
 * | `P_MATCHERS` | label matchers that every selector of every query gets, such as `tenant="shop"` |
 * | `P_LINK` | where people see a query, as an address with `{query}`, and `{from}`, `{to}` (epoch ms) or `{end}`, `{minutes}`; rollback pull requests link there |
 *
 * One way to sign in at most.
 *
 * An empty variable counts as absent, but an empty `PROMETHEUS_URL`, which somebody meant to fill in. Variables that fit no row are ignored: Kubernetes puts
 * `PROMETHEUS_SERVICE_HOST` and its like into every pod beside a service of that name.
 * A source with a problem is left out.
 */
export function parseSources(env: Environment): ParsedSources {
  const { configured, problems } = configuredIn(env, {
    first: "PROMETHEUS",
    suffixes: SOURCE_SUFFIXES,
    many: "metrics sources",
    read: (prefix, settings, found) => parseSource(prefix, settings, env, found),
  });
  const empty =
    "PROMETHEUS_URL is empty: give the address, or take the line out where no release needs a metrics source of this name.";
  return { sources: configured, problems: env["PROMETHEUS_URL"] === "" ? [empty, ...problems] : problems };
}

/** The sources that a repository (`owner/name`) may use. */
export const sourcesFor = allowedFor<SourceConfig>;

function parseSource(prefix: string, settings: Settings, env: Environment, problems: string[]): SourceConfig {
  const url = parseUrl(prefix, settings, problems);
  const auth = parseAuth(prefix, settings, env, problems);
  const headers = parseHeaders(prefix, settings.get("HEADERS") ?? "", problems);
  const tenant = settings.get("TENANT");
  if (tenant !== undefined && !legalHeaderValue(tenant))
    problems.push(`${prefix}_TENANT has a line break or another character that no header may carry.`);
  const seconds = Number(settings.get("TIMEOUT_SECONDS") ?? DEFAULT_TIMEOUT_MS / 1000);
  if (!(seconds > 0 && seconds <= 300))
    problems.push(`${prefix}_TIMEOUT_SECONDS is not a number of seconds over 0 and at most 300.`);
  const delay = Number(settings.get("DELAY_SECONDS") ?? 0);
  if (!(delay >= 0 && delay <= 600))
    problems.push(`${prefix}_DELAY_SECONDS is not a number of seconds from 0 to 600.`);
  const repositories = repositoriesOf(prefix, settings.get("REPOSITORIES"), problems);
  const matchers = settings.get("MATCHERS")?.trim();
  if (matchers !== undefined && !areMatchers(matchers))
    problems.push(
      `${prefix}_MATCHERS is not a list of label matchers, such as tenant="shop",cluster=~"eu-.*".`,
    );
  const link = settings.get("LINK");
  if (link !== undefined && !isQueryTemplate(link))
    problems.push(
      `${prefix}_LINK is not an http or https address with {query} and, if you like, {from}, {to}, {end}, {minutes}.`,
    );
  return {
    url,
    auth,
    headers: { ...headers, ...(tenant === undefined ? {} : { "X-Scope-OrgID": tenant }) },
    timeoutMs: seconds * 1000,
    ...(delay > 0 && { delayMs: delay * 1000 }),
    ...(repositories && { repositories }),
    ...(matchers && { matchers }),
    ...(link && { link }),
  };
}

function parseUrl(prefix: string, settings: Settings, problems: string[]): string {
  const given = settings.get("URL");
  if (!given) {
    problems.push(lacking(prefix, settings, "URL"));
    return "";
  }
  const url = httpAddress(`${prefix}_URL`, given, problems);
  if (url?.username || url?.password)
    problems.push(
      `${prefix}_URL carries credentials: move them to ${prefix}_USERNAME and ${prefix}_PASSWORD.`,
    );
  if (url?.search || url?.hash)
    problems.push(`${prefix}_URL has a query or a fragment: give the address up to, not including, /api/v1.`);
  return url?.href.replace(/\/+$/, "") ?? "";
}

const WAYS = ["BEARER_TOKEN", "BEARER_TOKEN_FILE", "USERNAME", "SIGV4_REGION", "GOOGLE_AUTH"] as const;

function parseAuth(
  prefix: string,
  settings: Settings,
  env: Environment,
  problems: string[],
): SourceConfig["auth"] {
  const username = settings.get("USERNAME");
  const password = settings.get("PASSWORD");
  const ways = WAYS.filter((way) => settings.has(way) || (way === "USERNAME" && password !== undefined));
  if (ways.length > 1) {
    const names = ways.map((way) => `${prefix}_${way === "USERNAME" ? "USERNAME or _PASSWORD" : way}`);
    const how = ways.length === 2 ? "both" : "all";
    problems.push(`${names.join(" and ")} are ${how} set: keep one way to sign in.`);
  }
  const token = settings.get("BEARER_TOKEN");
  if (token && !legalHeaderValue(token))
    problems.push(`${prefix}_BEARER_TOKEN has a line break or another character that no header may carry.`);
  const region = settings.get("SIGV4_REGION");
  if (region && !/^[a-z0-9-]+$/.test(region))
    problems.push(`${prefix}_SIGV4_REGION is no AWS region, such as eu-west-1.`);
  const google = settings.get("GOOGLE_AUTH");
  if (google && google !== "metadata")
    problems.push(`${prefix}_GOOGLE_AUTH is not \`metadata\`, the one way there is.`);
  // Beside another way either of the two is one too many already.
  if (ways.length === 1 && !username !== !password)
    problems.push(
      `${prefix}_${username ? "PASSWORD" : "USERNAME"} is missing: basic authentication needs both.`,
    );
  if (token) return { kind: "bearer", token };
  const file = settings.get("BEARER_TOKEN_FILE");
  if (file) return { kind: "bearer-file", file };
  if (region) return { kind: "sigv4", region };
  if (google) return { kind: "google", host: env["GCE_METADATA_HOST"] || "metadata.google.internal" };
  return username && password ? { kind: "basic", username, password } : { kind: "none" };
}

function parseHeaders(prefix: string, text: string, problems: string[]): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [index, pair] of text.split(",").entries()) {
    if (!pair.trim()) continue;
    const [, name, encoded] = /^\s*([!#$%&'*+.^_`|~0-9A-Za-z-]+)\s*=(.*)$/s.exec(pair) ?? [];
    const value = encoded === undefined ? null : decoded(encoded.trim());
    if (!name || value === null || !legalHeaderValue(value))
      problems.push(
        `${prefix}_HEADERS: entry ${index + 1} is not Name=value (percent-encode a comma or % inside a value).`,
      );
    else headers[name] = value;
  }
  return headers;
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

function legalHeaderValue(value: string): boolean {
  return /^[\t\x20-\x7e\x80-\xff]*$/.test(value);
}
