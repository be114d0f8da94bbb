import { readFileSync } from "node:fs";
import { parseSources, type SourceConfig } from "../adapters/prometheus/sources.ts";

/** What the operator configures, from environment variables; `.env.example` documents each. */
export interface Environment {
  readonly appId: number;
  readonly privateKey: string;
  readonly webhookSecret: string;
  readonly githubUrl: string;
  readonly host: string;
  readonly port: number;
  readonly webhookPath: string;
  readonly sources: ReadonlyMap<string, SourceConfig>;
  /** ms */
  readonly lookEvery: number;
  readonly readEvery: number;
  readonly writeInterval: number;
}

type Variables = Readonly<Record<string, string | undefined>>;

/** All problems at once; none of them quotes a value. */
export function readEnvironment(
  env: Variables,
):
  | { readonly ok: true; readonly environment: Environment }
  | { readonly ok: false; readonly problems: readonly string[] } {
  const { sources, problems: sourceProblems } = parseSources(env);
  const problems = [...sourceProblems];
  const appId = number(env, "APP_ID", null, problems);
  const privateKey = readKey(env, problems);
  const webhookSecret = env["WEBHOOK_SECRET"] ?? "";
  // Probot falls back to the secret "development", with which anybody could sign.
  if (webhookSecret === "" || webhookSecret === "development") {
    problems.push(
      "WEBHOOK_SECRET is not set: without it anybody could send webhooks. Set the secret of the App's webhook.",
    );
  }
  const environment: Environment = {
    appId,
    privateKey,
    webhookSecret,
    githubUrl: (env["GITHUB_API_URL"] ?? "https://api.github.com").replace(/\/+$/, ""),
    host: env["HOST"] ?? "localhost",
    port: number(env, "PORT", 3000, problems),
    webhookPath: env["WEBHOOK_PATH"] ?? "/api/github/webhooks",
    sources,
    lookEvery: 1000 * number(env, "LOOK_SECONDS", 15, problems),
    readEvery: 1000 * number(env, "READ_SECONDS", 60, problems),
    writeInterval: 1000 * number(env, "WRITE_SECONDS", 1, problems),
  };
  return problems.length === 0 ? { ok: true, environment } : { ok: false, problems };
}

function number(env: Variables, name: string, fallback: number | null, problems: string[]): number {
  const text = env[name];
  if (text === undefined || text === "") {
    if (fallback !== null) return fallback;
    problems.push(`${name} is not set.`);
    return 0;
  }
  const value = Number(text);
  if (!Number.isFinite(value) || value < 0) problems.push(`${name} must be a number that is not negative.`);
  return value;
}

function readKey(env: Variables, problems: string[]): string {
  const inline = env["PRIVATE_KEY"];
  const path = env["PRIVATE_KEY_PATH"];
  if (inline) return inline.replaceAll("\\n", "\n");
  if (!path) {
    problems.push("PRIVATE_KEY or PRIVATE_KEY_PATH is not set: the App's private key, as PEM.");
    return "";
  }
  try {
    return readFileSync(path, "utf8");
  } catch {
    problems.push("PRIVATE_KEY_PATH names a file that cannot be read.");
    return "";
  }
}
