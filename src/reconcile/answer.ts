import { helpMarkdown } from "../commands/help.ts";
import type { Rollout } from "../config/types.ts";
import type { CommentFacts } from "../ports/forge.ts";
import { clockOf } from "../release/clock.ts";
import { legalCommands } from "../release/legal.ts";
import type { RolloutState } from "../release/state.ts";
import { reasonApart, statusApart } from "../views/apart.ts";
import { doneReply, plainReply, refusalReply, statusReply } from "../views/reply.ts";
import { hasAnswer, isFlood, saidAround, withoutWrite } from "./access.ts";
import type { Facts } from "./facts.ts";
import { type Aside, answeredKey, typed } from "./orders.ts";
import type { Ports } from "./ports.ts";
import type { Reading } from "./read.ts";
import { STATE_BRANCH, statePath } from "./state-document.ts";
import { targetWeights } from "./target-weights.ts";

/** Answers commands that the state says were dealt with: a reaction each, words where they are needed. */
export function answer(ports: Ports, rollout: Rollout, state: RolloutState): void {
  for (const { key, pull, repository, command, outcome, reason, told } of state.handled.slice(-5)) {
    const done = `${rollout.name}:${key}`;
    // A click is answered by what its check run says next.
    if (!key.startsWith("comment:") || ports.memory.answered.has(done)) continue;
    ports.projector.offer(`answer to ${key}`, async () => {
      const comment = Number(key.split(":")[1]);
      const there = repository === undefined ? ports : (await ports.beside(repository))?.ports;
      if (!there) return;
      const said =
        repository === undefined
          ? { reason }
          : reasonApart(reason, state.hold, await elsewhere(ports, rollout.name));
      await there.forge.react(comment, outcome === "done" ? "rocket" : "-1");
      if (outcome === "refused") {
        const legal = legalCommands(state, rollout, ports.clock.now());
        await replyOnce(there, pull, comment, refusalReply({ comment, command, ...said, legal }));
      } else if (told) await replyOnce(there, pull, comment, doneReply({ comment, command, ...said }));
      ports.memory.answered.add(done);
    });
  }
}

/** The manifests' repository, and where in it everything is told that was decided of a rollout, with its reason. */
async function elsewhere({ forge }: Ports, rollout: string) {
  const { owner, name, url } = await forge.repository();
  return {
    elsewhere: `${owner}/${name}`,
    details: `${url}/commits/${STATE_BRANCH}/${statePath(rollout)}`,
  };
}

interface Context {
  readonly reading: Reading;
  readonly rollout: Rollout;
  readonly state: RolloutState | null;
  readonly facts: Facts;
}

/** To who asks for a plan in the code's repository, whose readers need not be readers of the manifests. */
export function noPlanHere(manifests: string): string {
  return `what a merge here brings is an image; plans are shown on pull requests of ${manifests}.`;
}

/** Once, by the mark in the answer that stands on the pull request; of somebody who may not write, not without end. */
export function answerAside(ports: Ports, { comment, answer: asked, code }: Aside, context: Context): void {
  const { memory, projector } = ports;
  const there = code?.ports ?? ports;
  const { forge } = there;
  const done = answeredKey(context.rollout.name, comment.id);
  projector.offer(`answer to comment:${comment.id}`, async () => {
    await inTurn(there, comment.id, async () => {
      const all = await saidAround(forge, comment);
      const { login } = await forge.identity();
      const over =
        hasAnswer(all, login, comment.id) ||
        (isFlood(all, comment, login) && (await withoutWrite(ports.forge, comment.author)) !== null);
      if (!over) {
        const where = code && (await elsewhere(ports, context.rollout.name));
        const said =
          where && asked.kind === "told" && asked.what === "plan"
            ? ({ kind: "refused", reason: noPlanHere(where.elsewhere) } as const)
            : asked;
        await forge.react(comment.id, said.kind === "told" ? "rocket" : "-1");
        await forge.createComment(comment.pull, words(ports, comment, said, context, where));
      }
    });
    memory.answered.add(done);
  });
}

function words(
  ports: Ports,
  { id, body }: CommentFacts,
  said: Aside["answer"],
  context: Context,
  where: Awaited<ReturnType<typeof elsewhere>> | undefined,
): string {
  const { reading, rollout, state, facts } = context;
  const legal = state ? legalCommands(state, rollout, ports.clock.now()) : [];
  if (said.kind === "refused") {
    return refusalReply({ comment: id, command: typed(body), reason: said.reason, legal });
  }
  if (said.what === "help" || !state) return plainReply(id, helpMarkdown([rollout.name]));
  const view = {
    comment: id,
    rollout,
    state,
    ...clockOf(rollout, state, ports.clock.now()),
    verdict: ports.memory.verdicts.get(rollout.name) ?? null,
    weightsNow: targetWeights(rollout, facts),
    repositoryUrl: reading.repository.url,
    legal,
  };
  return statusReply(where ? statusApart(view, where) : view);
}

/** A command that cannot even be recorded. */
export async function refuseComment(ports: Ports, id: number, reason: string): Promise<void> {
  const comment = await ports.forge.comment(id);
  if (!comment || comment.authorIsBot || comment.edited) return;
  await ports.forge.react(id, "-1");
  const command = typed(comment.body);
  const body = refusalReply({ comment: id, command, reason, legal: [] });
  await replyOnce(ports, comment.pull, id, body, comment.createdAt);
}

/** One answer to a comment, however often it is asked for; `since`: when it was made, epoch ms. */
export function replyOnce(
  ports: Ports,
  pull: number,
  comment: number,
  body: string,
  since: number | null = null,
): Promise<void> {
  const { forge } = ports;
  return inTurn(ports, comment, async () => {
    const { login } = await forge.identity();
    if (!hasAnswer(await forge.comments(pull, since), login, comment)) await forge.createComment(pull, body);
  });
}

/**
 * A delivery that comes twice, or a look beside it, must not find both that nothing was answered yet. What this process
 * answered it knows by itself: a read of GitHub's may be older than its own answer.
 */
function inTurn({ memory }: Ports, comment: number, work: () => Promise<void>): Promise<void> {
  const { answering, replied } = memory;
  return answering.run(String(comment), String(comment), async () => {
    if (replied.has(comment)) return;
    await work();
    replied.add(comment);
  });
}
