import type { GitHub } from "../../dev/github/server.ts";

/** What GitHub counts of some requests. */
export interface Count {
  /** REST requests that read, and GraphQL queries. */
  readonly rest: number;
  readonly queries: number;
  /** Commits asked for on the deployment branch, and on sluice/state; those that lost a race too. */
  readonly weights: number;
  readonly states: number;
  /** Checks, comments, deployments and their like. */
  readonly shown: number;
  /** Of the secondary limits: a read is one, a write five; REST and GraphQL are counted apart. */
  readonly restPoints: number;
  readonly graphqlPoints: number;
}

type Requests = GitHub["requests"];

const NOTHING: Count = {
  rest: 0,
  queries: 0,
  weights: 0,
  states: 0,
  shown: 0,
  restPoints: 0,
  graphqlPoints: 0,
};

/** What the installation's own token asked for; tokens themselves are not counted by GitHub's limits of an installation. */
export function countOf(requests: Requests, account: string): Count {
  const counts: Record<keyof Count, number> = { ...NOTHING };
  for (const { method, path, body, as } of requests) {
    if (as !== account) continue;
    const text = path.startsWith("/graphql") ? JSON.stringify(body) : null;
    const writes = text === null ? method !== "GET" : text.includes("mutation");
    if (text === null) counts.restPoints += writes ? 5 : 1;
    else counts.graphqlPoints += writes ? 5 : 1;
    if (!writes) counts[text === null ? "rest" : "queries"] += 1;
    else if (text === null) counts.shown += 1;
    else counts[text.includes("sluice/state") ? "states" : "weights"] += 1;
  }
  return counts;
}

export function readsOf({ rest, queries }: Count): number {
  return rest + queries;
}

export function writesOf({ weights, states, shown }: Count): number {
  return weights + states + shown;
}
