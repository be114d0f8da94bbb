import type { RolloutState } from "./state.ts";
import { releaseName } from "./state.ts";
import { begin, isZero, record, wait } from "./transitions.ts";
import type { Decision, World } from "./world.ts";

/** Nothing is released: is there a version to release, and does the rollout's `on:` say now? */
export function rest(world: World, state: RolloutState): Decision {
  const { canary } = world.workloads;
  if (state.hold?.reason === "blocked" && isZero(world.weights)) {
    return record({ ...state, hold: null }, `${state.rollout}: at rest, canary 0 %`);
  }
  if (state.hold) return wait(null, state.hold.detail);
  const news = newVersion(world, state);
  if (!news.yes) {
    // The baseline follows edits that release nothing, so that a revert later restores the newest of them.
    if (news.baseline && (state.rest.canary !== canary.oid || state.rest.version !== canary.version)) {
      const baseline = { version: canary.version, canary: canary.oid };
      return record({ ...state, rest: baseline }, `${state.rollout}: baseline is now ${canary.version}`);
    }
    return wait(null, news.reason);
  }
  if (!world.declared) return wait(null, "The rollout is no longer in the configuration.");
  if ("waiting" in world.trigger) return wait(null, world.trigger.waiting);
  const { cause } = world.trigger;
  const why = `${releaseName(state.rollout, state.next)} begins: ${describe(world)} (${causeWords(cause)})`;
  return record(begin(world, state, cause, why), why);
}

type News =
  | { readonly yes: true }
  | {
      readonly yes: false;
      readonly reason: string /** What is there is good as it is. */;
      readonly baseline: boolean;
    };

/** Whether the canary workload holds a version that was neither released, nor at rest, nor already stable. */
export function newVersion(
  world: World,
  state: RolloutState,
  options: { retry: boolean } = { retry: false },
): News {
  const { stable, canary } = world.workloads;
  if (canary.version === stable.version) {
    return { yes: false, baseline: true, reason: "Canary and stable run the same version." };
  }
  if (canary.version === state.rest.version) {
    return { yes: false, baseline: true, reason: `Version ${canary.version} is the one at rest.` };
  }
  if (!options.retry && state.last && canary.version === state.last.version) {
    const name = releaseName(state.rollout, state.last.number);
    return {
      yes: false,
      baseline: false,
      reason: `Version ${canary.version} was released as ${name} and ended ${state.last.outcome}. \`/canary ${state.rollout} retry\` releases it again.`,
    };
  }
  return { yes: true };
}

export function describe(world: World): string {
  const { containers, version } = world.workloads.canary;
  const images = containers.map(({ image }) => image).join(", ");
  return images === "" ? `version ${version}` : `${images} (version ${version})`;
}

function causeWords(cause: {
  kind: string;
  pull: number | null;
  commit: string;
  deployment: number | null;
}): string {
  const commit = cause.commit.slice(0, 7);
  if (cause.kind === "deployment") return `deployment ${cause.deployment} of ${commit}`;
  return cause.pull === null ? `commit ${commit}` : `#${cause.pull}, commit ${commit}`;
}
