import type { Rollout } from "../config/types.ts";
import type { Pages } from "../ports/pages.ts";
import type { Ended, Release } from "../release/state.ts";
import { allowedFor, configuredIn, type Environment, lacking, repositoriesOf } from "./operator.ts";
import { filled, isTemplate } from "./template.ts";

/** Pages that comments and rollback pull requests link to. */
export interface PageConfig {
  readonly title: string;
  /** An address with places of `PLACES`. */
  readonly template: string;
  /** `owner/name` or `owner/*`, in lower case; absent: all. */
  readonly repositories?: readonly string[];
}

const PLACES = [
  "namespace",
  "service",
  "rollout",
  "release",
  "version",
  "stable",
  "canary",
  "from",
  "to",
  "from_us",
  "to_us",
  "minutes",
] as const;

/** What the names of its variables end with. */
export const PAGE_SUFFIXES = ["URL", "TITLE", "REPOSITORIES"] as const;

/** What ran before a release is what it is compared with, ms. */
const BEFORE = 10 * 60_000;
/** How far the window of a running release reaches beyond its last change, ms: with the clock, the comment would change all the time. */
const AFTER = 60 * 60_000;

/**
 * `PAGE_<KEY>_URL` with places in braces, in the order of their keys; `PAGE_<KEY>_TITLE`, the KEY as a word unless
 * said; `PAGE_<KEY>_REPOSITORIES`, who sees it.
 */
export function parsePages(env: Environment): {
  readonly pages: ReadonlyMap<string, PageConfig>;
  /** Clear sentences that name the variable. */
  readonly problems: readonly string[];
} {
  const { configured, problems } = configuredIn(env, {
    first: "PAGE",
    suffixes: PAGE_SUFFIXES,
    nameOf: (prefix) => prefix,
    read: parsePage,
  });
  return { pages: configured, problems };
}

function parsePage(
  prefix: string,
  settings: ReadonlyMap<(typeof PAGE_SUFFIXES)[number], string>,
  problems: string[],
): PageConfig {
  const template = settings.get("URL");
  if (template === undefined) problems.push(lacking(prefix, settings, "URL"));
  else if (!isTemplate(template, PLACES))
    problems.push(
      `${prefix}_URL is not an http or https address whose places are among ${PLACES.map((place) => `{${place}}`).join(", ")}.`,
    );
  const title = settings.get("TITLE") ?? wordOf(prefix);
  if (!/^[\w .-]{1,40}$/.test(title))
    problems.push(`${prefix}_TITLE is not a word or two of letters and digits.`);
  const repositories = repositoriesOf(prefix, settings.get("REPOSITORIES"), problems);
  return { title, template: template ?? "", ...(repositories && { repositories }) };
}

/** What a repository (`owner/name`) sees. */
export function pagesFor(configured: ReadonlyMap<string, PageConfig>, repository: string): Pages {
  const pages = [...allowedFor(configured, repository).values()];
  return {
    pagesOf: (rollout, release, ended) => {
      const values = valuesOf(rollout, release, ended);
      return pages.map(({ title, template }) => ({ title, link: filled(template, values) }));
    },
  };
}

function valuesOf(
  { name, namespace, service, targets }: Rollout,
  { number, version, startedAt, timeline }: Release,
  ended: Ended | null,
): Readonly<Record<(typeof PLACES)[number], string>> {
  const from = startedAt - BEFORE;
  const to = ended?.at ?? (timeline.at(-1)?.at ?? startedAt) + AFTER;
  return {
    namespace,
    service,
    rollout: name,
    release: String(number),
    version,
    stable: targets[0]?.stable ?? "",
    canary: targets[0]?.canary ?? "",
    from: String(from),
    to: String(to),
    from_us: String(from * 1000),
    to_us: String(to * 1000),
    minutes: String(Math.ceil((to - from) / 60_000)),
  };
}

/** `PAGE_GRAFANA` is called Grafana. */
function wordOf(prefix: string): string {
  const word = prefix.slice("PAGE_".length).toLowerCase().replaceAll("_", " ") || "dashboard";
  return word.charAt(0).toUpperCase() + word.slice(1);
}
