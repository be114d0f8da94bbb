import type { Verdict } from "../analysis/types.ts";
import type { Rollout } from "../config/types.ts";
import { type RolloutState, releaseName } from "../release/state.ts";
import { date, percent } from "./format.ts";
import { code, prose } from "./inert.ts";
import { BODY_LIMIT, compose, type Section, text } from "./layout.ts";
import { replyMarker } from "./marker.ts";
import { commandLines, ladder, liveLine, next, sloTable } from "./parts.ts";
import type { PlanView, TargetWeights } from "./plan.ts";
import { planSections } from "./plan.ts";
import { outcomeWords, personWords, type ReleaseView, standing } from "./standing.ts";

const HELP = "`/canary help` lists the commands.";

/** An order that is not followed, with the reason and what would be accepted. `comment` is the id it answers. */
export function refusalReply(input: {
  readonly comment: number;
  readonly command: string;
  readonly reason: string;
  readonly legal: readonly string[];
}): string {
  const { comment, command, reason, legal } = input;
  const now = legal.length === 0 ? "" : `\n\nCommands now: ${legal.map((typed) => code(typed)).join(" · ")}`;
  return reply(comment, [text(`${code(command)} was refused: ${prose(reason)}${now}`)]);
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

export interface StatusView {
  readonly comment: number;
  readonly rollout: Rollout;
  readonly state: RolloutState;
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
  const { rollout, state, legal } = view;
  const { release } = state;
  if (release === null) {
    return [text(idle(view)), text(commandLines(rollout, legal))];
  }
  const shown: ReleaseView = { ...view, release, ended: null, track: null, pages: [], refusedClick: null };
  const name = code(releaseName(rollout.name, release.number));
  return [
    text(`${name} · ${standing(shown)}`),
    ladder(shown),
    text(liveLine(shown)),
    ...sloTable(release.failure?.slos ?? view.verdict?.slos ?? []),
    text(commandLines(rollout, legal)),
  ];
}

function idle({ rollout, state, weightsNow, legal }: StatusView): string {
  const { last, hold } = state;
  const weights = weightsNow
    .map(({ name, stable, canary }) => `${code(name, 80)} ${stable} / ${canary}`)
    .join(", ");
  const lines = [`${code(rollout.name)} · idle · stable / canary: ${weights}`];
  if (last !== null) {
    const name = code(releaseName(rollout.name, last.number));
    const pull = last.pull === null ? "" : ` (#${last.pull})`;
    lines.push(`Last release: ${name}${pull}, ${outcomeWords(last.outcome)} ${date(last.at)}.`);
  }
  if (hold?.kind === "person") {
    const { words, todo, commands } = personWords(hold.reason);
    const said = hold.detail === "" ? `${words} ${todo}` : prose(hold.detail);
    lines.push(`**On hold** since ${date(hold.since)}. ${said}`, ...next(commands, legal));
  }
  lines.push(nextStart(rollout));
  return lines.join("\\\n");
}

function nextStart({ on, name, steps, auto }: Rollout): string {
  const ladderWords = `${steps.map((step) => percent(step.weight)).join(" → ")}${auto ? ", or fewer" : ""}`;
  switch (on.kind) {
    case "merge":
      return `Starts when a new canary version is merged: ${ladderWords}.`;
    case "deployment":
      return `Starts with ${on.when === "success" ? "a successful deployment" : "a deployment"} to ${code(on.environment)} that contains a new canary version: ${ladderWords}.`;
    case "command":
      return `Starts with ${code(`/canary ${name} start`)} once a new canary version is merged: ${ladderWords}.`;
  }
}

function reply(comment: number, sections: readonly Section[]): string {
  return compose(sections, BODY_LIMIT, replyMarker(comment));
}
