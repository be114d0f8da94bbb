import { z } from "zod";
import type { Get } from "./client.ts";
import { type ClusterConfig, mayRead } from "./clusters.ts";
import type { Discovery, Resource } from "./discovery.ts";
import { type Live, liveObject } from "./object.ts";

type Read =
  /** `ahead`: of our clock by so many milliseconds is the cluster's. */
  | { readonly status: "ok"; readonly live: Live; readonly version: string; readonly ahead: number }
  /** `known`: the server has the kind. */
  | { readonly status: "missing"; readonly known: boolean }
  | { readonly status: "unavailable"; readonly words: string };

type Listed =
  | { readonly status: "ok"; readonly items: readonly unknown[]; readonly ahead: number }
  | { readonly status: "unavailable"; readonly words: string };

/** Reads of one look: the same object is asked for once. */
export interface Reader {
  /** Whether a repository may hear of a namespace. */
  mayRead(namespace: string | null): boolean;
  /** Of a namespace that may be read. */
  object(apiVersion: string, kind: string, namespace: string, name: string): Promise<Read>;
  /** Of any namespace: whoever asks must see to it that nothing of another one's is told. */
  applier(apiVersion: string, kind: string, namespace: string, name: string): Promise<Read>;
  /** At most 250. */
  list(apiVersion: string, kind: string, namespace: string, labels: string): Promise<Listed>;
}

const list = z.object({ items: z.array(z.unknown()) });
const MOST = 250;

export function reader(get: Get, discovery: Discovery, config: Pick<ClusterConfig, "namespaces">): Reader {
  const asked = new Map<string, Promise<Read>>();

  async function read(
    apiVersion: string,
    kind: string,
    namespace: string,
    name: string,
    guarded: boolean,
  ): Promise<Read> {
    if (guarded && !mayRead(config, namespace)) return { status: "unavailable", words: notFor(namespace) };
    const found = await discovery.find(get, apiVersion, kind);
    if (found.status === "missing") return { status: "missing", known: false };
    if (found.status === "unavailable") return found;
    const { resource } = found;
    if (guarded && !resource.namespaced && !mayRead(config, null))
      return {
        status: "unavailable",
        words: `${kind} is of no namespace, and only some namespaces may be read`,
      };
    const answer = await get(`${pathOf(resource, namespace)}/${encodeURIComponent(name)}`, {
      verb: "get",
      resource: nameOf(resource),
      namespace: resource.namespaced ? namespace : null,
    });
    if (answer.status === "missing") return { status: "missing", known: true };
    if (answer.status === "unavailable") return answer;
    const live = liveObject(answer.body);
    return live
      ? { status: "ok", live, version: resource.version, ahead: answer.ahead }
      : { status: "unavailable", words: `its ${kind} ${name} is not understood` };
  }

  function once(...what: Parameters<typeof read>): Promise<Read> {
    const key = JSON.stringify(what);
    const reading = asked.get(key) ?? read(...what);
    asked.set(key, reading);
    return reading;
  }

  return {
    mayRead: (namespace) => mayRead(config, namespace),
    object: (apiVersion, kind, namespace, name) => once(apiVersion, kind, namespace, name, true),
    applier: (apiVersion, kind, namespace, name) => once(apiVersion, kind, namespace, name, false),
    async list(apiVersion, kind, namespace, labels) {
      const core = !apiVersion.includes("/");
      const found = core
        ? ({ status: "ok", resource: POD } as const)
        : await discovery.find(get, apiVersion, kind);
      if (found.status === "missing") return { status: "ok", items: [], ahead: 0 };
      if (found.status === "unavailable") return found;
      const { resource } = found;
      const query = `labelSelector=${encodeURIComponent(labels)}&limit=${MOST}`;
      const what = { verb: "list", resource: nameOf(resource), namespace } as const;
      const answer = await get(`${pathOf(resource, namespace)}?${query}`, what);
      if (answer.status === "missing") return { status: "ok", items: [], ahead: 0 };
      if (answer.status === "unavailable") return answer;
      const parsed = list.safeParse(answer.body);
      return parsed.success
        ? { status: "ok", items: parsed.data.items, ahead: answer.ahead }
        : { status: "unavailable", words: `its list of ${nameOf(resource)} is not understood` };
    },
  };
}

function notFor(namespace: string): string {
  return `namespace ${namespace} is not one that the operator lets this cluster be read for`;
}

/** The one kind of the core that is read; nothing has to be asked about it. */
const POD: Resource = { group: "", version: "v1", plural: "pods", namespaced: true };

function pathOf({ group, version, plural, namespaced }: Resource, namespace: string): string {
  const root = group === "" ? `/api/${version}` : `/apis/${group}/${version}`;
  return namespaced ? `${root}/namespaces/${encodeURIComponent(namespace)}/${plural}` : `${root}/${plural}`;
}

/** As RBAC calls it. */
function nameOf({ group, plural }: Resource): string {
  return group === "" ? plural : `${plural}.${group}`;
}
