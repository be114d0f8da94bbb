/** What a backslash stands for in a double-quoted text, where that is one character. */
const ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  "\\": "\\",
  "/": "/",
  n: "\n",
  t: "\t",
  r: "\r",
  " ": " ",
};

/**
 * For each character of a scalar's text but white space, its offset in the scalar's bytes. White space
 * comes and goes as lines are folded, everything else stands in the bytes in the same order. Null when it
 * does not, as behind an escape such as `\x41`.
 */
export function offsetsIn(bytes: string, text: string): readonly (number | undefined)[] | null {
  const offsets: (number | undefined)[] = [];
  const quote = /^["']/.test(bytes) ? bytes.charAt(0) : "";
  const end = quote === "" ? bytes.length : bytes.length - 1;
  let at = quote === "" ? blockStart(bytes) : 1;
  for (let index = 0; index < text.length; index++) {
    const wanted = text.charAt(index);
    if (/\s/.test(wanted)) {
      offsets.push(undefined);
      continue;
    }
    for (;;) {
      const isEscape = quote === '"' && bytes.charAt(at) === "\\";
      const meant = isEscape ? escaped(bytes.charAt(at + 1)) : bytes.charAt(at);
      if (at >= end || meant === null) return null;
      const length = isEscape || (quote === "'" && meant === "'") ? 2 : 1;
      if (/\s/.test(meant) || meant === "") {
        at += length;
        continue;
      }
      if (meant !== wanted) return null;
      offsets.push(at);
      at += length;
      break;
    }
  }
  return offsets;
}

function escaped(character: string): string | null {
  // A line that ends in a backslash goes on below without a break.
  if (character === "\n" || character === "\r") return " ";
  return ESCAPES[character] ?? null;
}

/** Behind the `|` or `>` of a block text, its indicators and its comment. */
function blockStart(bytes: string): number {
  return /^[|>][^\n]*/.exec(bytes)?.[0].length ?? 0;
}
