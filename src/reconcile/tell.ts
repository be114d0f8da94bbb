import type { Rollout } from "../config/types.ts";
import { noticesOf } from "../release/notices.ts";
import type { Ended, RolloutState } from "../release/state.ts";
import { noticeTitle } from "../views/notice.ts";
import type { Ports } from "./ports.ts";
import type { Reading } from "./read.ts";

/**
 * Tells people outside GitHub of a transition that was recorded. Only the process that recorded it does, so each is
 * told once; should that process die right then, it is told nowhere but on GitHub.
 */
export function tell(
  { notifier }: Ports,
  { repository }: Reading,
  rollout: Rollout,
  before: RolloutState | null,
  after: RolloutState,
  ended: Ended | null,
): void {
  const { owner, name, url } = repository;
  for (const notice of noticesOf(rollout, before, after, ended)) {
    notifier.notify({
      ...notice,
      rollout: rollout.name,
      title: noticeTitle(rollout.name, notice),
      repository: { name: `${owner}/${name}`, url },
    });
  }
}
