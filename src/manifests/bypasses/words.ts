import { isMap, isScalar, isSeq } from "yaml";
import type { Terms } from "../kind.ts";
import { bytesOf, entriesOf, itemsOf, type Place, textOf } from "../place.ts";

const LONGEST = 200;

/** What requests a rule takes, in the file's own words on one line; null when it takes all. */
export function wordsOf(match: readonly Terms[]): string | null {
  const said = match.filter((terms) => terms.length > 0);
  // One that asks for nothing takes everything, whatever the others say.
  if (said.length === 0 || said.length < match.length) return null;
  let text = "";
  for (const piece of joined(said, " or ", termsWords)) {
    text += piece;
    // An alias can stand for more than memory holds: what nobody sees is not written.
    if (text.length > 2 * LONGEST) break;
  }
  const line = [...text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, "·")];
  return line.length > LONGEST ? `${line.slice(0, LONGEST).join("")}…` : line.join("");
}

function* termsWords(terms: Terms): Generator<string> {
  yield* joined(terms, ", ", function* ([key, value]) {
    if (key !== "") yield `${key} `;
    yield* valueWords(value);
  });
}

/** One thing inside another needs no brackets: `headers user-agent regex ".*Mobile.*"`. */
function* valueWords(place: Place): Generator<string> {
  const { node } = place;
  if (isMap(node)) yield* grouped(entriesOf(place), ", ", (entry) => termsWords([entry]));
  else if (isSeq(node)) yield* grouped(itemsOf(place), "; ", valueWords);
  else yield scalarWords(place);
}

function* grouped<T>(
  items: readonly T[],
  between: string,
  words: (item: T) => Iterable<string>,
): Generator<string> {
  const alone = items.length === 1;
  if (!alone) yield "(";
  yield* joined(items, between, words);
  if (!alone) yield ")";
}

function* joined<T>(
  items: readonly T[],
  between: string,
  words: (item: T) => Iterable<string>,
): Generator<string> {
  for (const [index, item] of items.entries()) {
    if (index > 0) yield between;
    yield* words(item);
  }
}

/** With the quotes it has; a text over several lines becomes one. */
function scalarWords(place: Place): string {
  const isBlock = isScalar(place.node) && place.node.type?.startsWith("BLOCK") === true;
  const text = isBlock ? (textOf(place) ?? "") : bytesOf(place);
  return text
    .slice(0, 4 * LONGEST)
    .trim()
    .replaceAll(/\s+/g, " ");
}
