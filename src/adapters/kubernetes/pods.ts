import { z } from "zod";
import { condition, count, type Live, metadata, short, text } from "./object.ts";
import type { Reader } from "./reader.ts";
import type { WorkloadObject } from "./workloads.ts";

const terminated = z.object({
  exitCode: count,
  reason: text,
  message: text,
});
const status = z.object({
  name: z.string(),
  restartCount: count,
  state: z
    .object({
      waiting: z.object({ reason: text, message: text }).optional().catch(undefined),
    })
    .default({}),
  lastState: z.object({ terminated: terminated.optional() }).default({}),
});
const pod = z.object({
  metadata: metadata.extend({ deletionTimestamp: text }),
  status: z.object({
    containerStatuses: z.array(status).catch([]),
    initContainerStatuses: z.array(status).catch([]),
    conditions: z.array(condition).catch([]),
  }),
});
const replicaSet = z.object({ metadata });

/** Why a container waits that does not come up by waiting. */
const FATAL: ReadonlySet<string> = new Set([
  "CrashLoopBackOff",
  "ImagePullBackOff",
  "ErrImagePull",
  "ErrImageNeverPull",
  "InvalidImageName",
  "ImageInspectError",
  "CreateContainerConfigError",
  "CreateContainerError",
  "RunContainerError",
]);

type Trouble =
  | { readonly status: "none" }
  | { readonly status: "found"; readonly fatal: boolean; readonly words: string }
  | { readonly status: "unavailable"; readonly words: string };

const REVISION = "deployment.kubernetes.io/revision";

/** What keeps the pods of the newest version from being ready, in their own words. */
export async function podTrouble(
  reader: Reader,
  live: Live,
  kind: string,
  { spec, status: at }: WorkloadObject,
): Promise<Trouble> {
  const { namespace } = live.metadata;
  const selector = Object.entries(spec.selector.matchLabels).map(([key, value]) => `${key}=${value}`);
  const newest = await newestOnly(reader, live, kind, selector.join(","), at.updateRevision);
  if (newest.status === "unavailable") return newest;
  if (newest.label === null) return { status: "none" };
  const pods = await reader.list("v1", "Pod", namespace, [...selector, newest.label].join(","));
  if (pods.status === "unavailable") return pods;
  let waiting: Trouble = { status: "none" };
  for (const item of pods.items) {
    const parsed = pod.safeParse(item);
    // One that is going away says nothing of the version.
    if (!parsed.success || parsed.data.metadata.deletionTimestamp !== "") continue;
    const { metadata: own, status: its } = parsed.data;
    for (const one of [...its.initContainerStatuses, ...its.containerStatuses]) {
      const { reason = "", message = "" } = one.state.waiting ?? {};
      if (!FATAL.has(reason)) continue;
      const last = one.lastState.terminated;
      const exit = last
        ? `, last exit code ${last.exitCode}${last.reason === "" ? "" : ` (${last.reason})`}`
        : "";
      const restarts = one.restartCount > 0 ? `, ${one.restartCount} restarts${exit}` : "";
      const said = short(last?.message || message);
      const words = `pod ${own.name}, container ${one.name}: ${reason}${restarts}${said === "" ? "" : `: ${said}`}`;
      return { status: "found", fatal: true, words };
    }
    const unscheduled = its.conditions.find(
      ({ type, status: word }) => type === "PodScheduled" && word === "False",
    );
    if (unscheduled && waiting.status === "none") {
      const words = `pod ${own.name} is not scheduled: ${short(unscheduled.message)}`;
      waiting = { status: "found", fatal: false, words };
    }
  }
  return waiting;
}

/** The label that only pods of the newest version have; null while there are none. */
async function newestOnly(
  reader: Reader,
  { metadata: own }: Live,
  kind: string,
  selector: string,
  updateRevision: string,
): Promise<
  | { readonly status: "ok"; readonly label: string | null }
  | { readonly status: "unavailable"; readonly words: string }
> {
  if (kind === "StatefulSet")
    return {
      status: "ok",
      label: updateRevision === "" ? null : `controller-revision-hash=${updateRevision}`,
    };
  if (kind === "DaemonSet") {
    const template = own.annotations["deprecated.daemonset.template.generation"];
    return { status: "ok", label: template === undefined ? null : `pod-template-generation=${template}` };
  }
  const sets = await reader.list("apps/v1", "ReplicaSet", own.namespace, selector);
  if (sets.status === "unavailable") return sets;
  const newest = sets.items
    .flatMap((item) => replicaSet.safeParse(item).data ?? [])
    .find(({ metadata: { annotations } }) => annotations[REVISION] === own.annotations[REVISION]);
  const hash = newest?.metadata.labels["pod-template-hash"];
  return { status: "ok", label: hash === undefined ? null : `pod-template-hash=${hash}` };
}
