import type { Commit } from "../git.ts";
import { masked, weightsIn } from "../manifests.ts";
import type { Scene } from "../scene.ts";
import { imageIn, type Shop } from "../shop.ts";
import { type Effect, movedFrom, type Violate } from "./sight.ts";

/** 5: only what was decided moves. 6: manifests stay legal. 4: what is written rests upon what was read. */
export function checkFiles(effect: Effect, violate: Violate): void {
  const { scene, shop, commit, parent, intent } = effect;
  const pending = intent.after.pending;
  const paths = new Set([...commit.files.keys(), ...parent.files.keys()]);
  for (const path of paths) {
    if (commit.files.get(path) === parent.files.get(path)) continue;
    if (pending?.bases[path] !== parent.files.get(path)) {
      violate("4 people win", `${path} was written over what nobody had decided upon`);
    }
    const before = scene.github.git.text(parent.files.get(path) ?? "") ?? "";
    const after = scene.github.git.text(commit.files.get(path) ?? "") ?? "";
    const target = shop.targets.some(({ file }) => file === path);
    const well = target
      ? weightsOnly(before, after, pending?.effect.kind === "set-weights")
      : path === shop.stableFile &&
        pending?.effect.kind === "copy-images" &&
        imagesOnly(before, after, canaryOf(effect));
    if (!well) violate("5 only what was decided moves", `${path}:\n${before}\nbecame\n${after}`);
  }
  for (const [index, target] of shop.targets.entries()) {
    const [was, is] = [effect.before[index], effect.after[index]];
    if (!was || !is) continue;
    const whole = [is.stable, is.canary].every((weight) => Number.isInteger(weight) && weight >= 0);
    if (!whole || is.stable + is.canary !== was.stable + was.canary) {
      violate(
        "6 manifests stay legal",
        `${target.file}: ${JSON.stringify(was)} became ${JSON.stringify(is)}`,
      );
    }
  }
}

/** The canary workload that a copy was decided upon. */
function canaryOf({ scene, shop, commit, parent, intent }: Effect): string | null {
  const { git } = scene.github;
  const decided = git.commit(intent.after.pending?.head ?? "")?.files.get(shop.canaryFile);
  const late = commit.parents.length > 1 && movedFrom(scene, shop.canaryFile, decided, commit.at).length > 0;
  return late ? git.text(decided ?? "") : git.read(parent.oid, shop.canaryFile);
}

/** 4: a change is merged upon the files that it was decided upon. */
export function checkGround({ scene, commit, parent, intent }: Effect, violate: Violate): void {
  for (const [path, oid] of Object.entries(intent.after.pending?.bases ?? {})) {
    if (parent.files.get(path) === oid || movedFrom(scene, path, oid, commit.at).length > 0) continue;
    violate("4 people win", `${path} changed after it was decided to merge what rests upon it`);
  }
}

/** What a route of ours beside the split has in it. */
const BESIDE = /x-tester|mirror/;

/** 5: a step's routes beside the split stand while it lasts, and those of the step before it go. */
export function checkRoutes({ scene, shop, commit, intent }: Effect, violate: Violate): void {
  const effect = intent.after.pending?.effect;
  const step = effect?.kind === "set-weights" && effect.step !== null ? shop.steps[effect.step] : undefined;
  if (!step || shop.auto) return;
  for (const { file } of shop.targets) {
    if (hasRoute(scene.github.git.read(commit.oid, file)) === step.route) continue;
    violate(
      "5 only what was decided moves",
      `${file} ${step.route ? "has no route" : "still has a route"} at ${step.weight} %`,
    );
  }
}

/** 6 and 3: what takes a release back leaves the canary nothing, no route beside the split, and the sum as it was. */
export function checkTakenBack(
  { github: { git } }: Scene,
  shop: Shop,
  { parent, commit }: Pick<Effect, "parent" | "commit">,
  violate: Violate,
): void {
  for (const target of shop.targets) {
    const [was, is] = [parent, commit].map(({ oid }) => weightsIn(git.read(oid, target.file), target));
    // A merge brings what its branch was held against already.
    if (!was || (isMerge(commit) && !changes(parent, commit, target.file))) continue;
    const legal = is?.canary === 0 && is.stable === was.stable + was.canary;
    if (!legal) {
      const words = `${target.file}: ${JSON.stringify(was)} is taken back to ${JSON.stringify(is)}`;
      violate("6 manifests stay legal", words);
    }
    if (hasRoute(git.read(commit.oid, target.file)))
      violate("3 a failure ends in a rollback", `${target.file} is taken back, and still has a route`);
  }
}

/** A route of ours stands beside the split. */
export function hasRoute(text: string | null): boolean {
  return BESIDE.test(text ?? "");
}

function isMerge({ parents }: Commit): boolean {
  return parents.length > 1;
}

function changes(parent: Commit, commit: Commit, path: string): boolean {
  return parent.files.get(path) !== commit.files.get(path);
}

/** Nothing but the numbers of weights differs; where a route of ours comes or goes, every other line stays. */
export function weightsOnly(before: string, after: string, routes: boolean): boolean {
  const [was, is] = [masked(before), masked(after)];
  if (was === is) return true;
  const routed = BESIDE.test(is) || BESIDE.test(was);
  if (!routes || !routed) return false;
  const [less, more] = was.length < is.length ? [was, is] : [is, was];
  const lines = more.split("\n");
  let next = 0;
  return less.split("\n").every((line) => {
    next = lines.indexOf(line, next) + 1;
    return next > 0;
  });
}

/** Nothing but the image differs, and it is the canary's. */
function imagesOnly(before: string, after: string, canary: string | null): boolean {
  const IMAGE = /(image: "[^":]+:)[^"]+/g;
  if (imageIn(after) !== imageIn(canary)) return false;
  return before.replaceAll(IMAGE, "$1") === after.replaceAll(IMAGE, "$1");
}
