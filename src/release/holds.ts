import { nextOpening } from "../config/windows.ts";
import { asExpected, missingRoutes, routeName } from "./exposure.ts";
import type { Hold, Release } from "./state.ts";
import type { World } from "./world.ts";

type Reason = {
  [K in Hold["kind"]]: Omit<Extract<Hold, { kind: K }>, "since">;
}[Hold["kind"]];

/**
 * A person's act or word that the release must not override, whatever the evidence.
 * Those that follow from what the repository says are found anew at each look.
 */
export function personHold(world: World, release: Release): Hold | null {
  return weightsHold(world, release) ?? removedHold(world, release) ?? wordHold(world, release);
}

/** Weights, or routes of ours, that a person changed under the release. */
export function weightsHold(world: World, release: Release): Hold | null {
  if (asExpected(world, release)) return null;
  return hold(world, release, { kind: "person", reason: "hand-edit", detail: handEdit(world, release) });
}

/** A rollout taken out of the configuration goes no further up; it may still finish its way down. */
export function removedHold(world: World, release: Release): Hold | null {
  if (world.declared) return null;
  const detail = `${world.rollout.name} is no longer in .github/sluice.yaml. Put it back, or roll back.`;
  return hold(world, release, { kind: "person", reason: "rollout-removed", detail });
}

/** What stands until somebody takes it back: a rule of the repository, a person's command. */
export function wordHold(world: World, release: Release): Hold | null {
  if (release.blocked !== null) {
    return hold(world, release, { kind: "person", reason: "blocked", detail: release.blocked });
  }
  if (release.will) {
    const { kind, by } = release.will;
    const detail = WORDS[kind](by, release.shift.percent);
    return hold(world, release, { kind: "person", reason: kind, detail });
  }
  return null;
}

const WORDS: Readonly<Record<NonNullable<Release["will"]>["kind"], (by: string, percent: number) => string>> =
  {
    paused: (by) => `Paused by ${by}.`,
    "manual-weight": (by, percent) => `${by} set ${percent} %; \`resume\` goes on from there.`,
    "proposal-closed": (by) =>
      `${by} closed the pull request of the next change without merging it. \`resume\` proposes it anew.`,
  };

/** Workloads that a person changed under the release. */
export function workloadHold(world: World, release: Release): Hold | null {
  const { canary, stable } = world.workloads;
  if (canary.version !== release.version) {
    const detail = `${canary.file} now holds version ${canary.version}, but ${release.version} is being released. Set it back, or roll back and merge again.`;
    return hold(world, release, { kind: "person", reason: "superseded", detail });
  }
  if (
    !release.promotion?.copiedAt &&
    stable.version !== release.workloads.stableVersion &&
    !asked(world, release)
  ) {
    const detail = `${stable.file} changed from version ${release.workloads.stableVersion} to ${stable.version} during the release. Set it back, or \`resume\` to accept it.`;
    return hold(world, release, { kind: "person", reason: "workload-edit", detail });
  }
  return null;
}

/** Stable's pod template was changed while the release is promoted, and only to what the canary has: what promotion asks for. */
export function asked({ workloads, templates }: World, { promotion, workloads: found }: Release): boolean {
  const changed = workloads.stable.version !== found.stableVersion;
  return promotion !== null && changed && templates.strayed.length === 0;
}

/** Somebody or something writes other weights to the cluster than git has: not a delay, which a sync would end. */
export function driftHold(world: World, release: Release): Hold | null {
  const { cluster, now, rollout } = world;
  if (!cluster?.drift) return null;
  const { words, since } = cluster.drift;
  const limit = patience(rollout);
  // What was last written before our commit is only late.
  if (since <= release.shift.at || now - since < limit) return null;
  const at = new Date(since).toISOString();
  const detail = `${words}, since ${at}: longer than ${limit / 60_000} min. Whatever writes it must stop; then the release goes on by itself.`;
  return hold(world, release, { kind: "person", reason: "drift", detail });
}

/** Twice the time after which low traffic counts as live: by then something is wrong, not slow. Milliseconds. */
export function patience({ live }: World["rollout"]): number {
  return 2 * live.after;
}

/** Outside its windows a release does not go up; going down is never stopped. */
export function windowHold(world: World, release: Release): Hold | null {
  const { windows } = world.rollout;
  if (windows.length === 0) return null;
  const opening = nextOpening(windows, world.now);
  if (opening !== null && opening <= world.now) return null;
  const opens = opening === null ? "it never opens" : `opens ${new Date(opening).toISOString()}`;
  const detail = `Outside ${windows.map(({ text }) => text).join(", ")}; ${opens}.`;
  return hold(world, release, { kind: "person", reason: "window", detail });
}

/** The hold as of now; one that stands already keeps its `since`, and so does evidence that is missing for another reason. */
export function hold(world: World, release: Release, now: Reason): Hold {
  const before = release.hold;
  const same = before?.reason === now.reason || (before?.kind === "evidence" && now.kind === "evidence");
  const since = before && same ? before.since : world.now;
  return { ...now, since } as Hold;
}

/** A change worth a line in the log; details that only count along are not. */
export function holdChanged(before: Hold | null, after: Hold | null): boolean {
  return before?.reason !== after?.reason || gatesIn(before) !== gatesIn(after);
}

/** Which gates hold, and whether they may open by themselves; what they say meanwhile only counts along. */
function gatesIn(hold: Hold | null): string {
  const gates = hold?.kind === "person" ? (hold.gates ?? []) : [];
  return JSON.stringify(gates.map(({ gate, status }) => [gate.kind, gate.name, status]));
}

function handEdit(world: World, release: Release): string {
  const differing = world.rollout.targets
    .map((target, i) => ({ target, saw: world.weights[i], expected: release.expected[i] }))
    .filter(({ saw, expected }) => saw?.stable !== expected?.stable || saw?.canary !== expected?.canary)
    .map(
      ({ target, saw, expected }) =>
        `${target.file} says ${saw?.stable}/${saw?.canary} (${target.stable}/${target.canary}), Sluice last wrote ${expected?.stable}/${expected?.canary}`,
    );
  const down = release.phase === "returning" || release.phase === "rolling-back";
  const rerouted = (down ? [] : missingRoutes(world, release)).map(({ target, route }) => {
    const file = world.rollout.targets[target]?.file;
    return world.left.some(({ name }) => name === route.name)
      ? `the ${routeName(route)} in ${file} is not as Sluice would write it now: it, or the route it was made from, was edited`
      : `${file} no longer has the ${routeName(route)}`;
  });
  const choice =
    release.phase === "returning"
      ? "`resume` goes on to 0 from there."
      : "`resume` goes on from what is there; `rollback` returns to 0.";
  return `${[...differing, ...rerouted].join("; ")}. ${choice}`;
}
