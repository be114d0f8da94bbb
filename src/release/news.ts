import type { RolloutState } from "./state.ts";
import { releaseName } from "./state.ts";
import type { World } from "./world.ts";

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
