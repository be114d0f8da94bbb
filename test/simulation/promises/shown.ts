import { findMarker } from "../../../src/views/marker.ts";
import { BOT, type GitHub, type ShownCheck } from "../github.ts";
import { type Scene, stateOf } from "../scene.ts";
import type { Shop } from "../shop.ts";
import { AT_REST, restOf } from "./liveness.ts";
import type { Violate, Violation } from "./sight.ts";

const ONCE = "7 once";

/**
 * Two processes that run at once, or one after the death of another whose calls are still under way, may both find
 * that nothing was written yet: as long as a look and a write on GitHub last, each by its client's patience, ms.
 */
const AT_ONCE = 90_000;

/** 7: one sticky, one answer, one deployment, and checks of one name that tell one story. */
export class Shown {
  readonly #violate: Violate;
  readonly #now: () => number;
  readonly #made = new Map<string, number>();
  /** More than one process has run so far. */
  several = false;

  constructor(violate: Violate, now: () => number) {
    this.#violate = violate;
    this.#now = now;
  }

  /** A comment of the bot's is new on a pull request. */
  commented({ id }: GitHub, pull: number, body: string): void {
    const marker = findMarker(body);
    if (!marker)
      this.#violate(ONCE, `a comment without a mark would be written again: ${body.slice(0, 200)}`);
    else if (marker.kind === "reply") this.#once(id, `answers to comment ${marker.comment}`);
    else if (marker.kind === "reminder")
      this.#once(id, `reminders of ${marker.rollout}#${marker.number} at ${marker.at}`);
    else this.#once(id, `comments of ${marker.rollout}#${marker.number} on #${pull}`);
  }

  deployed({ id }: GitHub, { creator, description }: { creator: string; description: string }): void {
    if (creator === BOT) this.#once(id, `deployments of ${description}`);
  }

  /** A check run is new or says something else. */
  checked({ id, checks }: GitHub, run: ShownCheck, before: ShownCheck | null): void {
    const { commit, name, externalId } = run;
    const what = `the check "${name}" of ${externalId}`;
    const key = `${id} ${run.id} ended`;
    if (isRelease(externalId) && isOver(run)) this.#made.set(key, this.#made.get(key) ?? this.#now());
    // A slow process may still send what was so a moment ago; it looks again, and mends it.
    else if (before && isRelease(externalId) && isOver(before) && this.#isLate(this.#made.get(key)))
      this.#violate(ONCE, `${what} said ${before.conclusion}, and now ${run.conclusion ?? run.status}`);
    if (before) return;
    const beside = [...checks.values()].filter(
      (one) => one !== run && one.commit === commit && one.name === name,
    );
    for (const other of beside) {
      if (isOlder(run, other))
        this.#violate(ONCE, `${what} hides the one of ${other.externalId}, which is newer`);
    }
  }

  #isLate(first = 0): boolean {
    return !this.several || this.#now() - first > AT_ONCE;
  }

  #once(repository: number, what: string): void {
    const key = `${repository} ${what}`;
    const first = this.#made.get(key);
    if (first === undefined) this.#made.set(key, this.#now());
    else if (this.#isLate(first))
      this.#violate(ONCE, `there are two ${what}, ${this.#now() - first} ms apart`);
  }
}

function isOver({ conclusion }: ShownCheck): boolean {
  return conclusion === "success" || conclusion === "failure";
}

/** When all is over, what is shown of the last release is how it ended. */
export function checkShown(scene: Scene, shop: Shop, now: number): Violation | null {
  const { github } = scene;
  const state = stateOf(scene, shop);
  const { last } = state ?? {};
  if (!last || restOf(scene, shop) !== AT_REST) return null;
  const name = `${shop.name}#${last.number}`;
  const wrong = (what: string): Violation => ({
    promise: "10 all of it is explained",
    detail: `${name} is ${last.outcome}, and ${what}`,
    at: now,
  });
  for (const check of github.checks.values()) {
    if (check.externalId === name && check.status !== "completed")
      return wrong(`its check "${check.name}" on ${check.commit} is ${check.status}`);
  }
  for (const { creator, description, state: shown } of github.deployments.values()) {
    if (creator === BOT && description === name && shown === "in_progress")
      return wrong("its deployment is not");
  }
  if (last.pull === null) return null;
  const sticky = [...github.comments.values()].find(({ pull, author, body }) => {
    const marker = findMarker(body);
    return (
      pull === last.pull &&
      author === BOT &&
      marker?.kind === "release" &&
      marker.rollout === shop.name &&
      marker.number === last.number
    );
  });
  const [title] = sticky?.body.split("\n") ?? [];
  return title?.includes(last.outcome.replace("-", " ")) ? null : wrong(`its comment says "${title}"`);
}

function isRelease(externalId: string): boolean {
  return externalId.includes("#");
}

/** `checkout#3` beside `checkout#4`, on one commit. */
function isOlder({ externalId }: ShownCheck, other: ShownCheck): boolean {
  const [rollout, number] = externalId.split("#");
  const [another, newer] = other.externalId.split("#");
  return rollout === another && Number(number) < Number(newer);
}
