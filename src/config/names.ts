import { VERBS } from "../commands/grammar.ts";
import type { Code } from "./codes.ts";
import { type Checked, pattern, quoted, refuse, text, written } from "./fields.ts";

/** How a rollout may be called; commands name it this way. */
export const ROLLOUT_NAME = /^[a-z0-9][a-z0-9-]{0,39}$/;

/** Why a rollout may not be called so, or null. */
export function rolloutNameFlaw(name: string): string | null {
  if (VERBS.includes(name))
    return `A rollout may not be called ${quoted(name)}: \`/canary ${name}\` means the command.`;
  if (/^\d+$/.test(name))
    return `A rollout may not be a number: \`/canary ${name.slice(0, 40)}\` means a weight.`;
  if (ROLLOUT_NAME.test(name)) return null;
  return `${quoted(name)} is no name for a rollout. Write up to 40 lower-case letters, digits and dashes, not starting with a dash.`;
}

/** A namespace or service: one DNS label. */
export function label(title: string) {
  return pattern(title, /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/, (value) =>
    value.includes(".")
      ? `Write its first part alone: \`${/^[a-z0-9-]*/.exec(value)?.[0] ?? ""}\`.`
      : "Write lower-case letters, digits and dashes.",
  );
}

/** A subset, service or backend name. */
export function arm() {
  return text("name", 253);
}

/** A metrics source that the operator configured. An address would let a pull request choose who is asked, and with whose credentials. */
export function metricsSource() {
  return operatorsName("source", "metrics-address");
}

/** A cluster, likewise. */
export function clusterName() {
  return operatorsName("cluster", "cluster-address");
}

/** A hook that is asked at a gate, likewise; its name is made of the operator's variable, so it is no other than that can be. */
export function hookName() {
  return operatorsName(
    "hook",
    "hook-address",
    /^[a-z0-9][a-z0-9-]{0,62}$/,
    "lower-case letters, digits and dashes: `load-test` is the operator's `GATE_LOAD_TEST_URL`",
  );
}

function operatorsName(
  what: "source" | "cluster" | "hook",
  address: Code,
  allowed = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/,
  characters = "letters, digits, dots and dashes",
) {
  return written<string>(
    { title: what, pattern: allowed.source },
    `Name a ${what} here.`,
    (value): Checked<string> => {
      if (/[:/@]/.test(value)) {
        const message = `Name a ${what} that the operator configured, such as \`production\`; an address is never taken from here.`;
        return refuse(address, message);
      }
      if (allowed.test(value)) return { value };
      return refuse("bad-name", `${quoted(value)} is no name of a ${what}. Write ${characters}.`);
    },
  );
}

export function branchName() {
  return written<string>(
    { title: "branch" },
    "A branch's name belongs here. Put quotes around it.",
    checkBranch,
  );
}

function checkBranch(value: string): Checked<string> {
  if (value.startsWith("refs/")) return refuse("bad-name", "Write the branch alone, without `refs/heads/`.");
  if (value === "sluice" || value.startsWith("sluice/")) {
    return refuse("bad-name", "Branches under `sluice/` are Sluice's own. Name the branch that is deployed.");
  }
  // The rules of git-check-ref-format.
  const odd = /[\s\p{Cc}~^:?*[\\]|\.\.|@\{|\/\/|^[-/.@]$|^[-/.]|\/\.|[/.]$|\.lock(\/|$)/u;
  if (value === "" || value.length > 255 || odd.test(value)) {
    return refuse("bad-name", `${quoted(value)} is no branch name.`);
  }
  return { value };
}

const LOGIN = "[A-Za-z0-9](?:[A-Za-z0-9_-]{0,38}[A-Za-z0-9])?";
const PERSON = new RegExp(`^${LOGIN}$`);
const TEAM = new RegExp(`^@(${LOGIN})/([a-z0-9](?:[a-z0-9_-]{0,98}[a-z0-9])?)$`);

/** Somebody by their login, or a team such as `@acme/payments`. */
export function approver() {
  return pattern("GitHub login or team", new RegExp(`^${LOGIN}$|${TEAM.source}`), (value) => {
    if (value.includes("/")) return "A team is written as GitHub mentions it, by its slug: `@acme/payments`.";
    if (value.startsWith("@")) return "Leave out the `@` of a person; a team is written `@acme/payments`.";
    return value.endsWith("[bot]")
      ? "A bot cannot approve."
      : "Write the name from the person's profile address.";
  });
}

/** By which GitHub notifies a person or a team; null for a bot, and for what is neither. */
export function mention(written: string): string | null {
  if (TEAM.test(written)) return written;
  return PERSON.test(written) ? `@${written}` : null;
}

/** The organization and the slug of an approver that is a team; null for a person. */
export function teamOf(written: string): { readonly organization: string; readonly slug: string } | null {
  const [, organization, slug] = TEAM.exec(written) ?? [];
  return organization === undefined || slug === undefined ? null : { organization, slug };
}
