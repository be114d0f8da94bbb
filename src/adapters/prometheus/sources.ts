import { allowedFor, type Environment, groupsOf, nameOf, repositoriesIn } from "../operator.ts";
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
  const sources = new Map<string, SourceConfig>();
  const problems: string[] = [];
  if (env["PROMETHEUS_URL"] === "") {
    problems.push(
      "PROMETHEUS_URL is empty: give the address, or take the line out where no release needs a metrics source of this name.",
    );
  }
  for (const [prefix, settings] of groupsOf(env, "PROMETHEUS", SOURCE_SUFFIXES)) {
    const source = parseSource(prefix, settings, env);
    if (typeof source === "string") problems.push(source);
    else if (sources.has(source.name))
      problems.push(
        `Two metrics sources are called "${source.name}": give one of them another ${prefix}_NAME.`,
      );
    else sources.set(source.name, source.config);
  }
  return { sources, problems };
}

/** The sources that a repository (`owner/name`) may use. */
export const sourcesFor = allowedFor<SourceConfig>;

function parseSource(
  prefix: string,
  settings: Settings,
  env: Environment,
): { name: string; config: SourceConfig } | string {
  const given = settings.get("URL");
  if (!given) return `${prefix}_${[...settings.keys()][0]} is set but ${prefix}_URL is not: set both.`;
  const url = URL.parse(given);
  if (!url || !["http:", "https:"].includes(url.protocol))
    return `${prefix}_URL is not an http or https address.`;
  if (url.username || url.password)
    return `${prefix}_URL carries credentials: move them to ${prefix}_USERNAME and ${prefix}_PASSWORD.`;
  if (url.search || url.hash)
    return `${prefix}_URL has a query or a fragment: give the address up to, not including, /api/v1.`;
  const auth = parseAuth(prefix, settings, env);
  if (typeof auth === "string") return auth;
  const headers = parseHeaders(prefix, settings.get("HEADERS") ?? "");
  if (typeof headers === "string") return headers;
  const tenant = settings.get("TENANT");
  if (tenant !== undefined && !legalHeaderValue(tenant))
    return `${prefix}_TENANT has a line break or another character that no header may carry.`;
  const seconds = Number(settings.get("TIMEOUT_SECONDS") ?? DEFAULT_TIMEOUT_MS / 1000);
  if (!(seconds > 0 && seconds <= 300))
    return `${prefix}_TIMEOUT_SECONDS is not a number of seconds over 0 and at most 300.`;
  const delay = Number(settings.get("DELAY_SECONDS") ?? 0);
  if (!(delay >= 0 && delay <= 600))
    return `${prefix}_DELAY_SECONDS is not a number of seconds from 0 to 600.`;
  const listed = settings.get("REPOSITORIES");
  const repositories = listed === undefined ? undefined : repositoriesIn(listed);
  if (repositories === null) return `${prefix}_REPOSITORIES is not a list of owner/name or owner/*.`;
  const matchers = settings.get("MATCHERS")?.trim();
  if (matchers !== undefined && !areMatchers(matchers))
    return `${prefix}_MATCHERS is not a list of label matchers, such as tenant="shop",cluster=~"eu-.*".`;
  const link = settings.get("LINK");
  if (link !== undefined && !isQueryTemplate(link))
    return `${prefix}_LINK is not an http or https address with {query} and, if you like, {from}, {to}, {end}, {minutes}.`;
  const name = settings.get("NAME") ?? nameOf("PROMETHEUS", prefix);
  const config = {
    url: url.href.replace(/\/+$/, ""),
    auth,
    headers: { ...headers, ...(tenant === undefined ? {} : { "X-Scope-OrgID": tenant }) },
    timeoutMs: seconds * 1000,
    ...(delay > 0 && { delayMs: delay * 1000 }),
    ...(repositories && { repositories }),
    ...(matchers && { matchers }),
    ...(link && { link }),
  };
  return { name, config };
}

const WAYS = ["BEARER_TOKEN", "BEARER_TOKEN_FILE", "USERNAME", "SIGV4_REGION", "GOOGLE_AUTH"] as const;

function parseAuth(prefix: string, settings: Settings, env: Environment): SourceConfig["auth"] | string {
  const username = settings.get("USERNAME");
  const password = settings.get("PASSWORD");
  const ways = WAYS.filter((way) => settings.has(way) || (way === "USERNAME" && password !== undefined));
  if (ways.length > 1) {
    const [first, second] = ways.map((way) => (way === "USERNAME" ? "USERNAME or _PASSWORD" : way));
    return `${prefix}_${first} and ${prefix}_${second} are both set: keep one way to sign in.`;
  }
  const token = settings.get("BEARER_TOKEN");
  if (token && !legalHeaderValue(token))
    return `${prefix}_BEARER_TOKEN has a line break or another character that no header may carry.`;
  if (token) return { kind: "bearer", token };
  const file = settings.get("BEARER_TOKEN_FILE");
  if (file) return { kind: "bearer-file", file };
  const region = settings.get("SIGV4_REGION");
  if (region && !/^[a-z0-9-]+$/.test(region))
    return `${prefix}_SIGV4_REGION is no AWS region, such as eu-west-1.`;
  if (region) return { kind: "sigv4", region };
  const google = settings.get("GOOGLE_AUTH");
  if (google && google !== "metadata")
    return `${prefix}_GOOGLE_AUTH is not \`metadata\`, the one way there is.`;
  if (google) return { kind: "google", host: env["GCE_METADATA_HOST"] || "metadata.google.internal" };
  if (username && password) return { kind: "basic", username, password };
  if (username || password)
    return `${prefix}_${username ? "PASSWORD" : "USERNAME"} is missing: basic authentication needs both.`;
  return { kind: "none" };
}

function parseHeaders(prefix: string, text: string): Record<string, string> | string {
  const headers: Record<string, string> = {};
  for (const [index, pair] of text.split(",").entries()) {
    if (!pair.trim()) continue;
    const [, name, encoded] = /^\s*([!#$%&'*+.^_`|~0-9A-Za-z-]+)\s*=(.*)$/s.exec(pair) ?? [];
    const value = encoded === undefined ? null : decoded(encoded.trim());
    if (!name || value === null || !legalHeaderValue(value))
      return `${prefix}_HEADERS: entry ${index + 1} is not Name=value (percent-encode a comma or % inside a value).`;
    headers[name] = value;
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
