import type { Told } from "../../ports/notifier.ts";
import { SEVERITIES, type Severity } from "../../release/notices.ts";
import { configuredIn, type Environment, httpAddress, lacking, repositoriesOf } from "../operator.ts";
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
  const { configured, problems } = configuredIn(env, {
    first: "NOTIFY",
    suffixes: CHANNEL_SUFFIXES,
    many: "notification channels",
    read: parseChannel,
  });
  return { channels: configured, problems };
}

function parseChannel(
  prefix: string,
  settings: ReadonlyMap<Suffix, string>,
  problems: string[],
): ChannelConfig {
  const given = settings.get("URL");
  const url = given ? httpAddress(`${prefix}_URL`, given, problems) : null;
  if (!given) problems.push(lacking(prefix, settings, "URL"));
  if (url?.username || url?.password)
    problems.push(`${prefix}_URL carries credentials in front of the host: leave them out.`);
  const kinds = Object.keys(CHANNELS);
  const kind = kinds.find((known): known is ChannelKind => known === settings.get("KIND"));
  if (kind === undefined) problems.push(`${prefix}_KIND is not one of ${kinds.join(", ")}.`);
  const secret = settings.get("SECRET") ?? null;
  if (secret !== null && kind !== undefined && kind !== "cloudevents")
    problems.push(
      `${prefix}_SECRET is set, but only \`cloudevents\` signs what it sends: take one of them back.`,
    );
  const least = settings.get("SEVERITY") ?? "warning";
  const severity = SEVERITIES.find((known) => known === least);
  if (severity === undefined) problems.push(`${prefix}_SEVERITY is not one of ${SEVERITIES.join(", ")}.`);
  const repositories = repositoriesOf(prefix, settings.get("REPOSITORIES"), problems);
  const rollouts = settings
    .get("ROLLOUTS")
    ?.split(",")
    .map((one) => one.trim());
  if (rollouts?.some((one) => !/^(?:[a-z0-9-]+\*?|\*)$/.test(one)))
    problems.push(`${prefix}_ROLLOUTS is not a list of rollouts, such as checkout,pay*.`);
  return {
    url: url?.href ?? "",
    kind: kind ?? "slack",
    secret,
    severity: severity ?? "warning",
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
