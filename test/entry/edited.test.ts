import { Probot } from "probot";
import { expect, it, vi } from "vitest";
import { InProcessScheduler } from "../../src/adapters/in-process/scheduler.ts";
import { sluice } from "../../src/entry/app.ts";
import { receive } from "../../src/entry/webhook.ts";
import { Bot } from "../../src/reconcile/bot.ts";
import { deliveryHeaders, signature } from "../e2e/server.ts";

it("An edited pull request is checked again when its base changed, not for its title or text", async () => {
  const bot = new Bot({
    portsFor: () => Promise.reject(new Error("nothing is read here")),
    scheduler: new InProcessScheduler(() => Promise.resolve()),
  });
  const checked = vi.spyOn(bot, "pullChanged").mockResolvedValue();
  const probot = new Probot({ appId: 1, privateKey: "none", secret: "secret", logLevel: "fatal" });
  await probot.load(sluice(bot, { self: "sluice[bot]", run: (work) => void work() }));

  async function edit(changes: object): Promise<number> {
    const body = JSON.stringify({
      action: "edited",
      changes,
      installation: { id: 1 },
      repository: { id: 2, name: "shop", owner: { login: "acme" } },
      pull_request: { number: 7 },
      sender: { login: "mallory" },
    });
    const headers = deliveryHeaders("pull_request", signature("secret", body));
    expect((await receive(probot, { headers, body })).status).toBe(202);
    return checked.mock.calls.length;
  }

  expect(await edit({ title: { from: "Old" } })).toBe(0);
  expect(await edit({ body: { from: "Old" } })).toBe(0);
  expect(await edit({ base: { ref: { from: "develop" }, sha: { from: "abc" } } })).toBe(1);
});
