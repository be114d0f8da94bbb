import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseAllDocuments, stringify } from "yaml";
import { z } from "zod";
import { type ApiServer, startApiServer } from "../../dev/kubernetes/api-server.ts";
import type { ClusterConfig } from "../../src/adapters/kubernetes/clusters.ts";
import { createKubernetes } from "../../src/adapters/kubernetes/kubernetes.ts";
import type { Cluster, ClusterQuestion } from "../../src/ports/cluster.ts";

export const COMMIT = "1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d";

/** A real API server, with what the tests put into it. */
export class TestCluster {
  readonly server: ApiServer;
  readonly #folder: string;
  readonly #dir: string;

  private constructor(server: ApiServer, folder: string, dir: string) {
    this.server = server;
    this.#folder = folder;
    this.#dir = dir;
  }

  /** `sluice` may do what docs/cluster.md says, `nobody` nothing. */
  static async start(folder: string): Promise<TestCluster> {
    const server = await startApiServer(folder, { sluice: "sluice", nobody: "nobody" });
    const dir = await mkdtemp(join(tmpdir(), "sluice-kubeconfig-"));
    const cluster = new TestCluster(server, folder, dir);
    await server.send("POST", "/api/v1/namespaces", named("Namespace", "v1", "production"));
    await server.send("POST", "/api/v1/namespaces", named("Namespace", "v1", "argocd"));
    await server.send("POST", "/api/v1/namespaces", named("Namespace", "v1", "flux-system"));
    await cluster.grant(await documentedRole());
    for (const user of ["sluice", "cert"]) await cluster.bind(user);
    return cluster;
  }

  /** Every CRD whose group is wanted, as its project ships it. */
  async install(group: string): Promise<void> {
    for (const file of await readdir(join(this.#folder, "crds"))) {
      const text = await readFile(join(this.#folder, "crds", file), "utf8");
      for (const document of parseAllDocuments(text)) {
        const crd = definition.safeParse(document.toJS());
        if (!crd.success || crd.data.spec.group !== group) continue;
        await this.server.send(
          "POST",
          "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
          JSON.stringify(document.toJS(), withoutEmptyDefaults),
        );
        const { version } = crd.data.spec.versions.find(({ served }) => served) ?? { version: "" };
        const path = `/apis/${group}/${version}/${crd.data.spec.names.plural}`;
        while (
          !(await this.server.send("GET", path).then(
            () => true,
            () => false,
          ))
        )
          await sleep(50);
      }
    }
  }

  /** The objects of a YAML text, each created or replaced, its status too. */
  async apply(text: string): Promise<void> {
    for (const document of parseAllDocuments(text)) {
      const object: unknown = document.toJS();
      const { apiVersion, kind, metadata, status } = shape.parse(object);
      const plural = `${kind.toLowerCase()}s`;
      const root = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
      const list = `${root}/namespaces/${metadata.namespace}/${plural}`;
      const one = `${list}/${metadata.name}`;
      const known = await this.server.send("GET", one).then(
        (found) => shape.parse(found),
        () => null,
      );
      if (known === null) await this.server.send("POST", list, JSON.stringify(object));
      else await this.server.send("PATCH", one, JSON.stringify(object));
      if (status === undefined) continue;
      const path = kind === "Application" ? one : `${one}/status`;
      await this.server.send("PATCH", path, JSON.stringify({ status }));
    }
  }

  async uid(path: string): Promise<string> {
    return z.object({ metadata: z.object({ uid: z.string() }) }).parse(await this.server.send("GET", path))
      .metadata.uid;
  }

  async remove(path: string): Promise<void> {
    await this.server.send("DELETE", path);
  }

  /** Replaces the role `sluice`. */
  async grant(role: Role): Promise<void> {
    const path = "/apis/rbac.authorization.k8s.io/v1/clusterroles";
    await this.server.send("DELETE", `${path}/sluice`).catch(() => undefined);
    await this.server.send("POST", path, JSON.stringify(role));
    // The authorizer watches roles.
    await sleep(500);
  }

  async bind(user: string): Promise<void> {
    await this.server.send(
      "POST",
      "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
      stringify({
        apiVersion: "rbac.authorization.k8s.io/v1",
        kind: "ClusterRoleBinding",
        metadata: { name: user },
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "sluice" },
        subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: user }],
      }),
    );
  }

  /** A kubeconfig with this user and a file with this authority, and the adapter over it. */
  async open(
    user: Record<string, unknown> = { token: "sluice" },
    authority = this.server.files.ca,
  ): Promise<Cluster> {
    const path = join(this.#dir, `kubeconfig-${Math.random()}`);
    await writeFile(
      path,
      stringify({
        apiVersion: "v1",
        kind: "Config",
        clusters: [{ name: "c", cluster: { server: this.server.url, "certificate-authority": authority } }],
        users: [{ name: "u", user }],
        contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
        "current-context": "x",
      }),
    );
    const config: ClusterConfig = {
      kubeconfig: path,
      context: null,
      timeoutMs: 10_000,
      argocdNamespace: "argocd",
    };
    return createKubernetes(new Map([["production", config]]));
  }

  file(name: string): string {
    return join(this.#dir, name);
  }

  async stop(): Promise<void> {
    await this.server.stop();
    await rm(this.#dir, { recursive: true, force: true });
  }
}

/** Kubernetes 1.20, built with a newer Go, takes the empty text as a default for null and refuses it. */
function withoutEmptyDefaults(key: string, value: unknown): unknown {
  return key === "default" && value === "" ? undefined : value;
}

const definition = z.object({
  kind: z.literal("CustomResourceDefinition"),
  spec: z.object({
    group: z.string(),
    names: z.object({ plural: z.string() }),
    versions: z.array(
      z
        .object({ name: z.string(), served: z.boolean() })
        .transform(({ name, served }) => ({ version: name, served })),
    ),
  }),
});

const shape = z.object({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.object({ name: z.string(), namespace: z.string().default("production") }),
  status: z.unknown().optional(),
});

export interface Role {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly rules: readonly {
    readonly apiGroups: readonly string[];
    readonly resources: readonly string[];
    readonly verbs: readonly string[];
  }[];
}

/** The role exactly as the documentation has it. */
export async function documentedRole(): Promise<Role> {
  const page = await readFile(new URL("../../docs/cluster.md", import.meta.url), "utf8");
  const block = /```yaml\n(apiVersion: rbac[\s\S]*?)```/.exec(page)?.[1] ?? "";
  const [document] = parseAllDocuments(block);
  return z
    .object({
      apiVersion: z.string(),
      kind: z.literal("ClusterRole"),
      metadata: z.object({ name: z.string() }),
      rules: z.array(
        z.object({
          apiGroups: z.array(z.string()),
          resources: z.array(z.string()),
          verbs: z.array(z.string()),
        }),
      ),
    })
    .parse(document?.toJS());
}

function named(kind: string, apiVersion: string, name: string): string {
  return stringify({ apiVersion, kind, metadata: { name } });
}

/** A question about checkout in production. */
export function question(change: Partial<ClusterQuestion> = {}): ClusterQuestion {
  return {
    cluster: "production",
    namespace: "production",
    targets: [],
    contains: async (revision) => revision === COMMIT,
    canary: null,
    stable: null,
    ...change,
  };
}

export function target(
  apiVersion: string,
  kind: string,
  weights: { readonly stable: number; readonly canary: number },
  arms = { stable: "stable", canary: "canary" },
): ClusterQuestion["targets"][number] {
  return { apiVersion, kind, namespace: null, name: "checkout", route: null, arms, weights };
}
