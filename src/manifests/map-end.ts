import { isMap, isSeq, type Pair, type YAMLMap } from "yaml";
import { columnOf, lineStart, pairEnd } from "./ends.ts";
import { endOf, startOf } from "./graph.ts";

/**
 * Whether a pair put behind a map's last one, in the map's own style, is surely read as the map's next: the
 * map's own column is known, its last value is written out, and only the end of the map comes behind. False
 * where it takes a reading to tell.
 */
export function endsSurely(text: string, map: YAMLMap, last: Pair): boolean {
  if (map.tag !== undefined || !isWritten(last.value)) return false;
  return map.flow === true ? endsWithBrace(text, map, last) : endsByIndent(text, map, last);
}

/** What is in the text and takes up room there. */
function isWritten(value: unknown): boolean {
  const isBlock = (isMap(value) || isSeq(value)) && value.flow !== true && value.items.length > 0;
  if (!isBlock) return endOf(value) > startOf(value);
  return isWritten(isMap(value) ? value.items.at(-1)?.value : value.items.at(-1));
}

/** A pair within a flow list is a map too, but one that has no braces. */
function endsWithBrace(text: string, map: YAMLMap, last: Pair): boolean {
  const brace = endOf(map) - 1;
  const end = pairEnd(last);
  return (
    text.charAt(startOf(map)) === "{" &&
    text.charAt(brace) === "}" &&
    end <= brace &&
    /^[ \t\r\n]*,?[ \t\r\n]*$/.test(text.slice(end, brace))
  );
}

function endsByIndent(text: string, map: YAMLMap, last: Pair): boolean {
  const first = startOf(map.items[0]?.key);
  const key = startOf(last.key);
  const column = columnOf(text, first);
  return (
    // No tab, anchor, question mark or byte order mark, which the parser counts otherwise than we.
    /^ *(?:- +)*$/.test(text.slice(lineStart(text, first), first)) &&
    (key === first || text.slice(lineStart(text, key), key) === " ".repeat(column)) &&
    isLessIndented(text, pairEnd(last), column)
  );
}

/** Whether nothing but blanks and comments comes before the text's end or a line that starts before a column. */
function isLessIndented(text: string, end: number, column: number): boolean {
  let line = end;
  let isRest = text.charAt(end - 1) !== "\n";
  for (;;) {
    let at = line;
    while (text.charAt(at) === " ") at += 1;
    const next = text.charAt(at);
    const isBreak = next === "\n" || text.startsWith("\r\n", at);
    if (next === "") return true;
    if (next !== "#" && !isBreak) return !isRest && next !== "\t" && next !== "\r" && at - line < column;
    const feed = text.indexOf("\n", at);
    if (feed < 0) return true;
    line = feed + 1;
    isRest = false;
  }
}
