// Programs that change a weight in a YAML text: ours, and what a developer would reach for instead.
import { parseAllDocuments } from "yaml";
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
    for (const { document, path, weight } of targets ?? []) documents[document]?.setIn(path, weight);
    return documents.map(String).join("");
  },
};

export const EDITORS: readonly Editor[] = [SLUICE, ROUND_TRIP];
