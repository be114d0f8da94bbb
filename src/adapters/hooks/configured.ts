import { type Environment, groupsOf, repositoriesIn } from "../operator.ts";

/** Whom a gate asks that a repository names. */
export interface HookConfig {
  readonly url: string;
  readonly secret: string;
  /** `owner/name` or `owner/*`, in lower case; absent: all. */
  readonly repositories?: readonly string[];
}

/** What the names of its variables end with. */
export const HOOK_SUFFIXES = ["URL", "SECRET", "REPOSITORIES"] as const;
type Suffix = (typeof HOOK_SUFFIXES)[number];

/**
 * Reads the hooks of gates from environment-like variables: with any KEY of A-Z, 0-9 and `_`, in lower case with `-`
 * for `_` what a configuration calls it (`GATE_LOAD_TEST_URL` is `gate: { hook: load-test }`),
 *
 * | variable | meaning |
 * |---|---|
 * | `GATE_KEY_URL` | where to POST the question |
 * | `GATE_KEY_SECRET` | signs it as Standard Webhooks do |
 * | `GATE_KEY_REPOSITORIES` | who may ask it, as `owner/name,owner/*`; every repository when absent |
 */
export function parseHooks(env: Environment): {
  readonly hooks: ReadonlyMap<string, HookConfig>;
  /** Clear sentences that name the variable; never its value. */
  readonly problems: readonly string[];
} {
  const hooks = new Map<string, HookConfig>();
  const problems: string[] = [];
  for (const [prefix, settings] of groupsOf(env, "GATE", HOOK_SUFFIXES)) {
    const hook = parseHook(prefix, settings);
    if (typeof hook === "string") problems.push(hook);
    else hooks.set(nameOf(prefix), hook);
  }
  return { hooks, problems };
}

/** What the variables of a hook begin with, such as `GATE_LOAD_TEST`: the way back from its name. */
export function prefixOf(name: string): string {
  return `GATE_${name.toUpperCase().replaceAll("-", "_")}`;
}

function nameOf(prefix: string): string {
  return prefix.slice("GATE_".length).toLowerCase().replaceAll("_", "-");
}

function parseHook(prefix: string, settings: ReadonlyMap<Suffix, string>): HookConfig | string {
  if (prefix === "GATE")
    return `GATE_${[...settings.keys()][0]} names no gate: write GATE_LOAD_TEST_URL for \`gate: { hook: load-test }\`.`;
  const given = settings.get("URL");
  if (!given) return `${prefix}_${[...settings.keys()][0]} is set but ${prefix}_URL is not: set both.`;
  const url = URL.parse(given);
  if (!url || !["http:", "https:"].includes(url.protocol))
    return `${prefix}_URL is not an http or https address.`;
  if (url.username || url.password)
    return `${prefix}_URL carries credentials in front of the host: leave them out.`;
  const secret = settings.get("SECRET");
  if (!secret) return `${prefix}_SECRET is not set: what is asked is signed with it.`;
  const listed = settings.get("REPOSITORIES");
  const repositories = listed === undefined ? undefined : repositoriesIn(listed);
  if (repositories === null) return `${prefix}_REPOSITORIES is not a list of owner/name or owner/*.`;
  return { url: url.href, secret, ...(repositories && { repositories }) };
}
