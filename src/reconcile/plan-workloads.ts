import type { Rollout } from "../config/types.ts";
import { placeholder, quoted } from "../manifests/template.ts";
import type { Workload } from "../manifests/types.ts";
import { listed } from "../views/format.ts";
import type { Facts } from "./facts.ts";

/** What the two workloads' files leave a release without. Something beyond the files may set it right. */
export function workloadNotes({ stable, canary }: Pick<Facts, "stable" | "canary">): readonly string[] {
  return [...oneObject(stable, canary), ...podless(canary), ...filledIn(stable, canary)];
}

function oneObject(stable: Workload, canary: Workload): readonly string[] {
  const [one, other] = [stable, canary].map(({ kind, namespace, name }) =>
    JSON.stringify([kind, namespace, name]),
  );
  if (one !== other) return [];
  return [
    `\`${stable.file}\` and \`${canary.file}\` declare the same ${canary.kind} ${canary.name}: applied as they are, one takes the other's place.`,
  ];
}

/** Where something else scales it, the manifest says nothing of replicas. */
function podless({ file, kind, name, replicas }: Workload): readonly string[] {
  if (replicas !== 0) return [];
  return [
    `\`${file}\`: the ${kind} ${name} has \`replicas: 0\`: where nothing else scales it, requests that the weights send to the canary find no pod. Leave the key out for an autoscaler.`,
  ];
}

/** Images that somebody else fills in, past git. */
function filledIn(stable: Workload, canary: Workload): readonly string[] {
  const of = ({ file, containers }: Workload, then: string) =>
    containers
      .filter(({ image }) => placeholder(image) !== null)
      .map(
        ({ name, image }) =>
          `\`${file}\`: the image of the container ${name} is a placeholder, ${quoted(image.slice(0, 80))}: ${then}. Write the image itself.`,
      );
  return [
    ...of(canary, "a new one that is filled in for it is not seen, and starts no release"),
    ...of(stable, "promotion cannot write another in its place"),
  ];
}

/** Workloads that two rollouts move: as one release goes up or down, the other's sides change under it. */
export function sharedNotes({ name, workloads }: Rollout, rollouts: readonly Rollout[]): readonly string[] {
  const own = Object.values(workloads);
  const others = rollouts.filter(
    (other) => other.name !== name && Object.values(other.workloads).some((file) => own.includes(file)),
  );
  if (others.length === 0) return [];
  const files = own.filter((file) => others.some((other) => Object.values(other.workloads).includes(file)));
  return [
    `${listed(files.map((file) => `\`${file}\``))} ${files.length === 1 ? "belongs" : "belong"} to ${listed(others.map((other) => `\`${other.name}\``))}, too: the promotion or the rollback of one release changes what the other compares. Objects that split the same workloads are \`targets\` of one rollout.`,
  ];
}
