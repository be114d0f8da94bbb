import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Shop, startWorld, type World } from "./release-world.ts";

/** What makes releases wait, and what people hear meanwhile, with the server that production runs. */

type Name = "frozen" | "planned" | "scheduled" | "forgotten" | "asking";

const GENTLE = { perSecond: 40 };

interface Event {
  readonly type: string;
  readonly source: string;
  readonly subject: string;
  readonly data: { readonly severity: string; readonly why: string };
}

let world: World<Name>;
let channel: Server;
const told: Event[] = [];
beforeAll(async () => {
  channel = createServer(async (request, response) => {
    told.push(JSON.parse(await text(request)));
    response.writeHead(204).end();
  });
  await new Promise<void>((resolve) => channel.listen(0, "127.0.0.1", resolve));
  const { port } = channel.address() as AddressInfo;
  world = await startWorld<Name>(
    {
      frozen: GENTLE,
      planned: { ...GENTLE, rollout: { on: "command" } },
      scheduled: { ...GENTLE, rollout: { on: { schedule: "* * * * *", zone: "Europe/Berlin" } } },
      forgotten: { ...GENTLE, rollout: { holds: { remind: "2s" } } },
      asking: GENTLE,
    },
    {
      NOTIFY_URL: `http://127.0.0.1:${port}/told`,
      NOTIFY_KIND: "cloudevents",
      NOTIFY_SEVERITY: "info",
      NOTIFY_REPOSITORIES: "acme-forgotten/*",
    },
  );
});
afterAll(async () => {
  await world.stop();
  channel.closeAllConnections();
  channel.close();
});

/** Time in which the bot looks several times and would have acted. */
const someLooks = () => sleep(1500);

async function said(shop: Shop, pull: number, words: string | RegExp): Promise<string> {
  return shop.until(`a comment that says ${words}`, async () => {
    const bodies = (await shop.alice.comments(pull)).map(({ body }) => body ?? "");
    return bodies.find((body) => (typeof words === "string" ? body.includes(words) : words.test(body)));
  });
}

/** The next full minute that is at least so far away, as a command takes it. */
function minuteAfter(ms: number): { readonly at: number; readonly typed: string } {
  const at = Math.ceil((Date.now() + ms) / 60_000) * 60_000;
  return { at, typed: new Date(at).toISOString().slice(0, 16) };
}

describe.concurrent("what waits", () => {
  it("for the end of a freeze goes no further up, is rolled back all the same, and starts nothing new", () =>
    world.tell("frozen", async (shop) => {
      const pull = await shop.ship("2.0.0");
      await shop.weightIs(50);
      expect(await shop.command(shop.alice, pull, '/canary freeze "database migration"')).toBe("rocket");
      await shop.held("freeze");
      await shop.comment(pull, "database migration");
      await someLooks();
      expect(await shop.weight()).toBe(50);
      expect(await shop.command(shop.alice, pull, "/canary rollback")).toBe("rocket");
      expect((await shop.ended(1)).ending).toBe("rolled-back");
      const second = await shop.ship("3.0.0");
      await someLooks();
      expect((await shop.state())?.release).toBeNull();
      expect(await shop.command(shop.alice, second, "/canary checkout unfreeze")).toBe("rocket");
      expect((await shop.ended(2)).ending).toBe("promoted");
    }));

  it("for a planned time begins then, and not for whoever took it back", () =>
    world.tell("planned", async (shop) => {
      const pull = await shop.ship("2.0.0");
      await shop.adopted();
      const never = minuteAfter(3_600_000);
      expect(await shop.command(shop.alice, pull, `/canary checkout start at ${never.typed}`)).toBe("rocket");
      await said(shop, pull, `starts at ${never.typed.replace("T", " ")} UTC`);
      expect(await shop.command(shop.alice, pull, "/canary checkout cancel")).toBe("rocket");
      expect((await shop.state())?.planned).toBeNull();
      const soon = minuteAfter(5_000);
      expect(await shop.command(shop.alice, pull, `/canary checkout start at ${soon.typed}`)).toBe("rocket");
      const release = await shop.ended(1);
      expect(release.ending).toBe("promoted");
      expect(release.startedAt).toBeGreaterThanOrEqual(soon.at);
      expect(release.cause).toMatchObject({ kind: "command", actor: "alice" });
    }));

  it("for a schedule begins at its next time, which the plan names", () =>
    world.tell("scheduled", async (shop) => {
      const pull = await shop.propose("2.0.0");
      const { head } = await shop.alice.pull(pull);
      const { summary } = await shop.check(head.sha, "sluice", ({ conclusion }) => conclusion === "success");
      expect(summary).toMatch(/\* \* \* \* \* Europe\/Berlin/);
      await shop.alice.merge(pull);
      const merged = Date.now();
      const release = await shop.ended(1);
      expect(release).toMatchObject({ ending: "promoted", cause: { kind: "schedule" } });
      expect(release.startedAt).toBeGreaterThanOrEqual(Math.ceil(merged / 60_000) * 60_000);
    }));

  it("for somebody who forgot it says so again, on the pull request and where people are told", () =>
    world.tell("forgotten", async (shop) => {
      const pull = await shop.ship("2.0.0");
      await shop.weightIs(50);
      expect(await shop.command(shop.alice, pull, "/canary pause")).toBe("rocket");
      const first = await said(shop, pull, "<!-- sluice:reminder checkout#1 ");
      expect(first).toMatch(/^@alice `checkout#1` · 50 % · paused/);
      expect(first).toContain("`/canary resume`");
      const reminders = async () =>
        (await shop.alice.comments(pull)).filter(({ body }) => body?.includes("<!-- sluice:reminder"));
      await shop.until("the second", async () => (await reminders()).length === 2);
      expect(await shop.command(shop.alice, pull, "/canary resume")).toBe("rocket");
      expect((await shop.ended(1)).ending).toBe("promoted");
      // Whoever was not slow hears the third after eight seconds, but not of what is over.
      const times = (await reminders()).length;
      await someLooks();
      expect(await reminders()).toHaveLength(times);
      await shop.until("the last word", async () => told.some(({ type }) => type.endsWith(".promoted")));
      const kinds = told.map(({ type }) => type.replace("sluice.release.", ""));
      expect(kinds.filter((kind) => kind === "reminder")).toHaveLength(times);
      expect(kinds.filter((kind) => kind !== "reminder")).toEqual([
        "started",
        "weight",
        "weight",
        "promoted",
      ]);
      const again = told.find(({ type }) => type.endsWith(".reminder"));
      expect(again).toMatchObject({
        source: expect.stringMatching(/\/acme-forgotten\/shop$/),
        subject: "checkout#1",
        data: { severity: "warning", why: expect.stringContaining("Paused by alice") },
      });
    }));

  it("answers whoever asks on an open pull request, and says what was not understood", () =>
    world.tell("asking", async (shop) => {
      const pull = await shop.propose("2.0.0");
      expect(await shop.command(shop.alice, pull, "/canary plan")).toBe("rocket");
      await said(shop, pull, /50 %[\s\S]*100 %/);
      expect(await shop.command(shop.alice, pull, "/canary status")).toBe("rocket");
      await said(shop, pull, "`checkout` · idle");
      expect(await shop.command(shop.alice, pull, "/canary help")).toBe("rocket");
      await said(shop, pull, "`/canary freeze [until TIME]");
      expect(await shop.command(shop.alice, pull, "/canary promot")).toBe("-1");
      await said(shop, pull, /`promote`/);
      expect(await shop.command(shop.alice, pull, "/canary pause\n/canary rollback")).toBe("-1");
      await said(shop, pull, "One comment holds one command");
      expect(await shop.command(shop.alice, pull, "/canary checkout promote")).toBe("-1");
      expect((await shop.state())?.release).toBeNull();
    }));
});
