import { z } from "zod";
import { condition, count, isOwnedBy, type Live, metadata, short, text } from "./object.ts";
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
/** A ReplicaSet, or a ControllerRevision, which alone has a revision. */
const part = z.object({ metadata, revision: count });
type Part = z.infer<typeof part>;

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
  const found = await newestOf(reader, live, kind, selector.join(","), at.updateRevision);
  if (found.status === "unavailable") return found;
  const { newest } = found;
  if (newest === null) return { status: "none" };
  const pods = await reader.list("v1", "Pod", namespace, [...selector, newest.label].join(","));
  if (pods.status === "unavailable") return pods;
  let waiting: Trouble = { status: "none" };
  for (const item of pods.items) {
    const parsed = pod.safeParse(item);
    // One that is going away says nothing of the version.
    if (!parsed.success || parsed.data.metadata.deletionTimestamp !== "") continue;
    if (!isOwnedBy(parsed.data.metadata, newest.owner)) continue;
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

/** How pods of the newest version are told from all others. */
interface Newest {
  readonly label: string;
  /** Uid of what made them: labels alone may be those of another workload. */
  readonly owner: string;
}

/** Null while there are none. */
async function newestOf(
  reader: Reader,
  { metadata: own }: Live,
  kind: string,
  selector: string,
  updateRevision: string,
): Promise<
  | { readonly status: "ok"; readonly newest: Newest | null }
  | { readonly status: "unavailable"; readonly words: string }
> {
  const byRevision = (hash: string | undefined) => {
    const label = `controller-revision-hash=${hash}`;
    return { status: "ok", newest: hash ? { label, owner: own.uid } : null } as const;
  };
  if (kind === "StatefulSet") return byRevision(updateRevision);
  const makes = kind === "DaemonSet" ? "ControllerRevision" : "ReplicaSet";
  const made = await reader.list("apps/v1", makes, own.namespace, selector);
  if (made.status === "unavailable") return made;
  const mine = made.items
    .flatMap((item) => part.safeParse(item).data ?? [])
    .filter((one) => isOwnedBy(one.metadata, own.uid));
  if (kind === "DaemonSet") {
    const last = mine.reduce<Part | null>((a, b) => (a && a.revision >= b.revision ? a : b), null);
    return byRevision(last?.metadata.labels["controller-revision-hash"]);
  }
  const set = mine.find(
    ({ metadata: { annotations } }) => annotations[REVISION] === own.annotations[REVISION],
  );
  const hash = set?.metadata.labels["pod-template-hash"];
  const newest = set && hash ? { label: `pod-template-hash=${hash}`, owner: set.metadata.uid } : null;
  return { status: "ok", newest };
}
