// How manifests that other people wrote are edited: by Sluice, and by a parse, a change and a stringify with
// the library `yaml`, which is what a program would do instead. Prints a summary; times are ratios in this run.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { isScalar, parseAllDocuments, visit } from "yaml";
import { findSplits, setWeights } from "../src/manifests/index.ts";
import type { Split } from "../src/manifests/types.ts";

const CORPORA = new URL("../../shared/corpora/", import.meta.url);
const ROUNDS = 5;

interface Edit {
  readonly file: string;
  readonly text: string;
  readonly split: Split;
  readonly next: ReadonlyMap<string, number>;
}

if (existsSync(CORPORA)) report();
else console.log("bench:edit needs ../shared/corpora beside the repository; it is not there");

function report(): void {
  const files = readdirSync(CORPORA, { recursive: true, encoding: "utf8" })
    .filter((file) => /\.ya?ml$/.test(file) && !file.startsWith("crds/"))
    .sort();
  const refused = new Map<string, string[]>();
  const undriven = new Map<string, string[]>();
  const edits: Edit[] = [];
  let splitting = 0;
  for (const file of files) {
    const text = readFileSync(new URL(file, CORPORA), "utf8");
    const splits = findSplits(file, text);
    if (!splits.ok) {
      note(refused, splits.problem.code, file);
      continue;
    }
    if (splits.value.length > 0) splitting += 1;
    for (const split of splits.value) {
      const next = turned(split);
      if (next === null) continue;
      const edited = setWeights(file, text, selectorOf(split), next);
      if (edited.ok) edits.push({ file, text, split, next });
      else note(undriven, edited.problem.code, file);
    }
  }
  const driven = new Set(edits.map(({ file }) => file)).size;
  console.log(`files                ${files.length}`);
  console.log(`  with a split       ${splitting}, driven ${driven}, splits driven ${edits.length}`);
  console.log(`  refused            ${sizes(refused)}`);
  console.log(`  splits not driven  ${sizes(undriven)}`);
  compare(edits);
}

/** Only where the weights are written already: the round trip has no answer to the others. */
function compare(all: readonly Edit[]): void {
  const edits = all.filter((edit) => byYaml(edit) !== null);
  const lines = { sluice: 0, yaml: 0, asked: 0 };
  const exact = { sluice: 0, yaml: 0 };
  for (const edit of edits) {
    const ours = changedLines(edit.text, byUs(edit));
    const theirs = changedLines(edit.text, byYaml(edit) ?? "");
    const asked = askedOf(edit);
    lines.asked += asked;
    lines.sluice += ours;
    lines.yaml += theirs;
    if (ours <= asked) exact.sluice += 1;
    if (theirs <= asked) exact.yaml += 1;
  }
  const of = (changed: number, alone: number) =>
    `${(changed / edits.length).toFixed(1)} an edit, the weights alone in ${alone} of ${edits.length}`;
  console.log(`  weights inserted   ${all.length - edits.length} splits, not compared below`);
  console.log(`weights changed      ${(lines.asked / edits.length).toFixed(1)} an edit`);
  console.log(`lines changed`);
  console.log(`  sluice             ${of(lines.sluice, exact.sluice)}`);
  console.log(`  yaml round trip    ${of(lines.yaml, exact.yaml)}`);
  const times = { sluice: 0, yaml: 0 };
  for (let round = 0; round < ROUNDS; round++) {
    times.sluice += timed(() => edits.forEach(byUs));
    times.yaml += timed(() => edits.forEach(byYaml));
  }
  console.log(
    `time                 sluice ${(times.sluice / times.yaml).toFixed(2)} of the yaml round trip's, its result read again and compared`,
  );
}

/** The arms' weights, each moved on to the next arm; or one more for the first where all are the same. */
function turned({ arms }: Split): ReadonlyMap<string, number> | null {
  const weights = arms.map((arm, index) => arms.at(index - 1)?.weight ?? arm.weight);
  const same = weights.every((weight, index) => weight === arms[index]?.weight);
  const [first, second] = arms;
  if (!same) return new Map(arms.map((arm, index) => [arm.name, weights[index] ?? 0]));
  if (first === undefined || second === undefined || second.weight < 1) return null;
  return new Map([
    [first.name, first.weight + 1],
    [second.name, second.weight - 1],
  ]);
}

function byUs({ file, text, split, next }: Edit): string {
  const edited = setWeights(file, text, selectorOf(split), next);
  if (!edited.ok) throw new Error(edited.problem.message);
  return edited.value;
}

/** Parses, sets the weights that stand in the list where the split begins, and stringifies. Null when one is missing. */
function byYaml({ text, split, next }: Edit): string | null {
  const documents = parseAllDocuments(text, { logLevel: "silent" });
  const from = offsetOf(text, split.line);
  let arm = 0;
  let set = 0;
  for (const document of documents) {
    visit(document, {
      Pair(_, pair) {
        if (!isScalar(pair.key) || !["weight", "percent"].includes(String(pair.key.value))) return;
        if ((pair.key.range?.[0] ?? 0) < from || arm >= split.arms.length || !isScalar(pair.value)) return;
        const weight = next.get(split.arms[arm]?.name ?? "");
        arm += 1;
        if (weight === undefined) return;
        pair.value.value = weight;
        set += 1;
      },
    });
  }
  if (set < next.size) return null;
  return documents.map(String).join("");
}

function askedOf({ split, next }: Edit): number {
  return split.arms.filter(({ name, weight }) => (next.get(name) ?? weight) !== weight).length;
}

/** Lines that are not in both texts in the same order (by the longest common prefix and suffix, then line by line). */
function changedLines(before: string, after: string): number {
  const a = before.split("\n");
  const b = after.split("\n");
  if (a.length === b.length) return a.filter((line, index) => line !== b[index]).length;
  // Longest common subsequence over the differing middle.
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start++;
  let end = 0;
  while (end < a.length - start && end < b.length - start && a.at(-1 - end) === b.at(-1 - end)) end++;
  const left = a.slice(start, a.length - end);
  const right = b.slice(start, b.length - end);
  let row = new Uint32Array(right.length + 1);
  for (const line of left) {
    const nextRow = new Uint32Array(right.length + 1);
    for (const [index, other] of right.entries()) {
      nextRow[index + 1] =
        line === other ? (row[index] ?? 0) + 1 : Math.max(row[index + 1] ?? 0, nextRow[index] ?? 0);
    }
    row = nextRow;
  }
  return Math.max(left.length, right.length) - (row.at(-1) ?? 0);
}

function offsetOf(text: string, line: number): number {
  let offset = 0;
  for (let at = 1; at < line; at++) offset = text.indexOf("\n", offset) + 1;
  return offset;
}

function selectorOf({ kind, namespace, name, route }: Split) {
  return { kind, name, namespace: namespace ?? undefined, route: route ?? undefined };
}

function timed(run: () => void): number {
  const start = performance.now();
  run();
  return performance.now() - start;
}

function note(map: Map<string, string[]>, code: string, file: string): void {
  map.set(code, [...(map.get(code) ?? []), file]);
}

function sizes(map: ReadonlyMap<string, readonly string[]>): string {
  return map.size === 0 ? "none" : [...map].map(([code, list]) => `${list.length} ${code}`).join(", ");
}
