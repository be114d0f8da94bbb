/**
 * Text from outside (titles, logins, metric labels, error bodies, reasons) made harmless in what GitHub renders:
 * no mention, reference, link, image, HTML, formatting, hidden marker, commit trailer or word that keeps workflows
 * from running comes out of it.
 */

const BREAK = "\u200b";

/** Longest text quoted inside a sentence or a table cell, in code points. */
const INLINE_MAX = 300;

/** In a commit's message these start no workflow for it: checks that a rollback needs would be waited for for ever. */
const SKIPS_CI = /\[(?=(?:(?:skip|no) ci|ci skip|skip actions|actions skip)\])/gi;

/** Where GitHub would see more than letters; each is broken by a zero-width space that nobody sees. */
const TRIGGERS = new RegExp(
  [
    /@/, // mentions, teams, addresses, owner/repo@sha
    /#(?=\d)/, // issues and pull requests, closing keywords with them
    /(?<![a-z\d])GH-(?=\d)/, // `_` is no letter to GitHub, as it is to `\b`
    /:(?=\/\/)/, // bare addresses
    /www(?=\.)/, // a link after `_` and `*` too
    /:(?=(?:[+-]1|100|1234|[\w+-]*[a-z][\w+-]*):)/, // emoji; 10:04:12 is none
    /<!--\s*sluice(?=:)/, // our hidden markers
    /Sluice-(?=[a-z]+\s*:)/, // our commit trailers
    SKIPS_CI,
  ]
    .map(({ source }) => source)
    .join("|"),
  "gi",
);

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  "|": "&#124;",
  "`": "&#96;",
  "\\": "&#92;",
  $: "&#36;",
  "*": "\\*",
  _: "\\_",
  "[": "\\[",
  "]": "\\]",
  "~": "\\~",
  [BREAK]: "&#8203;",
};

/**
 * One line of Markdown that shows the text and does nothing else; safe in a table cell and at the start of a line.
 * Cut to `max` code points of the text.
 */
export function inert(text: string, max = INLINE_MAX): string {
  return broken(line(text, max))
    .replace(/[&<>|`\\$*_[\]~\u200b]/g, (character) => ESCAPES[character] ?? character)
    .replace(/^(\d+)([.)])(?=\s|$)/, "$1\\$2")
    .replace(/^[-+#=:]/, "\\$&");
}

/** The same for a sentence with names between backticks: they stay code, made harmless one by one. */
export function prose(text: string, max = 600): string {
  return line(text, max)
    .split(/`([^`]+)`/)
    .map((part, index) => (index % 2 === 1 ? code(part) : edges(part)))
    .join("");
}

/** The same for places without Markdown: titles and commit messages. GitHub still links, notifies and closes from those. */
export function inertPlain(text: string, max = INLINE_MAX): string {
  return broken(line(text, max));
}

/**
 * A code span. GitHub looks for no mention or reference inside one; what could end it early takes the HTML form. A
 * pull request's body may become the message of its merge, in which code is text like any other.
 */
export function code(text: string, max = INLINE_MAX): string {
  const shown = line(text, max).replace(SKIPS_CI, `$&${BREAK}`);
  if (shown === "") return "(empty)";
  return /[`|<\\]/.test(shown) ? `<code>${inert(shown, max)}</code>` : `\`${shown}\``;
}

/** A line of a file for a fence that is longer than any run of backticks in it: only what hides or reorders goes. */
export function verbatim(text: string, max = 200): string {
  const shown = visible(text.slice(0, max * 8))
    .trimEnd()
    .replace(/<!--\s*sluice(?=:)/gi, `$&${BREAK}`);
  const characters = [...shown];
  return characters.length <= max ? shown : `${characters.slice(0, max - 1).join("")}…`;
}

function edges(part: string): string {
  const [, before = "", inner = "", after = ""] = /^( ?)(.*?)( ?)$/.exec(part) ?? [];
  return `${before}${inert(inner, inner.length)}${after}`;
}

function broken(text: string): string {
  return text.replace(TRIGGERS, `$&${BREAK}`);
}

function line(text: string, max: number): string {
  // Nobody reads a megabyte in a table cell; eight units a code point leave room for what is not shown.
  const head = text.slice(0, max * 8);
  const seen = visible(head);
  const shown = (/[^\S ]| {2}/.test(seen) ? seen.replace(/\s+/g, " ") : seen).trim();
  // There are at most as many code points as units.
  if (shown.length <= max && head.length === text.length) return shown;
  const characters = [...shown];
  if (characters.length <= max && head.length === text.length) return shown;
  return `${characters
    .slice(0, max - 1)
    .join("")
    .trimEnd()}…`;
}

/** Letters, signs and dashes as most texts have them: among these there is nothing to take out. */
const PLAIN = /^[\x20-\x7e\xa1-\xac\xae-\xff\u2010-\u2027\u2190-\u22ff]*$/;

/** Without control, direction and zero-width characters: they hide or reorder what a person reads. */
function visible(text: string): string {
  if (PLAIN.test(text)) return text;
  return text
    .toWellFormed()
    .replace(/\p{Cc}|\p{Zl}|\p{Zp}/gu, " ")
    .replace(/\p{Cf}/gu, "");
}
