import { hasImageName, isImageOf } from "../config/image.ts";
import { nothingExposed } from "./exposure.ts";
import { newVersion } from "./news.ts";
import type { Cause, Offer, RolloutState } from "./state.ts";
import { releaseName } from "./state.ts";
import { intend, record } from "./transitions.ts";
import type { Decision, World } from "./world.ts";

/**
 * What the code's repository asks for, brought into the canary workload; null where there is nothing to do. An image
 * that a person put there is never written over before it was released: what is asked for waits for that, as it waits
 * for a release that runs.
 */
export function bring(world: World, state: RolloutState): Decision | null {
  const { source, rollout } = world;
  if (!source || !rollout.from || !world.declared) return null;
  const { repository, on, environment } = source;
  const known = state.source;
  if (known?.repository !== repository || known.on !== on || known.environment !== environment) {
    // What is there already when a rollout begins to listen is not asked for; who speaks to it right now asks.
    const heard =
      on === "dispatch" ? { last: null, waits: source.offer } : { last: source.offer, waits: null };
    const why = `${state.rollout}: takes images from ${repository} from now on`;
    const where = { repository, on, ...(environment !== undefined && { environment }) };
    return record({ ...state, source: { ...where, ...heard } }, why);
  }
  const offer = asked(source.offer, known);
  if (!offer) return null;

  const { image: name } = rollout.from;
  const allowed = isImageOf(name, offer.image);
  const taking = world.workloads.canary.containers.filter(({ image }) => hasImageName(name, image));
  const images = taking.filter(({ image }) => image !== offer.image);
  const through = { ...state, source: { ...known, last: offer, waits: null } };
  const words = offerWords(repository, offer);
  if (!allowed || taking.length === 0) {
    const lacks = `no container of ${world.workloads.canary.file} has the image ${name}`;
    const why = `${words} is not brought: ${allowed ? lacks : `only ${name} is allowed`}`;
    return record(through, `${state.rollout}: ${why}`);
  }
  if (images.length === 0) return record(through, `${state.rollout}: ${words} is there already`);

  const waits = { ...state, source: { ...known, waits: offer } };
  const reason = reasonToWait(world, state);
  if (reason !== null) {
    if (known.waits && sameOffer(known.waits, offer)) return null;
    return record(waits, `${state.rollout}: ${words} waits: ${reason}`);
  }
  // Where another one waits in a pull request, that is withdrawn first; what was said is not forgotten over it.
  if (state.proposal && !(known.waits && sameOffer(known.waits, offer))) {
    return record(
      waits,
      `${state.rollout}: ${words} takes the place of what waits in #${state.proposal.pull}`,
    );
  }
  const effect = {
    kind: "bring-image",
    offer,
    repository,
    images: Object.fromEntries(images.map(({ name: container }) => [container, offer.image])),
  } as const;
  return intend(world, waits, effect, `${state.rollout}: bringing ${words}`);
}

/** The newest that was not dealt with yet. */
function asked(offer: Offer | null, { last, waits, on }: NonNullable<RolloutState["source"]>): Offer | null {
  if (offer && !(last && sameOffer(offer, last))) {
    // Deployments are numbered in the order in which they were made; an older one counts for nothing.
    const older = on === "deployment" && (offer.deployment ?? 0) <= (last?.deployment ?? 0);
    if (!older) return offer;
  }
  return on === "dispatch" ? waits : null;
}

/** Said twice it is one. */
export function sameOffer(a: Offer, b: Offer): boolean {
  return a.commit === b.commit && a.image === b.image && a.deployment === b.deployment && a.at === b.at;
}

function reasonToWait(world: World, state: RolloutState): string | null {
  const { canary } = world.workloads;
  const { release } = state;
  if (release) return `${releaseName(state.rollout, release.number)} runs`;
  if (state.hold) return `${state.rollout} holds`;
  if (state.proposal && state.proposal.change.kind !== "bring-image") {
    return `#${state.proposal.pull} waits to be merged`;
  }
  // What nobody judged gets no traffic, whoever gave the canary some.
  if (!nothingExposed(world)) return "the canary has traffic";
  return newVersion(world, state).yes && canary.version !== state.source?.version
    ? `version ${canary.version}, which a person put into ${canary.file}, is released first`
    : null;
}

/** A release of what was brought is the code's: its commit, its pull request, whoever is behind it. */
export function withSource(world: World, state: RolloutState, cause: Cause): Cause {
  const { last: offer = null } = state.source ?? {};
  const { from } = world.rollout;
  if (!from || !offer || !state.source) return cause;
  const { containers } = world.workloads.canary;
  const taking = containers.filter(({ image }) => hasImageName(from.image, image));
  if (taking.length === 0 || taking.some(({ image }) => image !== offer.image)) return cause;
  const { repository } = state.source;
  const { commit, pull, deployment, actor } = offer;
  return { ...cause, actor: actor ?? cause.actor, source: { repository, commit, pull, deployment } };
}

/** Without words of the code's repository, which may be private: its name, the commit's SHA and the tag or digest. */
export function offerWords(repository: string, { image, commit }: Offer): string {
  return `${image} of ${repository} at ${commit.slice(0, 10)}`;
}

/** The state once an image was brought, with the version that the workload became by it, or cannot be. */
export function brought(state: RolloutState, offer: Offer, version?: string): RolloutState {
  if (!state.source) return state;
  const ours = version !== undefined && { version };
  return { ...state, source: { ...state.source, last: offer, waits: null, ...ours } };
}
