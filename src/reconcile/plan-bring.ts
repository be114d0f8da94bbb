import { hasImageName } from "../config/image.ts";
import type { Rollout } from "../config/types.ts";
import type { Facts } from "./facts.ts";

/** An allowed image that nothing would take. */
export function bringNotes(
  { from, workloads }: Rollout,
  { canary }: Pick<Facts, "canary">,
): readonly string[] {
  if (!from || canary.containers.some(({ image }) => hasImageName(from.image, image))) return [];
  return [
    `No container of \`${workloads.canary}\` has the image \`${from.image}\` that \`from\` allows: nothing would be brought.`,
  ];
}
