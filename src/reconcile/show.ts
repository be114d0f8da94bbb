import type { Track } from "../analysis/track.ts";
import type { Problem, Rollout } from "../config/types.ts";
import { type CheckRun, ForgeError } from "../ports/forge.ts";
import { legalCommands } from "../release/legal.ts";
import { asksFor } from "../release/reminding.ts";
import type { Ended, Release, RolloutState } from "../release/state.ts";
import { releaseName } from "../release/state.ts";
import type { CheckView } from "../views/check.ts";
import { findMarker } from "../views/marker.ts";
import { planCheck } from "../views/plan.ts";
import { headCheck, releaseCheck, releaseComment, weightCheck } from "../views/release.ts";
import type { ReleaseView } from "../views/standing.ts";
import { gatesSaid } from "./gates.ts";
import type { Ports } from "./ports.ts";
import type { Reading } from "./read.ts";
import { showApart } from "./show-apart.ts";
import { showDeployment } from "./show-deployment.ts";
import { showReminder } from "./show-reminder.ts";
import { changed } from "./shown.ts";
import { readEnded } from "./stored-state.ts";
import { tidy } from "./tidy.ts";

/** Projections: made from the state at will, sent only when they say something new. They go out beside the passes. */

export function showRelease(
  ports: Ports,
  reading: Reading,
  rollout: Rollout,
  state: RolloutState,
  release: Release,
  ended: Ended | null,
): void {
  project(ports, reading, viewOf(ports, reading, rollout, state, release, ended));
}

/** A release whose files cannot be read stands still, where people look for how it goes. No button would be followed. */
export function showUnreadable(
  ports: Ports,
  reading: Reading,
  rollout: Rollout,
  state: RolloutState,
  [problem]: readonly Problem[],
): void {
  if (!state.release || !problem) return;
  const view = viewOf(ports, reading, rollout, state, state.release, null);
  const unreadable = `\`${problem.file}\`, line ${problem.line}: ${problem.message}`;
  project(ports, reading, { ...view, legal: [], unreadable });
  // The next look that can read them shows at once that it goes on.
  ports.memory.showings.delete(rollout.name);
}

function project(ports: Ports, reading: Reading, view: ReleaseView): void {
  const { rollout, release } = view;
  const name = releaseName(rollout.name, release.number);
  ports.projector.offer(`check of ${name}`, () =>
    showCheck(ports, release.cause.commit, name, releaseCheck(view)),
  );
  ports.projector.offer(`check of ${name} on its pull request`, () => showHead(ports, reading, view));
  showWeight(ports, view);
  ports.projector.offer(`comment of ${name}`, () => showComment(ports, view));
  ports.projector.offer(`reminder of ${name}`, () => showReminder(ports, view));
  ports.projector.offer(`deployment of ${name}`, () => showDeployment(ports, view));
  showApart(ports, `${reading.repository.owner}/${reading.repository.name}`, view);
}

function viewOf(
  ports: Ports,
  reading: Reading,
  rollout: Rollout,
  state: RolloutState,
  release: Release,
  ended: Ended | null,
): ReleaseView {
  const now = ports.clock.now();
  const asked = ended ? null : asksFor({ rollout, now }, state);
  return {
    rollout,
    release,
    ended,
    ...(asked && asked.reason === release.waiting?.reason && { asks: asked.words }),
    // What has ended is shown as its document has it, so that whoever shows it says the same.
    verdict: ended ? null : (ports.memory.verdicts.get(rollout.name) ?? null),
    gates: ended ? [] : gatesSaid(ports.memory, rollout, release),
    track: ended ? (release.judgement?.track ?? null) : trackOf(ports, rollout.name, release),
    repositoryUrl: reading.repository.url,
    pages: ports.pages.pagesOf(rollout, release, ended),
    waitsIn: (ended ? null : state.proposal?.pull) ?? null,
    legal: legalCommands(ended ? { ...state, release: null, last: ended } : state, rollout, now),
    refusedClick: refusedClick(state, release),
  };
}

/** The check on the commit of the present weight: it belongs to its moment, and no later weight shows it. */
function showWeight(ports: Ports, view: ReleaseView): void {
  const { commit, percent } = view.release.shift;
  const weighed = weightCheck(view);
  // Where a person's weights came with the version, the release's own check stands on that commit.
  if (commit === null || commit === view.release.cause.commit || !weighed) return;
  const name = releaseName(view.rollout.name, view.release.number);
  ports.projector.offer(`check of ${name} at ${percent} %`, () => showCheck(ports, commit, name, weighed));
}

/** Before a process moves a release that another one left, it shows what that may not have lived to show. */
export function showFound(ports: Ports, reading: Reading, rollout: Rollout, state: RolloutState): void {
  const { release } = state;
  if (release === null || ports.memory.showings.has(rollout.name)) return;
  showWeight(ports, viewOf(ports, reading, rollout, state, release, null));
}

/** What the judge knows last: remembered, or as the document has it. */
export function trackOf({ memory }: Ports, rollout: string, release: Release): Track | null {
  const kept = release.judgement;
  const known = memory.judgements.get(rollout)?.judgement ?? null;
  const newer = known !== null && known.summary.asOf > (kept?.summary.asOf ?? release.startedAt);
  return (newer ? known : kept)?.track ?? null;
}

function refusedClick({ handled }: RolloutState, { cause }: Release): ReleaseView["refusedClick"] {
  const last = handled.at(-1);
  if (!last?.key.startsWith("click:")) return null;
  return last.outcome === "refused" && last.pull === cause.pull ? last : null;
}

/** On the pull request that brought the release, where people look: with what they may press. */
async function showHead(ports: Ports, reading: Reading, view: ReleaseView): Promise<void> {
  const { rollout, release } = view;
  if (release.cause.pull === null) return;
  const head = await headOf(ports, reading, release.cause.pull);
  const { actions, ...plain } = headCheck(view, head.alone);
  const check = actions && ports.settings.buttons !== "none" ? { ...plain, actions } : plain;
  await showCheck(ports, head.commit, releaseName(rollout.name, release.number), check);
}

async function headOf({ forge, memory }: Ports, { config }: Reading, number: number) {
  const known = memory.heads.get(number);
  if (known) return known;
  const { head } = await forge.pull(number);
  const touched = await forge.pullFiles(number);
  const rollouts = config.status === "ok" ? config.config.rollouts : [];
  const brought = rollouts.filter(({ workloads }) => touched?.includes(workloads.canary) ?? true);
  const found = { commit: head, alone: brought.length < 2 };
  memory.heads.set(number, found);
  return found;
}

/** How long after its end a release is still shown again and tidied up after by a new process. */
const RECENT = 24 * 3_600_000;

/** The end of a release, should the process have died before it was shown, or GitHub not have taken it. */
export function showLast(ports: Ports, reading: Reading, rollout: Rollout, state: RolloutState): void {
  const { last } = state;
  if (!last || ports.clock.now() - last.at > RECENT) return;
  const name = releaseName(rollout.name, last.number);
  ports.projector.offer(`end of ${name}`, async () => {
    const known = ports.memory.ended.get(rollout.name);
    const release = known?.number === last.number ? known : await readEnded(ports, rollout.name, last.number);
    if (!release) return;
    ports.memory.ended.set(rollout.name, release);
    showRelease(ports, reading, rollout, state, release, last);
    tidy(ports, rollout.name, release);
  });
}

/** A check run on a commit; asked again only when its words changed. */
export async function showCheck(
  ports: Ports,
  commit: string,
  externalId: string,
  view: CheckView,
): Promise<void> {
  const run: CheckRun = { ...view, commit, externalId };
  await changed(ports, `check:${commit}:${view.name}:${externalId}`, JSON.stringify(run), () =>
    ports.forge.check(run),
  );
}

/** What is wrong with the files, on the commit that has them. */
export function showProblems(ports: Ports, commit: string, problems: readonly Problem[]): void {
  if (commit === "") return;
  const view = planCheck({ problems, rollouts: [] });
  ports.projector.offer("check of the configuration", () => showCheck(ports, commit, "configuration", view));
}

export async function showComment(ports: Ports, view: ReleaseView): Promise<void> {
  const { release, rollout } = view;
  const { pull } = release.cause;
  if (pull === null) return;
  const body = releaseComment(view);
  const key = `comment:${pull}:${rollout.name}:${release.number}`;
  await changed(ports, key, body, async () => {
    const known = ports.memory.stickies.get(key);
    // Once found, it is not looked for among all that others say there.
    if (known !== undefined && (await updated(ports, known, body))) return;
    const { login } = await ports.forge.identity();
    const mine = (await ports.forge.comments(pull, null)).find((comment) => {
      const marker = findMarker(comment.body);
      return (
        comment.author === login &&
        marker?.kind === "release" &&
        marker.rollout === rollout.name &&
        marker.number === release.number
      );
    });
    if (mine && mine.body !== body) await ports.forge.updateComment(mine.id, body);
    const { id } = mine ?? (await ports.forge.createComment(pull, body));
    ports.memory.stickies.set(key, id);
  });
}

/** Not when somebody deleted it. */
async function updated({ forge }: Ports, comment: number, body: string): Promise<boolean> {
  try {
    await forge.updateComment(comment, body);
    return true;
  } catch (error) {
    if (error instanceof ForgeError && error.code === "not-found") return false;
    throw error;
  }
}
