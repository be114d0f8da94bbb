import type { Command } from "./command.ts";
import { COMMANDS } from "./commands.ts";

/** What `sluice help` prints. */
export function helpText(): string {
  const width = Math.max(...COMMANDS.map((command) => command.name.length), "help".length);
  const line = (name: string, summary: string) => `  ${name.padEnd(width)}  ${summary}`;
  return [
    "Progressive delivery as git commits.",
    "",
    "Usage: sluice COMMAND …",
    "",
    ...COMMANDS.map((command) => line(command.name, command.summary)),
    line("help", "show this, or what one COMMAND takes"),
    "",
    "FILE may be - for standard input. Exit codes: 0 done, 1 refused, 2 called wrongly.",
    "",
  ].join("\n");
}

/** What `sluice help COMMAND` prints. */
export function commandHelp(command: Command): string {
  const options = Object.entries(command.options);
  const width = Math.max(0, ...options.map(([name]) => name.length));
  return [
    `Usage: sluice ${command.name} ${command.usage}`.trimEnd(),
    "",
    `${command.summary.charAt(0).toUpperCase()}${command.summary.slice(1)}.`,
    ...(options.length === 0 ? [] : [""]),
    ...options.map(([name, option]) => `  --${name.padEnd(width)}  ${option.help}`),
    "",
  ].join("\n");
}
