import { expect, it } from "vitest";
import { replyOnce } from "../../src/reconcile/answer.ts";
import { forget } from "../../src/reconcile/ports.ts";
import { replyMarker } from "../../src/views/marker.ts";
import { unclearReply } from "../../src/views/reply.ts";
import type { Team } from "./inside.ts";
import { CANARY, canaryWith, climbing, ENDLESS, lookUntil, openShop, ship, weightOf } from "./shop.ts";
import { useInside } from "./use-inside.ts";

const inside = useInside();

const MESH = "mesh/checkout.yaml";

function checksOn(team: Team, commit: string | null | undefined) {
  return [...team.repository.checkRuns.values()].filter(
    ({ sha, name }) => sha === commit && name === "sluice / checkout",
  );
}

it("a release's check stays its own where a person resumes from weights that came with the version", async () => {
  const team = await openShop(inside, ENDLESS);
  const mesh = (await team.read("main", MESH))
    .replace("weight: 100", "weight: 50")
    .replace("weight: 0", "weight: 50");
  const pull = await team.alice.propose("v2", "checkout 2.0.0", { [MESH]: mesh, ...canaryWith("2.0.0") });
  await team.alice.merge(pull);
  const bot = team.process();
  await lookUntil(team, bot, ({ release }) => release?.hold?.reason === "hand-edit");
  const comment = await team.alice.comment(pull, "/canary resume");
  await bot.look({ kind: "comment", comment });
  const { release } = await lookUntil(team, bot, climbing);
  expect(release?.shift.commit).toBe(release?.cause.commit);
  // While it was held it asked for a person.
  const said = checksOn(team, release?.cause.commit).map(({ status, conclusion }) => conclusion ?? status);
  expect(said).toEqual(["action_required", "in_progress"]);
});

it("a process that starts shows the weight that another left unshown, before it moves on from it", async () => {
  const team = await openShop(inside, ENDLESS);
  const pull = await ship(team, "2.0.0");
  const { release } = await lookUntil(team, team.process(), climbing);
  const commit = release?.shift.commit;
  for (const { id } of checksOn(team, commit)) team.repository.checkRuns.delete(id);
  const comment = await team.alice.comment(pull, "/canary 100");
  await team.process().look({ kind: "comment", comment });
  expect(await weightOf(team)).toBe(100);
  expect(checksOn(team, commit).map(({ conclusion }) => conclusion)).toEqual(["success"]);
});

it("the end of a release is shown by a later look where GitHub did not take it", async () => {
  const team = await openShop(inside);
  await ship(team, "2.0.0");
  let limited = false;
  const check: Team["forge"]["check"] = (run) =>
    limited ? Promise.reject(new Error("GitHub answered 429")) : team.forge.check(run);
  const bot = team.process({ ...team.forge, check });
  const { release } = await lookUntil(team, bot, ({ release }) => release?.promotion?.copiedAt != null);
  const said = () => checksOn(team, release?.cause.commit).map(({ conclusion }) => conclusion);
  limited = true;
  await lookUntil(team, bot, ({ last }) => last !== null);
  for (const still of [true, false]) {
    limited = still;
    inside.wait(60_000);
    await bot.look({ kind: "push" });
    expect(said()).toEqual([still ? null : "success"]);
  }
});

it("what a slow process says of a release that another one ended is mended at its next look", async () => {
  const team = await openShop(inside);
  await ship(team, "2.0.0");
  const sent: Parameters<Team["forge"]["check"]>[0][] = [];
  const check: Team["forge"]["check"] = (run) => {
    sent.push(run);
    return team.forge.check(run);
  };
  const slow = team.process({ ...team.forge, check });
  const { release } = await lookUntil(team, slow, ({ release }) => release?.phase === "returning");
  await lookUntil(team, team.process(), ({ last }) => last !== null);
  const late = sent.findLast(
    ({ commit, status }) => commit === release?.cause.commit && status !== "completed",
  );
  if (late) await team.forge.check(late);
  const said = () =>
    checksOn(team, release?.cause.commit)
      .map(({ conclusion }) => conclusion)
      .at(-1);
  expect(said()).toBeNull();
  await slow.look({ kind: "push" });
  expect(said()).toBe("success");
});

it("a command gets one answer, though its delivery and a look come to it at once", async () => {
  const team = await openShop(inside);
  const pull = await ship(team, "2.0.0");
  const { ports } = team.process();
  const comment = await team.alice.comment(pull, "/canary nonsense");
  const body = unclearReply({ comment, message: "There is no such command." });
  await Promise.all([replyOnce(ports, pull, comment, body), replyOnce(ports, pull, comment, body)]);
  const said = [...team.repository.comments.values()].map((one) => one.body);
  expect(said.filter((words) => words.endsWith(replyMarker(comment)))).toHaveLength(1);
});

it("a command gets one answer, though GitHub still shows the comments of before it", async () => {
  const team = await openShop(inside);
  const pull = await ship(team, "2.0.0");
  const { ports } = team.process({ ...team.forge, comments: async () => [] });
  const comment = await team.alice.comment(pull, "/canary nonsense");
  const body = unclearReply({ comment, message: "There is no such command." });
  await replyOnce(ports, pull, comment, body);
  forget(ports.memory);
  await replyOnce(ports, pull, comment, body);
  const said = [...team.repository.comments.values()].map((one) => one.body);
  expect(said.filter((words) => words.endsWith(replyMarker(comment)))).toHaveLength(1);
});

it("a release says where it is followed that a file cannot be read, and goes on once it is mended", async () => {
  const team = await openShop(inside, ENDLESS);
  const pull = await ship(team, "2.0.0");
  const bot = team.process();
  const { release } = await lookUntil(team, bot, climbing);
  const whole = await team.read("main", CANARY);
  const pushed = (files: Readonly<Record<string, string>>) =>
    inside.github.push(team.repository, "main", { files, message: "Edit" });
  const broken = { [CANARY]: `${whole}\n  }: [` };
  const said = () => [...team.repository.comments.values()].map(({ body }) => body).join("\n");
  const checked = () => checksOn(team, release?.cause.commit).map((run) => run.conclusion ?? run.status);
  await pushed(broken);
  await bot.look({ kind: "push" });
  expect(said()).toMatch(/held: a file cannot be read[\s\S]*canary\.yaml`, line \d+: this is not valid YAML/);
  expect(checked()).toEqual(["action_required"]);
  await pushed({ [CANARY]: whole });
  await bot.look({ kind: "push" });
  expect(said()).not.toContain("cannot be read");
  expect(checked()).toEqual(["action_required", "in_progress"]);
  await pushed(broken);
  const comment = await team.alice.comment(pull, "/canary rollback");
  await bot.look({ kind: "comment", comment });
  expect(await weightOf(team)).toBeGreaterThan(0);
  await pushed({ [CANARY]: whole });
  await bot.look({ kind: "push" });
  expect(await weightOf(team)).toBe(0);
});
