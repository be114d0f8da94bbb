import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import type { Outcome } from "../../src/release/state.ts";
import type { Team } from "./inside.ts";
import { openShop, ship } from "./shop.ts";
import { useInside } from "./use-inside.ts";

/** How much a whole release writes to GitHub, by kind, counted where GitHub would count it. */

const LOOK = 15;
const PAGE = "../../docs/limits.md";

const inside = useInside();

/** By the request's method and path; what is none of these is counted as it is, so that nothing hides. */
const KINDS: readonly (readonly [string, RegExp])[] = [
  ["comment made", /^POST \/issues\/\d+\/comments/],
  ["comment edited", /^PATCH \/issues\/comments\/\d+/],
  ["check run made", /^POST \/check-runs/],
  ["check run updated", /^PATCH \/check-runs/],
  ["deployment made", /^POST \/deployments$/],
  ["deployment status", /^POST \/deployments\/\d+\/statuses/],
  ["branch made", /^POST \/git\/refs/],
  ["branch deleted", /^DELETE \/git\/refs/],
  ["pull request opened", /^POST \/pulls$/],
  ["pull request edited", /^PATCH \/pulls\/\d+/],
  ["pull request merged", /^PUT \/pulls\/\d+\/merge/],
  ["label", /^POST \/issues\/\d+\/labels/],
  ["assignee", /^POST \/issues\/\d+\/assignees/],
];

function writesSince(from: number): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { method, path, body, as } of inside.github.requests.slice(from)) {
    if (method === "GET" || as !== "acme") continue;
    const kind = path.includes("/graphql") ? graphqlKind(body) : restKind(`${method} ${path}`);
    if (kind !== null) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  return counts;
}

function restKind(request: string): string {
  const short = request.replace(/ \/repos\/[^/]+\/[^/]+/, " ");
  return KINDS.find(([, pattern]) => pattern.test(short))?.[0] ?? short;
}

/** Queries change nothing; the one mutation is a commit. */
function graphqlKind(body: unknown): string | null {
  const text = JSON.stringify(body);
  if (!text.includes("mutation")) return null;
  return text.includes("sluice/state") ? "commit on sluice/state" : "commit with a weight, image or rollback";
}

async function released(version: string): Promise<{
  readonly outcome: Outcome;
  readonly minutes: number;
  readonly writes: ReadonlyMap<string, number>;
  readonly team: Team;
  readonly pull: number;
}> {
  const team = await openShop(inside, {
    bake: "5m",
    steps: [5, 10, 25, 50, 100].map((setWeight) => ({ setWeight })),
    environment: { name: "production", url: "https://shop.example.com" },
    promotion: { strategy: "copy", settle: "5m" },
  });
  const bot = team.process();
  const pull = await ship(team, version);
  const from = inside.github.requests.length;
  const began = inside.now();
  await bot.look({ kind: "pull" });
  for (let i = 0; i < 1000; i++) {
    await team.second(LOOK);
    await bot.look();
    const state = await team.state();
    if (!state?.release && state?.last) {
      const minutes = Math.round((inside.now() - began) / 60_000);
      return { outcome: state.last.outcome, minutes, writes: writesSince(from), team, pull };
    }
  }
  throw new Error("the release did not end");
}

it("a whole release of five steps writes this much, and notifies by one comment and one pull request at most", async () => {
  const good = await released("2.0.0");
  const bad = await released("3.0.0-weak");
  expect([good.outcome, bad.outcome]).toEqual(["promoted", "rolled-back"]);

  const kinds = [...new Set([...good.writes.keys(), ...bad.writes.keys()])].sort();
  const sum = (writes: ReadonlyMap<string, number>) => [...writes.values()].reduce((a, b) => a + b, 0);
  const table = [
    `| write | promoted, ${good.minutes} min | rolled back, ${bad.minutes} min |`,
    "| --- | --- | --- |",
    ...kinds.map((kind) => `| ${kind} | ${good.writes.get(kind) ?? 0} | ${bad.writes.get(kind) ?? 0} |`),
    `| **all** | **${sum(good.writes)}** | **${sum(bad.writes)}** |`,
  ].join("\n");
  console.log(table);

  for (const { team, pull, writes } of [good, bad]) {
    expect(writes.get("comment made")).toBe(1);
    expect(writes.get("pull request opened") ?? 0).toBe(writes === bad.writes ? 1 : 0);
    const ours = (await team.alice.comments(pull)).filter(({ user }) => user?.login === "sluice[bot]");
    expect(ours).toHaveLength(1);
    // A minute may have 80 writes that make content.
    expect(sum(writes)).toBeLessThan(80 * 5);
  }
  const page = readFileSync(new URL(PAGE, import.meta.url), "utf8");
  const [before = "", after = ""] = page.split(
    /(?<=<!-- counted -->\n)[\s\S]*(?=<!-- counted until here -->)/,
  );
  await expect(`${before}\n${table}\n\n${after}`).toMatchFileSnapshot(PAGE);
});
