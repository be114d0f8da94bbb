import type { Desired, Pods } from "../mesh/desired.ts";
import type { MeshCluster } from "../mesh/mesh.ts";
import type { SmallKubernetes } from "./server.ts";

/** What goes wrong in the cluster of one service. */
export interface ClusterTroubles {
  /** Why the GitOps tool cannot apply this; null: it can. */
  stuck: (desired: Desired) => string | null;
  /** Istio's code of an error for which the routes are not taken; null: they are. */
  refused: (desired: Desired) => string | null;
  /** Versions that do not start. */
  crashes: (image: string) => boolean;
}

/** The cluster beside a mesh: what Argo CD applies, what Istio says of it, and the pods that start or do not. */
export function mirror(
  cluster: SmallKubernetes,
  name: string,
): MeshCluster & { readonly troubles: ClusterTroubles } {
  const troubles: ClusterTroubles = { stuck: () => null, refused: () => null, crashes: () => false };

  const application = ({ manifests }: Desired, status: object) =>
    cluster.put(
      {
        apiVersion: "argoproj.io/v1alpha1",
        kind: "Application",
        metadata: { name, namespace: "argocd" },
        spec: { syncPolicy: { automated: {} } },
        status: { ...status, resources: Object.values(manifests).map(listed) },
      },
      "argocd-controller",
    );

  /** As the workload's controller does it: the old pods serve until the new ones are ready. */
  function deploy(manifest: object, pods: Pods, ready: boolean): void {
    const crashes = troubles.crashes(pods.image);
    const done = ready && !crashes ? 2 : 0;
    cluster.put(applied(manifest, name, "2"), "argocd-controller", (observedGeneration) => ({
      observedGeneration,
      replicas: 2,
      updatedReplicas: done,
      availableReplicas: done,
      readyReplicas: done,
    }));
    if (!crashes) return;
    const { workload, namespace } = pods;
    const labels = { ...pods.labels, "pod-template-hash": "new" };
    const annotations = { [REVISION]: "2" };
    const set = { name: `${workload}-new`, namespace, uid: `${workload}-new` };
    cluster.put(
      { kind: "ReplicaSet", metadata: { ...set, labels, annotations, ownerReferences: madeBy(workload) } },
      "k",
    );
    const terminated = { exitCode: 1, reason: "Error", message: "no database" };
    cluster.put(
      {
        kind: "Pod",
        metadata: { name: `${workload}-new-1`, namespace, labels, ownerReferences: madeBy(set.uid) },
        status: {
          containerStatuses: [
            {
              name: "checkout",
              restartCount: 3,
              state: { waiting: { reason: "CrashLoopBackOff", message: "back-off" } },
              lastState: { terminated },
            },
          ],
        },
      },
      "kubelet",
    );
  }

  return {
    troubles,
    apply(desired) {
      const message = troubles.stuck(desired);
      if (message !== null) {
        application(desired, { sync: { status: "OutOfSync" }, operationState: { phase: "Failed", message } });
        throw new Error(message);
      }
      const code = troubles.refused(desired);
      const { virtualService, stable, canary } = desired.manifests;
      const error = { level: "ERROR", type: { code, name: "ReferencedResourceNotFound" } };
      cluster.put(applied(virtualService, name), "argocd-controller", (observedGeneration) => ({
        observedGeneration,
        conditions: [{ type: "Reconciled", status: code === null ? "True" : "False" }],
        validationMessages: code === null ? [] : [error],
      }));
      deploy(stable, desired.pods.stable, false);
      deploy(canary, desired.pods.canary, false);
      const sync = { status: "Synced", revision: desired.commit };
      application(desired, { sync, health: { status: "Healthy" } });
      return { routed: code === null };
    },
    starts: (image) => !troubles.crashes(image),
    started(desired) {
      deploy(desired.manifests.stable, desired.pods.stable, true);
      deploy(desired.manifests.canary, desired.pods.canary, true);
    },
  };
}

const REVISION = "deployment.kubernetes.io/revision";

function madeBy(uid: string): readonly object[] {
  return [{ uid, controller: true }];
}

/** As Argo CD says which objects it applies. */
function listed(manifest: object): object {
  const { apiVersion, kind, metadata } = manifest as {
    readonly apiVersion: string;
    readonly kind: string;
    readonly metadata: object;
  };
  return { ...metadata, group: apiVersion.split("/")[0], kind };
}

/** With what Argo CD and the workload's controller write on it. */
function applied(manifest: object, application: string, revision?: string): object {
  const { metadata } = manifest as { readonly metadata: { readonly name: string } };
  const annotations = {
    "argocd.argoproj.io/tracking-id": `${application}:x/y:z/z`,
    ...(revision !== undefined && { [REVISION]: revision }),
  };
  return { ...manifest, metadata: { ...metadata, uid: metadata.name, annotations } };
}
