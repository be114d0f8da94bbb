import type { RolloutState } from "../../../src/release/state.ts";
import { readTrailers } from "../../../src/release/trailers.ts";
import { BOT, MAIN } from "../github.ts";
import { PEOPLE, type Person, type Scene } from "../scene.ts";
import { checkExplained } from "./explained.ts";
import { carriedOut, type Transition, type Violate } from "./sight.ts";

/** 7: once. 8: only the allowed. And the state document is a chain without a lost link. */
export class Ledger {
  /** So long before it is written down, at most, a person's role is asked for: a few calls, ms. */
  asked = 75_000;
  readonly #violate: Violate;
  readonly #handled = new Set<string>();
  readonly #effects = new Set<string>();
  /** The highest number that began, by repository and rollout. */
  readonly #numbers = new Map<string, number>();
  /** When somebody last might write. */
  readonly #mightWrite = new Map<string, number>();

  constructor(violate: Violate) {
    this.#violate = violate;
  }

  /** Seen before every event, so that it is known who might write when. */
  look({ github, agenda }: Scene): void {
    for (const login of Object.keys(PEOPLE)) {
      const role = github.permission(login);
      if (role === "write" || role === "admin") this.#mightWrite.set(`${github.id} ${login}`, agenda.now);
    }
  }

  transition(transition: Transition): void {
    const { before, after } = transition;
    this.#chain(before, after);
    for (const command of carriedOut(transition)) this.#command(transition, command);
    if (before) this.#settled(transition, before);
    this.#begun(transition);
    this.#reminded(transition);
    checkExplained(transition, this.#violate);
  }

  /** Of the same wait it is reminded once it has lasted twice as long. */
  #reminded({ shop, before, after }: Transition): void {
    const [was, is] = [before?.release?.waiting, after.release?.waiting];
    if (was?.reminded === undefined || is?.reminded === undefined || was.reminded === is.reminded) return;
    if (was.since !== is.since || is.reminded - is.since >= 2 * (was.reminded - was.since) - 1000) return;
    this.#violate("7 once", `${shop.name} was reminded of ${is.reason} again too early`);
  }

  /** What a release began by is somebody else's word, and its number was never another's. */
  #begun({ scene, shop, before, after }: Transition): void {
    const { release } = after;
    if (!release || release.number === before?.release?.number) return;
    const key = `${scene.github.id} ${shop.name}`;
    const highest = this.#numbers.get(key) ?? 0;
    this.#numbers.set(key, Math.max(highest, release.number));
    // Of a lost state GitHub's log alone tells the numbers of what had committed nothing.
    if (release.number <= highest && scene.github.showsLog)
      this.#violate("7 once", `${shop.name}#${release.number} began after #${highest}`);
    const { kind, deployment } = release.cause;
    const expected = shop.on === "created" ? "deployment" : shop.on;
    if (kind !== expected && kind !== "command")
      this.#violate(
        "8 only the allowed",
        `${shop.name} began by a ${kind}, and its configuration says ${shop.on}`,
      );
    if (deployment === null) return;
    const made = scene.github.deployments.get(deployment);
    if (!made || made.creator === BOT)
      this.#violate(
        "8 only the allowed",
        `${shop.name} began by a deployment of ${made?.creator ?? "nobody"}'s`,
      );
  }

  /** An effect's trailer, as it comes to main or to a pull request. */
  effect(id: string, where: string): void {
    const key = `${where} ${id}`;
    if (this.#effects.has(key)) this.#violate("7 once", `the effect ${id} happened twice on ${where}`);
    this.#effects.add(key);
  }

  #chain(before: RolloutState | null, after: RolloutState): void {
    if (!before) return;
    const lost = (what: string) =>
      this.#violate("7 once", `${after.rollout}: a write undid another: ${what}`);
    if (after.effects < before.effects || after.next < before.next) lost("a number went back");
    if (before.pending && after.pending && before.pending.id !== after.pending.id)
      lost("an intent was dropped");
    const known = new Set(after.handled.map(({ key }) => key));
    const forgotten = before.handled.filter(({ key }) => !known.has(key));
    if (forgotten.length > 0 && after.handled.length < 200) lost(`the command ${forgotten[0]?.key}`);
    const told = before.release?.timeline.at(-1);
    if (!told || after.release?.number !== before.release?.number) return;
    const keeps = after.release?.timeline.some(({ at, text }) => at === told.at && text === told.text);
    if (!keeps) lost(`the line "${told.text}"`);
  }

  #command(transition: Transition, { key, by, command }: RolloutState["handled"][number]): void {
    const { scene, shop } = transition;
    const once = `${scene.github.id} ${shop.name} ${key}`;
    if (this.#handled.has(once)) this.#violate("7 once", `the command ${key} was carried out twice`);
    this.#handled.add(once);
    if (key.startsWith("click:")) {
      this.#clicked(transition, key, by);
      return;
    }
    const comment = scene.github.comments.get(Number(key.slice(key.indexOf(":") + 1)));
    if (!comment) {
      this.#violate("8 only the allowed", `nobody said ${key}`);
      return;
    }
    if (comment.author !== by)
      this.#violate("8 only the allowed", `${key} is by ${comment.author}, not by ${by}`);
    if (comment.authorIsBot) this.#violate("8 only the allowed", `a bot was obeyed: ${comment.author}`);
    if (!comment.body.startsWith("/canary"))
      this.#violate("8 only the allowed", `no command: ${comment.body}`);
    if (/\b(status|plan|help)\b/.test(command)) return;
    // What GitHub would notify and link is broken by spaces that nobody sees.
    if (!comment.first.startsWith(command.replaceAll("\u200b", ""))) {
      this.#violate("8 only the allowed", `"${command}" was obeyed, "${comment.first}" is what was said`);
    }
    this.#about(transition, command);
    this.#might(transition, by);
  }

  /** A commit that a command names is the one of the version, of the weight, or of what is to be started. */
  #about({ scene, shop, before, commit }: Transition, command: string): void {
    const named = /\s([0-9a-f]{7,40})$/.exec(command)?.[1];
    if (named === undefined) return;
    const { git } = scene.github;
    const release = before?.release;
    const there = release
      ? [release.cause.commit, release.shift.commit]
      : git
          .history(git.head(MAIN, commit.at - 2 * this.asked) ?? "", shop.canaryFile, 1)
          .map(({ oid }) => oid);
    const now = git.history(git.head(MAIN) ?? "", shop.canaryFile, 1).map(({ oid }) => oid);
    if ([...there, ...(release ? [] : now)].some((oid) => oid?.startsWith(named))) return;
    this.#violate("8 only the allowed", `"${command}" was obeyed, and ${named} is not what is there`);
  }

  #might({ scene, shop, commit }: Transition, by: string): void {
    const might = this.#mightWrite.get(`${scene.github.id} ${by}`) ?? 0;
    if (commit.at - might > this.asked) this.#violate("8 only the allowed", `${by} might not write`);
    const listed = shop.approvers.length === 0 || shop.approvers.includes(by as Person);
    if (!listed) this.#violate("8 only the allowed", `${by} is none of the approvers`);
  }

  /** Somebody pressed that very button, of this release; and who approves saw the weight that is approved. */
  #clicked(transition: Transition, key: string, by: string): void {
    const { scene, shop, before } = transition;
    const pressed = scene.github.clicks.filter(({ run, identifier }) => key === `click:${run}:${identifier}`);
    const [click] = pressed.filter((one) => one.by === by);
    if (!click) this.#violate("8 only the allowed", `${by} did not press ${key}`);
    if (click?.bot) this.#violate("8 only the allowed", `a bot was obeyed: ${by}`);
    const release = before?.release;
    if (release && click && click.release !== `${shop.name}#${release.number}`) {
      this.#violate("8 only the allowed", `${key} is a button of ${click.release}`);
    }
    const seen = Number(/· ([\d.]+) %/.exec(click?.title ?? "")?.[1]);
    if (key.includes(":approve:") && seen !== release?.shift.percent) {
      this.#violate(
        "8 only the allowed",
        `${by} saw "${click?.title}", and ${release?.shift.percent} % is approved`,
      );
    }
    this.#might(transition, by);
  }

  /** What the document says was done, was done. */
  #settled({ scene, shop, before, after }: Transition, was: RolloutState): void {
    if (!was.pending || after.pending || !after.release) return;
    const { git } = scene.github;
    const { shift, rollback, promotion } = after.release;
    const moved = shift.commit !== before?.release?.shift.commit;
    // What somebody merged, or what we merged, of a pull request of ours.
    const merged = [...scene.github.pulls.values()].some(
      ({ number, author }) => author === BOT && number === before?.proposal?.pull,
    );
    if (merged && was.pending.effect.kind.endsWith("-proposal")) return;
    if (moved && readTrailers(git.commit(shift.commit ?? "")?.message ?? "")?.effect !== was.pending.id) {
      this.#violate("7 once", `${shop.name}: ${shift.commit} is said to be ${was.pending.id}`);
    }
    const copied = promotion?.copiedAt != null && before?.release?.promotion?.copiedAt == null;
    if (copied && !this.#effects.has(`${MAIN} ${was.pending.id}`)) {
      this.#violate("7 once", `${shop.name}: images are said to be copied`);
    }
    const pull = rollback?.pull;
    if (pull && scene.github.pulls.get(pull.number)?.author !== "sluice[bot]") {
      this.#violate("7 once", `${shop.name}: #${pull.number} is said to be the rollback PR`);
    }
  }
}
