import { plural } from "../../views/format.ts";
import { examine } from "../doctor/examine.ts";
import type { Finding } from "../doctor/finding.ts";
import { inert } from "../line.ts";
import { type Command, type Outcome, textOption } from "./command.ts";
import { jsonText } from "./json.ts";

export const doctor: Command = {
  name: "doctor",
  usage: "[--repository OWNER/NAME] [--json]",
  summary: "check everything the bot stands on, as it would use it, and say what to fix",
  operands: { min: 0, max: 0 },
  options: {
    repository: {
      type: "string",
      help: "OWNER/NAME: this one alone, rather than all that have a configuration",
    },
    json: { type: "boolean", help: "print an array of { about, status, what, fix }" },
  },
  async run(input) {
    const findings = await examine(process.env, textOption(input, "repository") ?? null);
    return outcomeOf(findings, input.options["json"] === true);
  },
};

function outcomeOf(findings: readonly Finding[], json: boolean): Outcome {
  const stdout = json ? jsonText(findings) : pageOf(findings);
  const problems = findings.filter(({ status }) => status === "problem").length;
  const warnings = findings.filter(({ status }) => status === "warning").length;
  const words = `${plural(problems, "problem")}, ${plural(warnings, "warning")}, ${findings.length - problems - warnings} in order`;
  return problems > 0 ? { ok: false, problems: [words], stdout } : { ok: true, stdout, notes: [words] };
}

const SIGNS = { ok: "✓", warning: "!", problem: "✗" } as const;

function pageOf(findings: readonly Finding[]): string {
  const areas = Map.groupBy(findings, ({ about }) => about);
  return [...areas].map(([about, some]) => `${inert(about)}\n${some.map(linesOf).join("")}`).join("\n");
}

function linesOf({ status, what, fix }: Finding): string {
  return `  ${SIGNS[status]} ${inert(what)}\n${fix === null ? "" : `    → ${inert(fix)}\n`}`;
}
