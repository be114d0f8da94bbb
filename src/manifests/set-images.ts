import { nearest } from "../config/nearest.ts";
import { applyChanges, type Change } from "./changes.ts";
import { startOf } from "./graph.ts";
import { listed } from "./listed.ts";
import { at, textOf } from "./place.ts";
import { failure } from "./result.ts";
import { readSource } from "./source.ts";
import { placeholder } from "./template.ts";
import type { Result } from "./types.ts";
import { chooseWorkload, containersOf, mayHoldWorkload, type WorkloadSelector } from "./workload.ts";

/** What an image reference consists of; nothing that YAML gives a meaning to at its start or inside. */
const IMAGE = /^[A-Za-z0-9][A-Za-z0-9._/:@-]{0,511}$/;

/** The text with new images for some containers, by container name; no other byte differs. */
export function setImages(
  file: string,
  text: string,
  images: ReadonlyMap<string, string>,
  selector: WorkloadSelector = {},
): Result<string> {
  const source = readSource(file, text, mayHoldWorkload(selector));
  if (!source.ok) return source;
  const object = chooseWorkload(source.value, selector);
  if (!object.ok) return object;
  const containers = containersOf(object.value);
  const names = containers.map((container) => textOf(at(container, "name")) ?? "");
  const changes: Change[] = [];
  for (const [name, image] of images) {
    const container = containers[names.indexOf(name)];
    const refuse = (code: string, message: string) =>
      failure(source.value.problemAt(startOf((container ?? object.value).node), code, message));
    if (container === undefined) {
      const near = nearest(name, names);
      const hint = near === null ? "" : ` (did you mean "${near}"?)`;
      return refuse("unknown-container", `there is no container "${name}"${hint}; there is ${listed(names)}`);
    }
    if (!IMAGE.test(image)) return refuse("bad-image", `"${image.slice(0, 80)}" is no image reference`);
    const old = textOf(at(container, "image"));
    if (old === null) return refuse("bad-container", `the container "${name}" has no image to replace`);
    const template = placeholder(old);
    if (template !== null) return refuse("template", `no image for "${name}": ${template}`);
    if (old !== image) changes.push({ map: container, key: "image", text: image, pieces: null });
  }
  return applyChanges(source.value, changes);
}
