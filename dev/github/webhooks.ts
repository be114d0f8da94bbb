import { randomUUID } from "node:crypto";
import { sign } from "./auth.ts";
import { iso, nodeId } from "./json/basics.ts";
import { repositoryJson } from "./json/repository.ts";
import { organizationJson, userJson } from "./json/user.ts";
import type { Account, JsonObject } from "./model.ts";
import type { Repository } from "./repository.ts";
import type { World } from "./world.ts";

export interface Delivery {
  readonly id: number;
  /** `X-GitHub-Delivery`; a redelivery keeps it. */
  readonly guid: string;
  readonly event: string;
  readonly action: string | null;
  readonly payload: JsonObject;
  readonly redelivery: boolean;
  readonly installationId: number | null;
  readonly repositoryId: number | null;
  readonly deliveredAt: number;
  /** Null until answered, and when nobody answered. */
  status: number | null;
  /** What went wrong when nobody answered. */
  error: string | null;
  duration: number;
}

/** Sends what happened, signed, one after another, each once: GitHub does not repeat a failed delivery. */
export class Webhooks {
  readonly deliveries: Delivery[] = [];
  /** Looks at every payload before it is sent. */
  inspect: ((event: string, payload: JsonObject) => void) | null = null;
  readonly #world: World;
  readonly #timeout: number;
  #url: string | null = null;
  #queue: Promise<void> = Promise.resolve();
  readonly #closing = new AbortController();

  constructor(world: World, timeout: number) {
    this.#world = world;
    this.#timeout = timeout;
  }

  /** Where deliveries go; null stops them (what happens then is not delivered later). A new URL is pinged. */
  setUrl(url: string | null): void {
    this.#url = url;
    if (url === null) return;
    const { app } = this.#world;
    const now = iso(this.#world.now());
    this.#send("ping", null, null, {
      zen: "Responsive is better than fast.",
      hook_id: app.appId,
      hook: {
        type: "App",
        id: app.appId,
        name: "web",
        active: true,
        app_id: app.appId,
        events: app.events,
        config: { content_type: "json", insecure_ssl: "0", secret: "********", url },
        created_at: now,
        updated_at: now,
        deliveries_url: `${this.#world.url}/app/hook/deliveries`,
      },
    });
  }

  get url(): string | null {
    return this.#url;
  }

  get active(): boolean {
    return this.#url !== null;
  }

  /** Tells the App that something happened in a repository it is installed on. */
  emit(event: string, repository: Repository, sender: Account, body: JsonObject): void {
    const { url } = this.#world;
    const installation = this.#world.installations.get(repository.owner.login);
    if (installation === undefined) return;
    this.#send(event, repository, installation.id, {
      ...body,
      repository: repositoryJson(url, repository),
      sender: userJson(url, sender),
      ...(repository.owner.type === "Organization"
        ? { organization: organizationJson(url, repository.owner) }
        : {}),
      installation: { id: installation.id, node_id: nodeId("MDIzOkludGVncmF0aW9u", installation.id) },
    });
  }

  redeliver(id: number): Delivery | null {
    const old = this.deliveries.find((delivery) => delivery.id === id);
    if (old === undefined) return null;
    return this.#enqueue({ ...old, id: this.#world.id(), redelivery: true });
  }

  /** Resolves when everything that happened so far has been delivered or has failed. */
  async settled(): Promise<void> {
    let seen: Promise<void> | null = null;
    while (seen !== this.#queue) {
      seen = this.#queue;
      await seen;
    }
  }

  async close(): Promise<void> {
    this.#url = null;
    this.#closing.abort();
    await this.settled();
  }

  #send(
    event: string,
    repository: Repository | null,
    installationId: number | null,
    payload: JsonObject,
  ): void {
    const subscribed = event === "ping" || this.#world.app.events.includes(event);
    if (this.#url === null || !subscribed) return;
    this.#enqueue({
      id: this.#world.id(),
      guid: randomUUID(),
      event,
      action: typeof payload["action"] === "string" ? payload["action"] : null,
      // As the wire would carry it, so that later changes of the world do not reach it.
      payload: JSON.parse(JSON.stringify(payload)),
      redelivery: false,
      installationId,
      repositoryId: repository?.id ?? null,
    });
  }

  #enqueue(facts: Omit<Delivery, "status" | "error" | "duration" | "deliveredAt">): Delivery {
    const now = this.#world.now();
    const delivery: Delivery = { ...facts, deliveredAt: now, status: null, error: null, duration: 0 };
    this.deliveries.push(delivery);
    this.inspect?.(delivery.event, delivery.payload);
    const url = this.#url;
    if (url !== null) this.#queue = this.#queue.then(() => this.#post(url, delivery));
    return delivery;
  }

  async #post(url: string, delivery: Delivery): Promise<void> {
    const body = JSON.stringify(delivery.payload);
    const started = performance.now();
    try {
      const response = await fetch(url, {
        method: "POST",
        body,
        redirect: "manual",
        signal: AbortSignal.any([AbortSignal.timeout(this.#timeout), this.#closing.signal]),
        headers: {
          "content-type": "application/json",
          "user-agent": "GitHub-Hookshot/dev",
          "x-github-delivery": delivery.guid,
          "x-github-event": delivery.event,
          "x-github-hook-id": String(this.#world.app.appId),
          "x-github-hook-installation-target-id": String(this.#world.app.appId),
          "x-github-hook-installation-target-type": "integration",
          "x-hub-signature-256": sign(this.#world.app.webhookSecret, body),
        },
      });
      await response.arrayBuffer();
      delivery.status = response.status;
    } catch (error) {
      delivery.error = error instanceof Error ? error.message : String(error);
    }
    delivery.duration = (performance.now() - started) / 1000;
  }
}
