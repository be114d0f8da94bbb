import { setTimeout as sleep } from "node:timers/promises";
import type { ManifestSource } from "./branch.ts";
import { type Desired, type MeshFiles, readDesired } from "./desired.ts";
import { startGateway } from "./gateway.ts";
import { type Behaviour, startSide } from "./side.ts";

export interface MeshOptions {
  /** `gitBranch(bareRepository, branch)`, or anything else that has manifests. */
  readonly source: ManifestSource;
  readonly files: MeshFiles;
  /** Subset names of the two sides; `stable` and `canary` by default. */
  readonly subsets?: { readonly stable: string; readonly canary: string };
  /** Asked again at each request, so that a version's behaviour may change while it runs. */
  readonly behaviour: (image: string) => Behaviour;
  /** How often the branch is looked at; 200 ms by default. */
  readonly pollMs?: number;
  /** From seeing a commit to applying it; 500 ms by default. */
  readonly applyDelayMs?: number;
  /** From applying a new image to serving with it; 300 ms by default. */
  readonly startupMs?: number;
  readonly cluster?: MeshCluster;
  /** Chooses sides and failures; `Math.random` by default. */
  readonly random?: () => number;
}

/** A cluster that shows what the mesh does, and may keep it from doing it. */
export interface MeshCluster {
  /** What a commit wants is applied, or throws why it cannot be; whether its routes are taken. */
  apply(desired: Desired): { readonly routed: boolean };
  /** Whether pods with this image come up. */
  starts(image: string): boolean;
  /** Those that come up are ready. */
  started(desired: Desired): void;
}

export interface Mesh {
  /** Where users send their requests. */
  readonly url: string;
  /** `host:port` of each proxy's `/metrics`. */
  readonly scrapeTargets: readonly string[];
  /** What is in force now. */
  applied(): {
    readonly commit: string;
    readonly weights: { readonly stable: number; readonly canary: number };
    readonly images: { readonly stable: string; readonly canary: string };
  };
  /** Why the newest commit could not be applied; null when it was. */
  problem(): string | null;
  failedRequests(): number;
  /** Epoch ms of the first request that users saw fail. */
  firstFailureAt(): number | null;
  stop(): Promise<void>;
}

/** A service mesh with one service of two versions, all of it real HTTP on 127.0.0.1. Ready when the first commit is applied. */
export async function startMesh(options: MeshOptions): Promise<Mesh> {
  const { source, files, behaviour } = options;
  const subsets = options.subsets ?? { stable: "stable", canary: "canary" };
  const random = options.random ?? Math.random;
  const startupMs = options.startupMs ?? 300;
  let desired = await readDesired(source, await source.head(), files);
  let problem: string | null = null;
  options.cluster?.apply(desired);
  options.cluster?.started(desired);

  const { service } = desired;
  const start = (name: "stable" | "canary") =>
    startSide({ name, service, pods: desired.pods[name], startupMs, behaviour, random });
  const sides = { stable: await start("stable"), canary: await start("canary") };
  const weight = (name: "stable" | "canary") => desired.weights.get(subsets[name]) ?? 0;
  const gateway = await startGateway({
    service,
    choose() {
      const [stable, canary] = [weight("stable"), weight("canary")];
      if (stable + canary === 0) return null;
      const side = random() * (stable + canary) < canary ? sides.canary : sides.stable;
      return { port: side.appPort, pods: side.running() };
    },
  });

  const stopped = new AbortController();
  const loop = follow({
    source,
    seen: desired.commit,
    pollMs: options.pollMs ?? 200,
    signal: stopped.signal,
    async apply(commit) {
      await sleep(options.applyDelayMs ?? 500, undefined, { signal: stopped.signal });
      const next = await readDesired(source, commit, files);
      const routed = options.cluster?.apply(next).routed ?? true;
      desired = routed ? next : { ...next, weights: desired.weights };
      for (const name of ["stable", "canary"] as const) {
        if (options.cluster?.starts(next.pods[name].image) ?? true) sides[name].roll(next.pods[name]);
      }
      // Pods are ready a moment before their controller says so.
      await sleep(options.cluster ? startupMs + 50 : 0, undefined, { signal: stopped.signal });
      options.cluster?.started(next);
    },
    report: (said) => {
      problem = said;
    },
  });

  return {
    url: `http://127.0.0.1:${gateway.port}`,
    scrapeTargets: [gateway, sides.stable, sides.canary].map(({ metricsPort }) => `127.0.0.1:${metricsPort}`),
    applied: () => ({
      commit: desired.commit,
      weights: { stable: weight("stable"), canary: weight("canary") },
      images: { stable: sides.stable.running().image, canary: sides.canary.running().image },
    }),
    problem: () => problem,
    failedRequests: gateway.failed,
    firstFailureAt: gateway.firstFailureAt,
    async stop() {
      stopped.abort();
      await loop;
      await Promise.all([gateway.stop(), sides.stable.stop(), sides.canary.stop()]);
    },
  };
}

interface Following {
  readonly source: ManifestSource;
  readonly seen: string;
  readonly pollMs: number;
  readonly signal: AbortSignal;
  readonly apply: (commit: string) => Promise<void>;
  readonly report: (problem: string | null) => void;
}

/** Like a GitOps tool: looks, applies what is new, says what it cannot apply, looks again. Ends with the signal. */
async function follow(following: Following): Promise<void> {
  const { source, signal } = following;
  let { seen } = following;
  while (!signal.aborted) {
    await sleep(following.pollMs, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
    try {
      const head = await source.head();
      if (head === seen) continue;
      await following.apply(head);
      seen = head;
      following.report(null);
    } catch (error) {
      if (!signal.aborted) following.report(error instanceof Error ? error.message : String(error));
    }
  }
}
