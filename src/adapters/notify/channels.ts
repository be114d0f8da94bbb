import type { Told } from "../../ports/notifier.ts";
import { SEVERITIES, type Severity } from "../../release/notices.ts";
import { type Environment, groupsOf, nameOf, repositoriesIn } from "../operator.ts";
import { cloudEvent } from "./cloudevents.ts";
import { slackMessage } from "./slack.ts";

/** One POST. */
export interface Message {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Another way to tell people is one file and one row here. */
export const CHANNELS = { slack: slackMessage, cloudevents: cloudEvent } as const satisfies Record<
  string,
  (told: Told, secret: string | null, now: number) => Message
>;
type ChannelKind = keyof typeof CHANNELS;

/** Where the operator wants to be told, and of what. */
export interface ChannelConfig {
  readonly url: string;
  readonly kind: ChannelKind;
  /** Signs what is sent, where the kind can; null: nothing is signed. */
  readonly secret: string | null;
  /** The least that is told. */
  readonly severity: Severity;
  /** `owner/name` or `owner/*`, in lower case; absent: all. */
  readonly repositories?: readonly string[];
  /** Names of rollouts, or their beginnings with `*`; absent: all. */
  readonly rollouts?: readonly string[];
}

/** What the names of its variables end with. */
export const CHANNEL_SUFFIXES = [
  "URL",
  "KIND",
  "NAME",
  "SECRET",
  "SEVERITY",
  "REPOSITORIES",
  "ROLLOUTS",
] as const;
type Suffix = (typeof CHANNEL_SUFFIXES)[number];

/**
 * Reads channels from environment-like variables. The first is `NOTIFY_URL`, more are `NOTIFY_<KEY>_URL`; with the
 * prefix P = `NOTIFY` or `NOTIFY_<KEY>`:
 *
 * | variable | meaning |
 * |---|---|
 * | `P_URL` | where to POST: the incoming webhook of Slack, or whatever takes CloudEvents; it is a secret |
 * | `P_KIND` | `slack` or `cloudevents` |
 * | `P_NAME` | what the log calls it; default `production` for the first, else KEY in lower case |
 * | `P_SECRET` | with `cloudevents`: signs each message as Standard Webhooks do |
 * | `P_SEVERITY` | the least that is told: `info`, `warning` (default) or `critical` |
 * | `P_REPOSITORIES` | of which repositories, as `owner/name,owner/*`; all when absent |
 * | `P_ROLLOUTS` | of which rollouts, as `checkout,pay*`; all when absent |
 */
export function parseChannels(env: Environment): {
  readonly channels: ReadonlyMap<string, ChannelConfig>;
  /** Clear sentences that name the variable; never its value. */
  readonly problems: readonly string[];
} {
  const channels = new Map<string, ChannelConfig>();
  const problems: string[] = [];
  for (const [prefix, settings] of groupsOf(env, "NOTIFY", CHANNEL_SUFFIXES)) {
    const name = settings.get("NAME") ?? nameOf("NOTIFY", prefix);
    const channel = parseChannel(prefix, settings);
    if (typeof channel === "string") problems.push(channel);
    else if (channels.has(name))
      problems.push(
        `Two notification channels are called "${name}": give one of them another ${prefix}_NAME.`,
      );
    else channels.set(name, channel);
  }
  return { channels, problems };
}

function parseChannel(prefix: string, settings: ReadonlyMap<Suffix, string>): ChannelConfig | string {
  const given = settings.get("URL");
  if (!given) return `${prefix}_${[...settings.keys()][0]} is set but ${prefix}_URL is not: set both.`;
  const url = URL.parse(given);
  if (!url || !["http:", "https:"].includes(url.protocol))
    return `${prefix}_URL is not an http or https address.`;
  if (url.username || url.password)
    return `${prefix}_URL carries credentials in front of the host: leave them out.`;
  const kind = Object.keys(CHANNELS).find((known): known is ChannelKind => known === settings.get("KIND"));
  if (kind === undefined) return `${prefix}_KIND is not one of ${Object.keys(CHANNELS).join(", ")}.`;
  const secret = settings.get("SECRET") ?? null;
  if (secret !== null && kind !== "cloudevents")
    return `${prefix}_SECRET is set, but only \`cloudevents\` signs what it sends: take one of them back.`;
  const least = settings.get("SEVERITY") ?? "warning";
  const severity = SEVERITIES.find((known) => known === least);
  if (severity === undefined) return `${prefix}_SEVERITY is not one of ${SEVERITIES.join(", ")}.`;
  const listed = settings.get("REPOSITORIES");
  const repositories = listed === undefined ? undefined : repositoriesIn(listed);
  if (repositories === null) return `${prefix}_REPOSITORIES is not a list of owner/name or owner/*.`;
  const rollouts = settings
    .get("ROLLOUTS")
    ?.split(",")
    .map((one) => one.trim());
  if (rollouts?.some((one) => !/^(?:[a-z0-9-]+\*?|\*)$/.test(one)))
    return `${prefix}_ROLLOUTS is not a list of rollouts, such as checkout,pay*.`;
  return {
    url: url.href,
    kind,
    secret,
    severity,
    ...(repositories && { repositories }),
    ...(rollouts && { rollouts }),
  };
}

/** Whether a channel is told of it; its repository has been looked at already. */
export function wants({ severity, rollouts }: ChannelConfig, told: Told): boolean {
  const enough = SEVERITIES.indexOf(told.severity) >= SEVERITIES.indexOf(severity);
  const named =
    rollouts === undefined ||
    rollouts.some((one) =>
      one.endsWith("*") ? told.rollout.startsWith(one.slice(0, -1)) : one === told.rollout,
    );
  return enough && named;
}
