import type { Verdict } from "../analysis/types.ts";
import type { Entry, Failure, Hold, Release } from "../release/state.ts";
import { listed } from "./format.ts";
import { evidenceWords, holdShort, personWords, type ReleaseView } from "./standing.ts";

/**
 * A release as the code's repository may see it, whose readers need not be readers of the manifests: weights, numbers,
 * steps, and which kind of thing is the matter, in our own words. What files say, and what anybody outside said, stays
 * with the manifests. It is taken out of what the views are made from, so that none of them can tell it.
 */
export function apart(view: ReleaseView, self: string): ReleaseView {
  const { rollout, release, verdict, unreadable, asks, repositoryUrl } = view;
  const { pull, commit, source } = release.cause;
  return {
    ...view,
    elsewhere: self,
    details: pull === null ? `${repositoryUrl}/commit/${commit}` : `${repositoryUrl}/pull/${pull}`,
    rollout: {
      ...rollout,
      targets: [],
      workloads: CALLED,
      slos: rollout.slos.filter(({ kind }) => kind !== "query"),
      freezes: [],
    },
    release: {
      ...bare(release, rollout.workloads.canary),
      cause: { ...release.cause, pull: source?.pull ?? null },
    },
    verdict: verdict && numbers(verdict),
    gates: (view.gates ?? []).map(gateBare),
    pages: [],
    ...(unreadable !== undefined && { unreadable: "it is one of the manifests'." }),
    ...(asks !== undefined && { asks: askedFor(release) }),
    // Nobody can press a button there.
    refusedClick: null,
  };
}

const CALLED = { stable: "the stable workload", canary: "the canary workload" } as const;

function bare(release: Release, canary: string): Release {
  const { hold, failure, rollback, promotion, shift, blocked, timeline } = release;
  const { live } = shift;
  return {
    ...release,
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

function entryBare({ at, text, by }: Entry): readonly Entry[] {
  const said = by !== null && text.startsWith(`${by} `) ? text.slice(by.length + 1) : text;
  const reason = /^Holding \(([a-z-]+)\)/.exec(said)?.[1];
  const short = reason === undefined ? OURS.exec(said)?.[0] : (holdShort(reason) ?? undefined);
  return short === undefined ? [] : [{ at, text: short, by }];
}
