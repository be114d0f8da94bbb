import type { Octokit } from "@octokit/rest";
import { foldersOf, headsOf } from "../../adapters/github/heads.ts";
import { ROLLOUT_NAME } from "../../config/names.ts";
import type { RepositoryId } from "../../ports/scheduler.ts";
import { parseState, STATE_BRANCH } from "../../reconcile/state-document.ts";

interface Known {
  readonly head: string;
  /** Rollouts with something in hand, or that wait for a time. */
  readonly running: readonly string[];
}

/** What runs in all repositories. Of a state that stands where it stood, nothing is read again in this process. */
export class Fleet {
  readonly #known = new Map<number, Known>();

  async running(octokit: Octokit, repositories: readonly RepositoryId[]) {
    const heads = await headsOf(octokit, repositories, STATE_BRANCH);
    const changed = repositories.filter(({ id }) => {
      const head = heads.get(id);
      return head !== undefined && this.#known.get(id)?.head !== head;
    });
    const states = await foldersOf(octokit, changed, "rollouts", ({ id }) => heads.get(id) ?? "");
    for (const { id } of changed) {
      const running = [...(states.get(id) ?? [])].flatMap(([file, text]) => {
        const rollout = file.replace(/\.json$/, "");
        // Whoever may push to the branch may call a file as they like.
        return ROLLOUT_NAME.test(rollout) && isRunning(rollout, text) ? [rollout] : [];
      });
      this.#known.set(id, { head: heads.get(id) ?? "", running });
    }
    const rollouts = repositories.flatMap((repository) => {
      const known = heads.has(repository.id) ? this.#known.get(repository.id) : undefined;
      return (known?.running ?? []).map((rollout) => ({ repository, rollout }));
    });
    return { rollouts, changed: changed.length };
  }
}

/** Whether a look is due some time, or would make up for a lost event. What a document cannot say is left to the look. */
function isRunning(rollout: string, text: string): boolean {
  const parsed = parseState(rollout, text);
  if (!parsed.ok) return false;
  const { release, pending, proposal, planned, waits, freeze, source } = parsed.state;
  const inHand = [release, pending, proposal, planned, waits, freeze, source?.waits];
  return inHand.some((one) => one !== null && one !== undefined);
}
