import { expect, it } from "vitest";
import { counted, duration, number, percent, percentBeside } from "../../src/analysis/words.ts";

it.each([
  [number(1204), "1,204"],
  [number(0.0512), "0.0512"],
  [percent(0.052), "5.2 %"],
  [percent(0.0005), "0.05 %"],
  [percent(1), "100 %"],
  [percentBeside(0.05, 0.05), "5 %"],
  [percentBeside(0.05001, 0.05), "5.001 %"],
  [duration(0), "0 ms"],
  [duration(480), "480 ms"],
  [duration(1250), "1.25 s"],
  [duration(120_000), "2 min"],
  [duration(5_400_000), "1.5 h"],
  [counted(1, "request"), "1 request"],
  [counted(0, "request"), "0 requests"],
])("%s reads as %s", (said, expected) => {
  expect(said).toBe(expected);
});
