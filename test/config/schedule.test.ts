import { describe, expect, it } from "vitest";
import { parseMoment } from "../../src/config/moment.ts";
import { nextTime } from "../../src/config/schedule.ts";
import { fc } from "../fast-check.ts";
import { configText, problemsIn, problemsWith, rolloutWith } from "./helpers.ts";

const iso = (at: number | null) => (at === null ? null : new Date(at).toISOString().slice(0, 16));

/** The first few times of a schedule after a moment. */
function times(cron: string, zone: string, after: string, count = 3): readonly (string | null)[] {
  const found: (string | null)[] = [];
  let at: number | null = Date.parse(after);
  while (at !== null && found.length < count) {
    at = nextTime({ cron, zone }, at);
    found.push(iso(at));
  }
  return found;
}

const moment = (text: string, zone: string) => iso(parseMoment(text, zone));

describe("the times of a schedule", () => {
  it("follow the clock on the wall, in winter and in summer", () => {
    expect(times("0 9 * * 1-5", "Europe/Berlin", "2026-03-27T09:00Z", 2)).toEqual([
      "2026-03-30T07:00",
      "2026-03-31T07:00",
    ]);
    expect(times("0 9 * * 1-5", "Europe/Berlin", "2026-10-23T06:59Z", 2)).toEqual([
      "2026-10-23T07:00",
      "2026-10-26T08:00",
    ]);
  });

  it("come once where the local time does not exist: at the first moment after it", () => {
    // Clocks go from 02:00 to 03:00.
    expect(times("30 2 * * *", "Europe/Berlin", "2026-03-28T12:00Z")).toEqual([
      "2026-03-29T01:00",
      "2026-03-30T00:30",
      "2026-03-31T00:30",
    ]);
  });

  it("come once where the local time exists twice: at the first of the two", () => {
    // Clocks go from 03:00 to 02:00.
    expect(times("30 2 * * *", "Europe/Berlin", "2026-10-24T12:00Z")).toEqual([
      "2026-10-25T00:30",
      "2026-10-26T01:30",
      "2026-10-27T01:30",
    ]);
    expect(times("30 1 * * *", "America/New_York", "2026-10-31T12:00Z", 2)).toEqual([
      "2026-11-01T05:30",
      "2026-11-02T06:30",
    ]);
  });

  it("are the same whenever it is asked between them", () => {
    fc.assert(
      fc.property(
        fc.constantFrom("30 2 * * *", "0 9 * * 1-5", "*/20 * * * *", "0 0 1 * *"),
        fc.constantFrom("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "UTC", "Asia/Kathmandu"),
        fc.integer({ min: Date.UTC(2026, 0), max: Date.UTC(2027, 0) }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (cron, zone, after, share) => {
          const next = nextTime({ cron, zone }, after) ?? 0;
          expect(next).toBeGreaterThan(after);
          const between = Math.floor(after + share * (next - 1 - after));
          expect(nextTime({ cron, zone }, between)).toBe(next);
        },
      ),
    );
  });
});

describe("a moment", () => {
  it.each([
    ["2026-12-27", "UTC", "2026-12-27T00:00"],
    ["2026-12-27", "Europe/Berlin", "2026-12-26T23:00"],
    ["2026-07-01T09:30", "Europe/Berlin", "2026-07-01T07:30"],
    ["2026-07-01T09:30", "Pacific/Kiritimati", "2026-06-30T19:30"],
    ["2026-07-01T09:30", "Pacific/Pago_Pago", "2026-07-01T20:30"],
    ["2024-02-29", "UTC", "2024-02-29T00:00"],
    // Skipped, and doubled.
    ["2026-03-29T02:30", "Europe/Berlin", "2026-03-29T01:00"],
    ["2026-10-25T02:30", "Europe/Berlin", "2026-10-25T00:30"],
    // Midnight itself is skipped there.
    ["2026-09-06", "America/Santiago", "2026-09-06T04:00"],
  ])("%s %s", (text, zone, expected) => {
    expect(moment(text, zone)).toBe(expected);
  });

  it.each([
    "2026-02-30",
    "2025-02-29",
    "2026-13-01",
    "2026-00-10",
    "2026-1-1",
    "2026-01-01T24:00",
    "2026-01-01T09:60",
    "2026-01-01T09:00Z",
    "tomorrow",
    "",
  ])("%j is none", (text) => {
    expect(moment(text, "UTC")).toBeNull();
  });

  it("on a day that a place passed over when it changed sides of the date line is none", () => {
    expect(moment("2011-12-30", "Pacific/Apia")).toBeNull();
    expect(moment("2011-12-31", "Pacific/Apia")).toBe("2011-12-30T10:00");
  });
});

describe("freezes", () => {
  const holidays = "{ from: 2026-12-20T18:00, until: 2027-01-02, zone: Europe/Berlin, reason: holidays }";

  it("are local dates with a zone; those of the whole file are every rollout's", () => {
    const audit = "[{ from: 2026-11-02, until: 2026-11-03 }]";
    const { freezes } = rolloutWith({ freezes: audit }, `prometheus: p\nfreezes: [${holidays}]`);
    expect(freezes.map(({ from, until, reason }) => [iso(from), iso(until), reason])).toEqual([
      ["2026-12-20T17:00", "2027-01-01T23:00", "holidays"],
      ["2026-11-02T00:00", "2026-11-03T00:00", null],
    ]);
  });

  it.each([
    ["[{ from: 2026-12-20, until: 2026-12-20 }]", /^out-of-range: `until` is not after `from`/],
    ["[{ from: 2026-12-32, until: 2027-01-02 }]", /^bad-moment: `2026-12-32` is no date that exists/],
    ["[{ from: christmas, until: 2027-01-02 }]", /^bad-moment/],
    ["[{ from: 2026, until: 2027-01-02 }]", /^wrong-type: Write a date such as/],
    ["[{ from: 2026-12-20, until: 2027-01-02, zone: Berlin }]", /^bad-zone/],
    ["[{ until: 2027-01-02 }]", /^missing-key: `from` is missing/],
    ["[{ from: 2026-12-20, until: 2027-01-02, reson: x }]", /^unknown-key: .*Did you mean `reason`/],
  ])("%s are refused", (yaml, message) => {
    const [problem] = problemsWith({ freezes: yaml });
    expect(`${problem?.code}: ${problem?.message}`).toMatch(message);
  });

  it("that are wrong at the top are named by their line", () => {
    const text = configText({}, "prometheus: p\nfreezes:\n  - { from: 2026-12-20, until: 2026-12-19 }");
    expect(problemsIn(text).map(({ line, code }) => [line, code])).toEqual([[4, "out-of-range"]]);
  });
});
