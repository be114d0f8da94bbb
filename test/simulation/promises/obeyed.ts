import { MOST_SKEW } from "../../../src/reconcile/clock-skew.ts";
import type { Handled, Release, RolloutState } from "../../../src/release/state.ts";
import { findMarker } from "../../../src/views/marker.ts";
import { BOT, type Comment, type GitHub, type Webhook } from "../github.ts";
import { BEHIND } from "../past.ts";
import { commentOf, PEOPLE, type Person, type Scene, STATE, stateOf } from "../scene.ts";
import type { Shop } from "../shop.ts";
import { carriedOut, type Transition, type Violate } from "./sight.ts";

const PROMISE = "4 people win";

/** A look may have begun so long ago, ms: what was said since then it does not know. */
const LATE = 120_000;
/** Words go out beside the looks, and again where GitHub did not take them; ms. */
const LATE_WORDS = 600_000;

/** A click on a button of ours that was delivered. */
interface Pressed {
  readonly repository: number;
  readonly run: number;
  readonly release: string;
  readonly identifier: string;
  readonly by: string;
  readonly at: number;
  /** Where it dies, what it had not done yet is gone with it. */
  readonly process: { readonly alive: boolean };
}

/** 4: whoever may command is heard while a release runs, delivered or not, and whoever asks for a rollback gets it. */
export class Obeyed {
  readonly #violate: Violate;
  /** Words come in time: not where calls fail all the time. */
  answers = false;
  /** A process has, or had, a wall clock that is wrong. */
  clocksOff = false;
  /** Repository and login → when somebody last might not write, epoch ms. */
  readonly #mightNot = new Map<string, number>();
  readonly #pressed: Pressed[] = [];
  /** When GitHub refused a call, by the repository's name; epoch ms. */
  readonly #refusals: { readonly name: string; readonly at: number }[] = [];

  constructor(violate: Violate) {
    this.#violate = violate;
  }

  /** Seen before every event. */
  look({ github, agenda }: Scene): void {
    for (const login of Object.keys(PEOPLE)) {
      const role = github.permission(login);
      if (role !== "write" && role !== "admin") this.#mightNot.set(`${github.id} ${login}`, agenda.now);
    }
  }

  transition(transition: Transition): void {
    const { scene, shop, before, after, commit } = transition;
    const known = new Set(before?.handled.map(({ key }) => key));
    for (const one of after.handled.filter(({ key }) => !known.has(key))) {
      this.#refused(transition, one);
      this.#lost(transition, one);
    }
    for (const { by, command } of carriedOut(transition)) {
      const asked = /\b(start|retry|rollback)( [0-9a-f]{7,40})?$/.exec(command)?.[1];
      const followed =
        asked === "rollback"
          ? after.release?.phase === "rolling-back"
          : after.release && after.release.number !== before?.release?.number;
      if (asked !== undefined && !followed)
        this.#violate(PROMISE, `"${command}" of ${by}'s is said to be done, and was not`);
    }
    for (const one of carriedOut(transition)) this.#overtaken(transition, one);
    if (before?.release && !after.release) {
      this.#heard(scene, shop, before.release, after, commit.at);
      this.#followed(scene, shop, before.release, after, commit.at);
    }
  }

  /** GitHub refused a call for good: of a click that is the end, as nothing shows it again. */
  refusedCall(name: string, at: number): void {
    this.#refusals.push({ name, at });
  }

  /** Somebody's click came to a process. */
  pressed(
    { id, clicks }: GitHub,
    payload: Webhook["payload"],
    process: Pressed["process"],
    at: number,
  ): void {
    const { id: run, external_id: release } = payload["check_run"] as { id: number; external_id: string };
    const { identifier } = payload["requested_action"] as { identifier: string };
    const { login: by } = payload["sender"] as { login: string };
    const bot = clicks.some((click) => click.run === run && click.by === by && click.bot);
    if (!bot) this.#pressed.push({ repository: id, run, release, identifier, by, at, process });
  }

  /** A button that somebody pressed is dealt with, whatever else happens meanwhile: no page shows that it was not. */
  #followed(
    { github }: Scene,
    { name }: Shop,
    { number }: Release,
    state: RolloutState,
    until: number,
  ): void {
    for (const { repository, run, release, identifier, by, at, process } of this.#pressed) {
      if (repository !== github.id || release !== `${name}#${number}` || !process.alive) continue;
      if (at >= until - LATE_WORDS || at < (state.anew ?? 0) || !this.#mightSince(github, by, at - BEHIND))
        continue;
      if (state.handled.some(({ key }) => key === `click:${run}:${identifier}`)) continue;
      if (this.#refusals.some((one) => one.name === github.name && one.at >= at && one.at < at + LATE_WORDS))
        continue;
      this.#violate(PROMISE, `${by} pressed ${identifier} of ${release}, and nobody heard it`);
    }
  }

  /** When all is over: of what still runs. */
  end(scene: Scene, shop: Shop): void {
    const state = stateOf(scene, shop);
    if (!state?.release) return;
    this.#heard(scene, shop, state.release, state, scene.agenda.now);
    this.#followed(scene, shop, state.release, state, scene.agenda.now);
  }

  /** A rollback that may still be asked for is refused to nobody who may ask for it. */
  #refused({ scene, shop, before, commit }: Transition, { by, command, outcome }: Handled): void {
    const { phase } = before?.release ?? {};
    const possible = phase === "stepping" || phase === "promoting";
    if (outcome !== "refused" || !possible || !/\brollback\b/.test(command)) return;
    const listed = shop.approvers.length === 0 || shop.approvers.includes(by as Person);
    if (!listed || !this.#mightSince(scene.github, by, commit.at - LATE)) return;
    this.#violate(PROMISE, `a rollback of ${shop.name}, ${phase}, was refused to ${by}`);
  }

  /** Nobody knows whether what was said before the state was lost was done. */
  #lost({ scene, after }: Transition, { key, command }: Handled): void {
    const comment = commentOf(scene, key);
    if (comment && this.#isBefore(comment, after.anew ?? 0))
      this.#violate(PROMISE, `"${command}" was said before the state was lost, and was taken for new`);
  }

  /** By clocks that may be off by so much, and still be taken for right. */
  #isBefore({ createdAt }: Comment, at: number): boolean {
    const slack = this.clocksOff ? MOST_SKEW : 0;
    return createdAt < Math.floor((at - slack) / 1000) * 1000;
  }

  /** What leads up, or lifts something, was said when its author could see that. */
  #overtaken({ scene, shop, before, after }: Transition, { key, command }: Handled): void {
    const comment = commentOf(scene, key);
    if (!comment || !before) return;
    const verb = verbIn(command, shop) ?? "";
    if (this.#isBefore(comment, passedOver(before, verb)))
      this.#violate(PROMISE, `"${command}" was said before what it passed over, and was obeyed`);
    const { phase, shift, hold } = before.release ?? {};
    const blind = phase === "stepping" && !shift?.live && hold?.kind !== "evidence";
    if (verb === "promote" && blind && after.release?.phase === "promoting")
      this.#violate(PROMISE, `"${command}" promoted from a weight that was not live`);
  }

  /** What was said to a release on its pull request is dealt with; a question, or what is no command, has an answer. */
  #heard({ github }: Scene, shop: Shop, release: Release, state: RolloutState, at: number): void {
    const said = [...github.comments.values()].filter(
      ({ pull, author, body, authorIsBot, edited, createdAt }) =>
        pull === release.cause.pull &&
        verbIn(body, shop) !== null &&
        !authorIsBot &&
        !edited &&
        // What a lost state had dealt with is not known any more.
        createdAt >= Math.max(release.startedAt, state.anew ?? 0) &&
        createdAt < at - LATE &&
        this.#mightSince(github, author, createdAt - BEHIND),
    );
    for (const comment of said) {
      if (state.handled.some(({ key }) => key === `comment:${comment.id}`)) continue;
      // Where nobody knows whose the document is nothing is written into it: an answer says so.
      if (answerTo(github, comment.id)?.includes(`rollouts/${shop.name}.json on ${STATE} was last changed`))
        continue;
      const words = WORDS.test(comment.body);
      if (words && (!this.answers || comment.createdAt >= at - LATE_WORDS || isAnswered(github, comment.id)))
        continue;
      const name = `${shop.name}#${release.number}`;
      this.#violate(PROMISE, `${comment.author} said "${comment.body}" to ${name}, and nobody heard it`);
    }
  }

  /** All along, whatever a read from the past says. */
  #mightSince({ id }: GitHub, login: string, at: number): boolean {
    return login in PEOPLE && (this.#mightNot.get(`${id} ${login}`) ?? 0) < at;
  }
}

/** What a command says to this shop, or on the pull request of its release to nobody by name; null: it speaks to another. */
function verbIn(command: string, { name }: Shop): string | null {
  const [canary, first = "", second = ""] = command.split(/\s+/);
  if (canary !== "/canary") return null;
  if (first === name) return second;
  return /-\d+$/.test(first) ? null : first;
}

/** Since when there is what a command passes over, epoch ms. */
function passedOver({ release, freeze, hold, last, planning }: RolloutState, verb: string): number {
  const will = release?.will?.at ?? 0;
  const gate = release?.hold?.reason === "gate" ? release.hold.since : 0;
  switch (verb) {
    case "unfreeze":
      return freeze?.at ?? 0;
    case "retry":
    case "start":
      return Math.max(last?.at ?? 0, planning?.at ?? 0);
    case "resume":
      return release ? will : (hold?.since ?? 0);
    case "approve":
      return gate;
    case "promote":
      return Math.max(will, gate, release?.hold?.reason === "promotion-failed" ? release.hold.since : 0);
    case "100":
      return (release?.shift.percent ?? 0) < 100 ? Math.max(will, gate) : 0;
    default:
      return 0;
  }
}

/** What is answered with words. An order is written down, whatever comes of it. */
const WORDS = /\b(status|plan|help|rolback)$/;

export function isAnswered(github: GitHub, id: number): boolean {
  return answerTo(github, id) !== undefined;
}

function answerTo({ comments }: GitHub, id: number): string | undefined {
  return [...comments.values()].find(({ author, body }) => {
    const marker = findMarker(body);
    return author === BOT && marker?.kind === "reply" && marker.comment === id;
  })?.body;
}
