import type { Octokit } from "@octokit/rest";
import { describe, expect, it } from "vitest";
import type { Directory, Installed } from "../../src/adapters/github/directory.ts";
import { examineApp } from "../../src/entry/doctor/app.ts";
import type { Finding } from "../../src/entry/doctor/finding.ts";
import { examineWebhook } from "../../src/entry/doctor/webhook.ts";
import { readAppFile } from "../../src/entry/setup/manifest.ts";

/** States of GitHub that the local one cannot be put into: what it answers is told instead. */

const { default_permissions: permissions, default_events: events } = readAppFile().manifest;
const URL_OF_IT = "https://github.com/organizations/acme/settings/installations/1";
const acme: Installed = { id: 1, account: "acme", suspended: false, url: URL_OF_IT, permissions, events };

async function app(changes: { readonly skew?: number | null; readonly installed?: readonly Installed[] }) {
  const { skew = 0, installed = [acme] } = changes;
  const directory = {
    self: async () => ({ login: "sluice[bot]", permissions, events, skew }),
    installed: async () => installed,
  } as unknown as Directory;
  return examineApp(directory, "https://api.github.com");
}

const worse = (findings: readonly Finding[]) =>
  findings.filter(({ status }) => status !== "ok").map(({ status, what, fix }) => [status, what, fix]);

describe("of the App, doctor", () => {
  it("finds nothing wrong where nothing is", async () => {
    const { findings, installations } = await app({});
    expect(worse(findings)).toEqual([]);
    expect(installations).toEqual([acme]);
  });

  it.each([
    [-600_000, "This machine's clock is 600 s ahead of GitHub's: nothing measured counts as good news."],
    [600_000, "This machine's clock is 600 s behind GitHub's: nothing measured counts as good news."],
  ])("tells of a clock off by %d ms", async (skew, what) => {
    expect(worse((await app({ skew })).findings)).toEqual([["problem", what, "Set it right, by NTP."]]);
  });

  it("tells where GitHub says no time", async () => {
    expect(worse((await app({ skew: null })).findings)).toEqual([
      ["warning", "GitHub's answer has no time in it.", "Check this machine's clock by hand."],
    ]);
  });

  it("looks into no suspended installation, and tells of it", async () => {
    const { findings, installations } = await app({ installed: [{ ...acme, suspended: true }] });
    expect(worse(findings)).toEqual([
      ["warning", "Its installation in acme is suspended.", `Unsuspend it: ${URL_OF_IT}`],
    ]);
    expect(installations).toEqual([]);
  });

  it("tells of an App that is installed nowhere", async () => {
    expect(worse((await app({ installed: [] })).findings)[0]?.[1]).toBe("It is installed nowhere.");
  });
});

const PATH = "/api/github/webhooks";
const HOOK = {
  url: `https://sluice.acme.dev${PATH}`,
  content_type: "json",
  insecure_ssl: "0",
  secret: "********",
};
const attempt = (status_code: number, minute: number) => ({
  event: "push",
  status_code,
  status: status_code === 0 ? "failed to connect to host" : "OK",
  delivered_at: `2026-01-01T00:0${minute}:00Z`,
});
const ARRIVED = [attempt(202, 1)];

async function webhook(hook: object, deliveries: readonly object[] = ARRIVED) {
  const apps = {
    getWebhookConfigForApp: async () => ({ data: { ...HOOK, ...hook } }),
    listWebhookDeliveries: async () => ({ data: deliveries }),
  };
  return examineWebhook({ rest: { apps } } as unknown as Octokit, PATH);
}

describe("of the webhook, doctor", () => {
  it("finds nothing wrong where nothing is", async () => {
    expect(worse(await webhook({}))).toEqual([]);
  });

  it.each([
    ["no address", { url: undefined }, "problem", /has no webhook address.* by timers alone/],
    ["the example's address", { url: `https://sluice.example.com${PATH}` }, "problem", /still the example's/],
    [
      "another path",
      { url: "https://sluice.acme.dev/hooks" },
      "warning",
      /^Its path is \/hooks, and the server listens on \/api\/github\/webhooks\.$/,
    ],
    ["a form", { content_type: "form" }, "problem", /^It is sent as form\.$/],
    ["no secret", { secret: undefined }, "problem", /^It has no secret\.$/],
    ["an unverified certificate", { insecure_ssl: "1" }, "warning", /does not verify its certificate/],
    ["an unverified certificate as a number", { insecure_ssl: 1 }, "warning", /does not verify/],
  ])("tells of %s, and of nothing else", async (_, hook, status, words) => {
    const found = worse(await webhook(hook));
    expect(found).toEqual([[status, expect.stringMatching(words), expect.stringMatching(/.{10}/)]]);
  });

  it.each([
    ["nothing sent yet", [], "warning", "GitHub has sent nothing in the last days."],
    [
      "the newest lost",
      [attempt(0, 2), ...ARRIVED],
      "problem",
      "1 of the last 2 attempts to deliver failed, the last at 2026-01-01T00:02:00.000Z: failed to connect to host.",
    ],
    [
      "one lost before newer ones arrived",
      [attempt(202, 3), attempt(503, 2), ...ARRIVED],
      "warning",
      "1 of the last 3 attempts to deliver failed, the last at 2026-01-01T00:02:00.000Z: it was answered with 503. Newer ones arrived.",
    ],
  ])("tells of deliveries: %s", async (_, deliveries, status, what) => {
    expect(worse(await webhook({}, deliveries))).toEqual([[status, what, expect.stringMatching(/.{10}/)]]);
  });
});
