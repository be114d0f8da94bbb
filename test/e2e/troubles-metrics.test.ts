import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { until } from "../../dev/demo/watch.ts";
import { type GitHub, startGitHub } from "../../dev/github/server.ts";
import { type Stage, startStage } from "../../dev/stage/stage.ts";
import { type ServerProcess, spawnServer, variablesFor } from "./server.ts";
import { CANARY, configuration, MESH, Shop, STABLE, shopFiles } from "./shop.ts";
import { type Switch, startSwitch } from "./switch.ts";

describe("A release begins, takes its first step, and then holds and says why", () => {
  let github: GitHub;
  let server: ServerProcess;

  beforeAll(async () => {
    github = await startGitHub({ validate: true });
    // Nothing listens on port 9.
    server = spawnServer({ ...variablesFor(github), PROMETHEUS_URL: "http://127.0.0.1:9" });
    github.setWebhook(await server.listening);
  });

  afterAll(async () => {
    server.child.kill("SIGTERM");
    await server.ended;
    await github.close();
  });

  it.each([
    ["when the operator configured no source of that name", "staging", /"staging".*production/s],
    ["when Prometheus is down", "production", /metrics source did not answer/],
  ])("%s", async (_, prometheus, reason) => {
    const shop = await Shop.create(github, `metrics-${prometheus}`, shopFiles(configuration({ prometheus })));
    await github.push(shop.repository, "main", { files: {}, message: "Touch" });
    await shop.adopted();
    const pull = await shop.ship("2.0.0");
    await shop.weightIs(10);
    await until("The hold", async () => (await shop.state())?.release?.hold?.reason === "not-live");
    const text = await until("The reason", async () =>
      (await shop.sticky(pull)).find((body) => reason.test(body)),
    );
    expect(text).not.toContain("127.0.0.1:9");
    await sleep(3000);
    expect(await shop.weight()).toBe(10);
    expect(await shop.ours()).toHaveLength(1);
    expect(github.unknown).toEqual([]);
    expect(github.violations).toEqual([]);
  });
});

describe("A Prometheus that goes away in the middle of a release", () => {
  let tap: Switch;
  let stage: Stage;
  let shop: Shop;

  beforeAll(async () => {
    tap = await startSwitch();
    stage = await startStage({
      files: shopFiles(configuration({ steps: [20, 60, 100] })),
      meshFiles: { virtualService: MESH, stable: STABLE, canary: CANARY },
      behaviour: () => ({ errorRate: 0, latencyMs: 2 }),
      perSecond: 80,
      validate: true,
      env: {
        PROMETHEUS_URL: tap.url,
        LOOK_SECONDS: "0.3",
        READ_SECONDS: "1",
        WRITE_SECONDS: "0",
      },
    });
    tap.connect(stage.prometheus.url);
    shop = new Shop(stage.github, stage.repository);
  });

  afterAll(async () => {
    await stage?.stop();
    await tap?.stop();
  });

  it("holds the release where it stands, which goes on to its end once Prometheus is back", async () => {
    await stage.github.push(stage.repository, "main", { files: {}, message: "Touch" });
    await shop.adopted();
    const pull = await shop.ship("2.0.0");
    await shop.weightIs(20);
    tap.turn(false);
    await until("The hold", async () => (await shop.state())?.release?.hold !== null);
    await until("The reason", async () =>
      (await shop.sticky(pull)).some((body) => /did not answer|unavailable/.test(body)),
    );
    const held = await shop.weight();
    await sleep(3000);
    expect(await shop.weight()).toBe(held);
    expect((await shop.state())?.release?.number).toBe(1);

    tap.turn(true);
    await until("The promotion", async () => (await shop.state())?.last?.outcome === "promoted");
    expect(await shop.git.read("main", STABLE)).toContain("checkout:2.0.0");
    expect(await shop.weight()).toBe(0);
    expect(await shop.sticky(pull)).toHaveLength(1);
    expect(stage.github.unknown).toEqual([]);
    expect(stage.github.violations).toEqual([]);
  });
});
