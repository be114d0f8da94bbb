import { readFileSync } from "node:fs";
import { findSplits } from "../../src/manifests/index.ts";
import type { Stage } from "../stage/stage.ts";
import { GitReader } from "./git.ts";
import type { Screen } from "./screen.ts";
import { until } from "./watch.ts";

export const FILES = {
  virtualService: "mesh/checkout.yaml",
  stable: "apps/checkout/stable.yaml",
  canary: "apps/checkout/canary.yaml",
} as const;
const CONFIG = ".github/sluice.yaml";
/** A merge that GitHub refused is tried again after a minute: the way back needs no second try here; seconds. */
const SOONER_THAN_A_SECOND_TRY = 50;

/** A file of the team's repository as it is before Sluice. */
export function own(path: string): string {
  return readFileSync(new URL(`repository/${path}`, import.meta.url), "utf8");
}

/** What was seen, to be held against what had to happen. */
export interface Seen {
  readonly good: number;
  readonly bad: number;
  readonly rollback: number;
  /** Canary weights on main, commit by commit. */
  readonly weights: readonly number[];
  readonly refused: readonly string[];
  /** Pull request → what its plan check concluded. */
  readonly plans: ReadonlyMap<number, string | null>;
  /** Requests that users saw the canary fail since the bad version was proposed. */
  readonly failed: number;
  /** From the first of them to the commit that brought canary weight 0 to main, ms; git notes whole seconds. */
  readonly lasted: number;
}

/** The good release, then the bad one. Throws when something did not happen. */
export async function tell(stage: Stage, screen: Screen): Promise<Seen> {
  const git = new GitReader(stage.repository.git.dir);
  const alice = stage.person("alice");
  stage.github.setPermission(stage.repository, "alice", "write");
  const mallory = stage.person("mallory");
  stage.github.setPermission(stage.repository, "mallory", "read");

  screen.heading("The configuration lands");
  const adopting = await alice.propose("add-sluice", "Add Sluice", { [CONFIG]: own(CONFIG) });
  screen.tell(`alice opens #${adopting} "Add Sluice": the split stands at 90/10`);
  await showCheck(adopting);
  await alice.merge(adopting);
  screen.tell(`alice merges #${adopting}`);
  await until("Adopting the split to 0", async () => (await weightNow()) === 0);

  screen.heading("A good version");
  const good = await alice.propose("checkout-2", "checkout 2.0.0", { [FILES.canary]: bump("2.0.0") });
  screen.tell(`alice opens #${good} "checkout 2.0.0"`);
  const goodPlan = await showCheck(good);
  await alice.merge(good);
  screen.tell(`alice merges #${good}; from here on timers do the work`);
  await until("The first step", async () => (await weightNow()) === 10);

  const refused = await mallory.comment(good, "/canary 100");
  screen.tell("mallory, who may only read, comments: /canary 100");
  await until("The refusal", async () => (await mallory.reactions(refused)).includes("-1"));
  await until("The reason", async () => (await replyTo(good)) !== "");
  screen.act(`refused: ${await replyTo(good)}`);
  await until("Half of the traffic", async () => (await weightNow()) === 50);

  const back = await alice.comment(good, "/canary 25");
  screen.tell("alice, who may write, comments: /canary 25");
  await until("25 % as asked", async () => (await weightNow()) === 25);
  await until("The answer", async () => (await alice.reactions(back)).includes("rocket"));
  await alice.comment(good, "/canary resume");
  screen.tell("alice has seen enough and comments: /canary resume");
  await until("The promotion", async () => ended(1));

  screen.heading("A bad version");
  const mark = Date.now();
  const before = stage.load.counts().bySide.canary.failed;
  const bad = await alice.propose("checkout-3", "checkout 3.0.0", { [FILES.canary]: bump("3.0.0") });
  screen.tell(`alice opens #${bad} "checkout 3.0.0": one request in five will fail`);
  const badPlan = await until("The plan", () => checkOf(bad));
  await alice.merge(bad);
  screen.tell(`alice merges #${bad}`);
  const first = await until("The first failed request", async () => stage.load.firstFailure(mark, "canary"));
  screen.tell("users see the first failed request");
  const rollback = await until("The rollback pull request", async () =>
    (await alice.pulls()).find(({ head }) => head.ref.startsWith("sluice/rollback/")),
  );
  screen.act(`#${rollback.number} ${rollback.title}`);
  const merge = await until(
    "Its merge",
    async () => {
      const { merged, merge_commit_sha } = await alice.pull(rollback.number);
      return merged && merge_commit_sha;
    },
    SOONER_THAN_A_SECOND_TRY,
  );
  const lasted = (await git.committedAt(merge)) - first;
  await until("The end of the release", async () => ended(2));

  return {
    good,
    bad,
    rollback: rollback.number,
    weights: await weightHistory(),
    refused: await mallory.reactions(refused),
    plans: new Map([
      [good, goodPlan],
      [bad, badPlan.conclusion],
    ]),
    failed: stage.load.counts().bySide.canary.failed - before,
    lasted,
  };

  function bump(version: string): string {
    return own(FILES.canary).replace(/checkout:\S+/, `checkout:${version}`);
  }

  async function checkOf(pull: number) {
    const { head } = await alice.pull(pull);
    return (await alice.checks(head.sha)).find(
      ({ name, status }) => name === "sluice" && status === "completed",
    );
  }

  async function showCheck(pull: number): Promise<string | null> {
    const check = await until("The check on the pull request", () => checkOf(pull));
    screen.act(`check sluice on #${pull}: ${check.conclusion} · ${check.output.title}`);
    const ladder = (check.output.summary ?? "").split("\n").filter((line) => line.startsWith("|"));
    screen.detail(ladder);
    return check.conclusion;
  }

  async function replyTo(pull: number): Promise<string> {
    const replies = (await alice.comments(pull)).filter(({ body }) => body?.includes("<!-- sluice:reply"));
    return (replies.at(-1)?.body ?? "").split("\n")[0] ?? "";
  }

  async function weightNow(): Promise<number | undefined> {
    return canaryWeight(await git.read("main", FILES.virtualService));
  }

  async function ended(number: number): Promise<boolean> {
    return (await git.read("sluice/state", `releases/checkout/${number}.json`).catch(() => "")) !== "";
  }

  async function weightHistory(): Promise<readonly number[]> {
    const weights: number[] = [];
    for (const { oid } of await git.log("main")) {
      const weight = canaryWeight(await git.read(oid, FILES.virtualService));
      if (weight !== undefined && weight !== weights.at(-1)) weights.push(weight);
    }
    return weights;
  }
}

function canaryWeight(text: string): number | undefined {
  const splits = findSplits(FILES.virtualService, text);
  return splits.ok ? splits.value[0]?.arms.find(({ name }) => name === "canary")?.weight : undefined;
}
