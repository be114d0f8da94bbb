import { isDeepStrictEqual } from "node:util";
import { waitsForSomebody } from "../release/reminding.ts";
import { findMarker, type Marker } from "../views/marker.ts";
import { reminderComment } from "../views/reminder.ts";
import type { ReleaseView } from "../views/standing.ts";
import type { Ports } from "./ports.ts";
import { changed } from "./shown.ts";

/** How much earlier than our clock says GitHub may say that a comment was made, ms. */
const SLACK = 60_000;

/** Once, by its mark on the pull request; not when what was waited for has come meanwhile. */
export async function showReminder(ports: Ports, view: ReleaseView): Promise<void> {
  const { release, rollout, ended } = view;
  const { reminded, cause } = release;
  const { pull } = cause;
  const waiting = ended === null ? waitsForSomebody(release) : null;
  if (pull === null || !reminded || waiting?.since !== reminded.since) return;
  const key = `reminder:${pull}:${rollout.name}:${release.number}`;
  await changed(ports, key, String(reminded.at), async () => {
    const { login } = await ports.forge.identity();
    const said = await ports.forge.comments(pull, reminded.at - SLACK);
    const mark: Marker = { kind: "reminder", rollout: rollout.name, number: release.number, at: reminded.at };
    const done = said.some(
      ({ author, body }) => author === login && isDeepStrictEqual(findMarker(body), mark),
    );
    if (!done)
      await ports.forge.createComment(pull, reminderComment(view, { ...reminded, words: waiting.words }));
  });
}
