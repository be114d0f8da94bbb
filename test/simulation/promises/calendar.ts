import { MAIN } from "../github.ts";
import type { Scene } from "../scene.ts";
import { CONFIG, type Shop } from "../shop.ts";
import { carriedOut, type Effect, rose, type Transition, type Violate } from "./sight.ts";

/** So long after it began a freeze of the configuration is known, ms: what was decided before is finished, and calls may hang. */
const KNOWN = 90_000;

/** While it is frozen nothing starts, rises or is copied; what begins by the clock begins when its time has come. */
export class Calendar {
  readonly #violate: Violate;
  /** Repository and rollout → what people said last: the freeze that stands, or null. Known at once, as it is in the state. */
  readonly #said = new Map<string, { readonly from: number; readonly until: number } | null>();
  /** Repository and object of a configuration → since when it is on main. */
  readonly #since = new Map<number, { readonly oid: string; readonly at: number }>();

  constructor(violate: Violate) {
    this.#violate = violate;
  }

  look(scene: Scene): void {
    const { git, id } = scene.github;
    const oid = git.commit(git.head(MAIN) ?? "")?.files.get(CONFIG) ?? "";
    if (this.#since.get(id)?.oid !== oid) this.#since.set(id, { oid, at: scene.agenda.now });
  }

  transition(transition: Transition, clocksAgree: boolean): void {
    const { scene, shop, before, after, commit } = transition;
    const begun = after.release && after.release.number !== before?.release?.number ? after.release : null;
    const frozen = this.#frozen(scene, shop, commit.at, clocksAgree);
    if (begun && frozen) this.#violate("1 no step without evidence", `${shop.name} started, ${frozen}`);
    if (begun && clocksAgree) this.#begun(transition);
    for (const { command } of carriedOut(transition)) {
      const key = `${scene.github.id} ${shop.name}`;
      if (/\bunfreeze$/.test(command)) this.#said.set(key, null);
      else if (/\bfreeze\b/.test(command)) {
        const until = /until (\S+)/.exec(command)?.[1];
        this.#said.set(key, {
          from: commit.at,
          until: until === undefined ? Number.POSITIVE_INFINITY : Date.parse(`${until}Z`),
        });
      }
    }
    // Whoever takes the state away takes the freeze with it.
    if (before === null) this.#said.delete(`${scene.github.id} ${shop.name}`);
  }

  effect(effect: Effect, clocksAgree: boolean): void {
    const { scene, shop, intent } = effect;
    const copies = intent.after.pending?.effect.kind === "copy-images";
    if (!copies && !rose(effect)) return;
    const frozen = this.#frozen(scene, shop, intent.commit.at, clocksAgree);
    const what = copies ? "images were copied" : "the weight rose";
    if (frozen) this.#violate("1 no step without evidence", `${what} in ${shop.name}, ${frozen}`);
  }

  #begun({ shop, before, after, commit }: Transition): void {
    const { kind } = after.release?.cause ?? {};
    const planned = before?.planned;
    const said = carriedOut({ before, after } as Transition).length > 0;
    if (kind === "command" && !said) {
      const due = planned && planned.at <= commit.at && planned.version === after.release?.version;
      if (!due) this.#violate("8 only the allowed", `${shop.name} was started by nobody`);
    }
    if (kind === "schedule" && !said) {
      const slot = shop.every * Math.floor(commit.at / shop.every);
      const since = before?.waits?.since ?? Number.POSITIVE_INFINITY;
      if (since >= slot) this.#violate("1 no step without evidence", `${shop.name} started before its time`);
    }
  }

  /** Why nothing may rise now, or null. With clocks that are wrong only what no clock ends. */
  #frozen({ github }: Scene, shop: Shop, at: number, clocksAgree: boolean): string | null {
    const said = this.#said.get(`${github.id} ${shop.name}`);
    const standing = said && (clocksAgree ? said.until > at : said.until === Number.POSITIVE_INFINITY);
    if (standing) return "and somebody had frozen it";
    const since = this.#since.get(github.id)?.at ?? at;
    const declared = shop.freezes.some(({ from, to }) => Math.max(from, since) + KNOWN <= at && at < to);
    return declared && clocksAgree ? "in a freeze of its configuration" : null;
  }
}
