import { chooseSplit, setWeights } from "../../manifests/index.ts";
import type { Selector, Split } from "../../manifests/types.ts";
import { type Command, type Input, type Outcome, textOption } from "./command.ts";
import { fileProblem, nameOf, problemLine, readText, writeText } from "./files.ts";

export const set: Command = {
  name: "set",
  usage: "FILE --canary NAME --weight N [--stable NAME] [--write]",
  summary: "print a manifest with another canary weight, or write it in place",
  operands: { min: 1, max: 1 },
  options: {
    canary: { type: "string", help: "NAME: the subset, service or backend that gets the weight" },
    weight: { type: "string", help: "N: in the object's own units; the sum of stable and canary stays" },
    stable: { type: "string", help: "NAME: who gives or takes; needed when there are more than two" },
    kind: { type: "string", help: "KIND: choose when several match" },
    name: { type: "string", help: "NAME: choose when several match" },
    namespace: { type: "string", help: "NAMESPACE: choose when several match" },
    route: { type: "string", help: "ROUTE: choose when several match, as `weights` shows it" },
    write: { type: "boolean", help: "change the file instead of printing the text" },
  },
  async run(input) {
    const [path = ""] = input.operands;
    const canary = textOption(input, "canary");
    const weight = textOption(input, "weight");
    if (canary === undefined || weight === undefined) {
      return { ok: "usage", message: `set needs --${canary === undefined ? "canary NAME" : "weight N"}` };
    }
    if (!/^[0-9]{1,15}$/.test(weight)) {
      return { ok: "usage", message: `--weight must be a whole number of 0 or more, not "${weight}"` };
    }
    if (input.options["write"] === true && path === "-") {
      return { ok: "usage", message: "--write needs a file: standard input cannot be written" };
    }
    const reading = await readText(path);
    if (!reading.ok) return fileProblem(path, reading.reason);
    const edited = edit(nameOf(path), reading.text, input, canary, Number(weight));
    if (edited.ok !== true || input.options["write"] !== true) return edited;
    if (edited.stdout !== reading.text) {
      const failed = await writeText(path, edited.stdout);
      if (failed !== null) return fileProblem(path, failed);
    }
    return { ...edited, stdout: "" };
  },
};

function edit(file: string, text: string, input: Input, canary: string, weight: number): Outcome {
  const stableGiven = textOption(input, "stable");
  const selector: Selector = {
    kind: textOption(input, "kind"),
    name: textOption(input, "name"),
    namespace: textOption(input, "namespace"),
    route: textOption(input, "route"),
    arms: stableGiven === undefined ? [canary] : [canary, stableGiven],
  };
  const chosen = chooseSplit(file, text, selector);
  if (!chosen.ok) return { ok: false, problems: [problemLine(chosen.problem)] };
  const split = chosen.value;
  const others = split.arms.filter((arm) => arm.name !== canary);
  const refuse = (message: string): Outcome => ({
    ok: false,
    problems: [`${file}:${split.line}:1: ${message}`],
  });
  const stable = stableGiven ?? (others.length === 1 ? others[0]?.name : undefined);
  if (stable === undefined) {
    const names = others.map((arm) => arm.name).join(", ");
    return refuse(
      `this split has ${split.arms.length} arms: say with --stable which one gives or takes (${names})`,
    );
  }
  if (stable === canary) return refuse(`--stable and --canary are both "${canary}"`);
  const sum = weightOf(split, canary) + weightOf(split, stable);
  if (weight > sum) {
    return refuse(
      `--weight ${weight} is more than "${stable}" and "${canary}" have together, which is ${sum}`,
    );
  }
  const next = new Map([
    [stable, sum - weight],
    [canary, weight],
  ]);
  const edited = setWeights(file, text, selector, next);
  if (!edited.ok) return { ok: false, problems: [problemLine(edited.problem)] };
  const moves = [canary, stable].map((name) => `${name} ${weightOf(split, name)} → ${next.get(name)}`);
  const changed = edited.value === text ? "nothing to change" : moves.join(", ");
  return { ok: true, stdout: edited.value, verbatim: true, notes: [`${file}: ${changed}`] };
}

function weightOf(split: Split, name: string): number {
  return split.arms.find((arm) => arm.name === name)?.weight ?? 0;
}
