import type { Verdict } from "../analysis/types.ts";
import type { Rollout } from "../config/types.ts";
import type { Entry, Failure, Hold, Release } from "../release/state.ts";
import { listed } from "./format.ts";
import type { StatusView } from "./reply.ts";
import { evidenceWords, holdShort, personWords, type ReleaseView } from "./standing.ts";

/**
 * A release as the code's repository may see it, whose readers need not be readers of the manifests: weights, numbers,
 * steps, and which kind of thing is the matter, in our own words. What files say, and what anybody outside said, stays
 * with the manifests. It is taken out of what the views are made from, so that none of them can tell it.
 */
export function apart(view: ReleaseView, self: string): ReleaseView {
  const { rollout, release, verdict, unreadable, asks, repositoryUrl } = view;
  return {
    ...view,
    elsewhere: self,
    details: shownAt(release, repositoryUrl),
    rollout: rolloutBare(rollout),
    release: bare(release, rollout.workloads.canary),
    verdict: verdict && numbers(verdict),
    gates: (view.gates ?? []).map(gateBare),
    pages: [],
    ...(unreadable !== undefined && { unreadable: "it is one of the manifests'." }),
    ...(asks !== undefined && { asks: askedFor(release) }),
    // Nobody can press a button there.
    refusedClick: null,
  };
}

/** Where in the manifests' repository it is shown. */
function shownAt({ cause: { pull, commit } }: Release, repositoryUrl: string): string {
  return pull === null ? `${repositoryUrl}/commit/${commit}` : `${repositoryUrl}/pull/${pull}`;
}

/** The answer to `status` there: no more than what `apart` leaves of a release, and the same at rest. */
export function statusApart(view: StatusView, where: Required<Where>): StatusView {
  const { rollout, state, frozen, verdict, weightsNow, repositoryUrl } = view;
  const { release, last, hold, planned, proposal } = state;
  return {
    ...view,
    ...where,
    ...(release && { details: shownAt(release, repositoryUrl) }),
    rollout: rolloutBare(rollout),
    state: {
      release: release && bare(release, rollout.workloads.canary),
      hold: hold && holdBare(hold),
      ...{ last, planned: planned ?? null, proposal: proposal ? { pull: proposal.pull } : null },
    },
    frozen: frozen && (beginning(frozen) ?? personWords("freeze").words),
    verdict: verdict && numbers(verdict),
    weightsNow: weightsNow.map((target, index) => ({ ...target, name: `target ${index + 1}`, file: "" })),
  };
}

/** Where the rest is told: the manifests' repository, and an address in it. */
type Where = Pick<ReleaseView, "elsewhere" | "details">;

/**
 * Why a command was refused there, or how it was understood: what begins as none of our own reasons does is left out,
 * as is whatever follows on such a beginning. `hold`: what holds the rollout at rest.
 */
export function reasonApart(
  reason: string,
  hold: Hold | null,
  where: Required<Where>,
): Where & { readonly reason: string } {
  const ours = hold?.detail === reason ? holdBare(hold).detail : (beginning(reason) ?? "");
  // A bare number would be one of the code's.
  const named = ours.replace(/(?<=\s)#(?=\d)/g, `${where.elsewhere}#`);
  return { reason: named, ...(ours !== reason && where) };
}

/** As a sentence; null where it does not begin so. */
function beginning(text: string): string | null {
  const found = REASONS.exec(text)?.[0];
  return found === undefined ? null : found.replace(/\.?$/, ".");
}

function rolloutBare(rollout: Rollout): Rollout {
  return {
    ...rollout,
    targets: [],
    workloads: CALLED,
    slos: rollout.slos.filter(({ kind }) => kind !== "query"),
    freezes: [],
  };
}

const CALLED = { stable: "the stable workload", canary: "the canary workload" } as const;

function bare(release: Release, canary: string): Release {
  const { hold, failure, rollback, promotion, shift, blocked, timeline, cause } = release;
  const { live } = shift;
  return {
    ...release,
    cause: { ...cause, pull: cause.source?.pull ?? null },
    hold: hold && holdBare(hold),
    failure: failure && failureBare(failure),
    rollback: rollback && {
      ...rollback,
      restore: canary in rollback.restore ? { [CALLED.canary]: "" } : {},
      blocked: rollback.blocked === null ? null : "a rule of that repository forbids it.",
    },
    promotion: promotion && { copiedAt: promotion.copiedAt, forcedBy: promotion.forcedBy },
    shift: { ...shift, live: live && { ...live, detail: live.how === "proof" ? "the cluster has it" : "" } },
    blocked: blocked === null ? null : personWords("blocked").words,
    beside: "",
    timeline: timeline.flatMap(entryBare),
  };
}

function holdBare(hold: Hold): Hold {
  if (hold.kind === "evidence") return { ...hold, detail: evidenceWords(hold.reason).words };
  const { words, todo } = personWords(hold.reason);
  return { ...hold, detail: `${words} ${todo}`, ...(hold.gates && { gates: hold.gates.map(gateBare) }) };
}

type Gates = NonNullable<ReleaseView["gates"]>;

const GATE = { open: "open", pending: "not finished", closed: "it says no" } as const;

/** Its name is part of the steps. */
function gateBare({ gate, status }: Gates[number]): Gates[number] {
  return { gate, status, words: GATE[status], link: null };
}

function failureBare({ at, by, words, slos }: Failure): Failure {
  return {
    ...{ at, by, words: by === null ? whyFailed(words, slos) : "" },
    slos: slos.map((slo) => ({ ...slo, name: rowName(slo.name) })),
  };
}

function whyFailed(words: string, slos: Failure["slos"]): string {
  const broken = slos.filter(({ verdict }) => verdict === "fail").map(({ name }) => rowName(name));
  if (broken.length > 0) return `Outside its limits: ${listed([...new Set(broken)])}.`;
  if (slos.length > 0) return "It does harm by its metrics.";
  const missing = /^No evidence for \d+ min at [\d.]+ %/.exec(words);
  return missing ? `${missing[0]}.` : "The canary workload does not come up.";
}

function numbers({ verdict, window, slos, advance }: Verdict): Verdict {
  return {
    ...{ verdict, window, words: VERDICT[verdict] },
    slos: slos.map((slo) => {
      const name = rowName(slo.name);
      return { ...slo, name, words: name === slo.name ? slo.words : "" };
    }),
    ...(advance !== undefined && { advance }),
  };
}

const VERDICT: Readonly<Record<Verdict["verdict"], string>> = {
  pass: "All of it is within the limits.",
  fail: "Not all of it is within the limits.",
  inconclusive: "There is not enough data yet.",
  unavailable: evidenceWords("unavailable").words,
};

/** What we judge by ourselves has a name of ours, and words of ours; of a query both are its text. */
const JUDGED =
  /^(?:error rate|p[\d.]+ latency|(?:errors|latency) against stable|requests that arrive|errors against the (?:past|limit))$/;

function rowName(name: string): string {
  return JUDGED.test(name) ? name : "query";
}

/** What a reminder says is waited for. */
function askedFor({ hold, waiting }: Release): string {
  if (waiting?.reason === "proposal") return "The pull request of the next change is not merged.";
  return hold === null ? "The rollback pull request is not merged." : holdBare(hold).detail;
}

const PERCENT = String.raw`\d+(?:\.\d+)? %`;

/** How entries of ours begin; what follows may be anybody's. */
const OURS = new RegExp(
  `^(?:${[
    `First step: ${PERCENT}`,
    `(?:sets )?${PERCENT} → ${PERCENT}`,
    `${PERCENT} (?:is live|passed|approved)`,
    `canary at ${PERCENT}`,
    `No evidence for \\d+ min at ${PERCENT}`,
    `Failed at ${PERCENT}`,
    "Rollback asked for",
    "rollback PR opened",
    "Canary returns to 0 %",
    "Canary weight 0 was committed directly",
    "images copied to stable",
    "The stable workload runs the new version",
    "No longer holding",
    "Still waiting",
    "Paused",
    "Resumed",
    "promotes",
  ].join("|")})`,
);

const LOGIN = String.raw`[\w-]+(?:\[bot\])?`;
const LIST = "[\\w@/, -]+";
const RELEASE = String.raw`[a-z0-9-]+#\d+`;
const MOMENT = String.raw`\d{4}-\d\d-\d\d \d\d:\d\d UTC`;
const VERSION = "[Vv]ersion [0-9a-f]+";
const LATER = "Look at what is there now, then say it again";
const FROZEN = `Frozen by (?:\\.github/sluice\\.yaml|${LOGIN} until (?:${MOMENT}|somebody says \`unfreeze\`))`;

/** How reasons of ours begin: with words, logins, numbers and times, and the names of gates and rollouts. */
const REASONS = new RegExp(
  `^(?:${[
    `[a-z0-9-]+ takes commands from its approvers only: ${LIST}(?:\\. Whether ${LOGIN} is in ${LIST} cannot be read: the team must be of the organization that owns this repository, and the App needs its permission "Members: read")?`,
    `[0-9a-fA-F]+ is not what is there now \\([0-9a-f]*(?: or [0-9a-f]+)*\\)\\. Look again before you decide`,
    "What this is about changed after it was said",
    "There were too many pushes since this was said",
    `This was said before (?:(?:${LOGIN} (?:froze it|paused it|set its weight|closed its change|planned a start|cancelled what was planned|said otherwise)|${RELEASE} ended|${PERCENT} was set)\\. ${LATER}|it was held for this)`,
    "Nothing is being released",
    "The release is (?:stepping|being promoted|ending|being rolled back)(?:; after a failure its weight does not rise again)?",
    "After a failure the weight does not rise again; `rollback` returns the traffic",
    "It is being rolled back(?: already|; nothing holds it)",
    `It is paused already, by ${LOGIN}`,
    "This step asks for no approval",
    `Approved already, by ${LOGIN}`,
    "The weights were edited by hand: `resume` goes on from what is there, `rollback` returns to 0",
    "The canary workload holds another version than the one being released",
    "While requests are mirrored the canary would get each twice at 100 %\\. `promote` takes the mirror away with the last step",
    `${PERCENT} is not live yet\\. Look at what comes of it, then say it again`,
    "Not open: (?:check|environment|hook) `[^`]+`",
    "Not done",
    "Nothing holds it",
    "It waits for something else",
    `${RELEASE} is running already`,
    "At rest the canary has weight 0(?:: #\\d+ must be merged first)?",
    "The rollout is not in the configuration",
    "No release has ended that could be tried again; `start` begins one",
    "Canary and stable run the same version",
    `${VERSION} is the one at rest`,
    `${VERSION} was released as ${RELEASE} and ended [a-z-]+\\. \`/canary [a-z0-9-]+ retry\` releases it again`,
    `${VERSION} starts at ${MOMENT}, planned by ${LOGIN}; \`cancel\` takes that back`,
    `${MOMENT} is in the past(?:; \`start\` begins at once)?`,
    "No start is planned(?:\\. `rollback` ends the release that is running)?",
    FROZEN,
    "Nothing is frozen",
    `No longer frozen: ${LOGIN} ended it(?:\\. Still: ${FROZEN})?`,
  ].join("|")})\\.?`,
);

function entryBare({ at, text, by }: Entry): readonly Entry[] {
  const said = by !== null && text.startsWith(`${by} `) ? text.slice(by.length + 1) : text;
  const reason = /^Holding \(([a-z-]+)\)/.exec(said)?.[1];
  const short = reason === undefined ? OURS.exec(said)?.[0] : (holdShort(reason) ?? undefined);
  return short === undefined ? [] : [{ at, text: short, by }];
}
