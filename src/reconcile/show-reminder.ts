import { isDeepStrictEqual } from "node:util";
import { findMarker, type Marker } from "../views/marker.ts";
import { reminderComment } from "../views/reminder.ts";
import type { ReleaseView } from "../views/standing.ts";
import type { Ports } from "./ports.ts";
import { changed } from "./shown.ts";

/** Once, by its mark on the pull request; not when what was waited for has come meanwhile. */
export async function showReminder(ports: Ports, view: ReleaseView): Promise<void> {
  const { release, rollout, asks: words } = view;
  const { since = 0, reminded } = release.waiting ?? {};
  const { pull } = release.cause;
  if (pull === null || reminded === undefined || words === undefined) return;
  const key = `reminder:${pull}:${rollout.name}:${release.number}`;
  await changed(ports, key, String(reminded), async () => {
    const { login } = await ports.forge.identity();
    const mark: Marker = { kind: "reminder", rollout: rollout.name, number: release.number, at: reminded };
    const said = await ports.forge.comments(pull, null);
    const done = said.some(
      ({ author, body }) => author === login && isDeepStrictEqual(findMarker(body), mark),
    );
    if (!done) await ports.forge.createComment(pull, reminderComment(view, { since, at: reminded, words }));
  });
}
