/**
 * Bugs that the simulation once found, each put back by a mutant of that name. What a seed brings changes as soon as the
 * simulation draws something more, so no seed is kept: `npm run simulate:mutants` looks for one that still meets the bug,
 * and is not content before it has. Each bug has a test of its own besides.
 */
export const REGRESSIONS: readonly string[] = [
  "a state commit repeats a metrics source's words",
  "a rollback sets back a stable workload that somebody changed after the copy",
  "a weight that a person resumed from is judged by what was before",
  "a weight that came with the version takes the release's check",
  "two parts of one process answer a command at once",
  "numbers begin again after a release that moved no weight",
  "a commit of weight 0 at rest does not say who let it go on",
  "a rollback brings again what was forced out of the branch",
  "numbers of a lost state begin anew where nothing was committed",
  "a command of before the state was lost is obeyed when it is delivered again",
  "a change is proposed twice where somebody pushed onto its branch",
  "a merge that was decided is carried out, whatever changed meanwhile",
  "a freeze counts from the clock of whoever wrote it down",
  "a pull request that may not be opened now is taken for one that never may",
];
