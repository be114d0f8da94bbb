import { setTimeout as sleep } from "node:timers/promises";
import axios, { isAxiosError } from "axios";
import PQueue from "p-queue";
import type { Notifier, Told } from "../../ports/notifier.ts";
import { allowedFor } from "../operator.ts";
import { CHANNELS, type ChannelConfig, wants } from "./channels.ts";

const TIMEOUT_MS = 10_000;
const ATTEMPTS = 4;
const FIRST_BACKOFF_MS = 1_000;
const LONGEST_BACKOFF_MS = 60_000;
/** What waits for one channel; of more, the newest are dropped, and the log says so. */
const BACKLOG = 500;

/** Channels of all repositories; `for` as one of them. */
export interface Notifications {
  readonly for: (repository: string) => Notifier;
  /** Resolves when nothing waits to be told. */
  readonly idle: () => Promise<void>;
  /** Tries nothing a second time any more. */
  readonly stop: () => void;
}

/** Each channel in its own queue, in order: a dead one delays nobody. */
export function createNotifications(
  channels: ReadonlyMap<string, ChannelConfig>,
  log: { warn(message: string): void },
): Notifications {
  const queues = new Map([...channels.keys()].map((name) => [name, new PQueue({ concurrency: 1 })]));
  const stopping = new AbortController();

  function notify(allowed: typeof channels, told: Told): void {
    for (const [name, channel] of allowed) {
      const queue = queues.get(name);
      if (!queue || !wants(channel, told)) continue;
      if (queue.size >= BACKLOG) log.warn(`${name} is not told that ${told.title}: ${BACKLOG} wait already`);
      else
        void queue.add(async () => {
          const failed = await deliver(channel, told, stopping.signal);
          if (failed !== null) log.warn(`${name} could not be told that ${told.title}: ${failed}`);
        });
    }
  }

  return {
    for: (repository) => {
      const allowed = allowedFor(channels, repository);
      return { notify: (told) => notify(allowed, told) };
    },
    idle: async () => {
      await Promise.all([...queues.values()].map((queue) => queue.onIdle()));
    },
    stop: () => stopping.abort(),
  };
}

/** null when it was taken; else why not, without the address, which is a secret. */
async function deliver(channel: ChannelConfig, told: Told, stopping: AbortSignal): Promise<string | null> {
  let failed = "";
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const tried = await post(channel, told);
    if (tried.status === "taken") return null;
    failed = tried.why;
    if (!tried.again || stopping.aborted) break;
    const wait = Math.max(FIRST_BACKOFF_MS * 4 ** attempt, tried.after);
    if (attempt < ATTEMPTS - 1)
      await sleep(Math.min(wait, LONGEST_BACKOFF_MS), undefined, { signal: stopping }).catch(() => undefined);
  }
  return failed;
}

type Tried =
  | { readonly status: "taken" }
  | {
      readonly status: "failed";
      readonly why: string;
      readonly again: boolean /** ms to wait at least */;
      readonly after: number;
    };

async function post({ url, kind, secret }: ChannelConfig, told: Told): Promise<Tried> {
  const { headers, body } = CHANNELS[kind](told, secret, Date.now());
  try {
    const { status, headers: answered } = await axios.post(url, body, {
      headers,
      timeout: TIMEOUT_MS,
      signal: AbortSignal.timeout(TIMEOUT_MS),
      // Elsewhere is not where the operator wanted it.
      maxRedirects: 0,
      maxContentLength: 64 * 1024,
      responseType: "text",
      validateStatus: () => true,
    });
    if (status >= 200 && status < 300) return { status: "taken" };
    const after = 1000 * (Number(answered["retry-after"]) || 0);
    return { status: "failed", why: `HTTP ${status}`, again: status === 429 || status >= 500, after };
  } catch (error) {
    const code = isAxiosError(error) ? (error.code ?? "") : "";
    const why = /^[A-Z_]+$/.test(code) ? code : "the connection failed";
    return { status: "failed", why, again: true, after: 0 };
  }
}
