/** Between words, but not between a number and its unit. */
const GAP = /\s+(?!(?:%|x|ms|s|min|h)(?:[\s,;:.)]|$))/;

/** Lines of at most `width` characters, broken between words; those after the first are indented. */
export function wrapped(first: string, text: string, width: number): string {
  const indent = " ".repeat(first.length);
  const lines: string[] = [];
  let line = first;
  let empty = true;
  for (const word of text
    .trim()
    .split(GAP)
    .filter((part) => part !== "")) {
    if (!empty && line.length + 1 + word.length > width) {
      lines.push(line);
      line = indent;
      empty = true;
    }
    line += `${empty ? "" : " "}${word}`;
    empty = false;
  }
  return [...lines, line.trimEnd()].join("\n");
}
