/**
 * What is printed, in a terminal or in the log of a job, has words from files that anybody may have written. Neither
 * the terminal nor the runner, which takes commands out of what a step prints, may obey them.
 */

/** What hides, turns around or steers what a person reads. */
const STEERING = /[\p{Cc}\p{Cf}]/gu;
const BREAKS = /[\t\n\v\f\r\u0085\u2028\u2029]+/g;

/** A command to GitHub's runner, which looks behind white space for it. */
const COMMAND = /^(\s*):(?=:)/;
/** The older form, which runners find anywhere in a line; others' have a word before the bracket. */
const OLD_COMMAND = /##(?=[a-z]*\[)/gi;

/** A part of a line: a name, a cell, a sentence. */
export function inert(text: string): string {
  return text.replaceAll(BREAKS, " ").replaceAll(STEERING, "·");
}

/** A line from its beginning. */
export function inertLine(text: string): string {
  return inert(text).replace(COMMAND, "$1: ").replaceAll(OLD_COMMAND, "# #");
}

/** A text of several lines. */
export function inertLines(text: string): string {
  return text.split("\n").map(inertLine).join("\n");
}
