import { z } from "zod";
import { type Live, short, text } from "../object.ts";
import { commitsIn, shortCommit, type Tool, type ToolState } from "./tool.ts";

const TRACKING = "argocd.argoproj.io/tracking-id";

const application = z.object({
  spec: z
    .object({ syncPolicy: z.object({ automated: z.unknown().optional() }).optional().catch(undefined) })
    .catch({}),
  status: z
    .object({
      sync: z
        .object({
          status: z.string().catch("Unknown"),
          revision: text,
          revisions: z.array(z.string()).catch([]),
        })
        .catch({ status: "Unknown", revision: "", revisions: [] }),
      health: z
        .object({ status: z.string().catch("Unknown"), message: text })
        .catch({ status: "Unknown", message: "" }),
      operationState: z.object({ phase: text, message: text }).optional().catch(undefined),
      conditions: z.array(z.object({ type: z.string(), message: text })).catch([]),
      resources: z.array(z.object({ group: text, kind: text, namespace: text, name: text })).catch([]),
    })
    .catch({
      sync: { status: "Unknown", revision: "", revisions: [] },
      health: { status: "Unknown", message: "" },
      conditions: [],
      resources: [],
    }),
});

export const argoCd: Tool = {
  title: "Argo CD application",
  apiVersion: "argoproj.io/v1alpha1",
  kind: "Application",
  owner({ annotations }, { argocdNamespace }) {
    // `shop:apps/Deployment:production/checkout`; `team_shop:…` for an application in another namespace.
    const [id] = (annotations[TRACKING] ?? "").split(":");
    if (!id) return null;
    const [first = "", second] = id.split("_");
    return second === undefined
      ? { namespace: argocdNamespace, name: first }
      : { namespace: first, name: second };
  },
  lists(live, { group, kind, metadata: { namespace, name } }) {
    const { resources } = application.parse(live.body).status;
    return resources.some(
      (one) => one.group === group && one.kind === kind && one.namespace === namespace && one.name === name,
    );
  },
  state(live: Live): ToolState {
    const { spec, status } = application.parse(live.body);
    const { sync, health, operationState, conditions } = status;
    const revisions = commitsIn(sync.revision, ...sync.revisions);
    const error = conditions.find(({ type }) => type.endsWith("Error"));
    if (error) return { status: "stuck", revisions, words: `${error.type}: ${short(error.message)}` };
    const { phase = "", message = "" } = operationState ?? {};
    if (phase === "Failed" || phase === "Error") {
      return { status: "stuck", revisions, words: `its last sync ended ${phase}: ${short(message)}` };
    }
    if (sync.status !== "Synced") {
      const byHand = spec.syncPolicy?.automated === undefined && phase !== "Running";
      const words = `${sync.status}${phase === "Running" ? `, syncing: ${short(message)}` : ""}${byHand ? ", and does not sync by itself" : ""}`;
      return { status: byHand ? "stuck" : "under-way", revisions, words };
    }
    const synced = `synced ${shortCommit(revisions)}, ${health.status}`;
    if (health.status === "Healthy") return { status: "done", revisions, words: synced };
    const words = health.message === "" ? synced : `${synced}: ${short(health.message)}`;
    return { status: health.status === "Degraded" ? "stuck" : "under-way", revisions, words };
  },
};
