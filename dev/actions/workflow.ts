import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { z } from "zod";

/** What the stand-in for GitHub Actions understands of a workflow and of an action; it refuses the rest. */

const texts = z.record(z.string(), z.coerce.string());
const step = z.strictObject({
  id: z.string().optional(),
  name: z.string().optional(),
  uses: z.string().optional(),
  run: z.string().optional(),
  shell: z.string().optional(),
  "working-directory": z.string().optional(),
  with: texts.optional(),
  env: texts.optional(),
});
const job = z.strictObject({
  if: z.string().optional(),
  "runs-on": z.string(),
  "timeout-minutes": z.number(),
  concurrency: z.strictObject({ group: z.string(), "cancel-in-progress": z.boolean() }),
  permissions: z.record(z.string(), z.enum(["read", "write"])),
  steps: z.array(step),
});
const trigger = z.strictObject({
  types: z.array(z.string()).optional(),
  branches: z.array(z.string()).optional(),
});
const workflow = z.strictObject({
  name: z.string(),
  on: z.looseObject({ schedule: z.array(z.strictObject({ cron: z.string() })) }),
  permissions: z.record(z.string(), z.string()),
  jobs: z.record(z.string(), job),
});
const action = z.object({
  inputs: z.record(z.string(), z.object({ default: z.string().optional() })),
  runs: z.strictObject({ using: z.literal("composite"), steps: z.array(step) }),
});

export type Job = z.infer<typeof job>;
export type Workflow = z.infer<typeof workflow>;
export type Action = z.infer<typeof action>;

export const readWorkflow = (file: URL): Workflow => workflow.parse(parse(readFileSync(file, "utf8")));
export const readAction = (file: URL): Action => action.parse(parse(readFileSync(file, "utf8")));

/** Whether an event starts a workflow, before any `if` is asked. */
export function isStartedBy(
  { on }: Workflow,
  event: string,
  payload: Readonly<Record<string, unknown>>,
): boolean {
  if (!(event in on)) return false;
  const { types, branches } = trigger.parse(on[event] ?? {});
  const branch = String(payload["ref"] ?? "").replace(/^refs\/heads\//, "");
  if (branches !== undefined && !branches.includes(branch)) return false;
  return types === undefined || types.includes(String(payload["action"]));
}
