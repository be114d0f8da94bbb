import type { Release, RolloutState } from "../../../src/release/state.ts";
import { MAIN } from "../github.ts";
import { weightsIn } from "../manifests.ts";
import { readable } from "../people.ts";
import { type Scene, STATE, stateOf } from "../scene.ts";
import { CONFIG, type Shop, versionIn } from "../shop.ts";
import type { Violation } from "./sight.ts";

export const AT_REST = "at rest";
const FOREIGN = "a state that is not ours";

/** Why a rollout needs nothing more; null while something is still to come. */
export function restOf(scene: Scene, shop: Shop): string | null {
  const { git } = scene.github;
  const path = `rollouts/${shop.name}.json`;
  const head = git.head(STATE);
  const last = head === null ? undefined : git.history(head, path, 1)[0];
  if (last && git.read(STATE, path) !== null && last.author !== "sluice[bot]") return FOREIGN;
  if (!readable(scene, shop)) return "files that cannot be read";
  const state = stateOf(scene, shop);
  if (!state || state.pending) return null;
  if (state.hold) return state.hold.reason;
  if (state.proposal) {
    const pull = scene.github.pulls.get(state.proposal.pull);
    const theirs = pull?.state === "open" && (pull.head !== state.proposal.head || pull.base !== MAIN);
    if (theirs) return "a change that somebody altered waits for a person";
    return state.release?.hold?.kind === "person" ? `held: ${state.release.hold.reason}` : null;
  }
  const { release } = state;
  if (!release) return owesStart(scene, shop, state) ? null : AT_REST;
  const { rollback } = release;
  const manual = shop.rollback.merge === "manual" && shop.rollback.traffic === "with-merge";
  if (release.phase === "rolling-back" && rollback?.pull && manual)
    return "the rollback PR waits for a person";
  if (release.hold?.kind === "person") return `held: ${release.hold.reason}`;
  return shop.holds.then === "stay" && release.hold ? `stays: ${release.hold.reason}` : null;
}

/** With a world that has recovered every release reaches an end or a person's hold, and a failed one its PR. */
export function checkRest(scene: Scene, shop: Shop, now: number): Violation | null {
  const rest = restOf(scene, shop);
  const state = stateOf(scene, shop);
  if (rest === null) {
    const { phase, step, shift, hold, failure } = state?.release ?? {};
    const doing = { pending: state?.pending, phase, step, shift, hold, failure };
    return {
      promise: "an end or a person",
      detail: `${shop.name} is still at ${JSON.stringify(doing)}`,
      at: now,
    };
  }
  const release = state?.release;
  const without = release && rest !== FOREIGN ? causeless(scene, shop, release) : null;
  if (without !== null) return { promise: "an end or a person", detail: `${shop.name} ${without}`, at: now };
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
function owesStart(scene: Scene, shop: Shop, { rest, last }: RolloutState): boolean {
  const { git } = scene.github;
  if (shop.on !== "merge" && shop.on !== "schedule") return false;
  if (frozen(scene, shop)) return false;
  const text = last && git.read(STATE, `releases/${shop.name}/${last.number}.json`);
  const ended = text ? (JSON.parse(text) as { readonly release: Release }).release.workloads.canary : null;
  const known = [rest.canary, ended].map((oid) => versionIn(oid === null ? null : git.text(oid)));
  const version = versionIn(git.read(MAIN, shop.canaryFile));
  return ![...known, versionIn(git.read(MAIN, shop.stableFile))].includes(version);
}

/** A freeze is in force, by the state or by the configuration as it is now. */
function frozen(scene: Scene, shop: Shop): boolean {
  const { now } = scene.agenda;
  const { git } = scene.github;
  const { freeze } = stateOf(scene, shop) ?? {};
  const oid = git.commit(git.head(MAIN) ?? "")?.files.get(CONFIG) ?? "";
  const present = scene.configs.get(oid)?.find(({ name }) => name === shop.name) ?? shop;
  const said = freeze && (freeze.until === null || freeze.until > now);
  return Boolean(said) || present.freezes.some(({ from, to }) => from <= now && now < to);
}

/** A hold for which nobody gave a reason: it would stand for ever. */
function causeless(scene: Scene, shop: Shop, release: Release): string | null {
  const { hold, step, config, expected, phase } = release;
  const pinned = scene.configs.get(config)?.find(({ name }) => name === shop.name) ?? shop;
  if (hold?.reason === "approval" && !pinned.steps[step]?.approval)
    return "waits for an approval nobody asked for";
  if (hold?.reason === "freeze") {
    if (phase === "rolling-back" || phase === "returning") return "is kept from going down by a freeze";
    if (!frozen(scene, shop)) return "is frozen although no freeze is in force";
  }
  if (hold?.reason !== "hand-edit" || pinned.steps.some(({ route }) => route)) return null;
  const same = shop.targets.every((target, index) => {
    const weights = weightsIn(scene.github.git.read(MAIN, target.file), target);
    return weights?.stable === expected[index]?.stable && weights?.canary === expected[index]?.canary;
  });
  return same ? "holds for an edit that nobody made" : null;
}
