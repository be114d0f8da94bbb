/** The limits GitHub puts on texts, kept before it has to say so. */

export const CHECK_TEXT_BYTES = 65_535;
export const BODY_BYTES = 65_536;

const CUT = "\n\n… cut here: GitHub takes no longer text.";

/**
 * At most `limit` bytes of UTF-8, cut between characters with a last line that says so. Bytes are the strictest
 * reading of limits that GitHub gives in characters.
 */
export function withinBytes(text: string, limit: number): string {
  if (Buffer.byteLength(text) <= limit) {
    return text;
  }
  return firstBytes(text, limit - Buffer.byteLength(CUT)) + CUT;
}

/** At most `limit` characters on one line, the last an ellipsis when something is missing. */
export function oneLine(text: string, limit: number): string {
  const flat = text.replace(/\s+/g, " ").trim();
  const characters = [...flat];
  return characters.length <= limit ? flat : `${characters.slice(0, limit - 1).join("")}…`;
}

function firstBytes(text: string, limit: number): string {
  const bytes = Buffer.from(text, "utf8");
  let end = limit;
  // 10xxxxxx continues a character: a cut there would halve it.
  while (end > 0 && ((bytes[end] ?? 0) & 0b1100_0000) === 0b1000_0000) {
    end -= 1;
  }
  return bytes.toString("utf8", 0, end);
}
