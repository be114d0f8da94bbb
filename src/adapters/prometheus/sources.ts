/** A metrics source that the operator configured; repositories know its name only. */
export interface SourceConfig {
  /** Without a trailing slash; may have a path prefix, never credentials or a query. */
  readonly url: string;
  readonly auth:
    | { readonly kind: "none" }
    | { readonly kind: "bearer"; readonly token: string }
    | { readonly kind: "basic"; readonly username: string; readonly password: string };
  /** Sent with every request, such as a tenant's `X-Scope-OrgID`. */
  readonly headers: Readonly<Record<string, string>>;
  /** For one observation as a whole, retries included. */
  readonly timeoutMs: number;
}

export interface ParsedSources {
  readonly sources: ReadonlyMap<string, SourceConfig>;
  /** Clear sentences that name the variable; never its value. */
  readonly problems: readonly string[];
}

const DEFAULT_TIMEOUT_MS = 15_000;
const SUFFIXES = [
  "URL",
  "NAME",
  "BEARER_TOKEN",
  "USERNAME",
  "PASSWORD",
  "HEADERS",
  "TIMEOUT_SECONDS",
] as const;
type Suffix = (typeof SUFFIXES)[number];
type Settings = Map<Suffix, string>;

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
 * | `P_BEARER_TOKEN` | sent as `Authorization: Bearer`; not together with a user name |
 * | `P_USERNAME`, `P_PASSWORD` | basic authentication; both or neither |
 * | `P_HEADERS` | more headers as `Name=value,Name=value`; percent-encode a comma or `%` inside a value |
 * | `P_TIMEOUT_SECONDS` | for one whole look at the metrics, retries included; default 15 |
 *
 * An empty variable counts as absent. Variables that fit no row are ignored: Kubernetes puts
 * `PROMETHEUS_SERVICE_HOST` and its like into every pod beside a service of that name.
 * A source with a problem is left out.
 */
export function parseSources(env: Readonly<Record<string, string | undefined>>): ParsedSources {
  const sources = new Map<string, SourceConfig>();
  const problems: string[] = [];
  for (const [prefix, settings] of grouped(env)) {
    const source = parseSource(prefix, settings);
    if (typeof source === "string") problems.push(source);
    else if (sources.has(source.name))
      problems.push(
        `Two metrics sources are called "${source.name}": give one of them another ${prefix}_NAME.`,
      );
    else sources.set(source.name, source.config);
  }
  return { sources, problems };
}

function grouped(env: Readonly<Record<string, string | undefined>>): Map<string, Settings> {
  const groups = new Map<string, Settings>();
  for (const [variable, value] of Object.entries(env).sort(([a], [b]) => (a < b ? -1 : 1))) {
    const suffix = SUFFIXES.find((known) => variable.endsWith(`_${known}`));
    if (!suffix || !value) continue;
    const prefix = variable.slice(0, -suffix.length - 1);
    if (!/^PROMETHEUS(_[A-Z0-9_]+)?$/.test(prefix)) continue;
    const group = groups.get(prefix) ?? new Map<Suffix, string>();
    groups.set(prefix, group.set(suffix, value));
  }
  return groups;
}

function parseSource(prefix: string, settings: Settings): { name: string; config: SourceConfig } | string {
  const given = settings.get("URL");
  if (!given) return `${prefix}_${[...settings.keys()][0]} is set but ${prefix}_URL is not: set both.`;
  const url = URL.parse(given);
  if (!url || !["http:", "https:"].includes(url.protocol))
    return `${prefix}_URL is not an http or https address.`;
  if (url.username || url.password)
    return `${prefix}_URL carries credentials: move them to ${prefix}_USERNAME and ${prefix}_PASSWORD.`;
  if (url.search || url.hash)
    return `${prefix}_URL has a query or a fragment: give the address up to, not including, /api/v1.`;
  const auth = parseAuth(prefix, settings);
  if (typeof auth === "string") return auth;
  const headers = parseHeaders(prefix, settings.get("HEADERS") ?? "");
  if (typeof headers === "string") return headers;
  const seconds = Number(settings.get("TIMEOUT_SECONDS") ?? DEFAULT_TIMEOUT_MS / 1000);
  if (!(seconds > 0 && seconds <= 300))
    return `${prefix}_TIMEOUT_SECONDS is not a number of seconds over 0 and at most 300.`;
  const key = prefix.slice("PROMETHEUS_".length);
  const name = settings.get("NAME") ?? (key ? key.toLowerCase().replaceAll("_", "-") : "production");
  const config = { url: url.href.replace(/\/+$/, ""), auth, headers, timeoutMs: seconds * 1000 };
  return { name, config };
}

function parseAuth(prefix: string, settings: Settings): SourceConfig["auth"] | string {
  const token = settings.get("BEARER_TOKEN");
  const username = settings.get("USERNAME");
  const password = settings.get("PASSWORD");
  if (token && (username || password))
    return `${prefix}_BEARER_TOKEN and ${prefix}_USERNAME or ${prefix}_PASSWORD are both set: keep one way to sign in.`;
  if (token && !legalHeaderValue(token))
    return `${prefix}_BEARER_TOKEN has a line break or another character that no header may carry.`;
  if (token) return { kind: "bearer", token };
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
