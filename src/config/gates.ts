import { z } from "zod";
import type { Code } from "./codes.ts";
import { text } from "./fields.ts";
import { hookName } from "./names.ts";
import type { Gate } from "./types.ts";

const KINDS = ["check", "environment", "hook"] as const;
const EXAMPLE = '`gate: { check: "e2e / smoke" }`';

/** What must say yes before a step is left: exactly one of the keys. */
export const gate = z
  .strictObject(
    {
      check: text("check", 200)
        .optional()
        .describe("A check run or commit status of this name, on the commit of the step's weight."),
      environment: text("environment", 255)
        .optional()
        .describe(
          "A GitHub environment: a deployment of the same commit there must have got past its protection rules.",
        ),
      hook: hookName().optional().describe("A hook that the operator configured, by its name."),
    },
    { error: (issue) => (issue.code === "invalid_type" ? `Write ${EXAMPLE}.` : undefined) },
  )
  .superRefine((said, context) => {
    if (KINDS.filter((kind) => said[kind] !== undefined).length === 1) return;
    const message = `A gate is one of \`check\`, \`environment\` or \`hook\`, such as ${EXAMPLE}; several gates are several lines.`;
    context.addIssue({ code: "custom", params: { code: "conflict" satisfies Code, depth: 0 }, message });
  })
  .meta({ oneOf: KINDS.map((kind) => ({ required: [kind] })) })
  .transform((said): Gate => {
    const kind = KINDS.find((one) => said[one] !== undefined) ?? "check";
    return { kind, name: said[kind] ?? "" };
  });

export function sameGate(a: Gate, b: Gate): boolean {
  return a.kind === b.kind && a.name === b.name;
}
