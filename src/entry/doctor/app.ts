import type { Directory, Granted, Installed } from "../../adapters/github/directory.ts";
import { ForgeError } from "../../ports/forge.ts";
import { MOST_SKEW } from "../../reconcile/clock-skew.ts";
import { wordsOf } from "../../reconcile/words-of.ts";
import { listed } from "../../views/format.ts";
import { readAppFile } from "../setup/manifest.ts";
import { type Finding, findingsAbout, sentence } from "./finding.ts";

const { ok, warning, problem } = findingsAbout("GitHub App");

/** What the App must be granted: the manifest that it is registered with. */
function needs(): Granted {
  const { default_permissions: permissions, default_events: events } = readAppFile().manifest;
  return { permissions, events };
}

/** What of `wanted` was not granted, as `checks: write` and `event push`; none when everything was. */
function missing(wanted: Granted, granted: Granted): readonly string[] {
  const permissions = Object.entries(wanted.permissions).filter(([name, level]) => {
    const has = granted.permissions[name];
    return has === undefined || (level === "write" && has === "read");
  });
  const events = wanted.events.filter((name) => !granted.events.includes(name));
  return [
    ...permissions.map(([name, level]) => `${name}: ${level}`),
    ...events.map((name) => `event ${name}`),
  ];
}

export interface AppExamined {
  readonly findings: readonly Finding[];
  /** Who we are; null when GitHub does not tell. */
  readonly self: Awaited<ReturnType<Directory["self"]>> | null;
  /** Those that can be looked into. */
  readonly installations: readonly Installed[];
}

/** Does GitHub know the App, and may it do what it needs? */
export async function examineApp(directory: Directory, githubUrl: string): Promise<AppExamined> {
  const wanted = needs();
  try {
    const self = await directory.self();
    const installed = await directory.installed();
    return {
      self,
      installations: installed.filter(({ suspended }) => !suspended),
      findings: [
        ok(`${githubUrl} knows it as ${self.login}.`),
        clock(self.skew),
        registered(missing(wanted, self)),
        ...installations(wanted, installed),
      ],
    };
  } catch (error) {
    return { self: null, installations: [], findings: [unknown(error, githubUrl)] };
  }
}

function unknown(error: unknown, githubUrl: string): Finding {
  const refused = error instanceof ForgeError && error.status === 401;
  return refused
    ? problem(
        `GitHub does not accept the App's key: ${sentence(wordsOf(error))}`,
        "Are APP_ID and PRIVATE_KEY of one App, and is this machine's clock right? Make a new key on the App's page if in doubt.",
      )
    : problem(
        `${githubUrl} gives no answer that can be used: ${sentence(wordsOf(error))}`,
        "Check GITHUB_API_URL and whether this machine may reach it.",
      );
}

function clock(skew: number | null): Finding {
  if (skew === null)
    return warning("GitHub's answer has no time in it.", "Check this machine's clock by hand.");
  const off = Math.abs(skew);
  return off <= MOST_SKEW
    ? ok("This machine's clock agrees with GitHub's.")
    : problem(
        `This machine's clock is ${Math.round(off / 1000)} s ${skew > 0 ? "behind" : "ahead of"} GitHub's: nothing measured counts as good news.`,
        "Set it right, by NTP.",
      );
}

function registered(lacks: readonly string[]): Finding {
  return lacks.length === 0
    ? ok("It is registered with every permission and event of app.yml.")
    : problem(
        `It is registered without ${listed(lacks)}.`,
        "Add them on the App's page, under Permissions & events; docs/operating.md says what each is for.",
      );
}

function installations(wanted: Granted, all: readonly Installed[]): readonly Finding[] {
  if (all.length === 0) {
    return [
      problem("It is installed nowhere.", "Install it from the App's page on the repositories it is for."),
    ];
  }
  return all.map((installation) => {
    const { account, suspended, url } = installation;
    if (suspended) return warning(`Its installation in ${account} is suspended.`, `Unsuspend it: ${url}`);
    const lacks = missing(wanted, installation);
    return lacks.length === 0
      ? ok(`${account} has granted all of it.`)
      : problem(`${account} has not granted ${listed(lacks)}.`, `Accept the App's new permissions: ${url}`);
  });
}
