#!/usr/bin/env node
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { run } from "./cli/run.ts";
import { inertLine, inertLines } from "./line.ts";

// A reader that stops early, such as `head`, is no failure of ours.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
});

// npm runs its scripts in the folder of their package; paths are meant from the folder somebody is in.
const { npm_lifecycle_event: script, INIT_CWD: from } = process.env;
if (script === "sluice") {
  // As `npm start` does.
  const variables = fileURLToPath(new URL("../../.env", import.meta.url));
  if (existsSync(variables)) process.loadEnvFile(variables);
  if (from !== undefined) process.chdir(from);
}

const outcome = await run(process.argv.slice(2));
if (outcome.ok === true) {
  process.stdout.write(outcome.verbatim === true ? outcome.stdout : inertLines(outcome.stdout));
  for (const note of outcome.notes ?? []) process.stderr.write(`${inertLine(note)}\n`);
} else if (outcome.ok === false) {
  process.stdout.write(inertLines(outcome.stdout ?? ""));
  process.stderr.write(`${outcome.problems.map(inertLine).join("\n")}\n`);
  process.exitCode = 1;
} else {
  process.stderr.write(`sluice: ${inertLines(outcome.message)}\n`);
  process.exitCode = 2;
}
