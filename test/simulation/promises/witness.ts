import type { Told } from "../../../src/ports/notifier.ts";
import { readTrailers } from "../../../src/release/trailers.ts";
import type { Commit } from "../git.ts";
import { BOT, MAIN } from "../github.ts";
import { weightsIn } from "../manifests.ts";
import { documentAt, openProposal, type Scene, STATE, stateOf } from "../scene.ts";
import { CONFIG, type Shop } from "../shop.ts";
import { Calendar } from "./calendar.ts";
import { Carried } from "./carried.ts";
import { checkEvidence, checkPromotion, checkStep, checkWeight } from "./evidence.ts";
import { checkReasons } from "./explained.ts";
import { checkFiles, checkGround, checkRoutes, checkTakenBack, hasRoute, weightsOnly } from "./files.ts";
import { checkBlame, judgedHealthy } from "./healthy.ts";
import { Obeyed } from "./obeyed.ts";
import { Ledger } from "./once.ts";
import { Hands } from "./people.ts";
import { Shown } from "./shown.ts";
import { carriedOut, type Effect, shareOf, type Transition, type Violate, type Violation } from "./sight.ts";
import { Timely } from "./timely.ts";
import { checkSecrets, checkWords } from "./words.ts";
import { Workloads } from "./workloads.ts";

/** Sees everything that comes to a repository, and holds it against the promises. */
export class Witness {
  readonly violations: Violation[] = [];
  /** How releases ended, and which holds they met. */
  readonly outcomes = new Map<string, number>();
  /** When a wall clock was last off, epoch ms. */
  #clockOff = Number.NEGATIVE_INFINITY;
  readonly #ledger: Ledger;
  readonly #hands: Hands;
  readonly obeyed: Obeyed;
  readonly #calendar: Calendar;
  readonly #carried: Carried;
  readonly #workloads: Workloads;
  readonly timely: Timely;
  /** What people are shown. */
  readonly shown: Shown;
  readonly #violate: Violate;
  /** Effect → the write that intended it. */
  readonly #intents = new Map<string, Transition>();
  /** Repository and rollout → its document as the bot left it last. */
  readonly #left = new Map<string, string>();
  /** Repository and rollout whose document is not the bot's, since when. */
  readonly #foreign = new Map<string, number>();
  readonly #rollbacks = new Map<string, number>();
  readonly #told = new Set<string>();
  /** Failures that were written down, as those are named that were told. */
  readonly #failed = new Set<string>();
  /** Repository and shop → when somebody last said how to go on, or the release went another way (epoch ms). */
  readonly #turned = new Map<string, number>();
  /** Releases that a commit of ours took down while they rolled back. */
  readonly #tookDown = new Set<string>();
  /** Releases that somebody promoted by name. */
  readonly #promotedByHand = new Set<string>();

  /** Several processes run at a time. */
  rivals = false;
  #callsGoWell = false;
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
    this.#violate = (promise, detail) => this.violations.push({ promise, detail, at: now() });
    this.#ledger = new Ledger(this.#violate);
    this.#hands = new Hands(this.#violate);
    this.obeyed = new Obeyed(this.#violate);
    this.#calendar = new Calendar(this.#violate);
    this.#carried = new Carried(this.#violate);
    this.#workloads = new Workloads(this.#violate);
    this.timely = new Timely(this.#violate);
    this.shown = new Shown(this.#violate, now);
  }

  watch(scene: Scene): void {
    scene.github.watchChecks = (run, before) => this.shown.checked(scene.github, run, before);
    scene.github.git.onMove((branch, from, to, by) => {
      const commit = scene.github.git.commit(to ?? "");
      if (to === null && by === BOT) this.#deleted(scene, branch, from);
      if (branch === MAIN) this.#carried.moved(scene);
      if (branch === STATE) this.#state(scene, from, commit, by === BOT);
      else if (!commit || to === from) return;
      else if (branch === MAIN) this.#main(scene, from, commit);
      else if (commit.author !== BOT || commit.parents[0] !== from) return;
      else if (branch.startsWith("sluice/")) this.#ownBranch(scene, commit);
      else this.#elsewhere(scene, branch, commit);
    });
  }

  /** No call goes wrong, so that each takes its usual fraction of a second. */
  set callsGoWell(well: boolean) {
    this.#callsGoWell = well;
    this.#ledger.asked = well ? 5_000 : 75_000;
  }

  /** Before each event. `clocksOff`: a process's wall clock is wrong. */
  look(scenes: readonly Scene[], clocksOff: boolean): void {
    if (clocksOff) this.#clockOff = this.#now();
    this.obeyed.clocksOff ||= clocksOff;
    for (const scene of scenes) {
      this.#ledger.look(scene);
      this.obeyed.look(scene);
      this.#calendar.look(scene);
      for (const shop of scene.shops) this.#inTime(scene, shop);
    }
  }

  /** When all is over. */
  end(scenes: readonly Scene[]): void {
    for (const scene of scenes) {
      for (const shop of scene.shops) {
        if (!this.#foreign.has(`${scene.github.id} ${shop.name}`)) this.obeyed.end(scene, shop);
      }
    }
    // A process that dies, or never learns that it wrote something down, does not tell it.
    const alwaysTells = this.#callsGoWell && !this.shown.several;
    const untold = alwaysTells ? [...this.#failed].filter((failure) => !this.#told.has(failure)) : [];
    for (const failure of untold) this.#violate("10 all of it is explained", `nobody was told: ${failure}`);
  }

  said(where: string, text: string, how: "plain" | "Markdown" = "plain"): void {
    checkWords(where, text, how, this.#violate);
  }

  /** Each transition is told once, and of a release one failure. */
  told({ id, title, repository, release, rollout, kind }: Told): void {
    const what = kind === "failed" ? `${rollout}#${release.number} ${kind}` : id;
    const key = `${repository.name} ${what}`;
    if (this.#told.has(key)) this.#violate("7 once", `people were told twice of ${what}`);
    this.#told.add(key);
    this.said("a notice", title);
    this.count(`told: ${kind}`);
  }

  /** A line of the bot's log. */
  logged(line: string): void {
    checkSecrets("a line of the log", line, this.#violate);
  }

  rewritten({ user }: { readonly user: { readonly login: string } }): void {
    if (user.login !== BOT) this.#violate("4 people win", `a comment of ${user.login}'s was rewritten`);
  }

  /** 4: who closed a change said no to it, until somebody says how to go on. 7: one waits at a time. */
  #proposed(scene: Scene, branch: string): void {
    const { github } = scene;
    const shop = scene.shops.find(({ name }) => branch.startsWith(`sluice/release/${name}-`));
    if (!shop) return;
    const own = [...github.pulls.values()].filter(
      ({ author, headBranch }) => author === BOT && headBranch.startsWith(`sluice/release/${shop.name}-`),
    );
    this.count("change proposed");
    // One that somebody led elsewhere changes nothing here.
    const { anew = 0, proposal } = stateOf(scene, shop) ?? {};
    const open = own.filter(
      // What a lost state had proposed waits for whoever wants it; what another process gave up is closed in a moment.
      ({ state, base, openedAt, number }) =>
        state === "open" &&
        base === MAIN &&
        openedAt >= anew &&
        (!this.rivals || number === proposal?.pull || number === own.at(-1)?.number),
    );
    if (open.length > 1) this.#violate("7 once", `${shop.name} has ${open.length} changes proposed`);
    const before = own.at(-2);
    const spoke = this.#turned.get(`${github.id} ${shop.name}`) ?? 0;
    if (before?.state !== "closed" || before.closedBy === BOT || spoke > (before.closedAt ?? 0)) return;
    this.#violate("4 people win", `${before.closedBy} closed #${before.number}, and it was proposed again`);
  }

  pullOpened(scene: Scene, branch: string): void {
    this.#proposed(scene, branch);
    const release = /^sluice\/rollback\/(.+-\d+)(-[0-9a-f]{12})?$/.exec(branch)?.[1];
    if (release === undefined) return;
    const key = `${scene.github.id} ${release}`;
    const count = (this.#rollbacks.get(key) ?? 0) + 1;
    this.#rollbacks.set(key, count);
    if (count > 1) this.#violate("3 a failure ends in a rollback", `${release} has ${count} rollback PRs`);
    this.count("rollback PR opened");
  }

  count(what: string): void {
    this.outcomes.set(what, (this.outcomes.get(what) ?? 0) + 1);
  }

  #state(scene: Scene, from: string | null, commit: Commit | null, ours: boolean): void {
    const { git, id } = scene.github;
    for (const shop of scene.shops) {
      const path = `rollouts/${shop.name}.json`;
      const key = `${id} ${shop.name}`;
      const text = commit && git.read(commit.oid, path);
      const was = from === null ? null : git.read(from, path);
      if (text === was) continue;
      checkSecrets(path, text ?? "", this.#violate);
      if (!ours || !commit || text === null) {
        const [brought] = commit ? git.history(commit.oid, path) : [];
        // Put back to where the bot had left it, it is the bot's.
        const back = brought?.author === BOT && text === this.#left.get(key);
        if (text === null || back) this.#foreign.delete(key);
        else this.#foreign.set(key, this.#now());
        continue;
      }
      this.#left.set(key, text);
      if (this.#foreign.has(key)) {
        this.#violate("8 only the allowed", `${path} is not ours, and was written on`);
      }
      const before = from === null ? null : documentAt(scene, from, path);
      const after = stateOf(scene, shop);
      if (!after) continue;
      this.#transition({
        scene,
        shop: this.#pinned(scene, shop, (before ?? after).release?.config),
        before,
        after,
        commit,
      });
    }
  }

  #transition(transition: Transition): void {
    const { before, after, scene, commit } = transition;
    this.#ledger.transition(transition);
    this.#hands.said(transition);
    this.obeyed.transition(transition);
    this.#carried.transition(transition);
    this.#calendar.transition(
      { ...transition, shop: this.#current(scene, transition.shop) },
      this.#clocksAgree,
    );
    this.#workloads.transition(transition);
    if (after.pending && after.pending.id !== before?.pending?.id) {
      this.#intents.set(`${scene.github.id} ${after.pending.id}`, transition);
    }
    this.said("a state commit", commit.message);
    const other =
      after.release?.number !== before?.release?.number || after.release?.phase !== before?.release?.phase;
    if (other || carriedOut(transition).length > 0) {
      this.#turned.set(`${scene.github.id} ${transition.shop.name}`, scene.agenda.now);
    }
    // Afterwards it only takes away what somebody brings back.
    const direct = after.release?.rollback?.direct === "done" && before?.release?.rollback?.direct !== "done";
    if (direct && before?.release?.phase === "rolling-back")
      this.#tookDown.add(`${scene.github.id} ${releaseOf(transition)}`);
    const failed = after.release?.failure && !before?.release?.failure;
    if ((failed || (before?.release && !after.release)) && this.#waits(transition)) {
      this.#violate("3 a failure ends in a rollback", "a change of a release that is over can be merged");
    }
    if (carriedOut(transition).some(({ command }) => /promote/.test(command))) {
      this.#promotedByHand.add(`${scene.github.id} ${releaseOf(transition)}`);
    } else if (before?.release?.phase === "stepping" && after.release?.phase === "promoting") {
      checkStep({ ...transition, intent: transition }, before.release, this.#violate, this.#clocksAgree);
    }
    if (after.last && after.last.number !== before?.last?.number) {
      this.count(`ended ${after.last.outcome}`);
      this.#ended(transition);
    }
    const { release } = after;
    if (release && release.number !== before?.release?.number) {
      this.count("release begun");
      this.count(
        `begun by ${before?.planned && release.cause.kind === "command" ? "plan" : release.cause.kind}`,
      );
    }
    if (release?.hold && release.hold.reason !== before?.release?.hold?.reason) {
      this.count(`hold ${release.hold.reason}`);
    }
    if (after.hold && !before?.hold) this.count(`hold ${after.hold.reason}`);
    if (release?.failure && !before?.release?.failure) {
      this.count("failed");
      this.#failed.add(`${scene.github.owner}/${scene.github.name} ${releaseOf(transition)} failed`);
    }
    checkBlame(transition, this.#violate);
    const healthy = judgedHealthy(transition, (release?.startedAt ?? 0) - this.#clockOff > 75_000);
    if (healthy) this.count(healthy);
    for (const { outcome, command } of after.handled.slice(before?.handled.length ?? 0)) {
      this.count(`command ${outcome}: ${verbOf(command)}`);
    }
  }

  #inTime(scene: Scene, shop: Shop): void {
    const state = stateOf(scene, shop);
    if (!state?.release) return;
    const sure = this.#clocksAgree && !this.#foreign.has(`${scene.github.id} ${shop.name}`);
    this.timely.look(scene, this.#pinned(scene, shop, state.release.config), state, sure);
  }

  /** At rest the canary has weight 0, unless somebody says otherwise. */
  #ended({ scene, shop, before, after, commit }: Transition): void {
    const release = before?.release;
    const { rollback } = release ?? {};
    const owed =
      this.#tookDown.has(`${scene.github.id} ${shop.name}#${release?.number}`) ||
      Object.keys(rollback?.restore ?? {}).length > 0;
    if (after.last?.outcome === "rolled-back" && owed && !rollback?.pull && rollback?.blocked === null) {
      this.#violate("3 a failure ends in a rollback", `${shop.name}#${release?.number} had no rollback PR`);
    }
    const { git } = scene.github;
    // What somebody forced back just now was not there when it was looked at.
    const seen = [MAIN, git.head(MAIN, commit.at - this.#ledger.asked) ?? ""];
    const routed = shop.targets.find(({ file }) => seen.every((ref) => hasRoute(git.read(ref, file))));
    // What cannot be taken away, because somebody changed what is around it, a person leaves there.
    if (routed && release?.hold?.reason !== "bypass") {
      this.#violate("3 a failure ends in a rollback", `${shop.name} ended, and ${routed.file} has a route`);
    }
    const weights = shop.targets.map((target) => weightsIn(git.read(MAIN, target.file), target));
    if (weights.every((weight) => shareOf(weight) === 0) || this.#hands.on(scene, shop)) return;
    this.#violate("3 a failure ends in a rollback", `${shop.name} ended at ${JSON.stringify(weights)}`);
  }

  #main(scene: Scene, from: string | null, commit: Commit): void {
    const { git, id } = scene.github;
    const parent = git.commit(from ?? "");
    const forced = !commit.parents.includes(from ?? "");
    if (commit.author !== BOT || !parent || forced) {
      for (const shop of scene.shops) this.#hands.edited(scene, shop, commit, from);
      return;
    }
    this.said("a commit", commit.message);
    const trailers = readTrailers(commit.message);
    if (!trailers) {
      this.#violate("10 all of it is explained", `no trailers: ${commit.message}`);
      return;
    }
    this.#ledger.effect(trailers.effect, MAIN);
    const intent = this.#intents.get(`${id} ${trailers.effect}`);
    if (!intent) {
      this.#violate("7 once", `${trailers.effect} was done before it was intended`);
      return;
    }
    const { shop } = intent;
    if ((this.#foreign.get(`${id} ${shop.name}`) ?? Infinity) < intent.commit.at) {
      this.#violate("8 only the allowed", `${trailers.effect} rests upon a state that is not ours`);
    }
    const weights = (oid: string) =>
      shop.targets.map((target) => weightsIn(git.read(oid, target.file), target));
    const effect = {
      scene,
      shop,
      commit,
      parent,
      intent,
      before: weights(parent.oid),
      after: weights(commit.oid),
    };
    if (intent.after.pending?.effect.kind === "merge-proposal") {
      this.#mergedChange(effect);
      return;
    }
    this.#hands.effect(effect);
    this.#calendar.effect({ ...effect, shop: this.#current(scene, shop) }, this.#clocksAgree);
    if (commit.parents.length > 1) {
      // The merge of the rollback PR: nothing goes up by it.
      if (effect.after.some((after, i) => shareOf(after) > shareOf(effect.before[i] ?? null))) {
        this.#violate("3 a failure ends in a rollback", "a merge of ours raised the weight");
      }
      this.#takesBack(scene, parent, commit, intent);
      return;
    }
    this.#workloads.copied(effect);
    checkReasons(effect, this.#violate, this.shown.several);
    checkFiles(effect, this.#violate);
    checkRoutes(effect, this.#violate);
    checkEvidence(effect, this.#violate, this.#clocksAgree);
    checkWeight(effect, this.#violate);
    const byHand = this.#promotedByHand.has(`${id} ${releaseOf(intent)}`);
    checkPromotion(effect, this.#violate, this.#clocksAgree, byHand);
  }

  /** A change of the release, and none of one whose state was lost. */
  #waits({ scene, shop, before, after: { anew = 0 } }: Transition): boolean {
    const { head = "", number } = openProposal(scene, shop) ?? {};
    // Who has just opened one that another gave up in that moment closes it a moment later.
    if (this.rivals && number !== before?.proposal?.pull) return false;
    return (scene.github.git.commit(head)?.at ?? -1) >= anew;
  }

  /** Merged by the bot: all that a commit must keep holds when it is merged, and what was opened is what was decided. */
  #mergedChange(merge: Effect): void {
    const { scene, intent } = merge;
    const proposal = intent.before?.proposal;
    const opened = proposal && this.#intents.get(`${scene.github.id} ${proposal.id}`);
    const pending = intent.after.pending;
    if (!opened || !pending) {
      this.#violate("7 once", "a change was merged that nobody had proposed");
      return;
    }
    this.#hands.merged(merge, proposal);
    checkGround(merge, this.#violate);
    this.#ledger.effect(proposal.id, MAIN);
    this.#hands.effect({ ...merge, intent: opened });
    checkFiles({ ...merge, intent: opened }, this.#violate);
    checkWeight({ ...merge, intent: opened }, this.#violate);
    if (intent.before?.release?.will?.kind === "paused") {
      this.#violate("4 people win", "a change was merged while the release was paused");
    }
    const named = carriedOut(opened).length > 0;
    const decided = { ...pending, effect: proposal.change };
    const now = { ...merge, intent: { ...intent, after: { ...intent.after, pending: decided } } };
    const failed = intent.before?.release?.failure;
    if (!named || failed) checkEvidence(now, this.#violate, this.#clocksAgree);
    const byHand = this.#promotedByHand.has(`${scene.github.id} ${releaseOf(opened)}`);
    if (!named) checkPromotion(now, this.#violate, this.#clocksAgree, byHand);
    this.count("change merged by the bot");
  }

  /** Where somebody gives our pull request another base as we merge it, that branch gets it. GitHub takes no base to compare. */
  #elsewhere({ github }: Scene, branch: string, { parents, message }: Commit): void {
    const led = [...github.pulls.values()].some(
      ({ author, base, head }) => author === BOT && base === branch && parents.includes(head),
    );
    if (led) this.count("change merged on a branch of somebody's");
    else this.#violate("8 only the allowed", `${branch} is not ours, and was written on: ${message}`);
  }

  /** 8: the bot deletes a branch of its own, once nothing waits on it; what somebody pushed onto it just now may go too. */
  #deleted({ github }: Scene, branch: string, from: string | null): void {
    this.count("branch deleted by the bot");
    const last = github.git.commit(from ?? "");
    const own = /^sluice\/(?:rollback|release)\//.test(branch);
    const theirs = last?.author !== BOT && this.#now() - (last?.at ?? 0) > this.#ledger.asked;
    if (!own || theirs) {
      this.#violate("8 only the allowed", `${branch} of ${last?.author}'s was deleted: ${last?.message}`);
    }
    const waits = [...github.pulls.values()].find(
      // One that somebody led elsewhere changes nothing here.
      ({ state, headBranch, base }) => state === "open" && headBranch === branch && base === MAIN,
    );
    if (waits) this.#violate("8 only the allowed", `${branch} was deleted, and #${waits.number} waits on it`);
  }

  /** What is proposed there is what main will be: weights at 0, and workloads as they once were. */
  #ownBranch(scene: Scene, commit: Commit): void {
    const parent = scene.github.git.commit(commit.parents[0] ?? "");
    const effect = readTrailers(commit.message)?.effect;
    if (effect === undefined) this.#violate("10 all of it is explained", `no trailers: ${commit.message}`);
    if (!parent || effect === undefined) return;
    const intent = this.#intents.get(`${scene.github.id} ${effect}`);
    if (!intent) {
      this.#violate("7 once", `${effect} was done before it was intended`);
      return;
    }
    if (intent.after.pending?.effect.kind !== "open-rollback") {
      const weights = (oid: string) =>
        intent.shop.targets.map((target) => weightsIn(scene.github.git.read(oid, target.file), target));
      const change = { scene, shop: intent.shop, commit, parent, intent };
      const proposed = { ...change, before: weights(parent.oid), after: weights(commit.oid) };
      this.said("a commit", commit.message);
      checkFiles(proposed, this.#violate);
      checkWeight(proposed, this.#violate);
      return;
    }
    // A branch that was taken away after its merge may be made anew by a process that comes late: nothing follows.
    const twice = scene.github.git
      .history(parent.oid)
      .some((one) => one.author === BOT && readTrailers(one.message)?.effect === effect);
    if (twice) this.#violate("7 once", `the effect ${effect} happened twice on a rollback branch`);
    this.said("a commit", commit.message);
    this.#takesBack(scene, parent, commit, intent);
  }

  #takesBack(scene: Scene, parent: Commit, commit: Commit, intent: Transition | undefined): void {
    const { git } = scene.github;
    this.#workloads.restored(scene, parent, commit, intent);
    if (intent) checkTakenBack(scene, intent.shop, { parent, commit }, this.#violate);
    for (const [path, oid] of commit.files) {
      if (parent.files.get(path) === oid) continue;
      const before = git.text(parent.files.get(path) ?? "") ?? "";
      const after = git.text(oid) ?? "";
      const target = scene.shops.some(({ targets }) => targets.some(({ file }) => file === path));
      const once = git.had(path, oid, commit.oid);
      if (!(target ? weightsOnly(before, after, true) : once)) {
        this.#violate("5 only what was decided moves", `the rollback changes ${path} to\n${after}`);
      }
    }
  }

  /** With the freezes of the configuration as it is now, where that can be read. */
  #current(scene: Scene, shop: Shop): Shop {
    const now = this.#pinned(scene, shop, undefined);
    return { ...shop, freezes: now.name === shop.name ? now.freezes : shop.freezes };
  }

  /** What was decided by a wrong clock is written a few calls later. */
  get #clocksAgree(): boolean {
    return this.#now() - this.#clockOff > 75_000;
  }

  /** As the release was configured, else as the configuration is now. */
  #pinned(scene: Scene, shop: Shop, config: string | undefined): Shop {
    const { git } = scene.github;
    const oid = config ?? git.commit(git.head(MAIN) ?? "")?.files.get(CONFIG);
    return scene.configs.get(oid ?? "")?.find(({ name }) => name === shop.name) ?? shop;
  }
}

function verbOf(command: string): string {
  const words = command.split(" ").filter((word) => !/^[0-9a-f]{7,40}$/.test(word));
  return /\b(?:un)?freeze\b|\bstart at\b/.exec(command)?.[0] ?? words.at(-1) ?? "";
}

function releaseOf({ before, after }: Transition): string {
  return `${after.rollout}#${after.release?.number ?? before?.release?.number ?? 0}`;
}
