import { type RolloutState, releaseName } from "../release/state.ts";
import { apart } from "../views/apart.ts";
import { releaseCheck } from "../views/release.ts";
import type { ReleaseView } from "../views/standing.ts";
import type { Ports } from "./ports.ts";
import { showCheck, showComment } from "./show.ts";
import { showDeployment } from "./show-deployment.ts";
import { showReminder } from "./show-reminder.ts";

/**
 * What came from another repository is shown there too: on the commit, on the pull request that brought it, and on the
 * deployment that asked for it. `self`: the repository of the rollout, in whose numbers the rest speaks.
 */
export function showApart(ports: Ports, self: string, view: ReleaseView): void {
  const { rollout, release } = view;
  const { source } = release.cause;
  if (!source) return;
  const name = releaseName(rollout.name, release.number);
  const there = apart(view, self);
  const offer = (what: string, project: (code: Ports) => Promise<void>) =>
    ports.projector.offer(`${what} of ${name} in ${source.repository}`, async () => {
      const code = await ports.beside(source.repository);
      if (code) await project(code.ports);
      else ports.log.warn(`${name} cannot be shown in ${source.repository}: the App is not installed there`);
    });
  offer("check", (code) => showCheck(code, source.commit, name, releaseCheck(there)));
  offer("comment", (code) => showComment(code, there));
  offer("reminder", (code) => showReminder(code, there));
  const { on } = rollout.from ?? {};
  const { deployment } = source;
  if (deployment === null || on?.kind !== "deployment" || on.when !== "created") return;
  offer("deployment", (code) => showDeployment(code, there, deployment));
}

/** What was asked for and waits, on its commit. */
export function showWaiting(ports: Ports, { rollout, source, release }: RolloutState): void {
  if (!source?.waits) return;
  const { commit, image } = source.waits;
  const why = release
    ? `${releaseName(rollout, release.number)} runs`
    : "what is in the canary workload goes first";
  ports.projector.offer(`wait of ${rollout} in ${source.repository}`, async () => {
    const code = await ports.beside(source.repository);
    if (!code) return;
    await showCheck(code.ports, commit, `waits for ${rollout}`, {
      name: `sluice / ${rollout}`,
      status: "completed",
      conclusion: "neutral",
      title: `Waits: ${why}`,
      summary: `\`${image}\` is brought once that is over, unless a newer one is asked for until then.`,
      annotations: [],
    });
  });
}
