import { GRAMMAR, rowOf } from "../commands/grammar.ts";
import { helpMarkdown } from "../commands/help.ts";
import { parseCommand } from "../commands/parse.ts";
import { nearest } from "../config/nearest.ts";
import type { CommentFacts } from "../ports/forge.ts";
import { isHandled } from "../release/transitions.ts";
import { listed } from "../views/format.ts";
import { plainReply, planReply, refusalReply, unclearReply } from "../views/reply.ts";
import { hasAnswer, isFlood, saidAround, withoutWrite } from "./access.ts";
import { noPlanHere, replyOnce } from "./answer.ts";
import { apartOf } from "./apart.ts";
import type { Errand } from "./happening.ts";
import { keyOf, typed } from "./orders.ts";
import { planOfPull } from "./plan.ts";
import type { Ports } from "./ports.ts";
import { fullName } from "./repository-name.ts";
import { manifestsOf, releasedBy, rolloutsOf, statesOf } from "./rollouts.ts";
import { isFresh } from "./stand-by.ts";

/** Whom a command is for; `where` is absent for the repository it was said in. */
type Routed = Omit<Errand, "where"> & Partial<Pick<Errand, "where">>;

/** The rollout a command is for; null when it was answered here or is none. */
export async function routeCommand(ports: Ports, id: number): Promise<Routed | null> {
  const comment = await ports.forge.comment(id);
  if (!comment || comment.authorIsBot || comment.edited) return null;
  const parsed = parseCommand(comment.body);
  if (parsed.kind === "none") return null;
  const { forge } = ports;
  const [said, { login }] = [await saidAround(forge, comment), await forge.identity()];
  // Answered before: a delivery that comes again must not find another answer because the world moved on.
  if (hasAnswer(said, login, comment.id)) return null;
  const manifests = await manifestsOf(ports);
  // In the code's repository, commands act on the rollouts where its manifests are, by the word of who may write there.
  const apart = manifests && (await apartOf(ports, manifests));
  const home = apart?.ports ?? ports;
  const refusal = await withoutWrite(home.forge, comment.author, apart?.name);
  if (refusal !== null && isFlood(said, comment, login)) return null;
  // At once, but nothing waits for it, unless it tells that another process was told of the comment before us.
  const eyes = forge.react(comment.id, "eyes").catch(() => {
    ports.log.warn(`No reaction on comment ${comment.id}`);
    return true;
  });
  if (isFresh(ports, comment.createdAt) && !(await eyes)) return null;
  if (parsed.kind === "unclear") {
    return refuse(ports, comment, unclearReply({ comment: comment.id, message: parsed.message }));
  }
  const { command } = parsed;
  const words = typed(comment.body);
  const because = (reason: string) =>
    refuse(ports, comment, refusalReply({ comment: comment.id, command: words, reason, legal: [] }));

  const rollouts = apart ? apart.rollouts.map(({ name }) => name) : await rolloutsOf(ports);
  if (manifests && !apart)
    return because("no rollout of the manifests' repository takes commands from here.");
  if (rollouts.length === 0)
    return because("this repository has no readable `.github/sluice.yaml` on its default branch.");
  // In the code's repository a status is for those who may write where the manifests are.
  const closed = rowOf(command).access === "write" || (apart && command.name === "status");
  if (refusal !== null && closed) return because(refusal);
  if (command.name === "help") return done(ports, comment, plainReply(comment.id, helpMarkdown(rollouts)));
  if (command.rollout !== null && !rollouts.includes(command.rollout)) {
    const near = nearest(command.rollout, rollouts);
    return because(
      `there is no rollout ${command.rollout}${near ? ` (did you mean ${near}?)` : ""}; there is ${rollouts.join(", ")}.`,
    );
  }
  const pull = await ports.forge.pull(comment.pull);
  const errand = async (rollout: string): Promise<Routed> =>
    apart
      ? {
          where: apart.where,
          rollout,
          cause: { kind: "comment", comment: id, repository: await fullName(ports) },
        }
      : { rollout, cause: { kind: "comment", comment: id } };
  if (command.name === "plan" && apart) {
    return because(noPlanHere(apart.name));
  }
  if (command.name === "plan") {
    const plan = await planOfPull(ports, pull);
    return done(ports, comment, planReply(comment.id, plan ?? { problems: [], rollouts: [] }));
  }
  const ofRollout = rowOf(command).of === "rollout";
  if (pull.state === "open" && !ofRollout) {
    const taken = GRAMMAR.filter(({ of }) => of === "rollout").map(({ name }) => `\`${name}\``);
    return because(`this pull request is not merged yet; until then it takes ${listed(taken)}.`);
  }
  if (command.rollout !== null) return errand(command.rollout);
  const matching = await releasedBy(home, rollouts, pull.number, apart ? await fullName(ports) : undefined);
  const only = matching[0] ?? (ofRollout && rollouts.length === 1 ? rollouts[0] : undefined);
  if (matching.length <= 1 && only !== undefined) return errand(only);
  // Followed then, though nobody could tell by now which it meant.
  const states = [...(await statesOf(home, rollouts)).values()];
  if (states.some((state) => isHandled(state, keyOf(id)))) return null;
  const which = matching.length > 1 ? matching : rollouts;
  return because(
    `say which rollout: ${which.map((name) => `\`/canary ${name} ${words.replace(/^\/canary\s+/i, "")}\``).join(" or ")}.`,
  );
}

async function refuse(ports: Ports, comment: CommentFacts, body: string): Promise<null> {
  await ports.forge.react(comment.id, "-1");
  await replyOnce(ports, comment.pull, comment.id, body, comment.createdAt);
  return null;
}

async function done(ports: Ports, comment: CommentFacts, body: string): Promise<null> {
  await ports.forge.react(comment.id, "rocket");
  await replyOnce(ports, comment.pull, comment.id, body, comment.createdAt);
  return null;
}
