import { expect } from "vitest";
import type { Release } from "../../src/release/state.ts";
import type { Story } from "./story.ts";
import { type Behaviour, SCRAPE } from "./traffic.ts";

/** Versions that end in `-bad` differ from the usual ones in `bad`. */
export function versions(usual: Behaviour, bad: Partial<Behaviour>) {
  return (version: string): Behaviour => (version.endsWith("-bad") ? { ...usual, ...bad } : usual);
}

export interface Released {
  readonly outcome: string;
  /** Percent that weights sent to the canary, one after the other, cluster by cluster. */
  readonly seen: readonly string[];
  /** The check on the pull request before it was merged. */
  readonly plan: string;
  readonly pull: number;
}

/** A version is planned, merged and released to its end; `people` see its release after each scrape. */
export async function release(
  story: Story,
  version: string,
  people?: (release: Release, pull: number) => Promise<void>,
): Promise<Released> {
  const { pull, plan } = await propose(story, version);
  await story.merge(pull);
  return end(story, pull, plan, people);
}

export async function propose(story: Story, version: string) {
  const pull = await story.propose(version);
  const { view, check } = await story.plan(pull);
  expect(view.problems).toEqual([]);
  expect(check.conclusion).toBe("success");
  const ships = view.rollouts.filter((one) => one.ships).map(({ rollout }) => rollout.name);
  expect(ships).toEqual([story.rollout.name]);
  story.seen();
  return { pull, plan: check.summary };
}

export async function end(
  story: Story,
  pull: number,
  plan: string,
  people?: (release: Release, pull: number) => Promise<void>,
): Promise<Released> {
  const { outcome } = await story.ended(async (one) => people?.(one, pull));
  return { outcome, seen: story.seen(), plan, pull };
}

/** Every selector that Prometheus was asked for, without its length of time. */
export function asked(story: Story): readonly string[] {
  const all = story.evidence.flatMap((one) => one.asked).map((query) => query.replace(/\[\d+s\]$/, ""));
  return [...new Set(all)];
}

/** Requests a second as the judge got them, both sides together; each rate that a scrape ever had. */
export function perSecond(story: Story): readonly number[] {
  const scrapes = story.evidence.flatMap((one) => one.scrapes);
  const requests = scrapes.map(({ canary, stable }) => canary.requests + stable.requests);
  return [...new Set(requests.map((count) => (count * 1000) / SCRAPE))];
}
