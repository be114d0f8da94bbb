import type { Release, RolloutState } from "../../../src/release/state.ts";
import { BOT, type GitHub, MAIN } from "../github.ts";
import { readable } from "../people.ts";
import { type Scene, STATE, stateOf } from "../scene.ts";
import { ENVIRONMENT, imageIn, type Shop, variableIn, versionIn } from "../shop.ts";
import { causeless, frozen } from "./causes.ts";
import type { Violation } from "./sight.ts";

export const AT_REST = "at rest";
const FOREIGN = "a state that is not ours";
/** Older deployments start nothing any more. */
const DEPLOYMENTS = 20;

/** Why a rollout needs nothing more; null while something is still to come. */
export function restOf(scene: Scene, shop: Shop): string | null {
  const { git } = scene.github;
  const path = `rollouts/${shop.name}.json`;
  const head = git.head(STATE);
  if (head !== null && isForeign(scene.github, path)) return FOREIGN;
  // People have mended their files: nothing rests upon what cannot be read.
  if (!readable(scene, shop)) return null;
  const state = stateOf(scene, shop);
  if (!state || state.pending) return null;
  if (state.hold) return causeless(scene, shop, state, shop) === null ? state.hold.reason : null;
  if (state.proposal) {
    const pull = scene.github.pulls.get(state.proposal.pull);
    const theirs = pull?.state === "open" && (pull.head !== state.proposal.head || pull.base !== MAIN);
    if (theirs) return "a change that somebody altered waits for a person";
    return state.release?.hold?.kind === "person" ? `held: ${state.release.hold.reason}` : null;
  }
  const { release } = state;
  const pinned = scene.configs.get(release?.config ?? "")?.find(({ name }) => name === shop.name) ?? shop;
  if (!release) return owesStart(scene, shop, state) ? null : AT_REST;
  const { rollback } = release;
  const manual = shop.rollback.merge === "manual" && shop.rollback.traffic === "with-merge";
  if (release.phase === "rolling-back" && rollback?.pull && manual)
    return "the rollback PR waits for a person";
  // What the world no longer asks for has yet to be seen.
  if (release.hold === null || causeless(scene, shop, state, pinned) !== null) return null;
  if (release.hold.kind === "person") return `held: ${release.hold.reason}`;
  return shop.holds.then === "stay" ? `stays: ${release.hold.reason}` : null;
}

/** Somebody brought the document to what it is now, and that is not how the bot had left it, or not by a commit of the bot's. */
function isForeign({ git, pushes }: GitHub, path: string): boolean {
  const text = git.read(STATE, path);
  const changes = (pushes.get(STATE) ?? []).filter(
    ({ before, after }) => git.read(before ?? "", path) !== git.read(after ?? "", path),
  );
  if (text === null || changes.at(-1)?.ours !== false) return false;
  const left = changes.findLast(({ ours }) => ours)?.after;
  const [brought] = git.history(git.head(STATE) ?? "", path);
  return brought?.author !== BOT || git.read(left ?? "", path) !== text;
}

/** With a world that has recovered every release reaches an end or a person's hold, and a failed one its PR. */
export function checkRest(scene: Scene, shop: Shop, now: number): Violation | null {
  const rest = restOf(scene, shop);
  const state = stateOf(scene, shop);
  if (rest === null) {
    const { phase, step, shift, failure, hold = state?.hold } = state?.release ?? {};
    const start = state && !state.release && owesStart(scene, shop, state) ? "owed" : undefined;
    const doing = { pending: state?.pending, start, phase, step, shift, hold, failure };
    return {
      promise: "an end or a person",
      detail: `${shop.name} is still at ${JSON.stringify(doing)}`,
      at: now,
    };
  }
  const release = state?.release;
  if (state && rest !== FOREIGN) {
    const config = state.release?.config ?? "";
    const pinned = scene.configs.get(config)?.find(({ name }) => name === shop.name) ?? shop;
    const without = causeless(scene, shop, state, pinned);
    if (without !== null) return { promise: "an end or a person", detail: without, at: now };
  }
  const rollback = release?.rollback;
  const owed =
    rest !== FOREIGN &&
    release?.phase === "rolling-back" &&
    rollback &&
    !rollback.pull &&
    rollback.blocked === null;
  if (owed && Object.keys(rollback.restore).length > 0) {
    return { promise: "3 a failure ends in a rollback", detail: `${shop.name} has no rollback PR`, at: now };
  }
  return null;
}

/** A version that was neither released nor at rest waits for nobody and nothing: it is to start. */
function owesStart(scene: Scene, shop: Shop, state: RolloutState): boolean {
  const { git } = scene.github;
  const { rest, last } = state;
  if (frozen(scene, shop) || !(isAskedFor(scene, shop) || isPlanned(scene, shop, state))) return false;
  const text = last && git.read(STATE, `releases/${shop.name}/${last.number}.json`);
  const ended = text ? (JSON.parse(text) as { readonly release: Release }).release.workloads.canary : null;
  const known = [rest.canary, ended].map((oid) => versionIn(oid === null ? null : git.text(oid)));
  const version = versionIn(git.read(MAIN, shop.canaryFile));
  return ![...known, versionIn(git.read(MAIN, shop.stableFile))].includes(version);
}

/** By what its configuration says that releases begin with; a command is the only one that is not there to be seen. */
function isAskedFor({ github }: Scene, shop: Shop): boolean {
  if (shop.on === "merge" || shop.on === "schedule") return true;
  if (shop.on === "command") return false;
  const there = templateAt(github, MAIN, shop);
  return [...github.deployments.values()]
    .filter(({ environment }) => environment === ENVIRONMENT)
    .slice(-DEPLOYMENTS)
    .some(
      ({ creator, commit, state }) =>
        creator !== BOT &&
        (shop.on === "created" ? state === null : state === "success") &&
        templateAt(github, commit, shop) === there,
    );
}

/** Somebody planned a start of what is still there. */
function isPlanned({ github }: Scene, shop: Shop, { planned, handled }: RolloutState): boolean {
  if (!planned) return false;
  const said = handled.findLast(({ command, outcome }) => outcome === "done" && /\bstart at\b/.test(command));
  const comment = github.comments.get(Number(said?.key.split(":")[1]));
  const then = github.git.head(MAIN, comment?.createdAt ?? 0);
  return then !== null && templateAt(github, then, shop) === templateAt(github, MAIN, shop);
}

/** All that makes the version of the canary's file. */
function templateAt({ git }: GitHub, ref: string, { canaryFile }: Shop): string {
  const text = git.read(ref, canaryFile);
  return JSON.stringify([imageIn(text), variableIn(text)]);
}
