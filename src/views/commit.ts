import type { SloVerdict, Verdict } from "../analysis/types.ts";
import { rowWord } from "../analysis/words.ts";
import type { Rollout } from "../config/types.ts";
import { routeWords } from "../release/exposure.ts";
import { type Effect, type Release, releaseName, type Weights } from "../release/state.ts";
import { count, percent, plural, time } from "./format.ts";
import { inertPlain } from "./inert.ts";
import { title } from "./layout.ts";

/** What a commit carries; a proposal is merged in the words of its change. */
export type Worded = Exclude<
  Effect,
  { readonly kind: "close-rollback" | "close-proposal" | "merge-proposal" }
>;

/** A commit, or a merge, that carries an effect. */
export interface CommitView {
  readonly rollout: Pick<Rollout, "name" | "commit"> & { readonly steps: readonly unknown[] };
  /** null when nothing is released, as on adoption. */
  readonly release: Release | null;
  readonly effect: Worded;
  /** On the branch of a pull request, whose checks must run. */
  readonly checked: boolean;
  /** Canary percent that the manifests say before it. */
  readonly before: number;
  /** One line: the reason, with its numbers. */
  readonly why: string;
  /** The person whose word it is. */
  readonly by: string | null;
  /** The verdict that allowed or demanded it. */
  readonly verdict: Verdict | null;
}

const SUBJECT_LIMIT = 100;
const SKIP = " [skip ci]";

/** Plain text. The body never has a line that could pass for a trailer; the caller adds the real ones. */
export function commitMessage(view: CommitView): { readonly subject: string; readonly body: string } {
  const { rollout, release, why, by, verdict } = view;
  const lines = [
    ...(release === null ? [] : [place(rollout, release, view.effect)]),
    `Why: ${inertPlain(why, 600)}`,
    ...(by === null ? [] : [`By: ${inertPlain(by, 60)}`]),
    ...(verdict === null ? [] : evidence(verdict)),
    ...weights(view.effect),
  ];
  return { subject: worded(view), body: lines.join("\n") };
}

/** In the team's own words, which notify nobody each time a weight moves. A rollback's pull request needs its checks. */
function worded(view: CommitView): string {
  const { rollout, release, effect } = view;
  const { message, skipCi } = rollout.commit;
  const places: Readonly<Record<string, string>> = {
    rollout: rollout.name,
    release: release === null ? rollout.name : releaseName(rollout.name, release.number),
    what: what(view),
  };
  const said = inertPlain(message).replace(/\{(\w+)\}/g, (place, name) => places[name] ?? place);
  const skips =
    skipCi && !view.checked && effect.kind !== "open-rollback" && effect.kind !== "merge-rollback";
  return skips ? `${title(said, SUBJECT_LIMIT - SKIP.length)}${SKIP}` : title(said, SUBJECT_LIMIT);
}

function what({ rollout, release, effect, before }: CommitView): string {
  switch (effect.kind) {
    case "set-weights":
      return `${purpose(release)}${exposure(release, effect, before)}`;
    case "copy-images":
      return `promote ${imageWords(effect.images)} to stable`;
    case "bring-image":
      return `canary gets ${imageWords(effect.images)}`;
    case "open-rollback":
      return Object.keys(effect.restore).length === 0
        ? "roll back, canary 0 %"
        : "roll back, canary 0 % and its workload as it was";
    case "merge-rollback":
      return `roll back ${release === null ? "" : `${releaseName(rollout.name, release.number)} `}(#${effect.pull})`;
  }
}

/** `canary 10 % → 25 %`, `canary 10 % → 25 %, header route testers taken away`. */
function exposure(
  release: Release | null,
  { percent: to, routes }: Extract<Effect, { kind: "set-weights" }>,
  before: number,
): string {
  const rerouted = routeWords(release?.routes ?? [], routes);
  if (rerouted !== null && before === to) return `canary ${percent(to)}, ${rerouted}`;
  const moved = `canary ${percent(before)} → ${percent(to)}`;
  return rerouted === null ? moved : `${moved}, ${rerouted}`;
}

function purpose(release: Release | null): string {
  if (release === null) return "adopt, ";
  switch (release.phase) {
    case "rolling-back":
      return "roll back, ";
    case "returning":
      return release.ending === "promoted" ? "return to stable, " : "";
    case "stepping":
    case "promoting":
      return "";
  }
}

/** The tag that all images share, else how many there are. */
function imageWords(images: Readonly<Record<string, string>>): string {
  const tags = new Set(Object.values(images).map(tag));
  const [only] = tags;
  if (tags.size === 1 && only !== undefined) return inertPlain(only, 40);
  return plural(Object.keys(images).length, "image");
}

function tag(image: string): string {
  const [named = image, digest] = image.split("@");
  const found = /:([^/:]+)$/.exec(named)?.[1];
  return found ?? digest?.slice(0, 19) ?? named;
}

function place(rollout: CommitView["rollout"], release: Release, effect: Effect): string {
  const name = releaseName(rollout.name, release.number);
  const step = effect.kind === "set-weights" ? effect.step : null;
  return step === null ? `Release ${name}` : `Release ${name}, step ${step + 1} of ${rollout.steps.length}`;
}

function evidence({ window, slos }: Verdict): readonly string[] {
  if (slos.length === 0) return [];
  const span =
    window === null ? "" : ` from ${time(window.from, window.from)} to ${time(window.asOf, window.from)}`;
  return ["", `Evidence${span}:`, ...slos.map(row)];
}

function row(slo: SloVerdict): string {
  const { name, canary, stable, limit, requests, words } = slo;
  const numbers = [
    ...(canary === null ? [] : [`canary ${inertPlain(canary, 60)}`]),
    ...(stable === null ? [] : [`stable ${inertPlain(stable, 60)}`]),
    `limit ${inertPlain(limit, 60)}`,
    ...(requests === null ? [] : [`${count(requests)} requests`]),
  ];
  const why = words === "" ? "" : ` (${inertPlain(words)})`;
  return `- ${inertPlain(name, 160)}: ${rowWord(slo)}, ${numbers.join(", ")}${why}`;
}

function weights(effect: CommitView["effect"]): readonly string[] {
  if (effect.kind !== "set-weights") return [];
  const show = ({ stable, canary }: Weights) => `${stable} / ${canary}`;
  const changes = effect.to.map((to, index) => {
    const from = effect.from[index];
    return from === undefined ? show(to) : `${show(from)} → ${show(to)}`;
  });
  return ["", `Weights (stable / canary): ${changes.join(", ")}`];
}
