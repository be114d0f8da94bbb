import type { Notice, NoticeKind } from "../release/notices.ts";
import { releaseName } from "../release/state.ts";
import { percent } from "./format.ts";

const WORDS: Readonly<Record<NoticeKind, (weight: string) => string>> = {
  started: () => "started",
  weight: (weight) => `went to ${weight}`,
  waits: (weight) => `waits at ${weight} for somebody`,
  reminder: (weight) => `still waits at ${weight} for somebody`,
  failed: (weight) => `failed at ${weight}`,
  blocked: (weight) => `cannot be rolled back from ${weight} without somebody`,
  promoted: () => "was promoted",
  "rolled-back": () => "was rolled back",
  superseded: () => "gave way to a newer version",
  cancelled: () => "was cancelled",
};

/** One line without a word from outside: `checkout#7 failed at 25 %`. */
export function noticeTitle(rollout: string, { kind, release, percent: weight }: Notice): string {
  return `${releaseName(rollout, release.number)} ${WORDS[kind](percent(weight))}`;
}
