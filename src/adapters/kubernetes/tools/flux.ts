import { z } from "zod";
import { condition, generation, type Live, type Metadata, short, text } from "../object.ts";
import { commitsIn, shortCommit, type Tool, type ToolState } from "./tool.ts";

const shape = z.object({
  spec: z.object({ suspend: z.boolean().catch(false) }).catch({ suspend: false }),
  status: z
    .object({
      observedGeneration: generation,
      lastAppliedRevision: text,
      conditions: z.array(condition).catch([]),
      inventory: z
        .object({ entries: z.array(z.object({ id: z.string() })).catch([]) })
        .optional()
        .catch(undefined),
    })
    .catch({ lastAppliedRevision: "", conditions: [] }),
});

export const fluxKustomization: Tool = {
  title: "Flux Kustomization",
  apiVersion: "kustomize.toolkit.fluxcd.io/v1",
  kind: "Kustomization",
  owner: (metadata) => labelled(metadata, "kustomize.toolkit.fluxcd.io"),
  lists: (live, object) => listed(live, object) ?? false,
  state: (live) => stateOf(live, "applied"),
};

/** It applies a chart; the commit of its values is in the Kustomization that applies it. */
export const fluxHelmRelease: Tool = {
  title: "Flux HelmRelease",
  apiVersion: "helm.toolkit.fluxcd.io/v2",
  kind: "HelmRelease",
  owner: (metadata) => labelled(metadata, "helm.toolkit.fluxcd.io"),
  // Newer ones keep an inventory.
  lists: listed,
  state: (live) => ({ ...stateOf(live, "released"), revisions: [] }),
};

function labelled({ labels }: Metadata, prefix: string) {
  const name = labels[`${prefix}/name`];
  const namespace = labels[`${prefix}/namespace`];
  return name === undefined || namespace === undefined ? null : { namespace, name };
}

/** Entries are `NAMESPACE_NAME_GROUP_KIND`. */
function listed({ body }: Live, { group, kind, metadata: { namespace, name } }: Live): boolean | null {
  const { inventory } = shape.parse(body).status;
  const id = [namespace, name, group, kind].join("_");
  return inventory ? inventory.entries.some((entry) => entry.id === id) : null;
}

function stateOf(live: Live, verb: string): ToolState {
  const { spec, status } = shape.parse(live.body);
  const revisions = commitsIn(status.lastAppliedRevision);
  const commit = revisions.length > 0 ? ` ${shortCommit(revisions)}` : "";
  if (spec.suspend) return { status: "stuck", revisions, words: "suspended" };
  const ready = status.conditions.find(({ type }) => type === "Ready");
  const seen = ready?.observedGeneration ?? status.observedGeneration ?? 0;
  if (!ready || seen < live.metadata.generation) {
    return { status: "under-way", revisions, words: "its newest generation is not dealt with yet" };
  }
  if (ready.status === "True") return { status: "done", revisions, words: `${verb}${commit}, Ready` };
  const words = `Ready is ${ready.status}: ${ready.reason}: ${short(ready.message)}`;
  return { status: ready.status === "False" ? "stuck" : "under-way", revisions, words };
}
