import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { HOOK_SUFFIXES } from "../../src/adapters/hooks/configured.ts";
import { CLUSTER_SUFFIXES } from "../../src/adapters/kubernetes/clusters.ts";
import { CHANNEL_SUFFIXES } from "../../src/adapters/notify/channels.ts";
import { groupsOf } from "../../src/adapters/operator.ts";
import { PAGE_SUFFIXES } from "../../src/adapters/pages.ts";
import { SOURCE_SUFFIXES } from "../../src/adapters/prometheus/sources.ts";
import { readEnvironment } from "../../src/entry/environment.ts";
import { EVENTS } from "../../src/entry/happenings.ts";

const manifest = z
  .strictObject({
    name: z.string(),
    url: z.url(),
    description: z.string(),
    public: z.literal(false),
    hook_attributes: z.strictObject({ url: z.url(), active: z.literal(true) }),
    default_permissions: z.record(z.string(), z.enum(["read", "write"])),
    default_events: z.array(z.string()),
  })
  .parse(parse(readFileSync("app.yml", "utf8")));

/** What the App listens to, without the actions. */
const registered = [...new Set(EVENTS.map((name) => name.split(".", 1)[0] ?? ""))];

describe("app.yml", () => {
  it("subscribes to the events the App handles, and to no other", () => {
    expect(manifest.default_events.toSorted()).toEqual(registered.toSorted());
  });

  it("delivers to the path the server listens on by default", () => {
    const variables = { APP_ID: "1", PRIVATE_KEY_KMS: "alias/sluice", WEBHOOK_SECRET: "a secret" };
    const read = readEnvironment(variables);
    expect(new URL(manifest.hook_attributes.url).pathname).toBe(read.ok && read.environment.webhookPath);
  });

  it("every permission is explained to the operator", () => {
    const page = readFileSync("docs/operating.md", "utf8");
    for (const [name, level] of Object.entries(manifest.default_permissions)) {
      expect(page).toContain(`| \`${name}\` | ${level} |`);
    }
    for (const event of manifest.default_events) expect(page).toContain(`| \`${event}\` |`);
  });
});

describe(".env.example", () => {
  const example = readFileSync(".env.example", "utf8");
  const variables = new Map(
    [...example.matchAll(/^#?([A-Z][A-Z0-9_]*)=(.*)$/gm)].map(([, name = "", value = ""]) => [name, value]),
  );

  it("names every variable that is read by its own name", () => {
    const read = new Set<string>(["LOG_LEVEL"]);
    readEnvironment(
      new Proxy<Record<string, string>>(
        {},
        {
          get(_, name) {
            if (typeof name === "string") read.add(name);
            return undefined;
          },
        },
      ),
    );
    for (const name of read) expect([...variables.keys()]).toContain(name);
    const page = readFileSync("docs/operating.md", "utf8");
    for (const name of read) expect(page).toContain(`\`${name}\``);
  });

  it.each<[string, readonly string[]]>([
    ["PROMETHEUS", SOURCE_SUFFIXES],
    ["CLUSTER", CLUSTER_SUFFIXES],
    ["PAGE", PAGE_SUFFIXES],
    ["NOTIFY", CHANNEL_SUFFIXES],
    ["GATE", HOOK_SUFFIXES],
  ])("names every setting of %s that is read", (first, suffixes) => {
    const groups = [...groupsOf(Object.fromEntries(variables), first, suffixes).values()];
    const named = new Set(groups.flatMap((settings) => [...settings.keys()]));
    expect([...named].toSorted()).toEqual(suffixes.toSorted());
  });

  it("filled in as it says, it is accepted: two metrics sources, one with a bearer token, one with a tenant", () => {
    const read = readEnvironment({
      ...Object.fromEntries(variables),
      APP_ID: "1",
      WEBHOOK_SECRET: "a secret",
      PROMETHEUS_URL: "https://prometheus.example.com",
      PROMETHEUS_BEARER_TOKEN_FILE: "",
      PROMETHEUS_GOOGLE_AUTH: "",
      PROMETHEUS_USERNAME: "",
      PROMETHEUS_PASSWORD: "",
      PROMETHEUS_SIGV4_REGION: "",
    });
    expect(read).toMatchObject({
      ok: true,
      environment: { port: 3000, lookEvery: 15_000, readEvery: 60_000 },
    });
    if (!read.ok) return;
    const { sources } = read.environment;
    expect([...sources.keys()]).toEqual(["production", "eu-west"]);
    expect(sources.get("production")?.auth.kind).toBe("bearer");
    expect(sources.get("eu-west")?.headers).toEqual({ "X-Scope-OrgID": "shop", "X-Team": "shop" });
  });

  it("starts nothing before it is filled in", () => {
    const plain = [...example.matchAll(/^([A-Z][A-Z0-9_]*)=(.*)$/gm)].map(([, name = "", value = ""]) => [
      name,
      value,
    ]);
    expect(readEnvironment(Object.fromEntries(plain)).ok).toBe(false);
  });
});
