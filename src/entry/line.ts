/** What hides, turns around or steers what a person reads. */
const STEERING = /[\p{Cc}\p{Cf}]/gu;
const BREAKS = /[\t\n\v\f\r\u0085\u2028\u2029]+/g;

/** One line. Its words come from files that anybody may have written: a terminal must not obey them. */
export function inert(text: string): string {
  return text.replaceAll(BREAKS, " ").replaceAll(STEERING, "·");
}

/** A text of several lines, each as it may be printed. */
export function inertLines(text: string): string {
  return text.split("\n").map(inert).join("\n");
}
