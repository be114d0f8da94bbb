import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { type LocalKms, startKms } from "../../../dev/aws/kms.ts";
import { ANYBODY } from "../../../dev/aws/queue.ts";
import { type GitHub, startGitHub } from "../../../dev/github/server.ts";
import { type RunningBot, startBot } from "../../../dev/stage/bot.ts";
import { kmsJwt } from "../../../src/adapters/aws/kms.ts";
import { createClients } from "../../../src/adapters/github/client.ts";
import { createDirectory } from "../../../src/adapters/github/directory.ts";
import { configuration, Shop, shopFiles } from "../../e2e/shop.ts";

const KEY = "alias/sluice";
const log = { debug: () => {}, warn: () => {} };

let github: GitHub;
let kms: LocalKms;
let bot: RunningBot | null = null;
beforeAll(async () => {
  github = await startGitHub({ validate: true });
  kms = await startKms(KEY, github.app.privateKey);
  for (const [name, value] of Object.entries(ANYBODY)) vi.stubEnv(name, value);
  vi.stubEnv("AWS_ENDPOINT_URL_KMS", kms.endpoint);
});
afterEach(async () => {
  await bot?.stop();
  bot = null;
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await kms.stop();
  await github.close();
});

describe("an App whose key never leaves KMS", () => {
  it("is known to GitHub, and KMS is asked once for many requests", async () => {
    const before = kms.signed();
    const { appId } = github.app;
    const clients = createClients({ appId, createJwt: kmsJwt(KEY), baseUrl: github.url, log });
    const directory = createDirectory(clients);
    expect((await directory.self()).login).toBe("sluice[bot]");
    expect(await directory.installations()).toEqual([]);
    await directory.self();
    expect(kms.signed() - before).toBe(1);
  });

  it("signs anew before a token is over", async () => {
    const before = kms.signed();
    let now = Date.now();
    const jwt = kmsJwt(KEY, () => now);
    const first = await jwt(7);
    now += 480_000;
    expect(await jwt(7)).toEqual(first);
    now += 60_000;
    expect((await jwt(7)).jwt).not.toBe(first.jwt);
    expect(kms.signed() - before).toBe(2);
  });

  it("runs a whole server: without the key in its environment a version that is merged is released", async () => {
    const shop = await Shop.create(github, "acme", shopFiles(configuration()));
    const env = {
      ...ANYBODY,
      AWS_ENDPOINT_URL_KMS: kms.endpoint,
      PRIVATE_KEY: "",
      PRIVATE_KEY_KMS: KEY,
      PROMETHEUS_URL: "http://127.0.0.1:9",
      LOOK_SECONDS: "0.3",
      READ_SECONDS: "1",
      WRITE_SECONDS: "0",
    };
    bot = await startBot({ github, prometheus: null, env });
    github.setWebhook(bot.url);
    await shop.adopted();
    await shop.ship("2.0.0");
    await shop.weightIs(10);
    expect(github.violations).toEqual([]);
  });

  it("says what is missing where KMS refuses, and quotes neither role nor account", async () => {
    await expect(kmsJwt("alias/other")(7)).rejects.toThrow(
      "KMS does not sign with the key of PRIVATE_KEY_KMS (NotFoundException): it must be an RSA key for SIGN_VERIFY, with kms:Sign allowed.",
    );
  });
});
