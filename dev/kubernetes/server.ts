import type { IncomingMessage, ServerResponse } from "node:http";
import { z } from "zod";
import { serve } from "../mesh/serve.ts";

/** A few kinds as a cluster serves them: kind → group, versions and plural. */
const KINDS: Readonly<Record<string, { readonly group: string; readonly versions: readonly string[] }>> = {
  Deployment: { group: "apps", versions: ["v1"] },
  StatefulSet: { group: "apps", versions: ["v1"] },
  DaemonSet: { group: "apps", versions: ["v1"] },
  ReplicaSet: { group: "apps", versions: ["v1"] },
  ControllerRevision: { group: "apps", versions: ["v1"] },
  Pod: { group: "", versions: ["v1"] },
  VirtualService: { group: "networking.istio.io", versions: ["v1", "v1beta1"] },
  HTTPRoute: { group: "gateway.networking.k8s.io", versions: ["v1"] },
  CiliumClusterwideEnvoyConfig: { group: "cilium.io", versions: ["v2"] },
  Kustomization: { group: "kustomize.toolkit.fluxcd.io", versions: ["v1"] },
  HelmRelease: { group: "helm.toolkit.fluxcd.io", versions: ["v2"] },
  Ingress: { group: "networking.k8s.io", versions: ["v1"] },
  Application: { group: "argoproj.io", versions: ["v1alpha1"] },
};

const shape = z.looseObject({
  kind: z.string(),
  metadata: z.looseObject({
    name: z.string(),
    namespace: z.string(),
    labels: z.record(z.string(), z.string()).default({}),
  }),
  spec: z.unknown().optional(),
});
type KubernetesObject = z.infer<typeof shape>;

interface Stored {
  readonly object: KubernetesObject;
  readonly generation: number;
  /** Who wrote its spec, and when. */
  readonly written: object;
}

/** One request that goes wrong: answered otherwise, or true when it was left to hang or cut off. */
type Fault = (request: IncomingMessage, response: ServerResponse) => boolean;

/** A server with the wire format of a Kubernetes API, on loopback: discovery, objects and lists by labels. */
export interface SmallKubernetes {
  readonly url: string;
  /** `GET /apis/apps`, in order. */
  readonly requests: string[];
  /** Bearer tokens that are let in; null: anybody. */
  tokens: ReadonlySet<string> | null;
  /** Asked for each request. */
  fault: Fault | null;
  /** Creates or replaces an object; its generation grows with its spec. `status` may depend on it. */
  put(object: unknown, manager: string, status?: (generation: number) => unknown): void;
  remove(kind: string, namespace: string, name: string): void;
  stop(): Promise<void>;
}

export async function startSmallKubernetes(): Promise<SmallKubernetes> {
  const objects = new Map<string, Stored>();
  const requests: string[] = [];
  const served = await serve((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    if (small.fault?.(request, response)) return;
    const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? "")?.[1];
    if (small.tokens && !small.tokens.has(token ?? "")) {
      answer(response, 401, failure(401, "Unauthorized"));
      return;
    }
    const url = new URL(request.url ?? "/", "http://cluster");
    const body = discovery(url.pathname) ?? find(objects, url);
    if (body === null) answer(response, 404, failure(404, "NotFound"));
    else answer(response, 200, body);
  });
  const small: SmallKubernetes = {
    url: `http://127.0.0.1:${served.port}`,
    requests,
    tokens: null,
    fault: null,
    put(given, manager, status) {
      const object = shape.parse(given);
      const key = keyOf(object.kind, object.metadata.namespace, object.metadata.name);
      const before = objects.get(key);
      const same = JSON.stringify(before?.object.spec) === JSON.stringify(object.spec);
      const generation = (before?.generation ?? 0) + (same ? 0 : 1);
      const time = new Date().toISOString();
      const spec = { manager, time, fieldsV1: { "f:spec": fieldsOf(object.spec) } };
      const written = (same && before?.written) || spec;
      const shown = status ? [{ manager: "controller", time, fieldsV1: { "f:status": {} } }] : [];
      const managedFields = [written, ...shown];
      objects.set(key, {
        generation,
        written,
        object: {
          ...object,
          metadata: { ...object.metadata, generation, managedFields },
          ...(status && { status: status(generation) }),
        },
      });
    },
    remove(kind, namespace, name) {
      objects.delete(keyOf(kind, namespace, name));
    },
    stop: () => served.close(),
  };
  return small;
}

/** A body as the API server answers what it refuses. */
export function failure(code: number, reason: string): object {
  return { kind: "Status", apiVersion: "v1", status: "Failure", message: reason, reason, code };
}

export function answer(
  response: ServerResponse,
  code: number,
  body: object,
  headers: Readonly<Record<string, string>> = {},
): true {
  response.writeHead(code, { "content-type": "application/json", ...headers });
  response.end(JSON.stringify(body));
  return true;
}

function keyOf(kind: string, namespace: string, name: string): string {
  return JSON.stringify([kind, namespace, name]);
}

function discovery(path: string): object | null {
  const [, group = "", version] = /^\/apis\/([^/]+)(?:\/([^/]+))?$/.exec(path) ?? [];
  const kinds = Object.entries(KINDS).filter(([, kind]) => kind.group === group);
  const [first] = kinds;
  if (group === "" || !first) return null;
  const versions = first[1].versions.map((one) => ({ groupVersion: `${group}/${one}`, version: one }));
  if (version === undefined)
    return { kind: "APIGroup", name: group, versions, preferredVersion: versions[0] };
  if (!first[1].versions.includes(version)) return null;
  const resources = kinds.map(([kind]) => ({
    name: pluralOf(kind),
    kind,
    namespaced: !kind.includes("Clusterwide"),
    verbs: ["get", "list"],
  }));
  return { kind: "APIResourceList", groupVersion: `${group}/${version}`, resources };
}

function find(objects: ReadonlyMap<string, Stored>, { pathname, searchParams }: URL): object | null {
  const pattern = /^\/(?:api|apis\/[^/]+)\/[^/]+\/namespaces\/([^/]+)\/([^/]+)(?:\/([^/]+))?$/;
  const [, namespace = "", plural = "", name] = pattern.exec(pathname) ?? [];
  const kind = Object.keys(KINDS).find((one) => pluralOf(one) === plural);
  if (kind === undefined) return null;
  if (name !== undefined) return objects.get(keyOf(kind, namespace, name))?.object ?? null;
  const wanted = (searchParams.get("labelSelector") ?? "").split(",").map((pair) => pair.split("="));
  const items = [...objects.values()]
    .map(({ object }) => object)
    .filter(
      ({ kind: its, metadata }) =>
        its === kind &&
        metadata.namespace === namespace &&
        wanted.every(([key = "", value]) => metadata.labels[key] === value),
    );
  return { kind: `${kind}List`, items };
}

function pluralOf(kind: string): string {
  return kind === "Ingress" ? "ingresses" : `${kind.toLowerCase()}s`;
}

/** Lists are atomic, as in Istio's CRDs. */
function fieldsOf(value: unknown): object {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return {};
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [`f:${key}`, fieldsOf(inner)]));
}
