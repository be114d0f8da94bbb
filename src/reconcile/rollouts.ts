import { ROLLOUT_NAME } from "../config/names.ts";
import type { Manifests } from "../config/types.ts";
import type { Offer, RolloutState } from "../release/state.ts";
import type { Ports } from "./ports.ts";
import { CONFIG_FILE, type ConfigReading, knownConfig } from "./read.ts";
import { sameName } from "./repository-name.ts";
import { showProblems } from "./show.ts";
import { STATE_BRANCH, statePaths } from "./state-document.ts";
import { readState } from "./stored-state.ts";

/** So many that no configuration declares are looked at: whoever may push can put any number of files on that branch. */
const REMEMBERED = 200;

/** Where the manifests of a repository of code are; null where it has its own. */
export async function manifestsOf(ports: Ports): Promise<Manifests | null> {
  const config = await currentConfig(ports);
  return (config.status === "ok" && config.config.manifests) || null;
}

/** The rollouts of a repository: those the configuration declares, and those the state remembers. */
export async function rolloutsOf(ports: Ports): Promise<readonly string[]> {
  return (await deliveredBy(ports)).rollouts;
}

/** The same, and where its manifests are if not here. */
export async function deliveredBy(
  ports: Ports,
): Promise<{ readonly rollouts: readonly string[]; readonly manifests: Manifests | null }> {
  const { forge } = ports;
  const config = await currentConfig(ports);
  const declared = config.status === "ok" ? config.config.rollouts.map(({ name }) => name) : [];
  const remembered = (await forge.list(STATE_BRANCH, "rollouts"))
    .map((path) => path.replace(/^rollouts\/|\.json$/g, ""))
    .filter((name) => ROLLOUT_NAME.test(name))
    .slice(0, REMEMBERED);
  const manifests = (config.status === "ok" && config.config.manifests) || null;
  return { rollouts: [...new Set([...declared, ...remembered])], manifests };
}

/** The configuration that counts; what is wrong with it is said on the commit that has it. */
export async function currentConfig(ports: Ports): Promise<ConfigReading> {
  const { forge } = ports;
  const { defaultBranch } = await forge.repository();
  const snapshot = (await forge.snapshot([{ branch: defaultBranch, paths: [CONFIG_FILE] }])).get(
    defaultBranch,
  );
  const config = knownConfig(ports, snapshot?.files.get(CONFIG_FILE));
  if (config.status === "broken" && snapshot) showProblems(ports, snapshot.head, config.problems);
  return config;
}

/** States by rollout, as they are now; those that cannot be read, or are not our own, are left out. */
export async function statesOf(
  ports: Ports,
  rollouts: readonly string[],
): Promise<ReadonlyMap<string, RolloutState>> {
  const states = new Map<string, RolloutState>();
  if (rollouts.length === 0) return states;
  const paths = rollouts.flatMap(statePaths);
  const snapshot = (await ports.forge.snapshot([{ branch: STATE_BRANCH, paths }])).get(STATE_BRANCH);
  for (const name of rollouts) {
    const reading = await readState(ports, snapshot, name);
    if (reading.status === "ok") states.set(name, reading.state);
  }
  return states;
}

/**
 * Rollouts whose running release, or else whose last one, this pull request brought; `repository` where it is one of
 * the code's, apart from the rollouts.
 */
export async function releasedBy(
  ports: Ports,
  rollouts: readonly string[],
  pull: number,
  repository?: string,
): Promise<readonly string[]> {
  const states = [...(await statesOf(ports, rollouts))];
  const of = (offer: Pick<Offer, "pull"> | null | undefined, from: string | undefined) =>
    offer?.pull === pull && from !== undefined && repository !== undefined && sameName(from, repository);
  const apart = repository !== undefined;
  const now = states.filter(([, { release }]) =>
    apart ? of(release?.cause.source, release?.cause.source?.repository) : release?.cause.pull === pull,
  );
  const before = states.filter(
    ([, { release, last, source }]) =>
      !release && (apart ? of(source?.last, source?.repository) : last?.pull === pull),
  );
  return (now.length > 0 ? now : before).map(([name]) => name);
}
