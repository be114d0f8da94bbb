import { mention } from "../config/names.ts";
import { releaseName } from "../release/state.ts";
import { date, duration } from "./format.ts";
import { code, prose } from "./inert.ts";
import { BODY_LIMIT, compose, text } from "./layout.ts";
import { reminderMarker } from "./marker.ts";
import { commandLines, toldIn } from "./parts.ts";
import { type ReleaseView, standing } from "./standing.ts";

export interface Reminder {
  /** Since when it waits, epoch ms. */
  readonly since: number;
  /** When it says so. */
  readonly at: number;
  /** What is waited for. */
  readonly words: string;
}

/**
 * A comment of its own, since an edit of another notifies nobody, and the only text of ours that mentions people: the
 * approvers, or where there are none the author of the pull request, unless that is a bot.
 */
export function reminderComment(view: ReleaseView, { since, at, words }: Reminder): string {
  const { rollout, release, legal, elsewhere } = view;
  const name = code(releaseName(rollout.name, release.number));
  const waited = at - since;
  const called = rollout.approvers.length > 0 ? rollout.approvers : [release.cause.actor ?? ""];
  const mentions = called.flatMap((one) => mention(one) ?? []).slice(0, MENTIONS);
  return compose(
    [
      text(`${[...mentions, name].join(" ")} · ${standing(view)}`),
      text(`Waiting since ${date(since)}, for ${duration(waited)} now. ${prose(words)}`),
      ...toldIn(view).map((sentence) => text(sentence)),
      text(commandLines(rollout, legal, elsewhere)),
      text(`<sub>Asked again in ${duration(waited)}, unless that is over by then.</sub>`),
    ],
    BODY_LIMIT,
    reminderMarker(rollout.name, release.number, at),
  );
}

/** Whoever calls more calls nobody. */
const MENTIONS = 20;
