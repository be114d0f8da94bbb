import { stat } from "node:fs/promises";
import type { KubeConfig, RequestContext } from "@kubernetes/client-node";
import type { ClusterConfig } from "./clusters.ts";

export type Library = typeof import("@kubernetes/client-node");

export interface Connected {
  readonly library: Library;
  readonly kube: KubeConfig;
  readonly server: string;
  /** Its connections are kept; the library would make a new one for every request. */
  dispatcher: ReturnType<RequestContext["getDispatcher"]>;
}

/** Why a kubeconfig cannot be used: words free of addresses and credentials. */
export class Unusable extends Error {}

/** The library costs half a second and is loaded with the first cluster that is asked. */
export async function connect({ kubeconfig, context }: ClusterConfig): Promise<Connected> {
  const library = await import("@kubernetes/client-node");
  const kube = new library.KubeConfig();
  if (kubeconfig === null) kube.loadFromCluster();
  else {
    try {
      kube.loadFromFile(kubeconfig);
    } catch {
      throw new Unusable("its kubeconfig cannot be read");
    }
  }
  if (context !== null) kube.setCurrentContext(context);
  const { server } = kube.getCurrentCluster() ?? {};
  if (!server) throw new Unusable("its kubeconfig has no such context, or the context no cluster");
  const url = URL.parse(server);
  if (!url || !["http:", "https:"].includes(url.protocol))
    throw new Unusable("its kubeconfig has an address that is none of http or https");
  if (url.username || url.password)
    throw new Unusable("its kubeconfig has credentials in an address: they belong to its users");
  // Whoever skips the check of certificates still has an encrypted connection.
  if (url.protocol === "http:" && !isLoopback(url.hostname))
    throw new Unusable("its kubeconfig has an http address: tokens go over https only");
  return { library, kube, server: server.replace(/\/+$/, ""), dispatcher: undefined };
}

/** Such as of `kubectl proxy`: what is sent there leaves no machine. */
function isLoopback(host: string): boolean {
  return host === "localhost" || host === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(host);
}

/** Differs when the file was changed or replaced; empty where there is none. */
export async function stampOf(kubeconfig: string | null): Promise<string> {
  if (kubeconfig === null) return "";
  const found = await stat(kubeconfig).catch(() => null);
  return found ? [found.mtimeMs, found.size, found.ino].join() : "";
}
