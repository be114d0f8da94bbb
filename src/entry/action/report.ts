import { appendFileSync } from "node:fs";
import type { TokenLimit } from "../../adapters/github/token-limits.ts";
import type { Notifier, Told } from "../../ports/notifier.ts";
import { type RolloutState, releaseName } from "../../release/state.ts";
import { percent } from "../../views/format.ts";
import { code, inert } from "../../views/inert.ts";
import { inertLine } from "../line.ts";
import type { Log } from "../parts.ts";

const LEVELS = { info: "notice", warning: "warning", critical: "error" } as const;

/** The job's log, with what goes wrong as annotations. A line from outside can be no command to the runner. */
export function createActionLog(write: (line: string) => void): Log & {
  error(message: string): void;
  notify(told: Told): void;
} {
  const annotate = (level: "notice" | "warning" | "error", message: string) =>
    write(`::${level} title=Sluice::${inertLine(message).trim().replaceAll("%", "%25")}`);
  return {
    debug() {},
    // With a word before it, it cannot begin as a command.
    info: (message) => write(`sluice: ${inertLine(message).trim()}`),
    warn: (message) => annotate("warning", message),
    error: (message) => annotate("error", message),
    notify: ({ severity, title, why }) => annotate(LEVELS[severity], why === "" ? title : `${title}. ${why}`),
  };
}

/** Whoever is told outside GitHub, and the job's own annotations. */
export function bothOf(one: Notifier, other: Notifier): Notifier {
  return {
    notify(told) {
      one.notify(told);
      other.notify(told);
    },
  };
}

/** The job's summary: where each rollout stands, and what the token cannot do. */
export function summaryOf(states: readonly RolloutState[], findings: readonly TokenLimit[]): string {
  const rows = states.map((state) => `| ${cellsOf(state).join(" | ")} |`);
  const table = [
    "| rollout | release | phase | canary | waits for | last |",
    "| --- | --- | --- | --- | --- | --- |",
    ...rows,
  ];
  const limits = findings.map(({ what, fix }) => `- ${what} ${fix}`);
  return [
    "### Sluice",
    "",
    ...(rows.length === 0 ? ["No rollout is known yet."] : table),
    ...(limits.length === 0 ? [] : ["", "**What this token cannot do**", "", ...limits]),
    "",
  ].join("\n");
}

function cellsOf({ rollout, release, last, hold }: RolloutState): readonly string[] {
  const name = code(rollout, 100);
  const words = (text: string | undefined) => (text === undefined ? "-" : inert(text, 200));
  const numbered = (number: number) => code(releaseName(rollout, number), 100);
  if (release === null) {
    const before = last === null ? "-" : numbered(last.number);
    return [name, before, words(last?.outcome ?? "at rest"), "0 %", words(hold?.reason), "-"];
  }
  const { number, phase, shift, hold: held, timeline } = release;
  const now = [numbered(number), words(phase), percent(shift.percent), words(held?.reason)];
  return [name, ...now, words(timeline.at(-1)?.text)];
}

/** Beside what other steps wrote. */
export function appendSummary(path: string | null, text: string): void {
  if (path !== null) appendFileSync(path, text);
}
