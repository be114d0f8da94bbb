import { ROLLOUT_NAME } from "../config/names.ts";
import { didYouMean } from "../config/nearest.ts";
import { isReadable, readTime, splitReason } from "./arguments.ts";
import { appearance, strangeCharacter } from "./characters.ts";
import { type Command, GRAMMAR, type Row, VERBS } from "./grammar.ts";
import { firstLine, hasSecondCall, isCall } from "./lines.ts";
import type { Reason } from "./reasons.ts";

export type Parsed =
  /** The comment does not speak to us. */
  | { readonly kind: "none" }
  | { readonly kind: "command"; readonly command: Command }
  /** It does, but not clearly: nothing is done. `message` is Markdown for the author, safe to post. */
  | { readonly kind: "unclear"; readonly reason: Reason; readonly message: string };

const LONGEST = 200;
const HELP = "`/canary help` lists all commands.";
const SHA = /^[0-9a-f]{7,40}$/i;
const NUMBER_LIKE = /^[-+]?[0-9]*[.,]?[0-9]+%?$/;
const NUMBER = /^([0-9]+(?:\.[0-9]{1,4})?)%?$/;

/** Reads a new comment. Only its first line, from its first column, can be a command. Never throws. */
export function parseCommand(body: string): Parsed {
  const line = firstLine(body);
  const head = line.slice(0, LONGEST);
  if (!isCall(head)) {
    const strange = isCall(appearance(head)) ? strangeCharacter(head) : null;
    return strange === null ? { kind: "none" } : odd(strange);
  }
  if (line.trimEnd().length > LONGEST) {
    return unclear(
      "too-long",
      `A command has at most ${LONGEST} characters. Put other text on the lines below. ${HELP}`,
    );
  }
  if (hasSecondCall(body)) {
    return unclear(
      "several-commands",
      "One comment holds one command. Write a comment for each; nothing was done.",
    );
  }
  const { bare, reason } = splitReason(line);
  const strange = strangeCharacter(reason !== null && isReadable(reason) ? bare : line);
  if (strange !== null) return odd(strange);
  return readWords(
    bare
      .split(/[ \t]+/)
      .filter((word) => word !== "")
      .slice(1),
    reason,
  );
}

function readWords(words: readonly string[], reason: string | null): Parsed {
  const [first, second] = words;
  if (first === undefined) return unclear("no-verb", `Say what to do, such as \`/canary status\`. ${HELP}`);
  if (meansCommand(first)) return readCommand(null, first, words.slice(1), reason);
  if (second === undefined || !meansCommand(second) || VERBS.includes(first.toLowerCase())) {
    return unknown(first, second);
  }
  const rollout = first.toLowerCase();
  if (ROLLOUT_NAME.test(rollout)) return readCommand(rollout, second, words.slice(2), reason);
  return unclear("bad-rollout-name", `${shown(first)} cannot be the name of a rollout. ${HELP}`);
}

function readCommand(
  rollout: string | null,
  word: string,
  rest: readonly string[],
  reason: string | null,
): Parsed {
  const verb = verbOf(word);
  const number = verb === null ? readPercent(word) : null;
  if (typeof number === "object" && number !== null) return number;
  const row = verb ?? WEIGHT;

  const preposition = row.name === "start" ? "at" : row.name === "freeze" ? "until" : null;
  const time = rest[0]?.toLowerCase() === preposition ? readTime(rest.slice(1)) : null;
  if (time?.ok === false) return unclear("bad-time", time.message);
  const [sha, ...extra] = time?.rest ?? rest;
  const surplus = row.sha ? extra[0] : sha;
  const unread = surplus ?? (row.name === "freeze" ? undefined : (reason ?? undefined));
  if (unread !== undefined) {
    const advice = `${shown(unread)} is more than \`${row.usage}\` takes. Put other text on the lines below.`;
    return unclear("extra-words", advice);
  }
  if (sha !== undefined && !SHA.test(sha)) {
    const message = `${shown(sha)} is no commit SHA of 7 to 40 hexadecimal digits. Put other text on the lines below.`;
    return unclear("bad-sha", message);
  }
  const said = { percent: number ?? 0, at: time?.at ?? null, reason: reason || null };
  return { kind: "command", command: build(row, said, rollout, sha?.toLowerCase() ?? null) };
}

function build(
  row: Row,
  said: { readonly percent: number; readonly at: number | null; readonly reason: string | null },
  rollout: string | null,
  sha: string | null,
): Command {
  switch (row.name) {
    case "weight":
      return { name: row.name, percent: said.percent, rollout, sha };
    case "start":
      return { name: row.name, at: said.at, rollout, sha };
    case "freeze":
      return { name: row.name, until: said.at, reason: said.reason, rollout };
    default:
      return row.sha ? { name: row.name, rollout, sha } : { name: row.name, rollout };
  }
}

const [WEIGHT] = GRAMMAR;
const VERB_ROWS = GRAMMAR.filter((row) => row.name !== "weight");

function verbOf(word: string): Row | null {
  return VERB_ROWS.find((row) => row.name === word.toLowerCase()) ?? null;
}

function meansCommand(word: string): boolean {
  return verbOf(word) !== null || NUMBER_LIKE.test(word);
}

function readPercent(word: string): number | Parsed {
  const digits = NUMBER.exec(word)?.[1];
  const size = Number(digits ?? word.replace(",", ".").replace("%", ""));
  if (size < 0 || size > 100) {
    return unclear("number-out-of-range", `${shown(word)} is not between 0 and 100 percent.`);
  }
  if (digits === undefined) {
    return unclear(
      "bad-number",
      `${shown(word)} is not clear. Write a percentage such as \`25\`, \`25%\` or \`0.5\`.`,
    );
  }
  return size;
}

function unknown(first: string, second: string | undefined): Parsed {
  const verbs = VERB_ROWS.map((row) => row.name);
  const last = second !== undefined && !SHA.test(second) ? didYouMean(second, verbs) : "";
  const number = first.toLowerCase() === WEIGHT.name ? " Write the number alone, such as `/canary 25`." : "";
  const guess = last || didYouMean(first, verbs) || number;
  return unclear("unknown-word", `${shown(last ? (second ?? "") : first)} is no command.${guess} ${HELP}`);
}

function odd(codePoint: string): Parsed {
  const message = `The line has the character ${codePoint}, which looks like another or cannot be seen. Type the command again in plain letters.`;
  return unclear("strange-characters", message);
}

function unclear(reason: Reason, message: string): Parsed {
  return { kind: "unclear", reason, message };
}

/** The line is printable ASCII by now: without backticks and shortened, a word is inert in a code span. */
function shown(word: string): string {
  const inert = word.replaceAll("`", "?");
  return `\`${inert.length > 40 ? `${inert.slice(0, 39)}...` : inert}\``;
}
