/** What the operator configures by environment variables, several of a kind, each with a name that repositories use. */

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Variables by their prefix: FIRST for the first of a kind, FIRST_KEY with any KEY of A-Z, 0-9 and `_` for more.
 * Those that fit no suffix are left out, and so are empty ones.
 */
export function groupsOf<Suffix extends string>(
  env: Environment,
  first: string,
  suffixes: readonly Suffix[],
): ReadonlyMap<string, ReadonlyMap<Suffix, string>> {
  const groups = new Map<string, Map<Suffix, string>>();
  for (const [variable, value] of Object.entries(env).sort(([a], [b]) => (a < b ? -1 : 1))) {
    const suffix = suffixes.find((known) => variable.endsWith(`_${known}`));
    if (!suffix || !value) continue;
    const prefix = variable.slice(0, -suffix.length - 1);
    if (prefix !== first && !new RegExp(`^${first}_[A-Z0-9_]+$`).test(prefix)) continue;
    const group = groups.get(prefix) ?? new Map<Suffix, string>();
    groups.set(prefix, group.set(suffix, value));
  }
  return groups;
}

/** One kind of thing that the operator configures. */
interface Kind<Suffix extends string, Config> {
  /** The prefix of its first one. */
  readonly first: string;
  readonly suffixes: readonly Suffix[];
  /** From its prefix alone; absent: by `P_NAME`, or else by its KEY. */
  nameOf?(prefix: string): string;
  /** What several are called, where two may be given one name. */
  readonly many?: string;
  /** Adds all that is wrong with it to `problems`, each a clear sentence that names the variable and never its value. */
  read(prefix: string, settings: ReadonlyMap<Suffix, string>, problems: string[]): Config;
}

/** All of a kind by their names, and all that is wrong with any of them: whoever mends it need not start twice. */
export function configuredIn<Suffix extends string, Config>(
  env: Environment,
  { first, suffixes, nameOf: called, many, read }: Kind<Suffix, Config>,
): { readonly configured: ReadonlyMap<string, Config>; readonly problems: readonly string[] } {
  const configured = new Map<string, Config>();
  const names = new Set<string>();
  const all: string[] = [];
  for (const [prefix, settings] of groupsOf(env, first, suffixes)) {
    const problems: string[] = [];
    const said: ReadonlyMap<string, string> = settings;
    const name = called ? called(prefix) : (said.get("NAME") ?? nameOf(first, prefix));
    const config = read(prefix, settings, problems);
    if (many !== undefined && names.has(name))
      problems.push(`Two ${many} are called "${name}": give one of them another ${prefix}_NAME.`);
    names.add(name);
    // One with a problem is left out.
    if (problems.length === 0) configured.set(name, config);
    all.push(...problems);
  }
  return { configured, problems: all };
}

/** What somebody set of a group, in which what it cannot be without is missing. */
export function lacking(prefix: string, settings: ReadonlyMap<string, string>, needed: string): string {
  return `${prefix}_${[...settings.keys()][0]} is set but ${prefix}_${needed} is not: set both.`;
}

/** The address in a variable, if it is one over http; what it may carry beside is for the caller to say. */
export function httpAddress(variable: string, text: string, problems: string[]): URL | null {
  const url = URL.parse(text);
  if (!url || !["http:", "https:"].includes(url.protocol))
    problems.push(`${variable} is not an http or https address.`);
  return url;
}

/** Who may use it, by `P_REPOSITORIES`; undefined: everybody; null: that cannot be read, and is told. */
export function repositoriesOf(
  prefix: string,
  listed: string | undefined,
  problems: string[],
): readonly string[] | null | undefined {
  const repositories = listed === undefined ? undefined : repositoriesIn(listed);
  if (repositories === null) problems.push(`${prefix}_REPOSITORIES is not a list of owner/name or owner/*.`);
  return repositories;
}

/** `production` for the first, else KEY in lower case with `-` for `_`. */
function nameOf(first: string, prefix: string): string {
  const key = prefix.slice(first.length + 1);
  return key ? key.toLowerCase().replaceAll("_", "-") : "production";
}

/** `owner/name` and `owner/*` in lower case; null when it is no such list. */
function repositoriesIn(text: string): readonly string[] | null {
  const list = text
    .toLowerCase()
    .split(",")
    .map((one) => one.trim());
  return list.every((one) => /^[\w.-]+\/([\w.-]+|\*)$/.test(one)) ? list : null;
}

/** Those that a repository (`owner/name`) may use. */
export function allowedFor<Config extends { readonly repositories?: readonly string[] }>(
  configured: ReadonlyMap<string, Config>,
  repository: string,
): ReadonlyMap<string, Config> {
  const name = repository.toLowerCase();
  const any = name.replace(/\/.*$/, "/*");
  return new Map(
    [...configured].filter(
      ([, { repositories: list }]) => list === undefined || list.includes(name) || list.includes(any),
    ),
  );
}
