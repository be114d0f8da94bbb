import { z } from "zod";
import type { Code } from "./codes.ts";
import { quoted, refuse, settle, text } from "./fields.ts";
import { hookName } from "./names.ts";
import type { Gate } from "./types.ts";

const KINDS = ["check", "environment", "hook"] as const;
const EXAMPLE = '`gate: { check: "e2e / smoke" }`';

/** What must say yes before a step is left: exactly one of the keys. */
export const gate = z
  .strictObject(
    {
      check: check()
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

/** Not one of our own: they tell how the release goes, which would wait for itself. */
function check() {
  return text("check", 200).transform((name, context) => {
    if (!isOurCheck(name)) return name;
    const message = `${quoted(name)} is a name of Sluice's own checks, which never open a gate. Name the check of another, such as ${EXAMPLE}.`;
    return settle(refuse("bad-name", message), context);
  });
}

/** `sluice` and `sluice / ROLLOUT`, the names of all our runs. */
export function isOurCheck(name: string): boolean {
  return name === "sluice" || name.startsWith("sluice / ");
}

export function sameGate(a: Gate, b: Gate): boolean {
  return a.kind === b.kind && a.name === b.name;
}
