/** Why a comment that calls for a command is not one. The reference page is made from this table. */
export const REASONS = {
  "no-verb": "Nothing follows `/canary`.",
  "unknown-word": "The word is no command; the nearest one is named.",
  "bad-number": "A number that is not written as such, like `25`, `25%` or `0.5`.",
  "number-out-of-range": "A number under 0 or over 100.",
  "bad-rollout-name": "What stands before the command cannot be the name of a rollout.",
  "bad-sha": "What stands last is not a commit SHA of 7 to 40 hexadecimal digits.",
  "bad-time": "A time that is not written as such, like `2026-12-27` or `2026-12-01T09:00 Europe/Berlin`.",
  "extra-words": "More follows than the command takes.",
  "several-commands": "The comment has more than one line that starts with `/canary`.",
  "strange-characters":
    "Characters that look like others or cannot be seen; nobody could tell what was meant.",
  "too-long": "The line is longer than any command.",
} as const;

export type Reason = keyof typeof REASONS;
