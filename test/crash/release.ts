import { stringify } from "yaml";
import { until } from "../../dev/demo/watch.ts";
import type { RequestFacts } from "../../dev/github/faults.ts";
import { type GitHub, startGitHub } from "../../dev/github/server.ts";
import { CANARY, MESH, Shop, STABLE, shopFiles, workload } from "../e2e/shop.ts";
import type { Call, Death } from "./death.ts";
import { type Outcome, outcomeOf, stateOf } from "./outcome.ts";
import { type FaultyPrometheus, faultyPrometheus } from "./prometheus.ts";
import { recordTraffic } from "./recording.ts";
import { MortalServer } from "./server.ts";

/** Versions of the two stories: one that is promoted, and one that fails and is taken back. */
const VERSIONS = { good: "2.0.0", bad: "2.0.0-bad" } as const;
export type Story = keyof typeof VERSIONS;
export const STORIES: readonly Story[] = ["good", "bad"];

/** Nothing here takes so long unless it never happens: the release, and each further life of the server. */
const PATIENCE_SECONDS = { release: 240, life: 10 };
/** A server that has asked for nothing for so long has nothing more to do; ms. */
const QUIET = 800;

/** Whatever serves the App meanwhile: one process or several. */
export interface Served {
  /** What they asked for from the merge on. */
  calls(): readonly Call[];
  /** From here on calls count, but those that are `spared`, which are not ours. */
  begin(spared: (request: RequestFacts) => boolean): void;
  ready(): Promise<boolean>;
  readonly lines: readonly string[];
  stop(): Promise<void>;
}

interface Told {
  /** What the server asked for from the merge on, over all its lives. */
  readonly calls: readonly Call[];
  /** How many of the deaths came. */
  readonly died: number;
  readonly outcome: Outcome;
}

let releases = 0;

/**
 * A release of two steps from its merge to rest, by a server that dies each of `deaths` in turn. `prometheus` is
 * where a real one takes samples, `http://127.0.0.1:PORT`.
 */
export async function release(story: Story, deaths: readonly Death[], prometheus: string): Promise<Told> {
  const seconds = PATIENCE_SECONDS.release + deaths.length * PATIENCE_SECONDS.life;
  let died = () => 0;
  const told = await play(story, prometheus, { seconds, quiet: QUIET }, (github, metrics) => {
    const server = new MortalServer(github, metrics, deaths);
    died = () => server.died;
    return server;
  });
  return { ...told, died: died() };
}

/** The same by what `serve` starts; at rest is what asked for nothing for `quiet` ms. */
export async function play(
  story: Story,
  prometheus: string,
  { seconds, quiet }: { readonly seconds: number; readonly quiet: number },
  serve: (github: GitHub, metrics: FaultyPrometheus) => Served,
): Promise<Omit<Told, "died">> {
  const namespace = `shop-${process.pid}-${++releases}`;
  const github = await startGitHub();
  const metrics = await faultyPrometheus(prometheus);
  const shop = await Shop.create(github, "acme", shopFiles(configurationIn(namespace)));
  const stopTraffic = recordTraffic(shop, namespace, prometheus);
  const server = serve(github, metrics);
  try {
    await shop.adopted();
    const files = { [CANARY]: workload("canary", VERSIONS[story]) };
    const pull = await shop.alice.propose("next", `checkout ${VERSIONS[story]}`, files);
    await shop.planOf(pull);
    server.begin(({ path }) => path.endsWith(`/pulls/${pull}/merge`));
    await shop.alice.merge(pull);
    await atRest(shop, server, seconds, quiet);
    return { calls: server.calls(), outcome: await outcomeOf(shop) };
  } catch (error) {
    throw new Error(`${String(error)}\n${server.lines.slice(-20).join("\n")}`, { cause: error });
  } finally {
    await server.stop();
    await stopTraffic();
    metrics.close();
    await github.close();
  }
}

/** The release has ended, and whoever lives has nothing left to show of it. */
async function atRest(shop: Shop, server: Served, seconds: number, quiet: number): Promise<void> {
  let seen = -1;
  let since = Date.now();
  await until(
    "The end of the release",
    async () => {
      const calls = server.calls().length;
      if (calls !== seen) {
        seen = calls;
        since = Date.now();
        return false;
      }
      const state = await stateOf(shop);
      if (!state?.last || state.release || state.pending) return false;
      return Date.now() - since > quiet && (await server.ready()) && server.calls().length === seen;
    },
    seconds,
  );
}

function configurationIn(namespace: string): string {
  const checkout = {
    mesh: "istio",
    namespace,
    service: "checkout",
    targets: [{ file: MESH, stable: "stable", canary: "canary" }],
    workloads: { stable: STABLE, canary: CANARY },
    bake: "300ms",
    minRequests: 20,
    steps: [{ setWeight: 50 }, { setWeight: 100 }],
    slos: [{ errorRate: { max: "5%" } }],
    // Only measured traffic makes a step live.
    live: { after: "1h" },
    environment: "production",
    promotion: { strategy: "copy", settle: "300ms" },
  };
  return stringify({ version: 1, prometheus: "production", rollouts: { checkout } });
}
