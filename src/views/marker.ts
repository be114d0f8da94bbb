/**
 * Hidden lines by which our own comments are found again. A marker counts only as the last line of a body,
 * so text quoted further up cannot pass for one; whoever looks must check the comment's author as well.
 */
export type Marker =
  | { readonly kind: "release"; readonly rollout: string; readonly number: number }
  | { readonly kind: "reply"; readonly comment: number }
  | { readonly kind: "reminder"; readonly rollout: string; readonly number: number; readonly at: number };

export function releaseMarker(rollout: string, number: number): string {
  return `<!-- sluice:release ${rollout}#${number} -->`;
}

/** Marks the answer to the comment with this id. */
export function replyMarker(comment: number): string {
  return `<!-- sluice:reply ${comment} -->`;
}

/** `at`: when the release said it, epoch ms. */
export function reminderMarker(rollout: string, number: number, at: number): string {
  return `<!-- sluice:reminder ${rollout}#${number} ${at} -->`;
}

/** The marker a comment's body ends with; null when there is none. */
export function findMarker(body: string): Marker | null {
  const last = body.trimEnd().split("\n").at(-1) ?? "";
  const release = /^<!-- sluice:release ([^\s#]+)#([1-9]\d*) -->$/.exec(last);
  if (release?.[1] !== undefined && release[2] !== undefined) {
    return { kind: "release", rollout: release[1], number: Number(release[2]) };
  }
  const reminder = /^<!-- sluice:reminder ([^\s#]+)#([1-9]\d*) ([1-9]\d*) -->$/.exec(last);
  if (reminder?.[1] !== undefined) {
    return { kind: "reminder", rollout: reminder[1], number: Number(reminder[2]), at: Number(reminder[3]) };
  }
  const reply = /^<!-- sluice:reply ([1-9]\d*) -->$/.exec(last);
  return reply?.[1] === undefined ? null : { kind: "reply", comment: Number(reply[1]) };
}
