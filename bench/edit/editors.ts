// Programs that change a weight in a YAML text: ours, and what a developer would reach for instead.
import { dump, loadAll } from "js-yaml";
import { parseAllDocuments } from "yaml";
import { yamlPatch } from "yaml-diff-patch";
import { setWeights } from "../../src/manifests/index.ts";
import { type Edit, selectorOf } from "./edits.ts";

export interface Editor {
  readonly name: string;
  /** The text after an edit whose weights are all written already; throws when it cannot. */
  edit(edit: Edit): string;
}

export const SLUICE: Editor = {
  name: "sluice",
  edit({ file, text, split, next }) {
    const edited = setWeights(file, text, selectorOf(split), next);
    if (!edited.ok) throw new Error(edited.problem.message);
    return edited.value;
  },
};

/** What all times are compared with: a parse, a change and a stringify. Without targets nothing is changed. */
export const ROUND_TRIP: Editor = {
  name: "yaml (Document)",
  edit({ text, targets }) {
    const documents = parseAllDocuments(text, { logLevel: "silent" });
    for (const { document, path, value } of targets ?? []) documents[document]?.setIn(path, value);
    return documents.map(String).join("");
  },
};

/** Values without their text: what most programs do. */
const JS_YAML: Editor = {
  name: "js-yaml",
  edit({ text, targets }) {
    const documents = loadAll(text);
    for (const { document, path, value } of targets ?? []) setIn(documents[document], path, value);
    return documents.map((document) => dump(document)).join("---\n");
  },
};

/** A JSON patch of each document that has a weight to change; the others keep their bytes. */
const PATCH: Editor = {
  name: "yaml-diff-patch",
  edit({ text, targets }) {
    const { before, documents } = cut(text);
    const patched = documents.map((document, index) => {
      const operations = (targets ?? [])
        .filter((target) => target.document === index)
        .map(({ path, value }) => ({ op: "replace" as const, path: pointerTo(path), value }));
      return operations.length === 0 ? document : yamlPatch(document, operations);
    });
    return before + patched.join("");
  },
};

export const EDITORS: readonly Editor[] = [SLUICE, ROUND_TRIP, JS_YAML, PATCH];

type Path = readonly (string | number)[];

function setIn(root: unknown, path: Path, value: number | string): void {
  let node = root;
  for (const [index, key] of path.entries()) {
    if (typeof node !== "object" || node === null) throw new Error(`nothing at ${pointerTo(path)}`);
    if (index === path.length - 1) Reflect.set(node, key, value);
    else node = Reflect.get(node, key);
  }
}

/** A JSON pointer. */
function pointerTo(path: Path): string {
  return path.map((key) => `/${String(key).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}

/** A stream at its separators, as the patch reads one document; comments above the first are no document. */
function cut(text: string): { readonly before: string; readonly documents: readonly string[] } {
  const [first = "", ...rest] = text.split(/^(?=---(?:\s|$))/m);
  const isDocument = rest.length === 0 || /^[^#\s]/m.test(first);
  return isDocument ? { before: "", documents: [first, ...rest] } : { before: first, documents: rest };
}
