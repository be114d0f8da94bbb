import { parseAllDocuments } from "yaml";
import { z } from "zod";
import type { ManifestSource } from "./branch.ts";

export interface MeshFiles {
  readonly virtualService: string;
  /** One Deployment each. */
  readonly stable: string;
  readonly canary: string;
}

export interface Pods {
  readonly workload: string;
  readonly namespace: string;
  /** The `version` label of the pods. */
  readonly version: string;
  /** All labels of the pods. */
  readonly labels: Readonly<Record<string, string>>;
  readonly image: string;
}

/** What one commit wants to run. */
export interface Desired {
  readonly commit: string;
  readonly service: string;
  readonly namespace: string;
  /** By subset. */
  readonly weights: ReadonlyMap<string, number>;
  readonly pods: { readonly stable: Pods; readonly canary: Pods };
  /** The objects as they were written. */
  readonly manifests: { readonly virtualService: object; readonly stable: object; readonly canary: object };
}

const metadata = z.object({ name: z.string(), namespace: z.string().default("default") });
const VirtualService = z.object({
  kind: z.literal("VirtualService"),
  metadata,
  spec: z.object({
    http: z
      .array(
        z.object({
          route: z.array(
            z.object({
              destination: z.object({ host: z.string(), subset: z.string() }),
              weight: z.int().min(0).optional(),
            }),
          ),
        }),
      )
      .min(1),
  }),
});
const Deployment = z.object({
  kind: z.literal("Deployment"),
  metadata,
  spec: z.object({
    template: z.object({
      metadata: z.object({ labels: z.record(z.string(), z.string()).default({}) }).default({ labels: {} }),
      spec: z.object({ containers: z.array(z.object({ image: z.string() })).min(1) }),
    }),
  }),
});

/** Reads the manifests at one commit. Throws what is wrong with them: nothing of such a commit is applied. */
export async function readDesired(
  source: ManifestSource,
  commit: string,
  files: MeshFiles,
): Promise<Desired> {
  const [virtualService, route] = await readOne(source, commit, files.virtualService, VirtualService);
  const routes = virtualService.spec.http[0]?.route ?? [];
  const [stable, stableManifest] = await readOne(source, commit, files.stable, Deployment);
  const [canary, canaryManifest] = await readOne(source, commit, files.canary, Deployment);
  return {
    commit,
    service: routes[0]?.destination.host ?? virtualService.metadata.name,
    namespace: virtualService.metadata.namespace,
    // Istio: a lone destination gets everything, among several an absent weight is 0.
    weights: new Map(
      routes.map(({ destination, weight }) => [
        destination.subset,
        routes.length === 1 ? 100 : (weight ?? 0),
      ]),
    ),
    pods: { stable: pods(stable), canary: pods(canary) },
    manifests: { virtualService: route, stable: stableManifest, canary: canaryManifest },
  };
}

function pods({ metadata, spec }: z.infer<typeof Deployment>): Pods {
  return {
    workload: metadata.name,
    namespace: metadata.namespace,
    version: spec.template.metadata.labels["version"] ?? "unknown",
    labels: spec.template.metadata.labels,
    image: spec.template.spec.containers[0]?.image ?? "",
  };
}

async function readOne<T>(
  source: ManifestSource,
  commit: string,
  path: string,
  kind: z.ZodType<T>,
): Promise<readonly [T, object]> {
  for (const document of parseAllDocuments(await source.read(commit, path))) {
    const object: unknown = document.toJS();
    const parsed = kind.safeParse(object);
    if (parsed.success && typeof object === "object" && object !== null) return [parsed.data, object];
  }
  throw new Error(`${path} at ${commit} holds no manifest of the kind the mesh needs there`);
}
