import { type Access, GRAMMAR, type Row } from "./grammar.ts";
import { REASONS } from "./reasons.ts";

/** How one row is typed, with what may stand around it. */
function usage(row: Row, rollout: "optional" | "required" | "none"): string {
  const name = { optional: "[ROLLOUT] ", required: "ROLLOUT ", none: "" }[rollout];
  return `/canary ${name}${row.usage}${row.sha ? " [SHA]" : ""}`;
}

/**
 * The answer to `/canary help`. `rollouts` are those the pull request could mean: with more than one a name is required.
 * `access` leaves out what the reader may not do.
 */
export function helpMarkdown(rollouts: readonly string[] = [], access: Access = "write"): string {
  const several = rollouts.length > 1;
  const rows = GRAMMAR.filter((row) => access === "write" || row.access === "read").map(
    (row) => `| \`${usage(row, several ? "required" : "none")}\` | ${row.description} | ${row.legal} |`,
  );
  const names = rollouts.map((name) => `\`${name}\``).join(", ");
  const notes = [
    ...(several ? [`\`ROLLOUT\` is one of ${names}.`] : []),
    ...(access === "write"
      ? [
          "`N` is a percentage such as `25` or `0.5`. With a commit `SHA` the command acts only while the release is of that commit. `TIME` is a date such as `2026-12-27`, or one with a time and zone such as `2026-12-01T09:00 Europe/Berlin`; without a zone it is UTC.",
        ]
      : ["You may look; changing a release takes write access to this repository."]),
  ];
  return ["| command | what it does | when |", "|---|---|---|", ...rows, "", notes.join(" "), ""].join("\n");
}

/** The text of docs/commands.md. */
export function commandsPage(): string {
  const rows = GRAMMAR.map(
    (row) =>
      `| \`${usage(row, "optional")}\` | ${row.description} | ${row.access} | ${row.legal} | \`${row.example}\` |`,
  );
  const reasons = Object.entries(REASONS).map(([reason, meaning]) => `| \`${reason}\` | ${meaning} |`);
  return `${[
    "# Commands",
    "",
    "<!-- Made from src/commands/grammar.ts; `npx vitest run test/commands -u` writes it anew. -->",
    "",
    "A command is the first line of a new comment on a pull request, from its first column. Editing a comment does nothing.",
    "The lines below it are yours; quoted or fenced commands never act.",
    "",
    "| command | what it does | access | when | example |",
    "|---|---|---|---|---|",
    ...rows,
    "",
    "- `ROLLOUT` is needed on a pull request that caused no release, and where several rollouts could be meant.",
    "- `N` is percent of stable + canary: `25`, `25%` or `0.5`, from 0 to 100.",
    "- `TIME` is a date (its beginning), or a date with a time: `2026-12-27`, `2026-12-01T09:00`, either with a time zone after it such as `Europe/Berlin`; without one it is UTC. The answer says which moment was understood.",
    "- `REASON` is text between quotes, for people.",
    "- `SHA`, 7 to 40 hexadecimal digits, makes sure that nobody races you: the command acts only while the release is of that commit.",
    "- A command may be heard late. One that leads up, or lifts something, counts only for what was there when it was said: where a person's word, a failure, a gate or the end of a release came since, it is refused and says so. So is a `freeze` that would end before one that was said later, and a `start` that was said before another was planned or cancelled. What leads down is always done, and lifts nothing: who said `pause` and `resume` before somebody else's `pause` does not resume.",
    "- `read` is for everybody who can see the repository. `write` takes write access at that moment and, where the rollout has `approvers`, being one of them.",
    "- Words may be written in capitals. Bots are not obeyed.",
    "",
    "## When a command is not clear",
    "",
    "Nothing is done, and the answer says why:",
    "",
    "| reason | meaning |",
    "|---|---|",
    ...reasons,
  ].join("\n")}\n`;
}
