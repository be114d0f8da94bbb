import { readWorkload } from "../../src/manifests/index.ts";
import type { Stage } from "../stage/stage.ts";
import { GitReader } from "./git.ts";
import { FILES, own, type Seen } from "./story.ts";

/** Adopted to 0; up to 50, back to 25 by hand, up again to 100, promoted to 0; 10 and taken back. */
const WEIGHTS = [10, 0, 10, 25, 50, 25, 50, 100, 0, 10, 0];

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
  const image = async (file: string) => {
    const workload = readWorkload(file, await git.read("main", file));
    return workload.ok ? workload.value.containers[0]?.image : workload.problem.message;
  };
  expect((await image(FILES.stable))?.endsWith(":2.0.0") === true, "the stable workload does not run 2.0.0");
  expect(
    (await image(FILES.canary))?.endsWith(":2.0.0") === true,
    "the canary workload was not set back to 2.0.0",
  );

  const outcome = async (number: number) =>
    JSON.parse(await git.read("sluice/state", `releases/checkout/${number}.json`)).release.ending;
  expect((await outcome(1)) === "promoted", "the first release was not promoted");
  expect((await outcome(2)) === "rolled-back", "the second release was not rolled back");

  // With the weights and images set back, nothing else in the files may have changed.
  const now = await git.read("main", FILES.virtualService);
  const numbersAside = (text: string) => text.replace(/weight: \d+/g, "weight: N");
  expect(
    numbersAside(now) === numbersAside(own(FILES.virtualService)),
    "more than weights changed in the manifest",
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
