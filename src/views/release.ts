import { releaseName } from "../release/state.ts";
import { buttons } from "./buttons.ts";
import { charts, curveTable } from "./charts.ts";
import type { CheckView } from "./check.ts";
import { commitLink, date, duration, percent, time } from "./format.ts";
import { gatesSaid } from "./gates.ts";
import { code, inert, prose } from "./inert.ts";
import { BODY_LIMIT, compose, type Section, SUMMARY_LIMIT, text, title } from "./layout.ts";
import { releaseMarker } from "./marker.ts";
import {
  capital,
  commandLines,
  ladder,
  liveLine,
  next,
  paragraph,
  seeAlso,
  sloTable,
  timeline,
  toldIn,
} from "./parts.ts";
import {
  evidenceWords,
  needsPerson,
  nextCommand,
  outcomeWords,
  personWords,
  pullWords,
  type ReleaseView,
  shortOf,
  standing,
} from "./standing.ts";

/** `checkout#7 · 25 % · healthy · next 50 %`, without Markdown. */
export function headline(view: ReleaseView): string {
  return `${releaseName(view.rollout.name, view.release.number)} · ${standing(view)}`;
}

/** The one comment that a release keeps up to date on the pull request it came from. Ends with its marker. */
export function releaseComment(view: ReleaseView): string {
  const { rollout, release } = view;
  const name = code(releaseName(rollout.name, release.number));
  const sections = [
    text(`### ${name} · ${standing(view)}`),
    ...body(view),
    ...charts(rollout, view.track),
    ...timeline(release, rollout.name),
  ];
  return compose(sections, BODY_LIMIT, releaseMarker(rollout.name, release.number));
}

/** The check run `sluice / <rollout>` on the release's commit. */
export function releaseCheck(view: ReleaseView): CheckView {
  return {
    name: `sluice / ${view.rollout.name}`,
    ...progress(view),
    title: checkTitle(view),
    summary: view.release.cause.pull === null ? whole(view, body(view)) : compose(brief(view), SUMMARY_LIMIT),
    annotations: [],
  };
}

/**
 * The check run `sluice` on the head of the pull request, with up to three buttons. GitHub shows buttons of completed
 * runs only, so it is completed all the while. `alone`: that pull request brought no other release.
 */
export function headCheck(view: ReleaseView, alone: boolean): CheckView {
  const { outcome } = view.ended ?? { outcome: null };
  return {
    name: alone ? "sluice" : `sluice / ${view.rollout.name}`,
    status: "completed",
    conclusion: outcome === "promoted" ? "success" : outcome === "rolled-back" ? "failure" : "neutral",
    title: checkTitle(view),
    summary: whole(view, outline(view)),
    annotations: [],
    actions: buttons(view),
  };
}

/** The check run on the commit of a weight, made once that weight is live, or has failed. */
export function weightCheck(view: ReleaseView): CheckView | null {
  const { rollout, release, repositoryUrl } = view;
  const { shift, failure, startedAt } = release;
  const failed = failure !== null && failure.by === null && shift.percent > 0;
  if (shift.live === null && !failed) return null;
  const name = releaseName(rollout.name, release.number);
  const words = failed ? prose(failure.words) : liveLine(view);
  return {
    name: `sluice / ${rollout.name}`,
    status: "completed",
    conclusion: failed ? "failure" : "success",
    title: title(
      `${name} · ${percent(shift.percent)} ${failed ? "failed" : "live"} · ${time(failed ? failure.at : (shift.live?.at ?? shift.at), startedAt)}`,
    ),
    summary: compose([text(words), text(origin({ ...view, repositoryUrl }))], SUMMARY_LIMIT),
    annotations: [],
  };
}

function checkTitle(view: ReleaseView): string {
  const command = nextCommand(view);
  return title([headline(view), ...(command === null ? [] : [command])].join(" · "));
}

function whole({ rollout, release }: ReleaseView, sections: readonly Section[]): string {
  return compose([...sections, ...timeline(release, rollout.name)], SUMMARY_LIMIT);
}

/** Whoever comes by a commit is led to where it is told. */
function brief(view: ReleaseView): readonly Section[] {
  const { pull } = view.release.cause;
  return [
    ...situation({ ...view, gates: [] }).map((sentence) => text(sentence)),
    text(`Steps, numbers and commands are on #${pull}. ${origin(view)}`),
  ];
}

function progress(view: ReleaseView): Pick<CheckView, "status" | "conclusion"> {
  switch (view.ended?.outcome) {
    case undefined:
      return needsPerson(view)
        ? { status: "completed", conclusion: "action_required" }
        : { status: "in_progress", conclusion: null };
    case "promoted":
      return { status: "completed", conclusion: "success" };
    case "rolled-back":
      return { status: "completed", conclusion: "failure" };
    case "superseded":
    case "cancelled":
      return { status: "completed", conclusion: "neutral" };
  }
}

/** Where a comment shows the numbers, a check shows what changes with each transition only. */
function outline(view: ReleaseView): readonly Section[] {
  const { rollout, release, ended, refusedClick } = view;
  const { failure, cause } = release;
  return [
    ...(refusedClick === null
      ? []
      : [
          text(
            `**Refused:** ${inert(refusedClick.command, 60)} by ${inert(refusedClick.by, 60)}: ${prose(refusedClick.reason)}`,
          ),
        ]),
    // What a gate says meanwhile is in the comment.
    ...situation({ ...view, gates: [] }).map((sentence) => text(sentence)),
    ladder(view),
    ...(ended === null ? [text(liveLine(view))] : []),
    ...(failure === null ? [] : sloTable(failure.slos)),
    ...(ended === null ? [text(commandLines(rollout, view.legal, view.elsewhere))] : []),
    text(`The numbers are in the comment on #${cause.pull}. ${origin(view)}`),
  ];
}

function body(view: ReleaseView): readonly Section[] {
  const { rollout, release, ended, verdict } = view;
  const failed = release.failure;
  return [
    ...situation(view).map((sentence) => text(sentence)),
    ladder(view),
    ...(ended === null ? [text(liveLine(view))] : []),
    ...sloTable(failed !== null && failed.slos.length > 0 ? failed.slos : (verdict?.slos ?? [])),
    ...(verdict === null || failed !== null || verdict.words === release.hold?.detail
      ? []
      : [paragraph(window(view), inert(verdict.words))]),
    ...(ended === null ? [text(commandLines(rollout, view.legal, view.elsewhere))] : []),
    ...curveTable(rollout, view.track),
    ...seeAlso(view.pages),
    text(origin(view)),
  ];
}

/** What is going on, said plainly, and what to do about it; nothing while all is well. */
function situation(view: ReleaseView): readonly string[] {
  const said = plight(view);
  return said.length === 0 ? said : [...said, ...toldIn(view)];
}

function plight(view: ReleaseView): readonly string[] {
  const { release, ended, legal, unreadable } = view;
  const said: string[] = [];
  if (ended !== null) said.push(ending(view));
  if (unreadable) {
    return [
      ...said,
      `**A file cannot be read:** ${prose(unreadable)}`,
      "Until it is mended nothing is judged and no weight moves. Commands on its pull request are read then.",
    ];
  }
  if (release.failure !== null) {
    const { by, words, at } = release.failure;
    const who = by === null ? "Failed" : `Rollback asked for by ${inert(by, 60)}`;
    said.push(`**${who}** at ${time(at, release.startedAt)}${words === "" ? "." : `: ${prose(words)}`}`);
  }
  if (ended !== null) return said;
  if (release.rollback !== null) said.push(rollbackWords(view));
  const { hold } = release;
  if (hold === null) return said;
  const since = `since ${time(hold.since, release.startedAt)}`;
  if (hold.kind === "person") {
    const { words, todo, commands } = personWords(hold.reason);
    const detail = hold.detail === "" ? `${words} ${todo}` : prose(hold.detail);
    const why = hold.gates ? gatesSaid(hold, view.gates ?? [], view.repositoryUrl) : detail;
    said.push(`**${capital(shortOf(hold))}** ${since}. ${why}`);
    said.push(...next(commands, legal));
  } else {
    const { short, words } = evidenceWords(hold.reason);
    const detail = hold.detail === "" ? words : prose(hold.detail);
    said.push(`**${capital(short)}** ${since}. ${detail}\\\n${holdLimit(view, hold.since)}`);
  }
  return said;
}

function holdLimit({ rollout, release }: ReleaseView, since: number): string {
  const { limit, then } = rollout.holds;
  return then === "stay"
    ? "It stays here until there is evidence or a person decides."
    : `Without evidence by ${time(since + limit, release.startedAt)} (${duration(limit)}) it is rolled back.`;
}

function rollbackWords(view: ReleaseView): string {
  const { release, rollout } = view;
  const { rollback } = release;
  if (rollback === null) return "";
  const direct = rollback.direct === "done" ? "Canary weight 0 is committed directly. " : "";
  const refused = rollback.blocked === null ? "" : ` GitHub refused: ${inert(rollback.blocked, 600)}`;
  if (rollback.pull === null) return `${direct}The rollback pull request is being opened.${refused}`;
  const pull = pullWords(view, rollback.pull.number);
  if (rollback.settled)
    return `${direct}Rollback pull request ${pull} is done; waiting until weight 0 is live.`;
  if (release.hold?.kind === "person") return `${direct}Rollback pull request: ${pull}.`;
  if (rollback.blocked !== null) return `${direct}**Merge ${pull} now:** Sluice may not.${refused}`;
  if (rollout.rollback.merge === "manual") return `${direct}**Merge ${pull}** to take this version back.`;
  return `${direct}Rollback pull request ${pull} is being merged.`;
}

function ending(view: ReleaseView): string {
  const { release, ended, rollout, repositoryUrl } = view;
  if (ended === null) return "";
  const at = time(ended.at, release.startedAt);
  switch (ended.outcome) {
    case "promoted":
      return `**Promoted** at ${at}: stable runs this version, the canary is back at 0 %.`;
    case "rolled-back": {
      const { rollback } = release;
      const by =
        rollback?.pull && rollback.settled && rollback.direct !== "done"
          ? ` by ${pullWords(view, rollback.pull.number)}`
          : "";
      const restored = rollback !== null && Object.keys(rollback.restore).includes(rollout.workloads.canary);
      const undone = !restored
        ? ""
        : rollback.settled
          ? " and its workload file is as it was"
          : `; ${pullWords(view, rollback.pull?.number ?? 0)} still carries its workload back`;
      const commit =
        release.shift.commit === null ? "" : ` (${commitLink(repositoryUrl, release.shift.commit)})`;
      return `**Rolled back** at ${at}${by}${by === "" ? commit : ""}: the canary is at 0 %${undone}.`;
    }
    case "superseded":
    case "cancelled":
      return `**${capital(outcomeWords(ended.outcome))}** at ${at}: the canary is at 0 %.`;
  }
}

function window({ verdict, release }: ReleaseView): string {
  if (verdict === null || verdict.window === null) return "";
  const { from, asOf } = verdict.window;
  return `Judged on ${time(from, release.startedAt)} to ${time(asOf, release.startedAt)}.`;
}

function origin({ release, repositoryUrl }: ReleaseView): string {
  const { cause, version, startedAt } = release;
  const by = cause.actor === null ? "" : ` by ${inert(cause.actor, 60)}`;
  const pull = cause.pull === null ? "" : ` of #${cause.pull}`;
  const how = { merge: `merge${pull}`, deployment: "deployment", command: "command", schedule: "schedule" }[
    cause.kind
  ];
  const { source } = cause;
  const brought = source ? `, for ${code(`${source.repository}@${source.commit.slice(0, 10)}`)}` : "";
  return `Version ${code(version.slice(0, 12))} from ${commitLink(repositoryUrl, cause.commit)}${brought}, started ${date(startedAt)} by ${how}${by}.`;
}
