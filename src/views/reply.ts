import type { Verdict } from "../analysis/types.ts";
import type { Rollout } from "../config/types.ts";
import { type Proposal, type RolloutState, releaseName } from "../release/state.ts";
import { date, percent } from "./format.ts";
import { code, inert, prose } from "./inert.ts";
import { BODY_LIMIT, compose, type Section, text } from "./layout.ts";
import { replyMarker } from "./marker.ts";
import { commandLines, ladder, liveLine, next, sloTable, toldIn } from "./parts.ts";
import { planSections } from "./plan.ts";
import type { PlanView, TargetWeights } from "./plan-view.ts";
import { outcomeWords, personWords, pullWords, type ReleaseView, standing } from "./standing.ts";

const HELP = "`/canary help` lists the commands.";

/** An order that is not followed, with the reason and what would be accepted. `comment` is the id it answers. */
export function refusalReply(input: Answer & { readonly legal: readonly string[] }): string {
  const { comment, command, reason, legal } = input;
  const said = `${code(command)} was refused${reason === "" ? "." : `: ${prose(reason)}`}`;
  const now = legal.length === 0 ? [] : [`Commands now: ${legal.map((typed) => code(typed)).join(" · ")}`];
  return reply(comment, [text([[said, ...toldIn(input)].join(" "), ...now].join("\n\n"))]);
}

/** An order that is followed, and how it was understood. */
export function doneReply(input: Answer): string {
  const said = `${code(input.command)}: ${prose(input.reason)}`;
  return reply(input.comment, [text([said, ...toldIn(input)].join(" "))]);
}

interface Answer extends Pick<ReleaseView, "elsewhere" | "details"> {
  readonly comment: number;
  readonly command: string;
  /** Empty: it is told elsewhere alone. */
  readonly reason: string;
}

/** A comment that starts with `/canary` and is no command. */
export function unclearReply(input: { readonly comment: number; readonly message: string }): string {
  return reply(input.comment, [text(`${prose(input.message)} ${HELP}`)]);
}

/** The answer to `plan`. */
export function planReply(comment: number, plan: PlanView): string {
  return reply(comment, planSections(plan));
}

/** Text of our own making, such as the help, as an answer. */
export function plainReply(comment: number, markdown: string): string {
  return reply(comment, [text(markdown)]);
}

export interface StatusView extends Pick<ReleaseView, "elsewhere" | "details"> {
  readonly comment: number;
  readonly rollout: Rollout;
  readonly state: Pick<RolloutState, "release" | "last" | "hold" | "planned"> & {
    readonly proposal?: Pick<Proposal, "pull"> | null;
  };
  /** A freeze in force, in a sentence. */
  readonly frozen: string | null;
  /** With `on: schedule`: its next time that no freeze covers, epoch ms; null where there is none. */
  readonly nextStart: number | null;
  readonly verdict: Verdict | null;
  readonly weightsNow: readonly TargetWeights[];
  readonly repositoryUrl: string;
  readonly legal: readonly string[];
}

/** The answer to `status`: one rollout in a few lines, running or idle. */
export function statusReply(view: StatusView): string {
  return reply(view.comment, statusSections(view));
}

function statusSections(view: StatusView): readonly Section[] {
  const { rollout, state, legal, elsewhere } = view;
  const { release } = state;
  const told = toldIn(view).map((words) => text(words));
  if (release === null) {
    return [text(idle(view)), ...told, text(commandLines(rollout, legal, elsewhere))];
  }
  const shown: ReleaseView = {
    ...{ ...view, release, ended: null, track: null, pages: [], refusedClick: null },
    waitsIn: state.proposal?.pull ?? null,
  };
  const name = code(releaseName(rollout.name, release.number));
  return [
    text(`${name} · ${standing(shown)}`),
    ...(view.frozen === null || release.hold?.reason === "freeze" ? [] : [text(prose(view.frozen))]),
    ladder(shown),
    text(liveLine(shown)),
    ...sloTable(release.failure?.slos ?? view.verdict?.slos ?? []),
    ...told,
    text(commandLines(rollout, legal, elsewhere)),
  ];
}

function idle(view: StatusView): string {
  const { rollout, state, frozen, nextStart, weightsNow, legal } = view;
  const { last, hold, planned } = state;
  const weights = weightsNow
    .map(({ name, stable, canary }) => `${code(name, 80)} ${stable} / ${canary}`)
    .join(", ");
  const lines = [`${code(rollout.name)} · idle · stable / canary: ${weights}`];
  if (last !== null) {
    const name = code(releaseName(rollout.name, last.number));
    const pull = last.pull === null ? "" : ` (${pullWords(view, last.pull)})`;
    lines.push(`Last release: ${name}${pull}, ${outcomeWords(last.outcome)} ${date(last.at)}.`);
  }
  if (hold?.kind === "person") {
    const { words, todo, commands } = personWords(hold.reason);
    const said = hold.detail === "" ? `${words} ${todo}` : prose(hold.detail);
    lines.push(`**On hold** since ${date(hold.since)}. ${said}`, ...next(commands, legal));
  }
  if (frozen !== null) lines.push(`**${prose(frozen)}**`);
  if (planned) lines.push(`A start is planned for ${date(planned.at)} by ${inert(planned.by, 60)}.`);
  lines.push(startWords(rollout, nextStart));
  return lines.join("\\\n");
}

function startWords({ on, name, steps, auto }: Rollout, nextStart: number | null): string {
  const ladderWords = `${steps.map((step) => percent(step.weight)).join(" → ")}${auto ? ", or fewer" : ""}`;
  switch (on.kind) {
    case "merge":
      return `Starts when a new canary version is merged: ${ladderWords}.`;
    case "deployment":
      return `Starts with ${on.when === "success" ? "a successful deployment" : "a deployment"} to ${code(on.environment)} that contains a new canary version: ${ladderWords}.`;
    case "command":
      return `Starts with ${code(`/canary ${name} start`)} once a new canary version is merged: ${ladderWords}.`;
    case "schedule": {
      const next = nextStart === null ? "which never comes" : `next at ${date(nextStart)}`;
      return `Starts by the schedule ${code(`${on.cron} ${on.zone}`)}, ${next}, with the newest canary version: ${ladderWords}.`;
    }
  }
}

function reply(comment: number, sections: readonly Section[]): string {
  return compose(sections, BODY_LIMIT, replyMarker(comment));
}
