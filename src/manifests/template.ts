import type { Problem } from "../config/types.ts";

/** `{{` where YAML would have a key, a value or an item: at the start of a line, or behind `key:` or `-`. */
const TEMPLATE_LINE = /^[ \t]*(?:- +)*(?:[\w."'/-]{1,100}:[ \t]+)?\{\{/m;

/** Text that is not YAML because a template engine makes the YAML from it. */
export function templateAt(
  text: string,
  problemAt: (offset: number, code: string, message: string) => Problem,
): Problem | null {
  const found = TEMPLATE_LINE.exec(text);
  if (found === null) return null;
  const offset = found.index + found[0].length - 2;
  return problemAt(
    offset,
    "template",
    `this file is a template (${quoted(lineFrom(text, offset))}), not YAML: point at the values file it is filled from instead`,
  );
}

/** Why a scalar that should be a number is a placeholder for one; null when it is none. */
export function placeholder(written: string): string | null {
  const shown = () => quoted(lineFrom(written, 0));
  if (written.includes("{{")) {
    return `${shown()} is a Helm or Go template: point at the values file that holds the number instead`;
  }
  if (/\$[\w({]/.test(written)) {
    return `${shown()} is a shell template: the number exists only while the script or the substitution runs, so there is none to read or to commit; keep the manifest in a file of its own with the number in it`;
  }
  if (/<%|%>|@@|\$\$/.test(written)) {
    return `${shown()} is a template: point at the file that holds the number instead`;
  }
  return null;
}

function lineFrom(text: string, offset: number): string {
  const line = /^[^\r\n]*/.exec(text.slice(offset, offset + 200))?.[0].trim() ?? "";
  return line.length > 60 ? `${line.slice(0, 60)}…` : line;
}

/** A piece of somebody's text, in backquotes, on one line. */
export function quoted(text: string): string {
  return `\`${text.replaceAll(/[`\p{Cc}]/gu, "·")}\``;
}
