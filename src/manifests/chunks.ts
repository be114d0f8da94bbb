/** A part of a text that holds one YAML document, with the comments and directives before it. */
export interface Chunk {
  readonly from: number;
  readonly to: number;
}

/**
 * A text cut at its document markers. `---` and `...` at the start of a line are markers wherever they
 * stand, so each chunk can be read without the others.
 */
export function chunksOf(text: string): readonly Chunk[] {
  const chunks: Chunk[] = [];
  let from = 0;
  const cut = (to: number) => {
    // Comments and directives belong to the document that follows.
    if (to > from && !isPreamble(text, from, to)) {
      chunks.push({ from, to });
      from = to;
    }
  };
  for (let line = 0; line < text.length; ) {
    const feed = text.indexOf("\n", line);
    const next = feed < 0 ? text.length : feed + 1;
    if (isMarker(text, line, "---")) cut(line);
    else if (isMarker(text, line, "...")) cut(next);
    line = next;
  }
  if (from < text.length || chunks.length === 0) chunks.push({ from, to: text.length });
  return chunks;
}

function isMarker(text: string, line: number, marker: string): boolean {
  return text.startsWith(marker, line) && /^[ \t\r\n]?$/.test(text.charAt(line + marker.length));
}

function isPreamble(text: string, from: number, to: number): boolean {
  for (let line = from; line < to; ) {
    const feed = text.indexOf("\n", line);
    const next = feed < 0 || feed >= to ? to : feed + 1;
    if (!/^\uFEFF?[ \t]*(?:[#%].*)?\r?\n?$/.test(text.slice(line, next))) return false;
    line = next;
  }
  return true;
}
