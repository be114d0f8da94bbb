import { afterAll, beforeAll, expect, it } from "vitest";
import { until } from "../../dev/demo/watch.ts";
import { type GitHub, startGitHub } from "../../dev/github/server.ts";
import { type RunningBot, startBot } from "../../dev/stage/bot.ts";
import { Person } from "../../dev/stage/person.ts";
import { configOf, deployment, FILES, rolloutOf, virtualService } from "../e2e/release-world.ts";

let github: GitHub;
let bot: RunningBot;
const start = async () => {
  bot = await startBot({
    github,
    prometheus: null,
    env: { LOOK_SECONDS: "0.3", READ_SECONDS: "1", WRITE_SECONDS: "0" },
  });
  github.setWebhook(bot.url);
};
beforeAll(async () => {
  github = await startGitHub({ validate: true });
  await start();
});
afterAll(async () => {
  await bot.stop();
  await github.close();
  expect(github.unknown).toEqual([]);
  expect(github.violations).toEqual([]);
});

it("deliveries of days ago, played again after a restart, act no second time: neither commands nor merges", async () => {
  const files = {
    ".github/sluice.yaml": configOf({ checkout: rolloutOf("shop", { bake: "10h" }) }),
    [FILES.virtualService]: virtualService("shop", 100, 0),
    [FILES.stable]: deployment("stable", "shop", "1.0.0"),
    [FILES.canary]: deployment("canary", "shop", "1.0.0"),
  };
  const repository = await github.createRepository({ owner: "acme", name: "shop", files });
  const alice = new Person("alice", github, repository);
  github.setPermission(repository, "alice", "write");
  const { git } = repository;
  const state = async () => {
    const found = await git.object("sluice/state:rollouts/checkout.json");
    return found ? JSON.parse(found.content.toString("utf8")) : null;
  };
  await github.push(repository, "main", { files: { "notes.md": "1" }, message: "Notes" });
  await until("adoption", state);
  const next = { [FILES.canary]: deployment("canary", "shop", "2.0.0") };
  const pull = await alice.propose("v2", "checkout 2.0.0", next);
  await alice.merge(pull);
  await until("a weight", async () => (await state())?.release?.shift.percent === 50);
  for (const words of ["/canary 60", "/canary 70", "/canary status", "/canary nonsense"]) {
    const comment = await alice.comment(pull, words);
    await until(`an answer to ${words}`, async () =>
      (await alice.reactions(comment)).some((reaction) => reaction !== "eyes"),
    );
  }
  await github.settled();
  const replayed = github.deliveries.filter(
    ({ event }) => event === "issue_comment" || event === "pull_request",
  );
  expect(replayed.length).toBeGreaterThan(5);

  await bot.stop();
  await start();
  await until("quiet", async () => {
    const [before] = [
      await git.branch("sluice/state"),
      await new Promise((resolve) => setTimeout(resolve, 1500)),
    ];
    return before === (await git.branch("sluice/state"));
  });
  const heads = async () => Promise.all(["main", "sluice/state"].map((branch) => git.branch(branch)));
  const comments = await alice.comments(pull);
  const before = await heads();
  for (const { id } of replayed) github.redeliver(id);
  await github.settled();
  await new Promise((resolve) => setTimeout(resolve, 3000));
  expect(await heads()).toEqual(before);
  expect((await alice.comments(pull)).map(({ id }) => id)).toEqual(comments.map(({ id }) => id));
  expect((await state())?.release.shift.percent).toBe(70);
});
