import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { until } from "../../dev/demo/watch.ts";
import { type GitHub, startGitHub } from "../../dev/github/server.ts";
import { type RunningBot, startBot } from "../../dev/stage/bot.ts";
import { Person } from "../../dev/stage/person.ts";
import type { Forge } from "../../src/ports/forge.ts";
import type { Dispatch } from "../../src/reconcile/ports.ts";
import { configOf, deployment, FILES, rolloutOf, virtualService } from "../e2e/release-world.ts";
import type { Team } from "./inside.ts";
import { CONFIG, climbing, ENDLESS, lookUntil, openShop } from "./shop.ts";
import { useInside } from "./use-inside.ts";

const IMAGE = "registry.example.com/checkout";
const code = (manifests: string, rollout = "checkout") => ({
  [CONFIG]: `version: 1\nmanifests: { repository: ${manifests}, rollouts: [${rollout}] }\n`,
});
const manifests = (repository: string, on: unknown = "merge") => ({
  [CONFIG]: configOf({ checkout: rolloutOf("shop", { from: { repository, on, image: IMAGE } }) }),
  [FILES.virtualService]: virtualService("shop", 100, 0),
  [FILES.stable]: deployment("stable", "shop", "1.0.0"),
  [FILES.canary]: deployment("canary", "shop", "1.0.0"),
});

describe("repositories that do not allow each other", () => {
  let github: GitHub;
  let bot: RunningBot;
  beforeAll(async () => {
    github = await startGitHub({ validate: true });
    const env = { LOOK_SECONDS: "0.3", READ_SECONDS: "1", WRITE_SECONDS: "0" };
    bot = await startBot({ github, prometheus: null, env });
    github.setWebhook(bot.url);
  });
  afterAll(async () => {
    await bot.stop();
    await github.close();
  });

  const open = (owner: string, name: string, files: Readonly<Record<string, string>>) =>
    github.createRepository({ owner, name, files });
  type Opened = Awaited<ReturnType<typeof open>>;
  const push = (repository: Opened, branch = "main") =>
    github.push(repository, branch, { files: { "a.txt": `${Math.random()}` }, message: "Change" });
  const canary = async (repository: Opened) =>
    (await repository.git.object(`main:${FILES.canary}`))?.content.toString("utf8");
  const adopted = (repository: Opened) =>
    until("adoption", async () => repository.git.object("sluice/state:rollouts/checkout.json"));

  it("a repository of code that is not allowed moves nothing, and is told the same whether there is one", async () => {
    const deploy = await open("acme", "deploy", manifests("acme/checkout", "dispatch"));
    await push(deploy);
    await adopted(deploy);
    const said: string[] = [];
    for (const [name, where] of [
      ["rogue", "acme/deploy"],
      ["lost", "acme/nowhere"],
    ] as const) {
      const repository = await open("acme", name, code(where));
      const person = new Person("mallory", github, repository);
      github.setPermission(repository, "mallory", "write");
      const sha = await push(repository);
      await person.octokit.rest.repos.createDispatchEvent({
        owner: "acme",
        repo: name,
        event_type: "sluice",
        client_payload: { image: `${IMAGE}:2.0.0`, sha },
      });
      const check = await until("a check", async () => (await person.checks(sha))[0]);
      said.push(
        JSON.stringify([check.conclusion, check.output.title, check.output.summary]).replaceAll(where, "it"),
      );
      expect(said.at(-1)).toContain("its `from` must name this one");
      const pull = await person.propose("change", "Change", { "b.txt": "b" });
      const comment = await person.comment(pull, "/canary checkout freeze");
      await until("a refusal", async () => (await person.reactions(comment)).includes("-1"));
    }
    expect(said[0]).toBe(said[1]);
    expect(await canary(deploy)).toContain("1.0.0");
    const theirs = await deploy.git.object("sluice/state:rollouts/checkout.json");
    expect(JSON.parse(theirs?.content.toString("utf8") ?? "")).toMatchObject({ handled: [] });
  });

  it("another owner's repository is never asked, though both name each other", async () => {
    const deploy = await open("globex", "deploy", manifests("initech/checkout"));
    const theirs = await open("initech", "checkout", code("globex/deploy"));
    await push(deploy);
    await adopted(deploy);
    await push(theirs);
    await until("a word", async () => bot.log.some((line) => line.includes("globex/deploy has no rollout")));
    await push(deploy);
    await until("another", async () =>
      bot.log.some((line) => line.includes("which is no repository of globex")),
    );
    await github.settled();
    const about = (as: string, owner: string) =>
      github.requests.filter((one) => one.as === as && JSON.stringify(one).includes(`/repos/${owner}/`));
    expect(about("globex", "initech")).toEqual([]);
    expect(about("initech", "globex")).toEqual([]);
    expect(await canary(deploy)).toContain("1.0.0");
    expect(github.violations).toEqual([]);
  });
});

describe("an image on its way", () => {
  const inside = useInside();

  async function pair(
    on = "dispatch",
    changes: Readonly<Record<string, unknown>> = { on: "command" },
  ): Promise<{
    readonly team: Team;
    readonly source: Team;
    readonly dispatch: Dispatch;
  }> {
    const nothing = { share: async () => 0, failing: async () => 0 };
    const source = await inside.team({ files: { "a.txt": "a" }, ...nothing });
    const repository = `acme/${source.repository.name}`;
    const team = await openShop(inside, {
      ...changes,
      from: { repository, on, image: IMAGE },
    });
    const files = code(`acme/${team.repository.name}`);
    const sha = await inside.github.push(source.repository, "main", { files, message: "Manifests" });
    const dispatch = { rollout: null, image: `${IMAGE}:2.0.0`, sha, at: null, by: "dev" };
    return { team, source, dispatch };
  }

  const brought = async (team: Team) =>
    (await team.forge.history("main", { limit: 50 })).filter(({ message }) =>
      message.includes("Sluice-Source"),
    );

  it.each(["before", "after"])("is brought once, though the process dies %s the commit", async (moment) => {
    const { team, source, dispatch } = await pair();
    const dying: Forge = {
      ...team.forge,
      commit: async (request) => {
        if (request.branch !== "main") return team.forge.commit(request);
        if (moment === "after") await team.forge.commit(request);
        throw new Error("killed");
      },
    };
    await expect(team.process(dying, source).look({ kind: "dispatch", dispatch })).rejects.toThrow("killed");
    // The dispatch itself is gone with the process: what it asked for is in the state.
    await team.process(team.forge, source).look({ kind: "push" });
    expect(await team.read("main", FILES.canary)).toContain("checkout:2.0.0 # the release train");
    expect(await brought(team)).toHaveLength(1);
    expect((await team.state())?.source).toMatchObject({ last: { image: dispatch.image }, waits: null });
    await team.process(team.forge, source).look({ kind: "dispatch", dispatch });
    expect(await brought(team)).toHaveLength(1);
  });

  it("tells readers of the code's repository nothing of the manifests' files, and where that is told", async () => {
    const { team, source, dispatch } = await pair("dispatch", { ...ENDLESS, holds: { remind: "10m" } });
    const pull = await source.alice.propose("two", "Two", { "a.txt": "two" });
    await source.alice.merge(pull);
    const sha = (await source.repository.git.branch("main")) ?? "";
    const bot = team.process(team.forge, source);
    await bot.look({ kind: "dispatch", dispatch: { ...dispatch, sha } });
    await lookUntil(team, bot, climbing);
    const files = { [FILES.virtualService]: virtualService("shop", 30, 70) };
    await inside.github.push(team.repository, "main", { files, message: "By hand", author: "alice" });
    await lookUntil(team, bot, ({ release }) => release?.hold?.reason === "hand-edit");
    inside.wait(600_000);
    await bot.look({ kind: "push" });
    const cause = (await team.state())?.release?.cause.commit ?? "";
    const told = async ({ alice }: Team, number: number | null, commit: string) => [
      ...(number === null ? [] : await alice.comments(number)).map(({ body }) => body ?? ""),
      ...(await alice.checks(commit)).map(({ output }) => `${output.title}\n${output.summary}`),
    ];
    const there = await told(source, pull, sha);
    for (const mark of [
      "<!-- sluice:release",
      "<!-- sluice:reminder",
      "Steps, numbers and commands are on",
    ]) {
      const body = there.find((one) => one.includes(mark));
      expect(body, mark).toContain("weights edited by hand");
      expect(body, mark).toContain(`/${team.repository.name}/commit/${cause}`);
    }
    expect(there.join("\n")).not.toMatch(/\.yaml|70\/30|30\/70/);
    expect((await told(team, null, cause)).join("\n")).toContain(`${FILES.virtualService} says 30/70`);
  });

  it("is no more than that to a reader who asks for its plan there, be the question found by a look", async () => {
    const { team, source, dispatch } = await pair("dispatch", ENDLESS);
    const pull = await source.alice.propose("two", "Two", { "a.txt": "two" });
    await source.alice.merge(pull);
    const sha = (await source.repository.git.branch("main")) ?? "";
    const bot = team.process(team.forge, source);
    await bot.look({ kind: "dispatch", dispatch: { ...dispatch, sha } });
    await lookUntil(team, bot, climbing);
    const reader = new Person("reader", inside.github, source.repository);
    inside.github.setPermission(source.repository, "reader", "read");
    const asked = await reader.comment(pull, "/canary checkout plan");
    await bot.look({ kind: "push" });
    expect(await reader.reactions(asked)).toContain("-1");
    const answer = (await reader.comments(pull)).find(({ body }) => body?.includes(`sluice:reply ${asked} `));
    expect(answer?.body).toContain(`plans are shown on pull requests of acme/${team.repository.name}`);
    expect(answer?.body).not.toContain("50 %");
  });

  /** A release that this pull request of the code's brought, and how a command there is answered. */
  async function commanded(changes: Readonly<Record<string, unknown>>) {
    const { team, source, dispatch } = await pair("dispatch", changes);
    const pull = await source.alice.propose("two", "Two", { "a.txt": "two" });
    await source.alice.merge(pull);
    const sha = (await source.repository.git.branch("main")) ?? "";
    const bot = team.process(team.forge, source);
    await bot.look({ kind: "dispatch", dispatch: { ...dispatch, sha } });
    const ask = async (words: string) => {
      const id = await source.alice.comment(pull, words);
      await bot.look({ kind: "push" });
      const all = await source.alice.comments(pull);
      return all.find(({ body }) => body?.includes(`sluice:reply ${id} `))?.body ?? "";
    };
    const history = `${team.repository.name}/commits/sluice/state/rollouts/checkout.json`;
    return { team, bot, ask, history };
  }

  it("is commanded there, and no answer repeats what a gate said, but tells where that stands", async () => {
    const steps = [{ setWeight: 50 }, { setWeight: 100 }, { gate: { hook: "loadtest" } }];
    const { team, bot, ask, history } = await commanded({ steps });
    team.hook = { status: "waits", reason: "db-7.internal at 93 %" };
    await lookUntil(team, bot, ({ release }) => release?.hold?.reason === "gate");
    const promote = await ask("/canary checkout promote");
    expect(promote).toContain("was refused: Not open: hook `loadtest`. Files and reasons are told in [acme/");
    expect(promote).toContain(history);
    const resume = await ask("/canary checkout resume");
    expect(resume).toContain("It waits for something else. Files and reasons");
    expect(promote + resume).not.toContain("db-7");
    const log = await team.forge.history("sluice/state", { limit: 50 });
    expect(log.some(({ message }) => /Refused.*db-7\.internal/s.test(message))).toBe(true);
    // What holds nothing of others is said in full.
    const start = await ask("/canary checkout start");
    expect(start).toContain("is running already.");
    expect(start).not.toContain(history);
  });

  it("has a status there without the text of queries and what files say", async () => {
    const slos = [{ errorRate: { max: "5%" } }, { query: "sum(secret_metric)", max: 1e12 }];
    const { team, bot, ask } = await commanded({ ...ENDLESS, slos });
    await lookUntil(team, bot, climbing);
    const files = { [FILES.virtualService]: virtualService("shop", 30, 70) };
    await inside.github.push(team.repository, "main", { files, message: "By hand", author: "alice" });
    await lookUntil(team, bot, ({ release }) => release?.hold?.reason === "hand-edit");
    const status = await ask("/canary checkout status");
    expect(status).toContain("weights edited by hand");
    expect(status).toContain("| query |");
    expect(status).toContain("Files and reasons are told in");
    expect(status).not.toMatch(/secret_metric|\.yaml|70\/30|30\/70/);
    const weight = await ask("/canary checkout 60");
    expect(weight).toContain("The weights were edited by hand: `resume` goes on from what is there");
    expect(weight).not.toContain(".yaml");
  });

  it("gives way to a person who was faster by a moment, and follows once that is taken back", async () => {
    const { team, source, dispatch } = await pair();
    const hand = (version: string) =>
      inside.github.push(team.repository, "main", {
        files: { [FILES.canary]: deployment("canary", "shop", version) },
        message: "By hand",
      });
    let first = true;
    const slow: Forge = {
      ...team.forge,
      commit: async (request) => {
        if (request.branch === "main" && first) {
          first = false;
          await hand("hand");
        }
        return team.forge.commit(request);
      },
    };
    await team.process(slow, source).look({ kind: "dispatch", dispatch });
    expect(await team.read("main", FILES.canary)).toContain("checkout:hand");
    expect((await team.state())?.source?.waits).toMatchObject({ image: dispatch.image });
    await hand("1.0.0");
    await team.process(team.forge, source).look({ kind: "push" });
    expect(await team.read("main", FILES.canary)).toContain("checkout:2.0.0");
  });

  it("gives way to what a person edited around it, though the image is the one that was brought", async () => {
    const { team, source, dispatch } = await pair();
    const bot = () => team.process(team.forge, source);
    await bot().look({ kind: "dispatch", dispatch });
    const before = await team.read("main", FILES.canary);
    const { version } = (await team.state())?.source ?? {};
    expect(version).toMatch(/^[0-9a-f]{12}$/);
    // The next one goes over what we brought ourselves, and not over what somebody did to it.
    const next = async (tag: string) => {
      const sha = await inside.github.push(source.repository, "main", {
        files: { "a.txt": tag },
        message: tag,
      });
      await bot().look({ kind: "dispatch", dispatch: { ...dispatch, image: `${IMAGE}:${tag}`, sha } });
    };
    await next("3.0.0");
    expect(await team.read("main", FILES.canary)).toContain("checkout:3.0.0");
    const ours = await team.read("main", FILES.canary);
    expect(ours).not.toBe(before);
    const edited = ours.replace(/^(\s*)- name: (\S+)\n/m, "$1- name: $2\n$1  tty: true\n");
    expect(edited).not.toBe(ours);
    const hand = (text: string) =>
      inside.github.push(team.repository, "main", { files: { [FILES.canary]: text }, message: "By hand" });
    await hand(edited);
    await next("4.0.0");
    expect(await team.read("main", FILES.canary)).toBe(edited);
    expect((await team.state())?.source?.waits).toMatchObject({ image: `${IMAGE}:4.0.0` });
    await hand(ours);
    await bot().look({ kind: "push" });
    expect(await team.read("main", FILES.canary)).toContain("checkout:4.0.0");
  });

  it("is not put back by a branch that is read as it was before", async () => {
    const { team, source } = await pair("merge");
    const merge = (text: string) =>
      inside.github.push(source.repository, "main", { files: { "a.txt": text }, message: text });
    await team.process(team.forge, source).look({ kind: "push" });
    const old = await merge("one");
    await team.process(team.forge, source).look({ kind: "push" });
    expect(await team.read("main", FILES.canary)).toContain(`checkout:${old}`);
    const sha = await merge("two");
    await team.process(team.forge, source).look({ kind: "push" });
    expect(await team.read("main", FILES.canary)).toContain(`checkout:${sha}`);
    const update = { ref: "refs/heads/main", before: sha, after: old };
    expect(await source.repository.git.updateRefs([update])).toBe("done");
    await team.process(team.forge, source).look({ kind: "push" });
    expect(await team.read("main", FILES.canary)).toContain(`checkout:${sha}`);
  });

  it("is not brought any more once the rollout allows another one only", async () => {
    const { team, source, dispatch } = await pair();
    await inside.github.push(team.repository, "main", {
      files: { [FILES.canary]: deployment("canary", "shop", "hand") },
      message: "By hand",
    });
    await team.process(team.forge, source).look({ kind: "dispatch", dispatch });
    const config = (await team.read("main", CONFIG)).replace(IMAGE, `${IMAGE}-other`);
    await inside.github.push(team.repository, "main", {
      files: { [CONFIG]: config, [FILES.canary]: deployment("canary", "shop", "1.0.0") },
      message: "Another image",
    });
    await team.process(team.forge, source).look({ kind: "push" });
    expect(await team.read("main", FILES.canary)).toContain("checkout:1.0.0");
    expect((await team.state())?.source?.waits).toBeNull();
  });

  it.each([
    ["the manifests'", () => code("acme/elsewhere")],
    ["this rollout", (team: Team) => code(`acme/${team.repository.name}`, "search")],
  ])("moves nothing while the code's repository does not name %s", async (_, files) => {
    const { team, source, dispatch } = await pair();
    const change = { files: files(team), message: "Elsewhere" };
    const sha = await inside.github.push(source.repository, "main", change);
    await team.process(team.forge, source).look({ kind: "dispatch", dispatch: { ...dispatch, sha } });
    expect(await team.read("main", FILES.canary)).toContain("checkout:1.0.0");
    expect(await brought(team)).toEqual([]);
    const [check] = await team.alice.checks((await team.repository.git.branch("main")) ?? "");
    expect(check?.output.summary).toContain("does not name this repository");
  });
});
