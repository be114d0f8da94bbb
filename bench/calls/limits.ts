import type { Count } from "./count.ts";

/**
 * What GitHub grants one installation, from its pages "Rate limits for the REST API" and "Rate limits and query limits
 * for the GraphQL API": so many requests and points an hour, growing with repositories and users; points a minute; and
 * writes that make content, of which it does not say whether commits and edits are among them.
 */
export const LIMITS = {
  primary: { least: 5_000, most: 12_500 },
  restPoints: 900,
  graphqlPoints: 2_000,
  content: { minute: 80, hour: 500 },
  /** By our own queue: one write a second. */
  writes: 3_600,
} as const;

export interface Bound {
  readonly name: string;
  /** Whole releases an hour. */
  readonly releases: number;
}

/** How many whole releases an hour fit into each limit, the tightest first. */
export function boundsOf(
  whole: Count,
  waitingQueries: number,
  share: { readonly shownAnHour: number },
): readonly Bound[] {
  const { least, most } = LIMITS.primary;
  const commits = whole.weights + whole.states;
  const queries = whole.queries + commits;
  const bounds: Bound[] = [
    {
      name: "500 writes an hour, should commits count as content",
      releases: (LIMITS.content.hour - share.shownAnHour) / commits,
    },
    { name: "5,000 REST requests an hour", releases: least / (whole.rest + whole.shown) },
    { name: "5,000 GraphQL points an hour", releases: (least - waitingQueries) / queries },
    { name: "12,500 REST requests an hour", releases: most / (whole.rest + whole.shown) },
    { name: "12,500 GraphQL points an hour", releases: (most - waitingQueries) / queries },
    { name: "900 REST points a minute", releases: (LIMITS.restPoints * 60) / whole.restPoints },
    { name: "2,000 GraphQL points a minute", releases: (LIMITS.graphqlPoints * 60) / whole.graphqlPoints },
    { name: "one write a second", releases: (LIMITS.writes - share.shownAnHour) / commits },
  ];
  return bounds.sort((a, b) => a.releases - b.releases);
}
