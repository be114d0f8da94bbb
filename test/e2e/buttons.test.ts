import { afterAll, beforeAll, expect, it } from "vitest";
import { until } from "../../dev/demo/watch.ts";
import { type GitHub, startGitHub } from "../../dev/github/server.ts";
import { type ServerProcess, spawnServer, variablesFor } from "./server.ts";
import { configuration, Shop, shopFiles } from "./shop.ts";

let github: GitHub;
let server: ServerProcess;
let shop: Shop;

beforeAll(async () => {
  github = await startGitHub({ validate: true });
  shop = await Shop.create(github, "buttons", shopFiles(configuration()));
  server = spawnServer(variablesFor(github));
  github.setWebhook(await server.listening);
});

afterAll(async () => {
  server.child.kill("SIGTERM");
  await server.ended;
  await github.close();
});

it("a button pressed on the pull request reaches the server and stops the release, pressed by whoever may write", async () => {
  await shop.adopted();
  const pull = await shop.ship("2.0.0");
  const { head } = await shop.alice.pull(pull);
  const shown = (name: string) =>
    until(`The button ${name}`, async () => {
      for (const run of shop.repository.checkRuns.values()) {
        const action = run.actions.find(({ identifier }) => String(identifier).startsWith(`${name}:`));
        const ours = run.sha === head.sha && run.name === "sluice" && run.conclusion === "neutral";
        if (ours && action) return { run: run.id, identifier: String(action["identifier"]) };
      }
      return null;
    });
  const pause = await shown("pause");
  github.setPermission(shop.repository, "mallory", "read");
  github.click(shop.repository, pause.run, pause.identifier, "mallory");
  github.click(shop.repository, pause.run, pause.identifier, "alice");
  const paused = await until("The pause", async () => {
    const state = await shop.state();
    return state?.release?.hold?.reason === "paused" ? state : null;
  });
  expect(paused.handled).toMatchObject([{ outcome: "done", by: "alice" }]);
  await shown("resume");
  expect(github.violations).toEqual([]);
});
