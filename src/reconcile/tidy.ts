import type { Release, RolloutState } from "../release/state.ts";
import { releaseName } from "../release/state.ts";
import { closeProposal, isAwaited } from "./our-pull.ts";
import type { Ports } from "./ports.ts";
import type { Reading } from "./read.ts";

const LABEL = "sluice";

/**
 * What makes a rollback PR easy to find and leaves nothing behind: its label and the author of the change as
 * assignee, and no branch once it is through. No release depends on it: it goes out beside the passes, a failure
 * is only logged and the next look tries again.
 */
export function tidy(ports: Ports, rollout: string, release: Release): void {
  const { rollback, cause } = release;
  if (!rollback?.pull) return;
  const { number } = rollback.pull;
  const name = releaseName(rollout, release.number);
  once(ports, `label of the rollback PR of ${name}`, () => ports.forge.label(number, [LABEL]));
  const { actor } = cause;
  if (actor !== null && !actor.endsWith("[bot]"))
    once(ports, `assignee of the rollback PR of ${name}`, () => ports.forge.assign(number, [actor]));
  if (rollback.settled)
    once(ports, `end of the rollback branch of ${name}`, () => removeBranch(ports, rollback));
}

/** The pull request of a change has its label while it waits, and leaves no branch behind. */
export function tidyProposal(ports: Ports, before: RolloutState | null, after: RolloutState): void {
  const was = before?.proposal;
  const is = after.proposal;
  if (is) once(ports, `label of #${is.pull}`, () => ports.forge.label(is.pull, [LABEL]));
  if (!was || was.pull === is?.pull) return;
  once(ports, `end of the branch of #${was.pull}`, async () => {
    const { headBranch: branch } = await ports.forge.pull(was.pull);
    await removeBranch(ports, { branch, pull: was });
  });
}

/** What we opened for an effect that was settled otherwise: nobody waits for it, and nobody must merge it. */
export function tidyOpened(ports: Ports, name: string, reading: Reading): void {
  const { opened } = ports.memory;
  for (const one of opened.values()) {
    const awaited = one.rollout === name ? isAwaited(one, reading.state) : "not known yet";
    if (awaited === "yes") opened.delete(one.pull);
    if (awaited !== "no") continue;
    const why = "another process found meanwhile that it must be decided again";
    ports.projector.offer(`end of #${one.pull}`, async () => {
      await closeProposal({ ports, reading }, one.pull, why);
      opened.delete(one.pull);
    });
  }
}

/** Only as we left it: commits that somebody added are theirs to delete. */
async function removeBranch(
  { forge }: Ports,
  { branch, pull }: { readonly branch: string; readonly pull: { readonly head: string } | null },
): Promise<void> {
  const found = (await forge.snapshot([{ branch, paths: [] }])).get(branch);
  if (found && found.head === pull?.head) await forge.deleteBranch(branch);
}

function once({ memory, projector }: Ports, key: string, send: () => Promise<void>): void {
  if (memory.shown.has(key)) return;
  projector.offer(key, async () => {
    await send();
    memory.shown.set(key, "done");
  });
}
