import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Person } from "../../dev/stage/person.ts";
import type { Repository } from "../../dev/stage/stage.ts";
import { type Shop, type ShopOptions, startWorld, type World } from "./release-world.ts";

const IMAGE = "registry.example.com/checkout";

/** The manifests' repository says whose images it takes. */
function takes(name: string, on: unknown, changes: Readonly<Record<string, unknown>> = {}): ShopOptions {
  const from = { repository: `acme-${name}/checkout`, on, image: IMAGE };
  return { rollout: { from, ...changes } };
}

const DEPLOYMENT = { deployment: { environment: "production", when: "created" } };
const SHOPS = {
  merged: takes("merged", "merge"),
  deployed: takes("deployed", DEPLOYMENT, { steps: [{ setWeight: 100 }] }),
  dispatched: takes("dispatched", "dispatch", { holds: { remind: "2s" } }),
  late: takes("late", "dispatch", { steps: [{ setWeight: 100 }], on: "command" }),
  reviewed: takes("reviewed", "dispatch", { steps: [{ setWeight: 100 }] }),
  slow: takes("slow", "dispatch", { bake: "10m" }),
  hands: takes("hands", "dispatch", { on: "command" }),
};

let world: World<keyof typeof SHOPS>;
const codes = new Map<Shop, Code>();
beforeAll(async () => {
  world = await startWorld(SHOPS);
});
afterAll(() => world.stop());

/** The repository of a shop's code. */
class Code {
  readonly repository: Repository;
  readonly dev: Person;
  readonly #shop: Shop;

  private constructor(shop: Shop, repository: Repository) {
    this.#shop = shop;
    this.repository = repository;
    this.dev = this.person("dev", "write");
  }

  static async of(shop: Shop, rollouts = ["checkout"]): Promise<Code> {
    const known = codes.get(shop);
    if (known) return known;
    const manifests = `manifests: { repository: ${shop.where.owner}/shop, rollouts: [${rollouts}] }`;
    const files = { ".github/sluice.yaml": `version: 1\n${manifests}\n`, "main.go": "package main // 0\n" };
    const { github } = world;
    const repository = await github.createRepository({ owner: shop.where.owner, name: "checkout", files });
    const code = new Code(shop, repository);
    codes.set(shop, code);
    await shop.visited();
    // Whoever begins to listen asks for nothing that is there already.
    await github.push(repository, "main", { files: { "main.go": "package main // 1\n" }, message: "One" });
    await shop.until("to listen", async () => (await shop.state())?.source !== undefined);
    return code;
  }

  get where() {
    return { owner: this.repository.owner.login, repo: this.repository.name };
  }

  person(login: string, role: "read" | "write"): Person {
    const person = new Person(login, world.github, this.repository);
    world.github.setPermission(this.repository, login, role);
    return person;
  }

  /** A pull request, merged; its number and the commit that it became. */
  async merge(words: string): Promise<{ readonly pull: number; readonly sha: string }> {
    const files = { "main.go": `package main // ${words}\n` };
    const pull = await this.dev.propose(words, `Secret plan ${words}`, files);
    await this.dev.merge(pull);
    return { pull, sha: (await this.dev.pull(pull)).merge_commit_sha ?? "" };
  }

  async dispatch(client_payload: Readonly<Record<string, unknown>>, event_type = "sluice"): Promise<void> {
    await this.dev.octokit.rest.repos.createDispatchEvent({ ...this.where, event_type, client_payload });
  }

  async deploy(ref: string, payload?: { readonly image: string }): Promise<number> {
    const { data } = await this.dev.octokit.rest.repos.createDeployment({
      ...this.where,
      ref,
      environment: "production",
      auto_merge: false,
      required_contexts: [],
      ...(payload && { payload }),
    });
    if (!("id" in data)) throw new Error("no deployment was made");
    return data.id;
  }

  states(deployment: number): readonly string[] {
    const all = this.repository.deployments.get(deployment)?.statuses ?? [];
    return [...all.values()].map(({ state }) => state).filter((state, i, list) => state !== list[i - 1]);
  }

  /** The comment on a pull request here that shows a release, once it says so. */
  sticky(pull: number, says: string): Promise<string> {
    return this.#shop.until(`a comment in the code's repository: ${says}`, async () => {
      const bodies = (await this.dev.comments(pull)).map(({ body }) => body ?? "");
      return bodies.find((body) => body.includes("<!-- sluice:release") && body.includes(says));
    });
  }

  check(sha: string, conclusion: string | null): Promise<unknown> {
    return this.#shop.until(`check ${conclusion} on ${sha.slice(0, 7)}`, async () =>
      (await this.dev.checks(sha)).find(
        (run) => run.name === "sluice / checkout" && run.conclusion === conclusion,
      ),
    );
  }

  /** What is answered; to an order that is followed without words the reactions, unless `words` are waited for. */
  async reply(person: Person, pull: number, body: string, words = false): Promise<string> {
    const comment = await person.comment(pull, body);
    return this.#shop.until(`an answer to ${body}`, async () => {
      const reactions = await person.reactions(comment);
      const done = reactions.includes("rocket") || reactions.includes("-1");
      const bodies = (await person.comments(pull)).map((one) => one.body ?? "");
      const said = bodies.find((one) => one.includes(`sluice:reply ${comment} `));
      // A reaction comes first.
      const spoken = words || reactions.includes("-1");
      return done && (said ?? (spoken ? undefined : reactions.join(" ")));
    });
  }
}

async function quiet(): Promise<void> {
  await world.github.settled();
  await new Promise((resolve) => setTimeout(resolve, 1500));
}

async function commits(shop: Shop): Promise<readonly string[]> {
  const forge = shop.app();
  return (await forge.history("main", { limit: 50 }))
    .filter(({ ours }) => ours)
    .map(({ message }) => message);
}

describe.concurrent("code in one repository, manifests in another", () => {
  it("a merged pull request there is released here, and a rollback is reported back to it", () =>
    world.tell("merged", async (shop) => {
      const code = await Code.of(shop);
      const good = await code.merge("good");
      expect((await shop.ended(1)).ending).toBe("promoted");
      expect(await shop.image("stable")).toBe(good.sha);
      await code.check(good.sha, "success");
      const told = await code.sticky(good.pull, "promoted");

      expect(told).toContain("/acme-merged/shop/commit/");

      shop.faults.share = (image) => (image.includes(good.sha) || image.endsWith(":1.0.0") ? 0 : 0.4);
      const bad = await code.merge("bad");
      const ended = await shop.ended(2);
      expect(ended.ending).toBe("rolled-back");
      expect(ended.cause.source).toEqual({
        repository: "acme-merged/checkout",
        commit: bad.sha,
        pull: bad.pull,
        deployment: null,
      });
      await code.check(bad.sha, "failure");
      const rollback = shop.rollbacks()[0]?.number;
      expect(await code.sticky(bad.pull, "rolled back")).toContain(`acme-merged/shop#${rollback}`);
      // Nothing is brought twice, and no word of a repository that may be private came over.
      await quiet();
      expect((await shop.state())?.next).toBe(3);
      expect(await shop.image("canary")).toBe(good.sha);
      const brought = (await commits(shop)).filter((message) => message.includes("Sluice-Source"));
      expect(brought).toHaveLength(2);
      expect(brought[1]).toContain(`Sluice-Source: acme-merged/checkout@${good.sha}`);
      expect(`${(await commits(shop)).join()}${JSON.stringify(ended)}`).not.toContain("Secret plan");
    }));

  it("a deployment there starts it, and has its statuses", () =>
    world.tell("deployed", async (shop) => {
      const code = await Code.of(shop);
      const { sha } = await code.merge("next");
      await quiet();
      expect((await shop.state())?.release).toBeNull();
      const good = await code.deploy("main");
      expect((await shop.ended(1)).cause).toMatchObject({ actor: "dev", source: { deployment: good } });
      expect(await shop.image("stable")).toBe(sha);
      await shop.until("the success", async () => code.states(good).at(-1) === "success");
      const evil = await code.deploy("main", { image: `${IMAGE}-evil:2.0.0` });
      await quiet();
      expect(await shop.image("canary")).toBe(sha);
      expect(code.states(evil)).toEqual([]);
      const bad = await code.deploy("main", { image: `${IMAGE}:2.0.0-bad` });
      expect((await shop.ended(2)).ending).toBe("rolled-back");
      await shop.until("the failure", async () => code.states(bad).at(-1) === "failure");
      expect(code.states(bad)).toEqual(["in_progress", "failure"]);
      await quiet();
      // The older deployment that counts now again, as the newest that did not fail, brings nothing back.
      expect((await shop.state())?.next).toBe(3);
    }));

  it("a dispatch there starts it, once however often it comes, and is commanded from there by who may write here", () =>
    world.tell("dispatched", async (shop) => {
      const code = await Code.of(shop);
      const { pull, sha } = await code.merge("two");
      await code.dispatch({ image: `${IMAGE}:2.0.0`, sha });
      const release = await shop.release("a weight", ({ shift }) => shift.percent === 50);
      expect(release.cause).toMatchObject({ actor: "dev", source: { commit: sha, pull } });
      // Whoever may write the code has no word here, until he may write here too.
      const refused = await code.reply(code.dev, pull, "/canary pause");
      expect(refused).toContain("this needs write access to acme-dispatched/shop; dev has none.");
      const status = "/canary checkout status";
      expect(await code.reply(code.dev, pull, status, true)).toContain(
        "needs write access to acme-dispatched/shop",
      );
      const both = code.person("both", "read");
      shop.person("both", "write");
      expect(await code.reply(both, pull, status, true)).toContain("may write to acme-dispatched/shop");
      await code.reply(both, pull, "/canary pause");
      await shop.until("a reminder there", async () =>
        (await code.dev.comments(pull)).some(({ body }) =>
          body?.includes("<!-- sluice:reminder checkout#1 "),
        ),
      );
      await code.reply(both, pull, "/canary rollback");
      const ended = await shop.ended(1);
      expect(ended.failure?.by).toBe("both");
      await code.sticky(pull, "rolled back");
      const bodies = [...(await shop.alice.pulls())].map(({ title }) => title);
      expect(bodies.join()).not.toContain("Secret plan");

      for (const delivery of world.github.deliveries.filter(({ event }) => event === "repository_dispatch")) {
        if (delivery.repositoryId === code.repository.id) world.github.redeliver(delivery.id);
      }
      await code.dispatch({ image: `${IMAGE}:2.0.0`, sha });
      await quiet();
      expect((await shop.state())?.next).toBe(2);
      expect(await shop.image("canary")).toBe("1.0.0");
    }));

  it("what comes late is not put back over what is newer, unless it was sent later", () =>
    world.tell("late", async (shop) => {
      const code = await Code.of(shop);
      const [one, two] = [await code.merge("one"), await code.merge("two")];
      const brought = (tag: string) =>
        shop.until(`image ${tag}`, async () => (await shop.image("canary")) === tag);
      await code.dispatch({ rollout: "checkout", image: `${IMAGE}:2`, sha: two.sha });
      await brought("2");
      await code.dispatch({ image: `${IMAGE}:1`, sha: one.sha });
      await code.check(one.sha, "neutral");
      const digest = `@sha256:${"a".repeat(64)}`;
      for (const image of [
        `${IMAGE}-evil:3`,
        `${IMAGE}:3\nname: evil`,
        `${IMAGE}:3 `,
        `${IMAGE}@sha256:zz`,
        `${IMAGE}${digest}\n`,
        `${IMAGE}`,
        `evil.example.com/${IMAGE}:3`,
        "",
      ]) {
        await code.dispatch({ image, sha: two.sha });
      }
      await code.dispatch({ image: `${IMAGE}:3`, sha: "f".repeat(40) });
      await code.dispatch({ image: `${IMAGE}:3`, sha: two.sha, at: 4_000_000_000 });
      await code.dispatch({ rollout: "other", image: `${IMAGE}:3`, sha: two.sha });
      await code.dispatch({ image: `${IMAGE}:3`, sha: two.sha }, "other");
      await code.dispatch({});
      await quiet();
      expect(await shop.image("canary")).toBe("2");
      const now = Math.floor(Date.now() / 1000);
      await code.dispatch({ image: `${IMAGE}:2`, sha: two.sha, at: now - 10 });
      await shop.until("its time", async () => (await shop.state())?.source?.last?.at === (now - 10) * 1000);
      await code.dispatch({ image: `${IMAGE}:1`, sha: one.sha, at: String(now) });
      await brought("1");
      await code.dispatch({ image: `${IMAGE}:2`, sha: two.sha, at: now - 5 });
      await code.dispatch({ image: `${IMAGE}${digest}`, sha: two.sha, at: now - 7 });
      await quiet();
      expect(await shop.image("canary")).toBe("1");
      // On command, as this rollout says; said where the code is.
      const alice = code.person("alice", "read");
      await code.reply(alice, one.pull, "/canary start");
      expect((await shop.ended(1)).cause).toMatchObject({
        actor: "alice",
        pull: null,
        source: one.sha && { commit: one.sha },
      });
    }));

  it("on a protected branch a pull request carries the image", () =>
    world.tell("reviewed", async (shop) => {
      const code = await Code.of(shop);
      world.github.protectBranch(shop.repository, "main", { requiredReviews: 1 });
      const { sha } = await code.merge("two");
      await code.dispatch({ image: `${IMAGE}:2.0.0`, sha });
      const first = await shop.until("a pull request", async () =>
        (await shop.alice.pulls()).find(({ title }) => title.includes("2.0.0")),
      );
      const later = await code.merge("three");
      await code.dispatch({ image: `${IMAGE}:3.0.0`, sha: later.sha });
      const next = await shop.until("the next one", async () =>
        (await shop.alice.pulls()).find(({ title }) => title.includes("3.0.0")),
      );
      expect((await shop.alice.pull(first.number)).state).toBe("closed");
      await world.github.approve(shop.repository, next.number, "alice");
      await shop.until("the merge", async () => (await shop.image("canary")) === "3.0.0");
      world.github.protectBranch(shop.repository, "main", null);
      const cause = (await shop.ended(1)).cause;
      expect(cause.source).toMatchObject({ commit: later.sha, pull: later.pull });
    }));

  it("while a release runs the newest waits, and is brought once it has ended", () =>
    world.tell("slow", async (shop) => {
      const code = await Code.of(shop);
      const two = await code.merge("two");
      await code.dispatch({ image: `${IMAGE}:2.0.0`, sha: two.sha });
      await shop.release("a weight", ({ shift }) => shift.percent === 50);
      for (const version of ["3.0.0", "4.0.0"]) {
        const { sha } = await code.merge(version);
        await code.dispatch({ image: `${IMAGE}:${version}`, sha });
        await code.check(sha, "neutral");
      }
      expect(await shop.image("canary")).toBe("2.0.0");
      await code.reply(code.person("alice", "read"), two.pull, "/canary rollback");
      expect((await shop.ended(1)).ending).toBe("rolled-back");
      await shop.release("the next", ({ number }) => number === 2);
      expect(await shop.image("canary")).toBe("4.0.0");
    }));

  it("an image that a person put there is released first, and never written over before", () =>
    world.tell("hands", async (shop) => {
      const code = await Code.of(shop);
      await shop.push(await shop.canaryWith("hand"), "By hand");
      const { sha } = await code.merge("two");
      await code.dispatch({ image: `${IMAGE}:2.0.0`, sha });
      await shop.until("the wait", async () => (await shop.state())?.source?.waits?.commit === sha);
      await quiet();
      expect(await shop.image("canary")).toBe("hand");
      // Taken back by the same hand, nothing is left to wait for.
      await shop.push(await shop.canaryWith("1.0.0"), "Not this one");
      await shop.until("the image", async () => (await shop.image("canary")) === "2.0.0");
    }));
});
