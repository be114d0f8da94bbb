import { Watch } from "../../src/adapters/github/watch.ts";

const MINUTE = 60_000;

/** Queries an hour for so many waiting releases that look every 15 s: the real watch, its answers made up. */
export async function queriesAnHour(releases: number): Promise<number> {
  let queries = 0;
  const octokit = {
    graphql: async (document: string) => {
      queries += 1;
      const names = [...document.matchAll(/\b(r\d+): repository/g)].map(([, name = ""]) => name);
      return Object.fromEntries(
        names.map((name) => [name, { isArchived: false, defaultBranchRef: { name: "main" } }]),
      );
    },
  } as unknown as ConstructorParameters<typeof Watch>[0];
  const watch = new Watch(octokit, (call) => call());
  const known = Array.from({ length: releases }, () => 0);
  for (let now = MINUTE; now < 61 * MINUTE; now += 1000) {
    const looking = Array.from({ length: releases }, (_, one) => one).filter(
      (one) => one % 15 === (now / 1000) % 15,
    );
    await Promise.all(
      looking.map(async (one) => {
        const since = now - MINUTE;
        if ((known[one] ?? 0) > since) return;
        const watched = { owner: "acme", name: `shop-${one}`, wanted: [], pull: null };
        known[one] = (await watch.stamp(watched, { since, now })).at;
      }),
    );
  }
  return queries;
}
