import { readWorkload } from "../../src/manifests/index.ts";
import { parseEnded } from "../../src/reconcile/state-document.ts";
import type { Release } from "../../src/release/state.ts";
import type { Stage } from "../stage/stage.ts";
import { GitReader } from "./git.ts";
import { FILES, own, type Seen } from "./story.ts";

/** Adopted to 0; up to 50, back to 25 by hand, up again to 100, promoted to 0; 10 and taken back. */
const WEIGHTS = [10, 0, 10, 25, 50, 25, 50, 100, 0, 10, 0];

/** The same whichever way Sluice runs: commit by commit along main, the initial one aside. */
const COMMITS = [
  "Merge pull request #1 from acme/add-sluice",
  "checkout: adopt, canary 10 % → 0 %",
  "Merge pull request #2 from acme/checkout-2",
  "checkout: canary 0 % → 10 %",
  "checkout: canary 10 % → 25 %",
  "checkout: canary 25 % → 50 %",
  "checkout: canary 50 % → 25 %",
  "checkout: canary 25 % → 50 %",
  "checkout: canary 50 % → 100 %",
  "checkout: promote 2.0.0 to stable",
  "checkout: return to stable, canary 100 % → 0 %",
  "Merge pull request #3 from acme/checkout-3",
  "checkout: canary 0 % → 10 %",
  "Merge rollback PR #4",
];
const PULLS = ["add-sluice", "checkout-2", "checkout-3", "sluice/rollback/checkout-2"];

/** What did not happen, read back from git and GitHub; empty when the story is true. */
export async function verify(stage: Stage, seen: Seen): Promise<readonly string[]> {
  const git = new GitReader(stage.repository.git.dir);
  const wrong: string[] = [];
  const expect = (holds: boolean, what: string) => {
    if (!holds) wrong.push(what);
  };
  expect(
    seen.weights.join() === WEIGHTS.join(),
    `the canary weights on main are ${seen.weights.join(" → ")}, not ${WEIGHTS.join(" → ")}`,
  );
  const subjects = (await git.log("main")).slice(1).map(({ subject }) => subject);
  expect(subjects.join() === COMMITS.join(), `the commits on main are:\n${subjects.join("\n")}`);
  const pulls = [...stage.repository.pulls.values()].map(({ headBranch }) => headBranch);
  expect(pulls.join() === PULLS.join(), `the pull requests are from ${pulls.join(", ")}`);
  const image = async (file: string) => {
    const workload = readWorkload(file, await git.read("main", file));
    return workload.ok ? workload.value.containers[0]?.image : workload.problem.message;
  };
  expect((await image(FILES.stable))?.endsWith(":2.0.0") === true, "the stable workload does not run 2.0.0");
  expect(
    (await image(FILES.canary))?.endsWith(":2.0.0") === true,
    "the canary workload was not set back to 2.0.0",
  );

  const release = async (number: number): Promise<Release | null> =>
    parseEnded(await git.read("sluice/state", `releases/checkout/${number}.json`));
  const first = await release(1);
  expect(first?.ending === "promoted", "the first release was not promoted");
  expect((await release(2))?.ending === "rolled-back", "the second release was not rolled back");

  // With the weights and images set back, nothing else in the files may have changed.
  const now = await git.read("main", FILES.virtualService);
  const numbersAside = (text: string) => text.replace(/weight: \d+/g, "weight: N");
  expect(
    numbersAside(now) === numbersAside(own(FILES.virtualService)),
    "more than weights changed in the manifest",
  );
  const said = (words: RegExp) => first?.timeline.findIndex(({ text }) => words.test(text)) ?? -1;
  const [live, promoted] = [said(/^100 % is live: /), said(/^100 % passed: .+; promoting$/)];
  expect(live >= 0, "100 % of the first release never was live");
  expect(promoted > live, "the first release was promoted before 100 % was live and judged");
  for (const pull of [seen.good, seen.bad]) {
    expect(seen.plans.get(pull) === "success", `the plan check on #${pull} is ${seen.plans.get(pull)}`);
  }
  const rollback = stage.repository.pulls.get(seen.rollback)?.body ?? "";
  expect(
    /[\d.]+ % .* of [\d,]+ canary requests failed/.test(rollback) &&
      // Whichever of its rows failed first.
      /^\|[^|]+\| [\d.]+\s%.*\*\*fail\*\* \|$/m.test(rollback),
    "the rollback pull request does not name the numbers",
  );
  expect(seen.refused.includes("-1"), "the reader's command was not refused");
  const rollbacks = [...stage.repository.pulls.values()].filter((pull) =>
    pull.headBranch.startsWith("sluice/rollback/"),
  );
  expect(rollbacks.length === 1, `there are ${rollbacks.length} rollback pull requests, not 1`);
  expect(
    stage.github.unknown.length === 0,
    `GitHub was asked for what it does not have: ${stage.github.unknown.join(", ")}`,
  );
  return wrong;
}
