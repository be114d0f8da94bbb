import type { Release } from "../../../src/release/state.ts";
import type { Commit, Git } from "../git.ts";
import { BOT } from "../github.ts";
import type { Scene } from "../scene.ts";
import { imageIn, variableIn } from "../shop.ts";
import { carriedOut, type Effect, movedFrom, type Transition, type Violate } from "./sight.ts";

const PROMISE = "4 people win";

/** 4: a workload's file that somebody changed under a release is not set back, nor its image replaced, until they say so. */
export class Workloads {
  readonly #violate: Violate;
  /** Repository and release → the files it began with, the stable one's as somebody accepted it since. */
  readonly #began = new Map<string, Release["workloads"]>();
  /** Repository and release → the stable one's as our copy of the images left it. */
  readonly #copies = new Map<string, string>();

  constructor(violate: Violate) {
    this.#violate = violate;
  }

  transition(transition: Transition): void {
    const { before, after } = transition;
    const { release } = after;
    if (!release) return;
    const began = before?.release?.number !== release.number;
    const accepted =
      before?.release?.hold?.reason === "workload-edit" &&
      carriedOut(transition).some(({ command }) => /\bresume\b/.test(command));
    if (began || accepted) this.#began.set(keyOf(transition), release.workloads);
  }

  /** A promotion replaces the image that was there when the release began. */
  copied({ scene, shop, commit, parent, intent }: Effect): void {
    if (intent.after.pending?.effect.kind !== "copy-images") return;
    this.#copies.set(keyOf(intent), commit.files.get(shop.stableFile) ?? "");
    const { git } = scene.github;
    const was = imageIn(git.text(this.#began.get(keyOf(intent))?.stable ?? ""));
    const found = imageIn(git.read(parent.oid, shop.stableFile));
    // What promotion asked for is not what somebody else wants there.
    const tested = imageIn(git.text(intent.after.release?.workloads.canary ?? ""));
    if ([was, tested].includes(found)) return;
    this.#violate(
      PROMISE,
      `${shop.stableFile} ran ${was} when the release began; ${found}, which somebody put there, is replaced`,
    );
  }

  /** A rollback sets back only what the release began with, or what we wrote ourselves. */
  restored(scene: Scene, parent: Commit, commit: Commit, intent: Transition | undefined): void {
    const began = intent && this.#began.get(keyOf(intent));
    const copy = intent && this.#copies.get(keyOf(intent));
    for (const { stableFile, canaryFile } of scene.shops) {
      for (const path of [stableFile, canaryFile]) {
        const found = parent.files.get(path);
        if (found === undefined || commit.files.get(path) === found) continue;
        if (path === canaryFile && found === began?.canary) continue;
        const { git } = scene.github;
        // What stable is asked for goes with what it got; once it has all, what else is done to it is somebody's own.
        const got = copy === undefined ? began && gotAsked(git, found, began) : found === copy;
        if (path === stableFile && got) continue;
        const last = scene.github.git.history(parent.oid, path, 1)[0];
        if (last?.author === BOT) continue;
        if (path === canaryFile && began && forcedFrom(scene, path, began.canary, commit.at)) continue;
        this.#violate(PROMISE, `the rollback sets ${path} back, which ${last?.author} changed last`);
      }
    }
  }
}

/** Somebody forced the branch back, as it was merged, from where the file was this. */
function forcedFrom(scene: Scene, path: string, oid: string, at: number): boolean {
  const { git } = scene.github;
  return movedFrom(scene, path, oid, at).some(
    ({ before, after }) => !git.history(after ?? "").some((commit) => commit.oid === before),
  );
}

/** What promotion asks for, with the image that it copies or before that. */
function gotAsked(git: Git, found: string, { stable, canary }: Release["workloads"]): boolean {
  const now = git.text(found);
  const was = git.text(stable);
  const tested = git.text(canary);
  if (variableIn(now) !== variableIn(tested)) return false;
  return (
    imageIn(now) === imageIn(tested) ||
    (variableIn(was) !== variableIn(tested) && imageIn(now) === imageIn(was))
  );
}

function keyOf({ scene, after, before, shop }: Transition): string {
  return `${scene.github.id} ${shop.name}#${after.release?.number ?? before?.release?.number}`;
}
