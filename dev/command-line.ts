import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type ParseArgsOptionsConfig, parseArgs } from "node:util";

/**
 * The options of a script that `npm run` starts. `--help` prints the comment at the head of the script and exits with
 * 0; what it does not know ends it with 2. `script`: its `import.meta.url`.
 */
export function optionsOf<T extends ParseArgsOptionsConfig>(script: string, options: T) {
  if (process.argv.slice(2).some((word) => word === "--help" || word === "-h")) {
    console.log(headOf(readFileSync(fileURLToPath(script), "utf8")));
    process.exit(0);
  }
  try {
    return parseArgs({ options }).values;
  } catch (error) {
    return wrong(error instanceof Error ? error.message : String(error));
  }
}

/** The script was called wrongly. */
export function wrong(message: string): never {
  console.error(`${message}\nTry --help.`);
  process.exit(2);
}

/** A whole number from 1 on. */
export function whole(text: string, option: string): number {
  const number = Number(text);
  if (Number.isSafeInteger(number) && number >= 1) return number;
  return wrong(`${option} takes a whole number from 1 on, not "${text}".`);
}

export function regexp(text: string, option: string): RegExp {
  try {
    return new RegExp(text);
  } catch (error) {
    return wrong(`${option}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Its first lines of comment, or its first block, without their marks. */
function headOf(source: string): string {
  const lines = /^(?:\/\/.*\n)+/.exec(source)?.[0] ?? /\/\*\*\n([\s\S]*?)\n \*\//.exec(source)?.[1] ?? "";
  return lines.trimEnd().replaceAll(/^(?:\/\/| \*) ?/gm, "");
}
