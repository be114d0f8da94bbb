import { readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { fileURLToPath } from "node:url";
import { MUTANTS, type Mutant } from "./list.ts";

const SRC = new URL("../../../src/", import.meta.url);

/** The text of a file of the bot under a mutant. Throws when the mutant no longer applies. */
export function mutated({ name, edits }: Mutant, file: string, text: string): string {
  let changed = text;
  for (const edit of edits.filter((one) => one.file === file)) {
    const times = changed.split(edit.find).length - 1;
    if (times !== 1) throw new Error(`"${name}" no longer applies: ${file} has ${times} × ${edit.find}`);
    changed = changed.replace(edit.find, () => edit.replace);
  }
  return changed;
}

/** From now on this process loads the bot with one way of it broken. */
export function breakIn(index: number): Mutant {
  const mutant = MUTANTS[index];
  if (!mutant) throw new Error(`There is no mutant ${index}.`);
  const files = new Set(mutant.edits.map(({ file }) => file));
  registerHooks({
    load(url, context, next) {
      const file = url.startsWith(SRC.href) ? url.slice(SRC.href.length) : "";
      if (!files.has(file)) return next(url, context);
      const source = mutated(mutant, file, readFileSync(fileURLToPath(url), "utf8"));
      return { format: "module-typescript", source, shortCircuit: true };
    },
  });
  return mutant;
}
