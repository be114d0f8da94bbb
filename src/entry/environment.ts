import { createPrivateKey } from "node:crypto";
import { readFileSync } from "node:fs";
import { type HookConfig, parseHooks } from "../adapters/hooks/configured.ts";
import { type ClusterConfig, parseClusters } from "../adapters/kubernetes/clusters.ts";
import { type ChannelConfig, parseChannels } from "../adapters/notify/channels.ts";
import { httpAddress } from "../adapters/operator.ts";
import { type PageConfig, parsePages } from "../adapters/pages.ts";
import { parseSources, type SourceConfig } from "../adapters/prometheus/sources.ts";
import { webhookSecret } from "./webhook-secret.ts";

/** What the bot needs, wherever it runs, from environment variables; `.env.example` documents each. */
export interface BotEnvironment extends WorldEnvironment {
  readonly appId: number;
  readonly key: AppKey;
}

/** What it works with, whoever it is on GitHub. */
export interface WorldEnvironment {
  readonly githubUrl: string;
  readonly sources: ReadonlyMap<string, SourceConfig>;
  readonly clusters: ReadonlyMap<string, ClusterConfig>;
  readonly channels: ReadonlyMap<string, ChannelConfig>;
  readonly pages: ReadonlyMap<string, PageConfig>;
  readonly hooks: ReadonlyMap<string, HookConfig>;
  /** ms */
  readonly lookEvery: number;
  readonly readEvery: number;
  readonly writeInterval: number;
}

/** And what a server needs beside it. */
export interface Environment extends BotEnvironment {
  readonly webhookSecret: string;
  readonly host: string;
  readonly port: number;
  readonly webhookPath: string;
  /** How many processes like this one serve the App. */
  readonly replicas: number;
}

/** All that a server needs while it has no App, which its set-up page creates. */
export type SetupEnvironment = Pick<Environment, "githubUrl" | "host" | "port" | "webhookPath"> & {
  /** Where people and GitHub reach it; null: as the browser says. */
  readonly publicUrl: string | null;
};

/** The App's private key: as PEM, or where AWS keeps it and signs with it. */
type AppKey =
  | { readonly kind: "pem"; readonly pem: string }
  /** Key id, ARN or `alias/NAME`. */
  | { readonly kind: "kms"; readonly id: string };

export type Variables = Readonly<Record<string, string | undefined>>;

export type Read<T> =
  | { readonly ok: true; readonly environment: T }
  /** All problems at once; none of them quotes a value. */
  | { readonly ok: false; readonly problems: readonly string[] };

const LOG_LEVELS = ["trace", "debug", "info", "warn", "error", "fatal", "silent"];

export function readEnvironment(env: Variables): Read<Environment> {
  return checked((problems) => ({
    ...botPart(env, problems),
    webhookSecret: webhookSecret(env, problems),
    ...serverPart(env, problems),
  }));
}

/** Without a server, and without the webhook's secret. */
export function readBotEnvironment(env: Variables): Read<BotEnvironment> {
  return checked((problems) => botPart(env, problems));
}

const APP_VARIABLES = ["APP_ID", "PRIVATE_KEY", "PRIVATE_KEY_PATH", "PRIVATE_KEY_KMS", "WEBHOOK_SECRET"];

/** Nothing of an App is configured; one that is configured by half is a mistake to be told. */
export function lacksApp(env: Variables): boolean {
  return APP_VARIABLES.every((name) => !env[name]);
}

/** With all other problems, so that what is created can be used. */
export function readSetupEnvironment(env: Variables): Read<SetupEnvironment> {
  const { PUBLIC_URL: publicUrl } = env;
  return checked((problems) => {
    const { githubUrl } = worldPart(env, problems);
    const { host, port, webhookPath } = serverPart(env, problems);
    return {
      githubUrl,
      host,
      port,
      webhookPath,
      publicUrl: publicUrl ? address(env, "PUBLIC_URL", publicUrl, problems) : null,
    };
  });
}

export function checked<T>(read: (problems: string[]) => T): Read<T> {
  const problems: string[] = [];
  const environment = read(problems);
  return problems.length === 0 ? { ok: true, environment } : { ok: false, problems };
}

function serverPart(env: Variables, problems: string[]) {
  return {
    host: env["HOST"] || "localhost",
    port: number(env, "PORT", 3000, problems, { whole: true, most: 65_535 }),
    webhookPath: path(env, "WEBHOOK_PATH", "/api/github/webhooks", problems),
    replicas: number(env, "REPLICAS", 1, problems, { whole: true, least: 1, most: 100 }),
  };
}

function botPart(env: Variables, problems: string[]): BotEnvironment {
  return {
    appId: number(env, "APP_ID", null, problems, { whole: true, least: 1 }),
    key: readKey(env, problems),
    ...worldPart(env, problems),
  };
}

export function worldPart(env: Variables, problems: string[]): WorldEnvironment {
  const { sources, problems: sourceProblems } = parseSources(env);
  const { clusters, problems: clusterProblems } = parseClusters(env);
  const { channels, problems: channelProblems } = parseChannels(env);
  const { pages, problems: pageProblems } = parsePages(env);
  const { hooks, problems: hookProblems } = parseHooks(env);
  problems.push(...sourceProblems, ...clusterProblems, ...channelProblems, ...pageProblems, ...hookProblems);
  if (env["LOG_LEVEL"] && !LOG_LEVELS.includes(env["LOG_LEVEL"])) {
    problems.push(`LOG_LEVEL must be one of ${LOG_LEVELS.join(", ")}.`);
  }
  return {
    githubUrl: address(env, "GITHUB_API_URL", "https://api.github.com", problems),
    sources,
    clusters,
    channels,
    pages,
    hooks,
    lookEvery: 1000 * number(env, "LOOK_SECONDS", 15, problems, { least: 0.1 }),
    readEvery: 1000 * number(env, "READ_SECONDS", 60, problems),
    writeInterval: 1000 * number(env, "WRITE_SECONDS", 1, problems),
  };
}

function number(
  env: Variables,
  name: string,
  fallback: number | null,
  problems: string[],
  range: { readonly whole?: boolean; readonly least?: number; readonly most?: number } = {},
): number {
  const text = env[name];
  if (text === undefined || text === "") {
    if (fallback !== null) return fallback;
    problems.push(`${name} is not set.`);
    return 0;
  }
  // A day of seconds and more would be a slip of the keyboard, not a pace.
  const { whole = false, least = 0, most = whole ? Number.MAX_SAFE_INTEGER : 86_400 } = range;
  const value = Number(text);
  const fits = value >= least && value <= most && (!whole || Number.isInteger(value));
  const bounds = most === Number.MAX_SAFE_INTEGER ? `at least ${least}` : `from ${least} to ${most}`;
  if (!fits) problems.push(`${name} must be a ${whole ? "whole " : ""}number, ${bounds}.`);
  return value;
}

/** Without a trailing slash. */
function address(env: Variables, name: string, fallback: string, problems: string[]): string {
  const text = env[name] || fallback;
  const url = httpAddress(name, text, problems);
  if (url && (url.username || url.password || url.search || url.hash)) {
    problems.push(`${name} must be a plain address, without credentials, query or fragment.`);
  }
  return text.replace(/\/+$/, "");
}

function path(env: Variables, name: string, fallback: string, problems: string[]): string {
  const text = env[name] || fallback;
  if (!/^\/[^?#\s]*$/.test(text))
    problems.push(`${name} must be a path that begins with /, such as ${fallback}.`);
  return text;
}

function readKey(env: Variables, problems: string[]): AppKey {
  const inline = env["PRIVATE_KEY"];
  const path = env["PRIVATE_KEY_PATH"];
  const kms = env["PRIVATE_KEY_KMS"];
  if (kms && (inline || path))
    problems.push("PRIVATE_KEY_KMS is set beside another private key: keep one of them.");
  else if (inline && path) problems.push("PRIVATE_KEY and PRIVATE_KEY_PATH are both set: keep one of them.");
  else if (!kms && !inline && !path)
    problems.push("PRIVATE_KEY or PRIVATE_KEY_PATH is not set: the App's private key, as PEM.");
  if (inline) checkKey("PRIVATE_KEY is", pemOf(inline), problems);
  const file = path ? readKeyFile(path, problems) : null;
  if (file !== null) checkKey("PRIVATE_KEY_PATH names a file that is", file, problems);
  return kms ? { kind: "kms", id: kms } : { kind: "pem", pem: inline ? pemOf(inline) : (file ?? "") };
}

/** Where variables are lines, as in `.env`, `\n` stands for a line's end. */
function pemOf(inline: string): string {
  return inline.replaceAll("\\n", "\n");
}

function readKeyFile(path: string, problems: string[]): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch {
    problems.push("PRIVATE_KEY_PATH names a file that cannot be read.");
    return null;
  }
}

/** The libraries' own words for a damaged key name no variable, and come with the first question to GitHub. */
function checkKey(subject: string, pem: string, problems: string[]): void {
  try {
    createPrivateKey(pem);
  } catch {
    problems.push(
      `${subject} not a private key in PEM form. Use the file that GitHub gave when the App's key was made.`,
    );
  }
}
