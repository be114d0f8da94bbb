import type { RolloutState } from "../../src/release/state.ts";
import type { Agenda } from "./agenda.ts";
import type { SimulatedCluster } from "./cluster.ts";
import type { SimulatedGates } from "./gates.ts";
import { BOT, type Comment, type GitHub, MAIN, type Pull } from "./github.ts";
import type { Mesh } from "./mesh.ts";
import type { Source } from "./metrics.ts";
import { CONFIG, configText, type Shop } from "./shop.ts";

export const STATE = "sluice/state";

/** One team: its repository, its mesh, its metrics, and what its configuration has said. */
export interface Scene {
  readonly agenda: Agenda;
  readonly github: GitHub;
  readonly mesh: Mesh;
  readonly source: Source;
  readonly cluster: SimulatedCluster;
  readonly gates: SimulatedGates;
  readonly shops: readonly Shop[];
  /** Object of a configuration → what it declares. */
  readonly configs: Map<string, readonly Shop[]>;
}

/** May write, may write and approve, may only read; and a bot of somebody else's that may write. */
export const PEOPLE = { alice: "write", bob: "admin", mallory: "read", "helper[bot]": "write" } as const;
export type Person = keyof typeof PEOPLE;

export function stateOf(scene: Scene, shop: Shop): RolloutState | null {
  const head = scene.github.git.head(STATE);
  return head === null ? null : documentAt(scene, head, `rollouts/${shop.name}.json`);
}

/** By the key of a command that was dealt with. */
export function commentOf({ github }: Scene, key: string): Comment | undefined {
  return github.comments.get(Number(/^comment:(\d+)$/.exec(key)?.[1]));
}

/** A state document at a commit, for those who check and for people who forge: what the product makes of it is its own matter. */
export function documentAt({ github }: Scene, commit: string, path: string): RolloutState | null {
  const oid = github.git.commit(commit)?.files.get(path);
  if (oid === undefined) return null;
  const known = documents.get(github) ?? [];
  documents.set(github, known);
  const found = known.find((one) => one.oid === oid);
  if (found) return found.state;
  const state = JSON.parse(github.git.text(oid) ?? "null") as RolloutState | null;
  known.unshift({ oid, state });
  known.length = Math.min(known.length, DOCUMENTS);
  return state;
}

/** Documents of a repository that are remembered: the present and the last of each shop, and some that come back. */
const DOCUMENTS = 8;
const documents = new WeakMap<GitHub, { readonly oid: string; readonly state: RolloutState | null }[]>();

/** People push one file at a time; null leaves it as it is. Whether it came to main. */
export function push(
  { github }: Scene,
  who: Person,
  message: string,
  path: string,
  edit: (text: string) => string | null,
): boolean {
  const text = github.git.read(MAIN, path);
  const edited = text === null ? null : edit(text);
  if (edited === null || edited === text) return false;
  return github.push(MAIN, who, message, new Map([[path, edited]])) !== null;
}

/** A pull request by somebody, merged at once. */
export function propose(
  { github }: Scene,
  who: Person,
  title: string,
  files: ReadonlyMap<string, string>,
): Pull | null {
  const head = github.git.head(MAIN);
  if (head === null || github.archived) return null;
  const branch = `change-${github.pulls.size + 1}`;
  const commit = github.git.make([head], files, { message: title, author: who, signed: false });
  github.move(branch, commit.oid, who);
  return github.open({ branch, base: MAIN, title, body: "See the title. @everyone", author: who });
}

/** Whether it came to main. */
export function configure(scene: Scene, who: Person, shops: readonly Shop[], remark = ""): boolean {
  const text = `${configText(shops)}${remark}`;
  scene.configs.set(scene.github.git.blob(text), shops);
  return scene.github.push(MAIN, who, "Sluice: how we release", new Map([[CONFIG, text]])) !== null;
}

/** The pull request in which a change of the shop's waits. */
export function openProposal({ github }: Scene, shop: Shop): Pull | undefined {
  return [...github.pulls.values()].findLast(
    ({ state, author, headBranch }) =>
      state === "open" && author === BOT && headBranch.startsWith(`sluice/release/${shop.name}-`),
  );
}

/** The rollback pull request of the running release, if it is open. */
export function openRollback({ github }: Scene, shop: Shop): Pull | undefined {
  return [...github.pulls.values()].findLast(
    ({ state, headBranch }) => state === "open" && headBranch.startsWith(`sluice/rollback/${shop.name}-`),
  );
}
