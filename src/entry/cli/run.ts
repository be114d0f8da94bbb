import { parseArgs } from "node:util";
import { nearest } from "../../config/nearest.ts";
import type { Command, Input, Option, Outcome } from "./command.ts";
import { COMMANDS } from "./commands.ts";
import { commandHelp, helpText } from "./help.ts";

const HELP: Option = { type: "boolean", help: "show what the command takes" };

/** Runs one command line, without the program's own name. */
export async function run(args: readonly string[]): Promise<Outcome> {
  const [word, ...rest] = args;
  if (word === undefined) return { ok: "usage", message: `say what to do\n\n${helpText().trimEnd()}` };
  if (word === "help" || word === "--help" || word === "-h") return help(rest[0]);
  const command = COMMANDS.find((one) => one.name === word);
  if (command === undefined) return unknownCommand(word);
  const input = parse(command, rest);
  if (!("operands" in input)) return input;
  return input.options["help"] === true ? { ok: true, stdout: commandHelp(command) } : command.run(input);
}

function help(word: string | undefined): Outcome {
  if (word === undefined) return { ok: true, stdout: helpText() };
  const command = COMMANDS.find((one) => one.name === word);
  return command === undefined ? unknownCommand(word) : { ok: true, stdout: commandHelp(command) };
}

function unknownCommand(word: string): Outcome {
  const names = [...COMMANDS.map((command) => command.name), "help"];
  return {
    ok: "usage",
    message: `there is no command "${word}"${didYouMean(word, names)}; there is ${names.join(", ")}`,
  };
}

function parse(command: Command, args: readonly string[]): Input | Outcome {
  const wrong = (message: string): Outcome => ({
    ok: "usage",
    message: `${message}\nUsage: sluice ${command.name} ${command.usage}`,
  });
  const known = new Map([...Object.entries(command.options), ["help", HELP] as const]);
  const { tokens } = parseArgs({
    args: [...args],
    options: Object.fromEntries([...known].map(([name, { type }]) => [name, { type }])),
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const operands: string[] = [];
  const options: Record<string, string | boolean> = {};
  for (const token of tokens) {
    if (token.kind === "positional") operands.push(token.value);
    if (token.kind !== "option") continue;
    const option = known.get(token.name);
    if (option === undefined) {
      const near = didYouMean(
        token.rawName,
        [...known.keys()].map((name) => `--${name}`),
      );
      return wrong(`${command.name} has no option ${token.rawName}${near}`);
    }
    if (Object.hasOwn(options, token.name)) return wrong(`${token.rawName} is given twice`);
    if (option.type === "boolean" && token.value !== undefined) {
      return wrong(`${token.rawName} takes no value`);
    }
    if (option.type === "string" && (token.value === undefined || token.value === "")) {
      return wrong(`${token.rawName} needs a value`);
    }
    options[token.name] = token.value ?? true;
  }
  const { min, max } = command.operands;
  if (options["help"] !== true && operands.length < min) {
    return wrong(`${command.name} needs a ${command.usage.split(" ")[operands.length]}`);
  }
  if (operands.length > max) return wrong(`${command.name} does not take "${operands[max]}"`);
  return { operands, options };
}

function didYouMean(word: string, candidates: readonly string[]): string {
  const near = nearest(word, candidates);
  return near === null ? "" : ` (did you mean ${near}?)`;
}
