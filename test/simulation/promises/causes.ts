import type { EvidenceHold, PersonHold, Release, RolloutState } from "../../../src/release/state.ts";
import { BOT, MAIN } from "../github.ts";
import { weightsIn } from "../manifests.ts";
import { type Scene, STATE, stateOf } from "../scene.ts";
import { CONFIG, imageIn, type Shop, variableIn, versionIn } from "../shop.ts";
import { hasRoute } from "./files.ts";
import { shut } from "./gates.ts";

/** Share of errors that every shop allows. */
const LIMIT = 0.05;

/** What the world has, when all is over, beside what a release says that it waits for. */
interface Case {
  readonly scene: Scene;
  readonly shop: Shop;
  readonly state: RolloutState;
  readonly release: Release;
}

/**
 * For each reason to wait for ever: whether the world gave it. What recovers with the world is no reason any more:
 * metrics, clusters, the GitOps tool and the configuration are whole again.
 */
export const CAUSES: Readonly<Record<PersonHold | EvidenceHold, (found: Case) => boolean>> = {
  paused: (found) => said(found, /\bpause\b|\s\d+%?/),
  // Delivered by a pull request, it is held from the merge on, whatever was said while that waited.
  "manual-weight": (found) => said(found, /\s\d+%?/, found.shop.delivery === "commit"),
  approval: ({ shop, release }) => shop.steps[release.step]?.approval === true,
  gate: ({ scene, shop, release }) => shut(scene, shop, release).length > 0,
  window: ({ scene, shop }) => {
    const hour = (scene.agenda.now / 3_600_000) % 24;
    return shop.window !== null && (hour < shop.window.from || hour >= shop.window.to);
  },
  freeze: ({ scene, shop, release: { phase } }) =>
    phase !== "rolling-back" && phase !== "returning" && frozen(scene, shop),
  "hand-edit": (found) =>
    // A route of ours, or what it was made from, that somebody changed.
    (found.shop.steps.some(({ route }) => route) &&
      found.shop.targets.some(({ file }) => editedByHand(found, file))) ||
    found.shop.targets.some((target, index) => {
      const weights = weightsIn(found.scene.github.git.read(MAIN, target.file), target);
      const expected = found.release.expected[index];
      return weights?.stable !== expected?.stable || weights?.canary !== expected?.canary;
    }),
  "workload-edit": ({ scene, shop, release }) => differs(scene, shop.stableFile, release.workloads.stable),
  superseded: ({ scene, shop, release }) => differs(scene, shop.canaryFile, release.workloads.canary),
  "rollback-closed": ({ scene, release }) => {
    const pull = scene.github.pulls.get(release.rollback?.pull?.number ?? 0);
    return pull !== undefined && (pull.state === "closed" || pull.base !== MAIN);
  },
  "stable-behind": ({ scene, shop, release, state }) => {
    const { git } = scene.github;
    const [was, is] = [state.rest.canary, release.workloads.canary].map((oid) => variableIn(git.text(oid)));
    const stable = git.read(MAIN, shop.stableFile);
    // A branch that was forced back has lost the copy.
    const lost =
      release.promotion?.copiedAt != null && imageIn(stable) !== imageIn(git.text(release.workloads.canary));
    return lost || (was !== is && variableIn(stable) !== is);
  },
  "proposal-closed": ({ scene, shop }) => proposalClosed(scene, shop),
  "promotion-failed": ({ scene, shop, release }) => {
    // Others may have been merged under it, and got its traffic while they were there.
    const { git } = scene.github;
    const merged = [shop.canaryFile, shop.stableFile].flatMap((file) =>
      git
        .history(git.head(MAIN) ?? "", file)
        .filter(({ at }) => at >= release.startedAt)
        .map(({ oid }) => versionIn(git.read(oid, file))),
    );
    const versions = [versionIn(git.text(release.workloads.canary)), ...merged];
    // A plain limit on few requests is broken by chance, and what is judged by likelihood as seldom as was accepted: `Tally`.
    const { failed = "" } = release.promotion ?? {};
    if (shop.threshold ? brokeLimit(scene, shop, release) : /times likelier/.test(failed)) return true;
    const faulty = versions.some((version) => version?.endsWith("-good") !== true);
    const began = beganAt(scene, shop, release.number);
    const { source, cluster, mesh } = scene;
    return faulty || [source.lastMet, cluster.lastMet, mesh.struckUntil].some((at) => at >= began);
  },
  blocked: ({ scene, shop, release }) => {
    const words = `${release.hold?.detail} ${release.blocked} ${release.rollback?.blocked}`;
    return refused(scene, words, beganAt(scene, shop, release.number));
  },
  // Taken away, it leaves no release.
  "state-lost": () => false,
  inconclusive: ({ shop }) => shop.holds.then === "stay",
  "rollout-removed": () => false,
  // A route of ours that somebody brought back when they forced the branch back, or changed what is around it.
  bypass: (found) =>
    found.shop.targets.some(
      ({ file }) => hasRoute(found.scene.github.git.read(MAIN, file)) && editedByHand(found, file),
    ),
  drift: () => false,
  // Where one side loses requests, the shares that are counted never are those that were committed.
  "not-live": ({ scene, shop }) =>
    shop.holds.then === "stay" &&
    [shop.canaryFile, shop.stableFile].some((file) => runs(scene, file)?.endsWith("-lossy") === true),
  "not-ready": () => false,
  unavailable: () => false,
  "cluster-unavailable": () => false,
};

/** The same where nothing is released; for another reason nothing waits there. */
const AT_REST: Partial<Record<PersonHold | EvidenceHold, (found: Omit<Case, "release">) => boolean>> = {
  "proposal-closed": ({ scene, shop }) => proposalClosed(scene, shop),
  // What was refused was the weight 0 of the adoption, or of a person's word since the last release.
  blocked: ({ scene, shop, state }) =>
    refused(scene, `${state.hold?.detail}`, beganAt(scene, shop, state.last?.number)),
  "state-lost": ({ scene, shop }) => {
    const lost = saidAt(scene, shop, "state lost");
    const path = documentOf(shop);
    const { git, pushes } = scene.github;
    return (pushes.get(STATE) ?? []).some(
      ({ ours, seen, before, after }) =>
        !ours &&
        seen <= lost &&
        git.read(before ?? "", path) !== null &&
        git.read(after ?? "", path) === null,
    );
  },
};

/** What we say ourselves of a branch or pull request of ours that people meddled with, and of files that they changed. */
const OURS =
  /was moved by somebody|was moved back|was changed to|hold what is not ours|manifests cannot be read any more|changed meanwhile|the head of/;

/** A hold for which the world gave no reason: it would stand for ever. null: all is well. */
export function causeless(scene: Scene, shop: Shop, state: RolloutState, pinned: Shop): string | null {
  const { release } = state;
  const hold = release ? release.hold : state.hold;
  if (hold === null) return null;
  const found = { scene, shop: pinned, state };
  const asked = release ? CAUSES[hold.reason]({ ...found, release }) : AT_REST[hold.reason]?.(found);
  if (asked) return null;
  const who = release ? `${shop.name}#${release.number}` : shop.name;
  return `${who} waits (${hold.reason}), which nothing asks for any more: ${hold.detail}`;
}

/** Of all that was seen at the weight until some moment, more failed, or was slow, than the limit allows. */
function brokeLimit({ source }: Scene, { name, latency }: Shop, { shift }: Release): boolean {
  if (latency) return true;
  const scrapes = new Map(
    (source.answers.get(name) ?? []).flatMap(({ observation }) =>
      observation.status === "ok"
        ? observation.evidence.scrapes.map((one) => [one.at, one.canary] as const)
        : [],
    ),
  );
  let [errors, requests] = [0, 0];
  return [...scrapes]
    .filter(([at]) => at > (shift.live?.at ?? 0))
    .sort(([a], [b]) => a - b)
    .some(([, canary]) => {
      errors += canary.errors;
      requests += canary.requests;
      return errors > LIMIT * requests;
    });
}

/** Somebody closed the pull request of a change of this rollout's, or led it elsewhere. */
function proposalClosed({ github }: Scene, { name }: Shop): boolean {
  return [...github.pulls.values()].some(
    ({ headBranch, state, closedBy, base }) =>
      headBranch.startsWith(`sluice/release/${name}-`) &&
      ((state === "closed" && closedBy !== BOT) || base !== MAIN),
  );
}

/** GitHub gave this for an answer since then, or we have a reason of our own. */
function refused({ github }: Scene, words: string, since: number): boolean {
  const heard = [...github.refusals].some(([reason, at]) => at >= since && words.includes(reason));
  return heard || OURS.test(words);
}

/** By the world's clock, epoch ms; 0 where nothing was ever released. */
function beganAt(scene: Scene, shop: Shop, number: number | undefined): number {
  return number === undefined ? 0 : saidAt(scene, shop, `${shop.name}#${number} begins`);
}

/** When the rollout's document last said so, by the world's clock: the bot's own may have been wrong. Epoch ms. */
function saidAt({ github: { git } }: Scene, shop: Shop, words: string): number {
  const said = git.history(git.head(STATE) ?? "", documentOf(shop));
  return said.find(({ message }) => message.includes(words))?.at ?? 0;
}

function documentOf({ name }: Shop): string {
  return `rollouts/${name}.json`;
}

/** A freeze is in force, by the state or by the configuration as it is now. */
export function frozen(scene: Scene, shop: Shop): boolean {
  const { now } = scene.agenda;
  const { git } = scene.github;
  const { freeze } = stateOf(scene, shop) ?? {};
  const oid = git.commit(git.head(MAIN) ?? "")?.files.get(CONFIG) ?? "";
  const present = scene.configs.get(oid)?.find(({ name }) => name === shop.name) ?? shop;
  const said = freeze && (freeze.until === null || freeze.until > now);
  return Boolean(said) || present.freezes.some(({ from, to }) => from <= now && now < to);
}

/** Whoever holds it said so, and nobody has resumed it since; what a command ordered and could not be done pauses too. */
function said({ shop, state, release }: Case, words: RegExp, undone = true): boolean {
  const about = state.handled.map(({ by, command, outcome }) => ({
    by,
    words: command.replace(shop.name, ""),
    done: outcome === "done",
  }));
  const spoke = about.findLastIndex((one) => one.by === release.will?.by && words.test(one.words));
  const resumed = about.findLastIndex((one) => one.done && /\bresume\b/.test(one.words));
  return spoke > (undone ? resumed : -1);
}

/** Somebody changed a file on main since the release began, and not by merging what we proposed. */
function editedByHand({ scene, shop, release }: Case, file: string): boolean {
  const { git, pulls, pushes } = scene.github;
  const began = beganAt(scene, shop, release.number);
  const proposed = [...pulls.values()].filter(({ author }) => author === BOT);
  return (pushes.get(MAIN) ?? []).some(
    ({ ours, seen, before, after }) =>
      !ours &&
      seen >= began &&
      git.read(before ?? "", file) !== git.read(after ?? "", file) &&
      !proposed.some(({ mergeCommit }) => mergeCommit === after),
  );
}

/** Another version is there than in this object: by its image, or by the variable, which outweighs it in a run. */
function differs({ github: { git } }: Scene, file: string, oid: string): boolean {
  const [is, was] = [git.read(MAIN, file), git.text(oid)];
  return imageIn(is) !== imageIn(was) || variableIn(is) !== variableIn(was);
}

function runs(scene: Scene, file: string): string | null {
  return versionIn(scene.github.git.read(MAIN, file));
}
