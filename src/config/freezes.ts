import { z } from "zod";
import { quoted, refuse, settle, text, written } from "./fields.ts";
import { MOMENT_WORDS, parseMoment } from "./moment.ts";
import type { Freeze } from "./types.ts";
import { zoneFlaw } from "./zones.ts";

export const FREEZES =
  "Times in which no release starts and no weight rises. They count at once, also for a release that runs; rollbacks never wait.";

export function zone() {
  return written<string>(
    { title: "time zone" },
    "A time zone such as `Europe/Berlin` belongs here.",
    (name) => {
      const flaw = zoneFlaw(name);
      return flaw === null ? { value: name } : refuse("bad-zone", flaw);
    },
  );
}

/** Only its form: which moment it is depends on the zone beside it. */
function moment() {
  return written<string>(
    { title: "date", pattern: "^\\d{4}-\\d{2}-\\d{2}(T\\d{2}:\\d{2})?$" },
    `Write ${MOMENT_WORDS}.`,
    (said) =>
      parseMoment(said, "UTC") === null
        ? refuse("bad-moment", `${quoted(said)} is no date that exists. Write ${MOMENT_WORDS}.`)
        : { value: said },
  );
}

const freeze = z
  .strictObject({
    from: moment().describe("Its beginning: a date, or a date with a time such as `2026-12-20T18:00`."),
    until: moment().describe(
      "Its end: from then on releases move again. A date alone is the beginning of that day.",
    ),
    zone: zone().prefault("UTC").describe("The time zone of both, such as `Europe/Berlin`."),
    reason: text("reason", 200).optional().describe("Why; people are shown it."),
  })
  .transform((said, context): Freeze => {
    const [from, until] = [said.from, said.until].map((each) => parseMoment(each, said.zone) ?? 0);
    if (from === undefined || until === undefined || from >= until) {
      const message = "`until` is not after `from`: a freeze ends when `until` begins.";
      return settle(refuse("out-of-range", message), context);
    }
    return { from, until, reason: said.reason ?? null };
  });

export const freezes = z.array(freeze).max(100);
