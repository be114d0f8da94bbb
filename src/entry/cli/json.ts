/**
 * What steers a terminal, and the half of what is a command to a runner. In JSON these can only be in a string; `\n`
 * is between the lines, none of which begins with a string's words.
 */
const STEERING = /(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]|(?<=#)#(?=[a-z]*\[)/giu;

/** JSON for a program, with escapes for all that would not be printed as it is: it says the same and does nothing. */
export function jsonText(value: unknown): string {
  return `${JSON.stringify(value, null, 2).replaceAll(STEERING, escaped)}\n`;
}

function escaped(character: string): string {
  return Array.from({ length: character.length }, (_, i) => character.charCodeAt(i))
    .map((unit) => `\\u${unit.toString(16).padStart(4, "0")}`)
    .join("");
}
