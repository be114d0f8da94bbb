import { CST, isMap, type Node, type Pair, type YAMLMap } from "yaml";
import { columnOf, lineBreak, pairEnd } from "./ends.ts";
import { endOf, keyOf, startOf } from "./graph.ts";
import { endsSurely } from "./map-end.ts";
import { type TokenEdit, type Tokens, textOfTokens } from "./tokens.ts";

/** Six letters and more: no version of YAML has a word of that length that is not text. */
const KEY = /^[A-Za-z][A-Za-z0-9._/-]{5,}$/;

const VALUE = /^(?:[0-9]+m?|"[0-9]+m?")$/;

/**
 * A new key at the end of a map, in the map's own style; null when the map is empty or not a map. Its tokens
 * are null where they do not surely say what it means.
 */
export function insertion(text: string, map: Node, key: string, value: string): TokenEdit | null {
  const last = isMap(map) ? map.items.at(-1) : undefined;
  if (!isMap(map) || last === undefined) return null;
  const { at, tokens } =
    map.flow === true ? intoFlow(text, map, last, key, value) : intoBlock(text, map, last, key, value);
  const isNew = map.items.every((pair) => keyOf(pair) !== key);
  const isSure = isNew && KEY.test(key) && VALUE.test(value) && endsSurely(text, map, last);
  return { from: at, to: at, text: textOfTokens(tokens), tokens: isSure ? tokens : null };
}

interface Insertion {
  readonly at: number;
  readonly tokens: Tokens;
}

/** `{name: a, port: 80}` → `{name: a, port: 80, weight: 5}`, with the separators that are there. */
function intoFlow(text: string, map: YAMLMap, last: Pair, key: string, value: string): Insertion {
  const before = map.items.at(-2);
  const between = before === undefined ? "" : text.slice(pairEnd(before), startOf(last.key));
  const colon = text.slice(endOf(last.key), startOf(last.value ?? last.key));
  const comma = /^,\s*$/.test(between) ? between : ", ";
  const written = /^"/.test(text.slice(startOf(last.key))) ? `"${key}"` : key;
  const tokens = [...spaced(comma), ...scalar(written), ...spaced(/^\s*:\s*$/.test(colon) ? colon : ": ")];
  return { at: pairEnd(last), tokens: [...tokens, ...scalar(value)] };
}

/** A line of its own below the last one, as deep as the map's first key. */
function intoBlock(text: string, map: YAMLMap, last: Pair, key: string, value: string): Insertion {
  const indent = " ".repeat(columnOf(text, startOf(map.items[0]?.key)));
  const line = [...spaced(indent), ...scalar(key), ":", " ", ...scalar(value)];
  const end = pairEnd(last);
  // A block text's range takes in its line break: what follows is already the next line.
  if (text.charAt(end - 1) === "\n") return { at: end, tokens: [...line, lineBreak(text, end)] };
  const feed = text.indexOf("\n", end);
  const lineEnd = feed < 0 ? text.length : text.charAt(feed - 1) === "\r" ? feed - 1 : feed;
  return { at: lineEnd, tokens: [lineBreak(text, end), ...line] };
}

/** A comma or a colon and the white space around it. */
function spaced(text: string): Tokens {
  return text.match(/\r?\n|[^\S\r\n]+|\S+|\r/g) ?? [];
}

function scalar(written: string): Tokens {
  return written.startsWith('"') ? [written] : [CST.SCALAR, written];
}
