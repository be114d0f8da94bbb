import { history } from "../../dev/github/git/history.ts";
import { canaryShare } from "../calls/files.ts";
import { counted } from "../calls/passes.ts";
import { type Repository, startWorld } from "../calls/world.ts";

const STEPS = [20, 100];
const LONGEST = 60 * 60_000;

export interface Together {
  readonly releases: number;
  readonly steps: number;
  /** Releases of which not every weight came to the branch, once each and in order. */
  readonly lost: number;
  /** Commits that were asked for, and those among them that GitHub refused as the branch had moved. */
  readonly commits: number;
  readonly retries: number;
}

/** Releases that begin and step at the same moments in one repository, on the real adapter and the local GitHub. */
export async function measureTogether(releases: number): Promise<Together> {
  const world = await startWorld();
  try {
    const rollouts = Array.from({ length: releases }, (_, at) => `service-${at}`);
    const repository = await world.open("platform", rollouts, { steps: STEPS, bake: "1m" });
    await world.sweep();
    const before = await ours(repository);
    const count = await counted(world, async () => {
      await world.ship(repository, rollouts, "2.0.0");
      await world.wait(LONGEST, async () => {
        const states = await Promise.all(rollouts.map((rollout) => world.state(repository, rollout)));
        return states.every(
          (state) => state?.release?.shift.percent === 100 && state.release.shift.live !== null,
        );
      });
    });
    const made = (await ours(repository)) - before;
    const lost = await Promise.all(
      rollouts.map(async (rollout) => !sameAs([0, ...STEPS], await weights(repository, rollout))),
    );
    const commits = count.weights + count.states;
    return {
      releases,
      steps: releases * STEPS.length,
      lost: lost.filter((one) => one).length,
      commits,
      retries: commits - made,
    };
  } finally {
    await world.close();
  }
}

async function ours({ git }: Repository): Promise<number> {
  const author = "sluice[bot]";
  const main = await history(git, "main", { author });
  return main.length + (await history(git, "sluice/state", { author })).length;
}

/** What the manifest said, commit by commit, oldest first. */
async function weights({ git }: Repository, rollout: string): Promise<readonly number[]> {
  const path = `mesh/${rollout}.yaml`;
  const commits = (await history(git, "main", { path })).reverse();
  const texts = await Promise.all(commits.map((commit) => git.object(`${commit}:${path}`)));
  return texts.map((text) => Math.round(100 * canaryShare(text?.content.toString("utf8") ?? null)));
}

function sameAs(one: readonly number[], other: readonly number[]): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
