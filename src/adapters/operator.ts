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

/** `production` for the first, else KEY in lower case with `-` for `_`. */
export function nameOf(first: string, prefix: string): string {
  const key = prefix.slice(first.length + 1);
  return key ? key.toLowerCase().replaceAll("_", "-") : "production";
}

/** `owner/name` and `owner/*` in lower case; null when it is no such list. */
export function repositoriesIn(text: string): readonly string[] | null {
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
