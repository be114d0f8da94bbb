import { describe, expect, it } from "vitest";
import { assemble, type Parts } from "../../src/entry/assemble.ts";
import type { Forge } from "../../src/ports/forge.ts";
import type { Happening } from "../../src/reconcile/happening.ts";
import { configOf, rolloutOf } from "../e2e/release-world.ts";

const CODE = { id: 2, owner: "acme", name: "checkout" };
const MINUTE = 60_000;

/** GitHub as far as it says who may speak to whom, which is not told twice for a while. */
class Github {
  now = 0;
  installed = true;
  owner = "acme";
  questions = 0;

  readonly bot = assemble({
    login: "sluice[bot]",
    clock: { now: () => this.now },
    later: () => () => {},
    log: { info() {}, warn() {} },
    settings: { lookEvery: 1000, readEvery: 1000, showEvery: 1000 },
    directory: {
      installations: async () => [1],
      repositories: async () => [],
      installationOf: async () => {
        this.questions++;
        return this.installed ? 1 : null;
      },
    },
    forgeFor: ({ repository }) => this.#forge(repository.name),
    metricsFor: none,
    clusterFor: none,
    notifierFor: none,
    pagesFor: none,
    hooksFor: none,
    schedulerFor: () =>
      ({ set() {}, cancel() {}, stop() {} }) as unknown as ReturnType<Parts["schedulerFor"]>,
  }).bot;

  #forge(name: string): Forge {
    const [id, owner] = name === CODE.name ? [CODE.id, CODE.owner] : [1, this.owner];
    const text =
      name === CODE.name
        ? "version: 1\nmanifests: { repository: acme/deploy, rollouts: [checkout] }\n"
        : configOf({
            checkout: rolloutOf("shop", {
              from: { repository: "acme/checkout", image: "ghcr.io/acme/checkout" },
            }),
          });
    const oid = String(id).repeat(40);
    const file = { status: "text", oid, text };
    const head = { head: oid, files: new Map([[".github/sluice.yaml", file]]) };
    return {
      repository: async () => ({ id, owner, name, defaultBranch: "main", url: "" }),
      snapshot: async () => new Map([["main", head]]),
      identity: async () => ({ login: "sluice[bot]" }),
      history: async () => [],
      list: async () => [],
    } as unknown as Forge;
  }

  async route(): Promise<number> {
    const happening: Happening = { installation: 1, repository: CODE, what: { kind: "push" }, by: null };
    const errands = await this.bot.route(happening);
    return errands.length;
  }
}

function none(): never {
  return {} as never;
}

describe("the repository beside", () => {
  it("is remembered for some minutes, and no longer once the App was taken off it", async () => {
    const github = new Github();
    expect(await github.route()).toBe(1);
    github.installed = false;
    github.now = 4 * MINUTE;
    expect([await github.route(), github.questions]).toEqual([1, 1]);
    github.now = 6 * MINUTE;
    expect(await github.route()).toBe(0);
    github.installed = true;
    expect(await github.route()).toBe(1);
  });

  it("is none any more once it was given away, though GitHub follows its old name", async () => {
    const github = new Github();
    expect(await github.route()).toBe(1);
    github.owner = "globex";
    github.now = 6 * MINUTE;
    expect(await github.route()).toBe(0);
  });
});
