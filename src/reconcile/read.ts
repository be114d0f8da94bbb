import { parseConfig } from "../config/parse.ts";
import type { Config, Problem, Rollout } from "../config/types.ts";
import type { BranchSnapshot, FileReading, RepositoryFacts } from "../ports/forge.ts";
import type { RolloutState } from "../release/state.ts";
import type { Ports, Wanted } from "./ports.ts";
import { parseState, STATE_BRANCH, statePath } from "./state-document.ts";

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

export type StateReading =
  | { readonly status: "none"; readonly head: string | null }
  | { readonly status: "ok"; readonly state: RolloutState; readonly oid: string; readonly head: string }
  /** Not ours to act on: a person must look. */
  | { readonly status: "refused"; readonly reason: string };

/** The rollouts' files are known only after the configuration was read, so the first look may ask twice. */
export async function read(ports: Ports, name: string): Promise<Reading> {
  const { forge, memory } = ports;
  const repository = await forge.repository();
  const first: Wanted = [
    { branch: repository.defaultBranch, paths: [CONFIG_FILE] },
    { branch: STATE_BRANCH, paths: [statePath(name)] },
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
    // Approvers are the one setting that counts at once.
    rollout: rollout && own ? { ...rollout, approvers: own.approvers } : rollout,
    // A configuration that cannot be read deletes nothing.
    declared: own !== null || config.status === "broken",
    head: snapshot.get(branch)?.head ?? "",
    files: snapshot.get(branch)?.files ?? new Map(),
  };
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

async function readState(
  ports: Ports,
  branch: BranchSnapshot | undefined,
  name: string,
): Promise<StateReading> {
  if (!branch) return { status: "none", head: null };
  const file = branch.files.get(statePath(name));
  if (!file || file.status === "missing") return { status: "none", head: branch.head };
  if (file.status === "unusable")
    return { status: "refused", reason: `${statePath(name)} cannot be read: ${file.reason}` };
  const stranger = await foreignCommit(ports, branch.head, name);
  if (stranger) return { status: "refused", reason: stranger };
  const parsed = parseState(name, file.text);
  return parsed.ok
    ? { status: "ok", state: parsed.state, oid: file.oid, head: branch.head }
    : { status: "refused", reason: parsed.reason };
}

/** Anybody with write access can push to the state branch; only what our App committed itself is acted upon. */
async function foreignCommit({ forge, memory }: Ports, head: string, name: string): Promise<string | null> {
  if (memory.verified.get(name) === head) return null;
  const [last] = await forge.history(head, { path: statePath(name), limit: 1 });
  if (!last?.ours) {
    const who = last?.author ? `by ${last.author}` : "by somebody else";
    return (
      `${statePath(name)} on ${STATE_BRANCH} was last changed ${who} (${last?.oid.slice(0, 7) ?? "unknown commit"}), not by this App. ` +
      `Nothing is done. Delete the file there, check the weights, then comment \`/canary ${name} resume\`.`
    );
  }
  memory.verified.set(name, head);
  return null;
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
export async function blob({ forge, memory }: Ports, oid: string): Promise<string> {
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
