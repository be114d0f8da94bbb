import { lacksBesideImages } from "../manifests/index.ts";
import { listed } from "../manifests/listed.ts";
import type { Workload } from "../manifests/types.ts";
import type { FileReading } from "../ports/forge.ts";
import type { RolloutPlan } from "../views/plan-view.ts";
import type { Ports } from "./ports.ts";
import type { StateReading } from "./stored-state.ts";
import { templateAt } from "./templates.ts";

/** What promotion by copy will not bring of a version, should it be merged; one sentence each. */
export async function promotionNotes(
  ports: Pick<Ports, "forge" | "memory">,
  { rollout: { workloads }, ships }: Pick<RolloutPlan, "rollout" | "ships">,
  { base, merged }: Readonly<Record<"base" | "merged", ReadonlyMap<string, FileReading>>>,
  state: StateReading | undefined,
): Promise<readonly string[]> {
  const [stable, canary] = [workloads.stable, workloads.canary].map((path) =>
    workloadIn(ports, merged, path),
  );
  if (!ships || !stable || !canary || state?.status !== "ok") return [];
  const { canary: oid } = state.state.rest;
  const present = base.get(workloads.canary);
  // At rest the branch has it already.
  const before =
    present?.status === "text" && present.oid === oid
      ? workloadIn(ports, base, workloads.canary)?.template
      : await templateAt(ports, workloads.canary, oid);
  const lacking = lacksBesideImages(stable.template, { from: before, to: canary.template });
  if (lacking.length === 0) return [];
  return [
    `Promotion copies images only: ${listed(lacking, 5)} ${lacking.length === 1 ? "changes" : "change"} in ${workloads.canary} and not in ${workloads.stable}. Before it is promoted the release will hold until stable has ${lacking.length === 1 ? "it" : "them"}.`,
  ];
}

function workloadIn(
  { memory }: Pick<Ports, "memory">,
  files: ReadonlyMap<string, FileReading>,
  path: string,
): Workload | null {
  const file = files.get(path);
  const workload = file?.status === "text" ? memory.reader.workload(path, file.oid, file.text) : null;
  return workload?.ok ? workload.value : null;
}
