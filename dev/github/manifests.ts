import { randomBytes } from "node:crypto";
import { z } from "zod";
import { HttpError, notFound } from "./errors.ts";
import { appJson } from "./json/app.ts";
import type { JsonObject } from "./model.ts";
import type { World } from "./world.ts";

/** What GitHub takes a manifest to be: https://docs.github.com/apps/sharing-github-apps/registering-a-github-app-from-a-manifest */
const manifest = z.strictObject({
  name: z.string().min(1).max(34),
  url: z.url(),
  hook_attributes: z.strictObject({ url: z.url(), active: z.boolean().optional() }).optional(),
  redirect_url: z.url().optional(),
  callback_urls: z.array(z.url()).max(10).optional(),
  setup_url: z.url().optional(),
  description: z.string().optional(),
  public: z.boolean().optional(),
  default_events: z.array(z.string()).optional(),
  default_permissions: z.record(z.string(), z.enum(["read", "write", "admin"])).optional(),
  request_oauth_on_install: z.boolean().optional(),
  setup_on_update: z.boolean().optional(),
});

type Manifest = z.infer<typeof manifest>;
interface Page {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/** The web page that takes a manifest, whose visitor always says yes, and the codes that it gave. */
export class Manifests {
  readonly #codes = new Map<string, Manifest>();
  /** What was registered, oldest first. */
  readonly registered: Manifest[] = [];

  /** null for what is no such page. */
  page(world: World, method: string, url: string, body: string): Page | null {
    const { pathname, searchParams } = new URL(url, world.url);
    if (method !== "POST" || !/^(\/organizations\/[\w-]+)?\/settings\/apps\/new$/.test(pathname)) return null;
    const given = new URLSearchParams(body).get("manifest") ?? "";
    const read = manifest.safeParse(JSON.parse(given || "null"));
    if (!read.success || read.data.redirect_url === undefined) {
      const why = read.success ? "redirect_url is missing" : z.prettifyError(read.error);
      return { status: 422, headers: { "content-type": "text/plain" }, text: `Invalid manifest: ${why}` };
    }
    const code = randomBytes(20).toString("hex");
    this.#codes.set(code, read.data);
    const back = new URL(read.data.redirect_url);
    back.searchParams.set("code", code);
    back.searchParams.set("state", searchParams.get("state") ?? "");
    return { status: 302, headers: { location: back.href }, text: "" };
  }

  /** The App behind a code, once, with all that is secret of it. From here on its webhooks go where it said. */
  convert(world: World, code: string): JsonObject {
    const found = this.#codes.get(code);
    if (found === undefined) throw notFound();
    this.#codes.delete(code);
    if (!found.hook_attributes) throw new HttpError(422, "An App without a webhook hears nothing");
    this.registered.push(found);
    world.webhooks.setUrl(found.hook_attributes.url);
    const { clientId, privateKey, webhookSecret } = world.app;
    return {
      ...appJson(world),
      client_id: clientId,
      client_secret: "0".repeat(40),
      webhook_secret: webhookSecret,
      pem: privateKey,
    };
  }
}
