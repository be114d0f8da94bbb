import { configuredIn, type Environment, httpAddress, lacking, repositoriesOf } from "../operator.ts";

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
  const { configured, problems } = configuredIn(env, {
    first: "GATE",
    suffixes: HOOK_SUFFIXES,
    nameOf,
    read: parseHook,
  });
  return { hooks: configured, problems };
}

/** What the variables of a hook begin with, such as `GATE_LOAD_TEST`: the way back from its name. */
export function prefixOf(name: string): string {
  return `GATE_${name.toUpperCase().replaceAll("-", "_")}`;
}

function nameOf(prefix: string): string {
  return prefix.slice("GATE_".length).toLowerCase().replaceAll("_", "-");
}

function parseHook(prefix: string, settings: ReadonlyMap<Suffix, string>, problems: string[]): HookConfig {
  const given = settings.get("URL");
  const secret = settings.get("SECRET");
  const url = given ? httpAddress(`${prefix}_URL`, given, problems) : null;
  if (url?.username || url?.password)
    problems.push(`${prefix}_URL carries credentials in front of the host: leave them out.`);
  if (prefix === "GATE")
    problems.push(
      `GATE_${[...settings.keys()][0]} names no gate: write GATE_LOAD_TEST_URL for \`gate: { hook: load-test }\`.`,
    );
  else if (!given) problems.push(lacking(prefix, settings, "URL"));
  if (prefix !== "GATE" && !secret)
    problems.push(`${prefix}_SECRET is not set: what is asked is signed with it.`);
  const repositories = repositoriesOf(prefix, settings.get("REPOSITORIES"), problems);
  return { url: url?.href ?? "", secret: secret ?? "", ...(repositories && { repositories }) };
}
