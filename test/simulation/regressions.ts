/**
 * Seeds that once broke a promise, and what was wrong then. What a seed brings changes when the simulation draws
 * something more, so each of these bugs also has a test of its own, and most a mutant that brings it back.
 */
export const REGRESSIONS: readonly { readonly seed: number; readonly found: string }[] = [
  { seed: 4, found: "words of a metrics source notified people from a commit on the state branch" },
  { seed: 14, found: "a weight rose after scrapes in which the canary had no request" },
  { seed: 29, found: "traffic by the split of a release before counted as proof of a new one" },
  {
    seed: 140,
    found: "a clock that ran ahead made a weight live while nothing was read of the time since its commit",
  },
  {
    seed: 1035,
    found:
      "a canary that had brought both sides into trouble failed by no objective of its own, and so passed",
  },
];
