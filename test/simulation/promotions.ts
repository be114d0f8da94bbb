import type { Chance } from "./chance.ts";
import { MAIN } from "./github.ts";
import { say } from "./people.ts";
import { push, type Scene, stateOf } from "./scene.ts";
import { imageIn, type Shop, variableIn, withVariable } from "./shop.ts";

/** A promotion waits for what a copy of images does not bring. */
export function isBehind(scene: Scene, shop: Shop): boolean {
  return stateOf(scene, shop)?.release?.hold?.reason === "stable-behind";
}

/** Somebody brings it, with the image or something of their own beside it, or says that it may be left. */
export function bring(scene: Scene, shop: Shop, chance: Chance): void {
  const canary = scene.github.git.read(MAIN, shop.canaryFile);
  const put = (edit: (text: string) => string) =>
    push(scene, "alice", "stable gets it too", shop.stableFile, (text) =>
      edit(withVariable(text, variableIn(canary))),
    );
  const image = (tag: string) => (text: string) => text.replace(/(image: "[^":]+:)[^"]+/, `$1${tag}`);
  const how = chance.weighted({ put: 6, image: 2, other: 1, promote: 2 });
  if (how === "put") put((text) => text);
  if (how === "image") put(image(imageIn(canary) ?? ""));
  if (how === "other") put(image("hotfix-good"));
  if (how === "promote") say(scene, shop, "bob", "promote");
}
