import type { Octokit } from "@octokit/rest";
import { called } from "./directory.ts";

/** A webhook of which no attempt succeeded. */
interface Undelivered {
  /** Of its newest attempt. */
  readonly id: number;
  /** The same for all attempts. */
  readonly guid: string;
  /** As in `X-GitHub-Event`. */
  readonly event: string;
  /** GitHub was asked once to send it again. */
  readonly repeated: boolean;
}

/** One attempt to deliver something. */
export interface Attempt {
  readonly event: string;
  /** The answer's; 0 where there was none. */
  readonly status: number;
  /** GitHub's own word for how it went. */
  readonly words: string;
  /** Epoch ms. */
  readonly at: number;
}

/** GitHub's log of what it sent the App. Failures are ForgeErrors. */
export interface DeliveryLog {
  /** What failed since `since`, epoch ms. `whole` is false where there was more to read than `PAGES`. */
  undelivered(since: number): Promise<{ readonly found: readonly Undelivered[]; readonly whole: boolean }>;
  /** The newest attempts, at most 100, newest first. */
  recent(): Promise<readonly Attempt[]>;
  repeat(id: number): Promise<void>;
  /** What was sent. */
  sent(id: number): Promise<{ readonly event: string; readonly payload: unknown }>;
}

/** Of a hundred each. */
const PAGES = 20;

/** `asApp`: signed as the App itself. */
export function createDeliveryLog(asApp: Octokit): DeliveryLog {
  const { apps } = asApp.rest;
  return {
    async undelivered(since) {
      const attempts = new Map<string, Undelivered>();
      const delivered = new Set<string>();
      let pages = 0;
      const whole = await called(async () => {
        const log = asApp.paginate.iterator(apps.listWebhookDeliveries, { per_page: 100 });
        for await (const { data } of log) {
          for (const { id, guid, event, redelivery, status_code: status, delivered_at: at } of data) {
            if (Date.parse(at) < since) return true;
            if (status >= 200 && status < 300) delivered.add(guid);
            const newest = attempts.get(guid);
            attempts.set(guid, {
              id: newest?.id ?? id,
              guid,
              event,
              repeated: redelivery || newest?.repeated === true,
            });
          }
          pages += 1;
          if (pages === PAGES) return false;
        }
        return true;
      });
      return { found: [...attempts.values()].filter(({ guid }) => !delivered.has(guid)), whole };
    },

    async recent() {
      const { data } = await called(() => apps.listWebhookDeliveries({ per_page: 100 }));
      return data.map(({ event, status_code: status, status: words, delivered_at: at }) => ({
        event,
        status,
        words,
        at: Date.parse(at),
      }));
    },

    async repeat(id) {
      await called(() => apps.redeliverWebhookDelivery({ delivery_id: id }));
    },

    async sent(id) {
      const { data } = await called(() => apps.getWebhookDelivery({ delivery_id: id }));
      return { event: data.event, payload: data.request.payload };
    },
  };
}

/** Where GitHub sends deliveries, and how. */
export interface HookConfig {
  /** null: nowhere. */
  readonly url: string | null;
  readonly contentType: string;
  /** Whether GitHub checks the certificate. */
  readonly verified: boolean;
  readonly signed: boolean;
}

/** As the App is registered. Failures are ForgeErrors. */
export async function readHook(asApp: Octokit): Promise<HookConfig> {
  const { data } = await called(() => asApp.rest.apps.getWebhookConfigForApp());
  return {
    url: data.url ?? null,
    contentType: data.content_type ?? "form",
    verified: String(data.insecure_ssl ?? "0") === "0",
    signed: Boolean(data.secret),
  };
}
