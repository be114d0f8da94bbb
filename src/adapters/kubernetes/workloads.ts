import { z } from "zod";
import type { Readiness } from "../../analysis/types.ts";
import type { WorkloadQuestion } from "../../ports/cluster.ts";
import { condition, count, type Live, short, text } from "./object.ts";
import { podTrouble } from "./pods.ts";
import type { Reader } from "./reader.ts";
import { otherField } from "./template.ts";

const container = z.object({ name: z.string(), image: text });

const workload = z.object({
  spec: z.object({
    replicas: z.number().catch(1),
    paused: z.boolean().catch(false),
    minReadySeconds: count,
    // StatefulSet, DaemonSet
    updateStrategy: z
      .object({
        type: text,
        rollingUpdate: z.object({ partition: count }).catch({ partition: 0 }),
      })
      .catch({ type: "", rollingUpdate: { partition: 0 } }),
    selector: z.object({ matchLabels: z.record(z.string(), z.string()).catch({}) }),
    template: z.object({
      spec: z.object({
        containers: z.array(container).catch([]),
        initContainers: z.array(container).catch([]),
      }),
    }),
  }),
  status: z.object({
    observedGeneration: count,
    replicas: count,
    updatedReplicas: count,
    availableReplicas: z.number().optional().catch(undefined),
    readyReplicas: count,
    // DaemonSet
    desiredNumberScheduled: count,
    updatedNumberScheduled: count,
    numberAvailable: count,
    // StatefulSet
    updateRevision: text,
    conditions: z.array(condition).catch([]),
  }),
});
/** As it came. */
const whole = z.object({ spec: z.object({ template: z.unknown() }) });
export type WorkloadObject = z.infer<typeof workload>;

/** How far each kind is with its newest version. */
const COUNTS: Readonly<Record<string, (found: WorkloadObject) => Counts>> = {
  Deployment: ({ spec, status }) => ({
    wanted: spec.replicas,
    updated: status.updatedReplicas,
    available: status.availableReplicas ?? 0,
    old: status.replicas - status.updatedReplicas,
  }),
  StatefulSet: ({ spec, status }) => ({
    wanted: spec.replicas,
    updated: status.updatedReplicas,
    // Servers before 1.22 do not count them, nor know of `minReadySeconds`; later ones may leave out a 0.
    available: status.availableReplicas ?? (spec.minReadySeconds > 0 ? 0 : status.readyReplicas),
    old: status.replicas - status.updatedReplicas,
  }),
  DaemonSet: ({ status }) => ({
    wanted: status.desiredNumberScheduled,
    updated: status.updatedNumberScheduled,
    available: status.numberAvailable,
    old: 0,
  }),
};

interface Counts {
  readonly wanted: number;
  readonly updated: number;
  readonly available: number;
  readonly old: number;
}

/** Has the workload rolled out this version, all of it? As `kubectl rollout status` tells, and with the pods' reasons. */
export async function readWorkload(
  reader: Reader,
  question: WorkloadQuestion,
  defaultNamespace: string,
): Promise<Readiness & { readonly live?: Live }> {
  const { kind, name } = question;
  const namespace = question.namespace ?? defaultNamespace;
  const title = `${kind} ${name}`;
  const read = await reader.object("apps/v1", kind, namespace, name);
  if (read.status === "unavailable") return read;
  if (read.status === "missing")
    return { status: "not-yet", words: `there is no ${title} in namespace ${namespace}` };
  const { live } = read;
  const parsed = workload.safeParse(live.body);
  const counts = parsed.success ? COUNTS[kind]?.(parsed.data) : undefined;
  if (!parsed.success || !counts)
    return { status: "unknown", words: `the cluster's ${title} is not understood`, live };
  const found = parsed.data;
  const { generation } = live.metadata;
  const other = otherImage(found, question) ?? otherTemplate(live, question);
  if (other !== null) return { status: "not-yet", words: `${title} ${other}`, live };
  if (found.status.observedGeneration < generation)
    return { status: "not-yet", words: `${title}: its newest version is not dealt with yet`, live };
  if (counts.wanted === 0)
    return { status: "not-yet", words: `${title} wants no replica, so nothing can answer`, live };
  const { wanted, updated, available, old } = counts;
  if (updated >= wanted && available >= wanted && old <= 0)
    return {
      status: "proven",
      words: `${title} runs ${images(question)}, ${available} of ${wanted} ready`,
      live,
    };
  const trouble = await podTrouble(reader, live, kind, found);
  if (trouble.status === "unavailable") return trouble;
  const { paused } = found.spec;
  // While it is paused its newest pods are those of before, and an old condition stays.
  const late = paused
    ? undefined
    : found.status.conditions.find(({ reason }) => reason === "ProgressDeadlineExceeded");
  const because = [
    ...(late ? [`ProgressDeadlineExceeded: ${short(late.message)}`] : []),
    ...(trouble.status === "found" ? [trouble.words] : []),
  ].join("; ");
  if (late || (!paused && trouble.status === "found" && trouble.fatal))
    return { status: "failed", words: `${title}: ${because}`, live };
  const progress = `${title}: ${Math.min(updated, wanted)} of ${wanted} are of the new version, ${available} ready`;
  const words = [progress, heldBack(found), because].filter((word) => word !== "").join("; ");
  return { status: "not-yet", words, live };
}

/** What keeps the workload from rolling out by itself, however long one waits; empty where nothing does. */
function heldBack({ spec }: WorkloadObject): string {
  const { type, rollingUpdate } = spec.updateStrategy;
  if (spec.paused) return "its rollout is paused";
  if (type === "OnDelete") return "its updateStrategy is OnDelete: each pod stays until somebody deletes it";
  const { partition } = rollingUpdate;
  if (partition > 0) return `its partition ${partition} keeps the pods below that number as they were`;
  return "";
}

/** `still runs shop:1`, where an image is not git's. */
function otherImage({ spec }: WorkloadObject, { containers }: WorkloadQuestion): string | null {
  const { containers: own, initContainers } = spec.template.spec;
  for (const { name, image } of containers) {
    const live = [...initContainers, ...own].find((one) => one.name === name);
    if (!live) return `has no container ${name} yet`;
    if (live.image !== image) return `is told to run ${live.image}, git says ${image}`;
  }
  return null;
}

/** What git says besides the images: a version is the whole template. */
function otherTemplate({ body, metadata }: Live, { template, before }: WorkloadQuestion): string | null {
  const adjusted = ADJUSTED in metadata.annotations;
  const [declared, earlier] = adjusted ? [template, before].map(withoutResources) : [template, before];
  const live = whole.safeParse(body).data?.spec.template;
  const field = otherField(live, { template: declared, before: earlier });
  return field === null ? null : `is not as git says yet: ${short(field)}`;
}

/** GKE Autopilot writes resources of its own into what is applied, and says so. */
const ADJUSTED = "autopilot.gke.io/resource-adjustment";

function withoutResources(template: unknown): unknown {
  return JSON.parse(JSON.stringify(template, (key, value) => (key === "resources" ? undefined : value)));
}

function images({ containers }: WorkloadQuestion): string {
  return containers.map(({ image }) => image).join(", ") || "this version";
}
