import { parseConfig } from "../config/parse.ts";
import type { Config, Problem, Rollout } from "../config/types.ts";
import type { BranchSnapshot, FileReading, RepositoryFacts, Wanted } from "../ports/forge.ts";
import type { Ports } from "./ports.ts";
import { STATE_BRANCH, statePaths } from "./state-document.ts";
import { readState, type StateReading } from "./stored-state.ts";

export const CONFIG_FILE = ".github/sluice.yaml";

/** One rollout in one repository, every file of a branch taken from one commit of it. */
export interface Reading {
  readonly repository: RepositoryFacts;
  readonly config: ConfigReading;
  /** The rollout as this look must take it: pinned while a release runs; null when neither names it. */
  readonly rollout: Rollout | null;
  /** The current configuration names it. */
  readonly declared: boolean;
  readonly branch: string;
  readonly head: string;
  readonly files: ReadonlyMap<string, FileReading>;
  readonly state: StateReading;
}

export type ConfigReading =
  | { readonly status: "ok"; readonly config: Config; readonly oid: string }
  | { readonly status: "missing" }
  | { readonly status: "broken"; readonly problems: readonly Problem[] };

/** The rollouts' files are known only after the configuration was read, so the first look may ask twice. */
export async function read(ports: Ports, name: string): Promise<Reading> {
  const { forge, memory } = ports;
  const repository = await forge.repository();
  const first: Wanted = [
    { branch: repository.defaultBranch, paths: [CONFIG_FILE] },
    { branch: STATE_BRANCH, paths: statePaths(name) },
  ];
  let wanted = memory.paths.get(name) ?? first;
  for (;;) {
    const snapshot = await forge.snapshot(wanted);
    const reading = await interpret(ports, repository, snapshot, name);
    const needed = merge(first, [{ branch: reading.branch, paths: filesOf(reading.rollout) }]);
    if (covers(wanted, needed)) {
      memory.paths.set(name, needed);
      return reading;
    }
    wanted = needed;
  }
}

async function interpret(
  ports: Ports,
  repository: RepositoryFacts,
  snapshot: ReadonlyMap<string, BranchSnapshot>,
  name: string,
): Promise<Reading> {
  const config = knownConfig(ports, snapshot.get(repository.defaultBranch)?.files.get(CONFIG_FILE));
  const state = await readState(ports, snapshot.get(STATE_BRANCH), name);
  const current = config.status === "ok" ? config.config : null;
  const pinned = await pinnedConfig(ports, config, state);
  const own = current?.rollouts.find((rollout) => rollout.name === name) ?? null;
  const rollout = pinned ? (pinned.rollouts.find((candidate) => candidate.name === name) ?? null) : own;
  const branch = (pinned ?? current)?.branch ?? repository.defaultBranch;
  return {
    repository,
    config,
    state,
    branch,
    // What counts at once, whatever a release began with.
    rollout: rollout && own ? withNow(rollout, own) : rollout,
    // A configuration that cannot be read deletes nothing.
    declared: own !== null || config.status === "broken",
    head: snapshot.get(branch)?.head ?? "",
    files: snapshot.get(branch)?.files ?? new Map(),
  };
}

function withNow({ from: _, ...rollout }: Rollout, { approvers, freezes, from }: Rollout): Rollout {
  return { ...rollout, approvers, freezes, ...(from && { from }) };
}

export function readConfig(file: FileReading | undefined): ConfigReading {
  if (!file || file.status === "missing") return { status: "missing" };
  if (file.status === "unusable") {
    const message = `${CONFIG_FILE} cannot be read: ${file.reason}.`;
    return {
      status: "broken",
      problems: [{ file: CONFIG_FILE, line: 1, column: 1, code: "unusable-file", message }],
    };
  }
  const parsed = parseConfig(CONFIG_FILE, file.text);
  return parsed.ok
    ? { status: "ok", config: parsed.config, oid: file.oid }
    : { status: "broken", problems: parsed.problems };
}

/** Read once for each object: most looks find the configuration as the last one did. */
export function knownConfig({ memory }: Ports, file: FileReading | undefined): ConfigReading {
  if (file?.status !== "text") return readConfig(file);
  const known = memory.configs.get(file.oid) ?? readConfig(file);
  if (memory.configs.size > 20) memory.configs.clear();
  memory.configs.set(file.oid, known);
  return known;
}

/** A release runs by the configuration it started with. */
async function pinnedConfig(
  ports: Ports,
  config: ConfigReading,
  state: StateReading,
): Promise<Config | null> {
  const oid = state.status === "ok" ? state.state.release?.config : undefined;
  if (!oid) return null;
  if (config.status === "ok" && config.oid === oid) return config.config;
  const pinned = knownConfig(ports, { status: "text", oid, text: await blob(ports, oid) });
  return pinned.status === "ok" ? pinned.config : null;
}

/** Objects never change, so one read each is enough. */
export async function blob({ forge, memory }: Pick<Ports, "forge" | "memory">, oid: string): Promise<string> {
  const known = memory.blobs.get(oid);
  if (known !== undefined) return known;
  const text = await forge.blob(oid);
  if (memory.blobs.size > 200) memory.blobs.clear();
  memory.blobs.set(oid, text);
  return text;
}

export function filesOf(rollout: Rollout | null): readonly string[] {
  if (!rollout) return [];
  const { targets, workloads } = rollout;
  return [...new Set([...targets.map(({ file }) => file), workloads.stable, workloads.canary])];
}

function merge(...lists: readonly Wanted[]): Wanted {
  const paths = new Map<string, Set<string>>();
  for (const { branch, paths: more } of lists.flat()) {
    const known = paths.get(branch) ?? new Set();
    for (const path of more) known.add(path);
    paths.set(branch, known);
  }
  return [...paths].map(([branch, set]) => ({ branch, paths: [...set] }));
}

function covers(wanted: Wanted, needed: Wanted): boolean {
  return needed.every(({ branch, paths }) => {
    const have = wanted.find((candidate) => candidate.branch === branch)?.paths;
    return have !== undefined && paths.every((path) => have.includes(path));
  });
}
