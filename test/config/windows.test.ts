import { describe, expect, it } from "vitest";
import type { Window } from "../../src/config/types.ts";
import { parseWindow } from "../../src/config/window-text.ts";
import { isOpen, nextOpening } from "../../src/config/windows.ts";
import { fc } from "../fast-check.ts";
import { rolloutWith } from "./helpers.ts";

function windows(...texts: readonly string[]): readonly Window[] {
  return texts.map((text) => {
    const read = parseWindow(text);
    if (!("value" in read)) throw new Error(read.message);
    return read.value;
  });
}

const at = (iso: string) => Date.parse(iso);
const next = (texts: readonly string[], iso: string) => {
  const time = nextOpening(windows(...texts), at(iso));
  return time === null ? null : new Date(time).toISOString();
};

describe("reading a window", () => {
  it("days, hours and a zone", () => {
    expect(windows("Mon-Fri 09:00-17:30 Europe/Berlin")).toEqual([
      {
        days: [1, 2, 3, 4, 5],
        from: 540,
        to: 1050,
        zone: "Europe/Berlin",
        text: "Mon-Fri 09:00-17:30 Europe/Berlin",
      },
    ]);
  });

  it.each([
    ["Sun 00:00-24:00 UTC", [7]],
    ["mon,WED,fri 9:00-10:00 UTC", [1, 3, 5]],
    ["Fri-Mon 09:00-10:00 UTC", [1, 5, 6, 7]],
    ["Mon,Wed-Fri 09:00-10:00 UTC", [1, 3, 4, 5]],
  ])("the days of %s", (text, days) => {
    expect(windows(text)[0]?.days).toEqual(days);
  });

  it.each([
    "",
    "Mon-Fri",
    "Mon-Fri 09:00-17:00",
    "Mon-Fri 9-17 UTC",
    "Mon-Fri 09:00-25:00 UTC",
    "Mon-Fri 09:60-10:00 UTC",
    "Mon-Fri 24:00-10:00 UTC",
    "Mon-Fri 09:00-09:00 UTC",
    "Funday 09:00-10:00 UTC",
    "Mon-Wed-Fri 09:00-10:00 UTC",
    "Mon 09:00-10:00 +02:00",
    "Mon 09:00-10:00 Mars/Olympus",
    `Mon 09:00-10:00 ${"x".repeat(100_000)}`,
  ])("%j is none", (text) => {
    expect(parseWindow(text)).toMatchObject({ code: "bad-window" });
  });

  it("one or several in the file", () => {
    expect(rolloutWith({ windows: "{ allow: Mon 09:00-10:00 UTC }" }).windows).toHaveLength(1);
    expect(
      rolloutWith({ windows: "{ allow: [Mon 09:00-10:00 UTC, Tue 09:00-10:00 UTC] }" }).windows,
    ).toHaveLength(2);
  });
});

describe("whether a window is open", () => {
  it("always, when there is none", () => {
    expect(isOpen([], 0)).toBe(true);
    expect(nextOpening([], 5)).toBe(5);
  });

  it.each([
    ["2026-11-23T07:59:59Z", false],
    ["2026-11-23T08:00:00Z", true],
    ["2026-11-23T15:59:59Z", true],
    ["2026-11-23T16:00:00Z", false],
    ["2026-11-22T12:00:00Z", false],
    ["2026-07-20T07:00:00Z", true],
    ["2026-07-20T15:00:00Z", false],
  ])("Mon-Fri 09:00-17:00 in Berlin at %s: %s", (time, open) => {
    expect(isOpen(windows("Mon-Fri 09:00-17:00 Europe/Berlin"), at(time))).toBe(open);
  });

  it.each([
    ["2026-11-27T21:59:00Z", false],
    ["2026-11-27T22:00:00Z", true],
    ["2026-11-28T01:59:00Z", true],
    ["2026-11-28T02:00:00Z", false],
    ["2026-11-27T01:00:00Z", false],
  ])("a window over midnight belongs to the day it starts: Fri 22:00-02:00 at %s: %s", (time, open) => {
    expect(isOpen(windows("Fri 22:00-02:00 UTC"), at(time))).toBe(open);
  });

  it.each([
    ["2026-11-29T21:59:00Z", false],
    ["2026-11-29T22:00:00Z", true],
    ["2026-11-30T01:59:00Z", true],
    ["2026-11-30T02:00:00Z", false],
    ["2026-11-30T22:00:00Z", false],
  ])("and from Sunday it reaches into Monday: Sun 22:00-02:00 at %s: %s", (time, open) => {
    expect(isOpen(windows("Sun 22:00-02:00 UTC"), at(time))).toBe(open);
  });

  it("in a repeated hour both times", () => {
    const [night] = [windows("Sun 02:00-02:30 Europe/Berlin")];
    const open = [
      "2026-10-25T00:10:00Z",
      "2026-10-25T00:40:00Z",
      "2026-10-25T01:10:00Z",
      "2026-10-25T01:40:00Z",
    ];
    expect(open.map((time) => isOpen(night, at(time)))).toEqual([true, false, true, false]);
  });
});

describe("when a window opens next", () => {
  it.each([
    ["inside it, now", ["Mon-Fri 09:00-17:00 UTC"], "2026-11-23T10:00:30Z", "2026-11-23T10:00:30.000Z"],
    [
      "on the evening before",
      ["Mon-Fri 09:00-17:00 UTC"],
      "2026-11-23T20:00:17Z",
      "2026-11-24T09:00:00.000Z",
    ],
    ["over the weekend", ["Mon-Fri 09:00-17:00 UTC"], "2026-11-27T17:00:00Z", "2026-11-30T09:00:00.000Z"],
    [
      "the earliest of several",
      ["Wed 09:00-10:00 UTC", "Tue 23:00-01:00 UTC"],
      "2026-11-23T00:00:00Z",
      "2026-11-24T23:00:00.000Z",
    ],
    [
      "over the change to summer time",
      ["Mon 09:00-17:00 Europe/Berlin"],
      "2026-03-27T12:00:00Z",
      "2026-03-30T07:00:00.000Z",
    ],
    [
      "over the change to winter time",
      ["Mon 09:00-17:00 Europe/Berlin"],
      "2026-10-23T12:00:00Z",
      "2026-10-26T08:00:00.000Z",
    ],
    [
      "at the end of a skipped hour it begins in",
      ["Sun 02:30-05:00 Europe/Berlin"],
      "2026-03-28T12:00:00Z",
      "2026-03-29T01:00:00.000Z",
    ],
    [
      "a week later when all of it is skipped",
      ["Sun 02:10-02:50 Europe/Berlin"],
      "2026-03-28T12:00:00Z",
      "2026-04-05T00:10:00.000Z",
    ],
    [
      "at the first of two same hours",
      ["Sun 02:30-03:00 Europe/Berlin"],
      "2026-10-24T12:00:00Z",
      "2026-10-25T00:30:00.000Z",
    ],
    [
      "at the second, after the first",
      ["Sun 02:30-03:00 Europe/Berlin"],
      "2026-10-25T01:05:00Z",
      "2026-10-25T01:30:00.000Z",
    ],
    [
      "where midnight itself is skipped",
      ["Sun 00:00-06:00 America/Santiago"],
      "2026-09-05T12:00:00Z",
      "2026-09-06T04:00:00.000Z",
    ],
    [
      "where the clock moves by half an hour",
      ["Sun 02:15-04:00 Australia/Lord_Howe"],
      "2026-10-03T00:00:00Z",
      "2026-10-03T15:30:00.000Z",
    ],
    [
      "with a quarter-hour zone",
      ["Mon 09:00-10:00 Asia/Kathmandu"],
      "2026-11-22T12:00:00Z",
      "2026-11-23T03:15:00.000Z",
    ],
  ])("%s", (_, texts, from, expected) => {
    expect(next(texts, from)).toBe(expected);
  });

  it("is open then, and was not in any minute before", () => {
    const zone = fc.constantFrom(
      "UTC",
      "Europe/Berlin",
      "America/New_York",
      "Australia/Lord_Howe",
      "Africa/Casablanca",
      "Asia/Kolkata",
    );
    const clock = fc
      .integer({ min: 0, max: 1439 })
      .map((m) => `${String(Math.floor(m / 60)).padStart(2, "0")}:${String(m % 60).padStart(2, "0")}`);
    const day = fc.constantFrom("Mon", "Tue-Thu", "Sat,Sun", "Sun", "Sun-Sat");
    const when = fc.oneof(
      fc.integer({ min: at("2024-01-01T00:00Z"), max: at("2030-01-01T00:00Z") }),
      // The days around a change of the clock in Europe and America.
      fc.integer({ min: at("2026-03-28T00:00Z"), max: at("2026-03-30T00:00Z") }),
      fc.integer({ min: at("2026-10-31T00:00Z"), max: at("2026-11-02T00:00Z") }),
    );
    fc.assert(
      fc.property(zone, day, clock, clock, when, (place, days, from, to, time) => {
        fc.pre(from !== to);
        const window = windows(`${days} ${from}-${to} ${place}`);
        const opening = nextOpening(window, time);
        if (opening === null) throw new Error("never opens");
        expect(isOpen(window, opening)).toBe(true);
        const minutes = Math.min(2_000, Math.ceil((opening - time) / 60_000));
        for (let back = 1; back <= minutes; back++) {
          const before = Math.max(time, opening - back * 60_000);
          if (before < opening && isOpen(window, before)) throw new Error(`open already at ${before}`);
        }
      }),
      { numRuns: 60 },
    );
  });
});
