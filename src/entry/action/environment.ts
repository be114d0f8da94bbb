import { readFileSync } from "node:fs";
import { parseDuration } from "../../config/duration.ts";
import type { RepositoryId } from "../../ports/scheduler.ts";
import { checked, type Read, type Variables, type WorldEnvironment, worldPart } from "../environment.ts";

/** What a job of GitHub Actions hands to the action: its inputs, and what the runner says of the event. */
export interface ActionEnvironment extends WorldEnvironment {
  readonly token: string;
  /** How long a job stays while a release runs, ms; 0: it looks once. */
  readonly watch: number;
  readonly repository: RepositoryId;
  readonly event: { readonly name: string; readonly payload: object };
  /** Where the job's summary is written; null: nowhere. */
  readonly summary: string | null;
}

/** A hosted job ends after six hours; it must have come to its own end by then. */
const LONGEST = 350 * 60_000;

export function readActionEnvironment(env: Variables): Read<ActionEnvironment> {
  return checked((problems) => {
    const token = env["INPUT_TOKEN"] ?? "";
    if (token === "") problems.push("The input `token` is empty.");
    return {
      ...worldPart(env, problems),
      token,
      watch: watch(env["INPUT_WATCH"] || "50m", problems),
      repository: repository(env, problems),
      event: { name: env["GITHUB_EVENT_NAME"] ?? "", payload: payload(env["GITHUB_EVENT_PATH"], problems) },
      summary: env["GITHUB_STEP_SUMMARY"] || null,
    };
  });
}

function watch(text: string, problems: string[]): number {
  const value = text === "0" ? 0 : parseDuration(text);
  if (value !== null && value <= LONGEST) return value;
  problems.push("The input `watch` must be a duration of at most 350m, such as 50m, or 0.");
  return 0;
}

function repository(env: Variables, problems: string[]): RepositoryId {
  const [owner = "", name = "", ...more] = (env["GITHUB_REPOSITORY"] ?? "").split("/");
  const id = Number(env["GITHUB_REPOSITORY_ID"]);
  if (owner === "" || name === "" || more.length > 0 || !Number.isInteger(id) || id <= 0) {
    problems.push("GITHUB_REPOSITORY and GITHUB_REPOSITORY_ID are not set as a runner sets them.");
  }
  return { id, owner, name };
}

function payload(path: string | undefined, problems: string[]): object {
  try {
    const read: unknown = JSON.parse(readFileSync(path ?? "", "utf8"));
    if (typeof read === "object" && read !== null) return read;
  } catch {
    // Said below; the event may hold what is nobody's business.
  }
  problems.push("GITHUB_EVENT_PATH does not name the event that a runner leaves there.");
  return {};
}
