import type { Pending, RolloutState } from "./state.ts";
import { releaseName } from "./state.ts";

/** Git trailers that every commit and PR of ours carries; by them an effect is found again. */
export interface Trailers {
  readonly release: string;
  readonly step: string;
  readonly effect: string;
  /** `acme/checkout@SHA` and the image, of a commit that brings one. */
  readonly source?: { readonly commit: string; readonly image: string };
}

export function trailersOf(state: RolloutState, pending: Pending): Trailers {
  const { release, rollout } = state;
  const step = pending.effect.kind === "set-weights" ? pending.effect.step : null;
  return {
    release: releaseName(rollout, release?.number ?? 0),
    step: String((step ?? release?.step ?? -1) + 1),
    effect: pending.id,
    ...sourceOf(state, pending),
  };
}

/** Also of the merge of a pull request that brings one. */
function sourceOf({ proposal }: RolloutState, { effect }: Pending): Pick<Trailers, "source"> {
  const carried = effect.kind === "merge-proposal" ? proposal?.change : effect;
  if (carried?.kind !== "bring-image") return {};
  const { repository, offer } = carried;
  return { source: { commit: `${repository}@${offer.commit}`, image: offer.image } };
}

export function writeTrailers({ release, step, effect, source }: Trailers): string {
  const ours = `Sluice-Release: ${release}\nSluice-Step: ${step}\nSluice-Effect: ${effect}`;
  return source ? `${ours}\nSluice-Source: ${source.commit}\nSluice-Image: ${source.image}` : ours;
}

/** The trailer block is the last paragraph; trailers elsewhere are somebody's prose. */
export function readTrailers(message: string): Trailers | null {
  const last =
    message
      .replaceAll("\r\n", "\n")
      .trimEnd()
      .split(/\n{2,}/)
      .at(-1) ?? "";
  const values = new Map<string, string>();
  for (const line of last.split("\n")) {
    const match = /^([A-Za-z][A-Za-z-]*): (\S.*)$/.exec(line.trim());
    if (!match?.[1] || !match[2]) return null;
    values.set(match[1], match[2]);
  }
  const release = values.get("Sluice-Release");
  const effect = values.get("Sluice-Effect");
  if (!release || !effect) return null;
  return { release, step: values.get("Sluice-Step") ?? "0", effect };
}

/** Number of the release that a commit belongs to, if it is one of this rollout's. */
export function releaseNumber(message: string, rollout: string): number | null {
  const match = /^(.+)#(\d+)$/.exec(readTrailers(message)?.release ?? "");
  return match?.[1] === rollout ? Number(match[2]) : null;
}
