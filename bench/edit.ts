// How manifests that other people wrote are edited: by Sluice, and by the libraries that a program would
// use instead. Prints a summary; times are ratios in this run.
//
//   npm run bench:edit
//
// The manifests are in ../shared/corpora beside the repository; without them it ends with 1.
import { existsSync } from "node:fs";
import { optionsOf } from "../dev/command-line.ts";
import { EDITORS, type Editor, ROUND_TRIP, SLUICE } from "./edit/editors.ts";
import { askedOf, type Edit, readCorpora } from "./edit/edits.ts";
import { isExact } from "./edit/exact.ts";
import { changedLines } from "./edit/lines.ts";

const CORPORA = new URL("../../shared/corpora/", import.meta.url);
/** The first ones warm up. */
const ROUNDS = 24;
const WARM = 8;
const LARGEST = 20;

optionsOf(import.meta.url, {});
if (existsSync(CORPORA)) report();
else {
  console.error("bench:edit needs ../shared/corpora beside the repository; it is not there");
  process.exitCode = 1;
}

function report(): void {
  const { files, splitting, edits, refused, undriven } = readCorpora(CORPORA);
  const driven = new Set(edits.map(({ file }) => file)).size;
  const inPlace = edits.filter(({ targets }) => targets !== null);
  const inserted = edits.filter(({ targets }) => targets === null);
  const asked = inPlace.reduce((sum, edit) => sum + askedOf(edit), 0) / inPlace.length;
  row("files", `${files}`);
  row("  with a split", `${splitting}, driven ${driven}, splits driven ${edits.length}`);
  row("  refused", sizes(refused));
  row("  splits not driven", sizes(undriven));
  row("weights written", `${inPlace.length} splits, ${asked.toFixed(1)} weights changed in each`);
  const times = timesOf(EDITORS, inPlace);
  for (const editor of EDITORS) {
    row(`  ${editor.name}`, linesOf(editor, inPlace));
    row("", `time ${ratioOf(times, editor, inPlace)}`);
  }
  row("weights missing", `${inserted.length} splits; a round trip that changes nothing is 1`);
  row("  sluice", linesOf(SLUICE, inserted));
  row("", `time ${ratioOf(timesOf([SLUICE, ROUND_TRIP], inserted), SLUICE, inserted)}`);
}

function linesOf(editor: Editor, edits: readonly Edit[]): string {
  let lines = 0;
  let exact = 0;
  let failed = 0;
  for (const edit of edits) {
    const edited = attempt(editor, edit);
    if (edited === null) {
      failed += 1;
      continue;
    }
    lines += changedLines(edit.text, edited);
    if (isExact(edit, edited)) exact += 1;
  }
  const refused = failed === 0 ? "" : `, ${failed} failed`;
  const average = (lines / Math.max(1, edits.length - failed)).toFixed(1);
  return `${average} lines changed, the asked weights and nothing else in ${exact} of ${edits.length}${refused}`;
}

type Times = ReadonlyMap<Editor, ReadonlyMap<Edit, readonly number[]>>;

/** Of each edit all times after the warm-up, in milliseconds; the editors take turns. */
function timesOf(editors: readonly Editor[], edits: readonly Edit[]): Times {
  const times = new Map(
    editors.map((editor) => [editor, new Map(edits.map((edit): [Edit, number[]] => [edit, []]))]),
  );
  for (let round = 0; round < ROUNDS; round++) {
    for (const [editor, own] of times) {
      for (const [edit, taken] of own) {
        const start = performance.now();
        attempt(editor, edit);
        if (round >= WARM) taken.push(performance.now() - start);
      }
    }
  }
  return times;
}

function ratioOf(times: Times, editor: Editor, edits: readonly Edit[]): string {
  if (editor === ROUND_TRIP) return "1: what the others are compared with";
  const timeOf = (one: Editor, edit: Edit) => median(times.get(one)?.get(edit) ?? []);
  const sum = (one: Editor) => edits.reduce((all, edit) => all + timeOf(one, edit), 0);
  const middle = (some: readonly Edit[]) =>
    median(some.map((edit) => timeOf(editor, edit) / timeOf(ROUND_TRIP, edit))).toFixed(2);
  const largest = edits.toSorted((a, b) => b.text.length - a.text.length).slice(0, LARGEST);
  const all = (sum(editor) / sum(ROUND_TRIP)).toFixed(2);
  return `${all} of the round trip's in all, ${middle(edits)} in the median file, ${middle(largest)} in the ${LARGEST} largest`;
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0;
}

function attempt(editor: Editor, edit: Edit): string | null {
  try {
    return editor.edit(edit);
  } catch {
    return null;
  }
}

function row(name: string, words: string): void {
  console.log(`${name.padEnd(21)}${words}`);
}

function sizes(map: ReadonlyMap<string, number>): string {
  return map.size === 0 ? "none" : [...map].map(([code, count]) => `${count} ${code}`).join(", ");
}
