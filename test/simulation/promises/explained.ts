import { isDeepStrictEqual } from "node:util";
import type { Release } from "../../../src/release/state.ts";
import { carriedOut, type Effect, type Transition, type Violate } from "./sight.ts";

const PROMISE = "10 all of it is explained";

/** 10: a write of the state says why: with the person where it is by a person, with the numbers where it is by evidence. */
export function checkExplained(transition: Transition, violate: Violate): void {
  const { shop, before, after, commit } = transition;
  const why = commit.message;
  const missing = (what: string, where: string) => violate(PROMISE, `${what} is missing in "${where}"`);
  if (!why.startsWith(shop.name) || why.trim().length < shop.name.length + 4)
    violate(PROMISE, `a state commit says "${why}"`);
  const people = carriedOut(transition).map(({ by }) => by);
  for (const by of people) if (!why.includes(by)) missing(by, why);

  const { release } = after;
  if (!release) return;
  const was = before?.release?.number === release.number ? before.release : null;
  const last = release.timeline.at(-1);
  const told = last?.text ?? "";
  // Said twice in the same words, it is still two entries.
  const untold = told === "" || isDeepStrictEqual(last, was?.timeline.at(-1));
  if (was && untold && turned(was, release))
    violate(PROMISE, `${shop.name} turned and its timeline still says "${told}"`);
  for (const by of was ? people : []) if (last?.by !== by) missing(`that it was by ${by}`, told);

  if (!was) {
    if (!told.includes(release.version)) missing(`the version ${release.version}`, told);
    const byWord = people.length > 0;
    if (!byWord && !told.includes(release.cause.commit.slice(0, 7))) missing("the commit", told);
    if (last?.by !== release.cause.actor) missing(`that it was by ${release.cause.actor}`, told);
    return;
  }
  const wentLive = release.shift.live !== null && was.shift.live === null;
  if (wentLive && !hasWords(told, `${release.shift.percent} % is live: `)) missing("how it is known", told);
  const { failure, hold } = release;
  if (failure && !was.failure && failure.by === null && !wasSeen(failure))
    missing("the numbers", failure.words);
  if (hold && hold.reason !== was.hold?.reason && !hasWords(told, `(${hold.reason}): `))
    missing(`why it holds (${hold.reason})`, told);
  const merged = transition.scene.github.pulls.get(release.rollback?.pull?.number ?? 0);
  const byMerge = was.phase === "rolling-back" && release.phase === "returning" && /merged/.test(told);
  if (byMerge && merged?.closedBy && last?.by !== merged.closedBy)
    missing(`that it was merged by ${merged.closedBy}`, told);
}

/** 10: so does each commit on main; a step that was taken by evidence shows the evidence. */
export function checkReasons({ commit, intent }: Effect, violate: Violate, recovered: boolean): void {
  const { message } = commit;
  const missing = (what: string) => violate(PROMISE, `${what} is missing in "${message}"`);
  if (!hasWords(message, "\nWhy: ") && !message.startsWith("Merge ")) missing("the reason");
  for (const { by } of carriedOut(intent)) if (!message.includes(`\nBy: ${by}`)) missing(`By: ${by}`);
  const release = intent.before?.release;
  const effect = intent.after.pending?.effect;
  const step = effect?.kind === "set-weights" && effect.step !== null;
  const judged = step && carriedOut(intent).length === 0 && release?.shift.live && release.shift.percent > 0;
  // What a verdict rested upon dies with the process that saw it.
  if (judged && !recovered && !/\nEvidence from .*\n- .*\d/.test(message)) missing("the evidence");
}

function turned(was: Release, is: Release): boolean {
  return was.phase !== is.phase || was.step !== is.step || was.hold?.reason !== is.hold?.reason;
}

/** A failure by evidence has its numbers: of an objective, else in its words. */
function wasSeen({ words, slos }: NonNullable<Release["failure"]>): boolean {
  const measured = slos.some(({ canary, limit }) => canary !== null && /\d/.test(limit));
  return (
    /\d.*:.*\w/.test(words) && (measured || /: .*\d/.test(words) || /No evidence for \d+ min/.test(words))
  );
}

function hasWords(text: string, after: string): boolean {
  const at = text.indexOf(after);
  return (
    at >= 0 &&
    text
      .slice(at + after.length)
      .split("\n")[0]
      ?.trim() !== ""
  );
}
