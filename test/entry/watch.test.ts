import { expect, it } from "vitest";
import type { Said } from "../../src/adapters/github/said.ts";
import { watchOver } from "../../src/entry/action/watch.ts";
import { type CommentFacts, ForgeError } from "../../src/ports/forge.ts";

/** What a job hears by reading, with GitHub's list of comments in its place. */

const NOW = Date.UTC(2026, 4, 4, 10);
const SHOP = { id: 1, owner: "acme", name: "shop" };

function comment(id: number, change: Partial<CommentFacts> = {}): CommentFacts {
  const url = `https://github.com/acme/shop/pull/1#issuecomment-${id}`;
  const createdAt = NOW - 3_000_000 + id * 1000;
  return {
    id,
    pull: 1,
    author: "alice",
    authorIsBot: false,
    body: "Nice",
    createdAt,
    edited: false,
    url,
    ...change,
  };
}

/** Reads at most `most` comments at once; what was heard, and from when on was read. */
async function heard(all: readonly CommentFacts[], most: number, fails: readonly number[] = []) {
  const heard: number[] = [];
  const since: number[] = [];
  const failing = new Set(fails);
  let now = NOW;
  const ok = await watchOver({
    bot: {
      bot: {
        happened: async ({
          what,
        }: {
          readonly what: { readonly kind: string; readonly comment?: number };
        }) => {
          if (failing.delete(what.comment ?? 0)) throw new ForgeError("network", "gone");
          heard.push(what.comment ?? 0);
        },
      },
      recover: async () => undefined,
      idle: async () => undefined,
    } as unknown as Parameters<typeof watchOver>[0]["bot"],
    repository: SHOP,
    self: "sluice[bot]",
    told: [],
    said: async (from): Promise<Said> => {
      since.push(from);
      const found = all.filter(({ createdAt }) => createdAt >= from);
      const comments = found.slice(0, most);
      return { comments, until: found.length > most ? (comments.at(-1)?.createdAt ?? null) : null };
    },
    states: async () => [],
    watch: 600_000,
    readEvery: 1,
    now: () => (now += 1000),
    stopped: new AbortController().signal,
    log: { debug() {}, info() {}, warn() {} },
  });
  return { ok, heard, since };
}

const CHATTER = Array.from({ length: 40 }, (_, index) => comment(index));

it("hears a command behind more comments than are read at once, before and after it", async () => {
  for (const at of [0, 10, 25, 39]) {
    const all = CHATTER.map((one) => (one.id === at ? { ...one, body: "/canary rollback" } : one));
    const { ok, heard: found, since } = await heard(all, 10);
    expect(found, String(at)).toEqual([at]);
    expect(ok).toBe(true);
    expect(since.length).toBeGreaterThan(3);
  }
});

it("reads once, and goes, where that was all", async () => {
  const all = [...CHATTER, comment(50, { body: "/canary pause", author: "bob" })];
  expect(await heard(all, 1000)).toMatchObject({ heard: [50], since: [expect.any(Number)] });
});

it("one person's flood takes five turns a reading, keeps nobody waiting, and none of it is lost meanwhile", async () => {
  const flood = Array.from({ length: 12 }, (_, id) =>
    comment(id, { author: "mallory", body: "/canary status" }),
  );
  const all = [...flood, comment(20, { body: "/canary rollback" }), ...CHATTER.slice(21)];
  const { heard: found } = await heard(all, 13);
  expect(found.slice(0, 6)).toEqual([0, 1, 2, 3, 4, 20]);
  expect(found.slice(6)).toEqual([5, 6, 7, 8, 9, 10, 11]);
});

it("hears again what could not be passed on, though it reads on, and nothing that was answered", async () => {
  const answer = "It is refused.\n\n<!-- sluice:reply 3 -->";
  const all = CHATTER.map((one) =>
    one.id === 3 || one.id === 5
      ? { ...one, body: "/canary pause" }
      : one.id === 4
        ? { ...one, author: "sluice[bot]", authorIsBot: true, body: answer }
        : one,
  );
  expect((await heard(all, 15, [5])).heard).toEqual([5]);
});
