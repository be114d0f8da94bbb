import { z } from "zod";
import { condition, count, isOwnedBy, type Live, metadata, short, text, time } from "./object.ts";
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
    .catch({}),
  lastState: z.object({ terminated: terminated.optional().catch(undefined) }).catch({}),
});
const pod = z.object({
  metadata: metadata.extend({ deletionTimestamp: text, creationTimestamp: time }),
  status: z.object({
    phase: text,
    startTime: time,
    containerStatuses: z.array(status).catch([]),
    initContainerStatuses: z.array(status).catch([]),
    conditions: z.array(condition).catch([]),
  }),
});
type Pod = z.infer<typeof pod>;
/** A ReplicaSet, or a ControllerRevision, which alone has a revision. */
const part = z.object({ metadata, revision: count });
type Part = z.infer<typeof part>;

/** Why a container waits that does not come up by waiting. */
const STUCK: ReadonlySet<string> = new Set([
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
  /** `fatal`: it lasts, and strikes at least half of the version's pods. */
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
  const own = pods.items
    .flatMap((item) => pod.safeParse(item).data ?? [])
    .filter(({ metadata: its }) => its.deletionTimestamp === "" && isOwnedBy(its, newest.owner))
    // One that has ended, such as by eviction, was replaced.
    .filter(({ status: { phase } }) => phase !== "Failed" && phase !== "Succeeded");
  const now = Date.now() + pods.ahead;
  const stuck = own.flatMap((one) => stuckIn(one, now) ?? []);
  const lasting = stuck.filter((one) => one.lasts);
  const [first] = [...lasting, ...stuck];
  if (first) {
    const many = own.length > 1 ? ` (${stuck.length} of ${own.length} pods of this version)` : "";
    const fatal = lasting.length > 0 && 2 * lasting.length >= own.length;
    return { status: "found", fatal, words: `${first.words}${many}` };
  }
  const [unscheduled] = own.flatMap((one) => unscheduledIn(one) ?? []);
  return unscheduled === undefined
    ? { status: "none" }
    : { status: "found", fatal: false, words: unscheduled };
}

/** Times that a container has started anew before its crashes are more than a hiccup. */
const RESTARTS = 3;
/** Milliseconds that a pod has to get over whatever else keeps its containers from starting. */
const LASTS = 60_000;

/** The container that keeps a pod from coming up; null where none does. */
function stuckIn({ metadata: own, status: its }: Pod, now: number): { words: string; lasts: boolean } | null {
  for (const one of [...its.initContainerStatuses, ...its.containerStatuses]) {
    const { reason = "", message = "" } = one.state.waiting ?? {};
    if (!STUCK.has(reason)) continue;
    const last = one.lastState.terminated;
    const exit = last
      ? `, last exit code ${last.exitCode}${last.reason === "" ? "" : ` (${last.reason})`}`
      : "";
    const restarts = one.restartCount > 0 ? `, ${one.restartCount} restarts${exit}` : "";
    const said = short(last?.message || message);
    const words = `pod ${own.name}, container ${one.name}: ${reason}${restarts}${said === "" ? "" : `: ${said}`}`;
    // A crash loop says by its restarts how long it lasts; what never started, by the pod's age.
    const age = now - (its.startTime ?? own.creationTimestamp ?? now);
    const lasts = one.restartCount >= RESTARTS || (reason !== "CrashLoopBackOff" && age >= LASTS);
    return { words, lasts };
  }
  return null;
}

function unscheduledIn({ metadata: own, status: { conditions } }: Pod): string | null {
  const found = conditions.find(({ type, status: word }) => type === "PodScheduled" && word === "False");
  return found ? `pod ${own.name} is not scheduled: ${short(found.message)}` : null;
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
