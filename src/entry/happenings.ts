import { parseCommand } from "../commands/parse.ts";
import type { Happening, Repository } from "../reconcile/happening.ts";

type What = Happening["what"];
/** What an event means, and whose doing it is where our own needs no look. */
type Meaning = (payload: unknown) => { readonly what: readonly What[]; readonly by?: string | null };

const proposal: Meaning = (payload) => ({
  what: [{ kind: "proposal", pull: number(payload, "pull_request", "number") }],
});

const NOTHING = { what: [] } as const;

/** Every event the App listens to, and what it means. */
const MEANINGS = {
  push: (payload) => ({ what: [{ kind: "push" }], by: login(payload, "sender") }),
  "pull_request.opened": proposal,
  "pull_request.reopened": proposal,
  "pull_request.synchronize": proposal,
  // Of what can be edited, only another base changes what merging does.
  "pull_request.edited": (payload) => (at(payload, "changes", "base") ? proposal(payload) : NOTHING),
  "pull_request.closed": () => ({ what: [{ kind: "pull" }] }),
  "issue_comment.created": (payload) => {
    const calls = parseCommand(text(payload, "comment", "body")).kind !== "none";
    const toUs = calls && at(payload, "issue", "pull_request") && !isBot(payload);
    return toUs ? { what: [{ kind: "comment", comment: number(payload, "comment", "id") }] } : NOTHING;
  },
  "deployment.created": (payload) => ({
    what: [{ kind: "deployment" }],
    by: login(payload, "deployment", "creator"),
  }),
  "deployment_status.created": (payload) => ({
    what: [{ kind: "deployment" }],
    by: login(payload, "deployment_status", "creator"),
  }),
  // The only event that is more than a hint: GitHub keeps none of them. Whoever may send one may be a workflow.
  repository_dispatch: (payload) => {
    if (at(payload, "action") !== "sluice") return NOTHING;
    const said = (key: string) => at(payload, "client_payload", key);
    const dispatch = {
      rollout: short(said("rollout")),
      image: short(said("image"), 1000) ?? "",
      sha: short(said("sha")),
      at: seconds(said("at")),
      by: text(payload, "sender", "login"),
    };
    return { what: [{ kind: "dispatch", dispatch }] };
  },
  // Bots are never obeyed. GitHub tells this App of its own runs only.
  "check_run.requested_action": (payload) => {
    const release = at(payload, "check_run", "external_id");
    const action = at(payload, "requested_action", "identifier");
    if (!release || !action || at(payload, "sender", "type") !== "User") return NOTHING;
    const [run, by] = [number(payload, "check_run", "id"), text(payload, "sender", "login")];
    const click = { run, release: String(release), action: String(action), by };
    return { what: [{ kind: "click", click }] };
  },
  "check_run.rerequested": (payload) => {
    const pulls = at(payload, "check_run", "pull_requests");
    const checked = (Array.isArray(pulls) ? pulls : []).map(
      (pull): What => ({ kind: "proposal", pull: number(pull, "number") }),
    );
    return { what: [{ kind: "check" }, ...checked] };
  },
} as const satisfies Readonly<Record<string, Meaning>>;

type EventName = keyof typeof MEANINGS;

export const EVENTS = Object.keys(MEANINGS) as EventName[];

/**
 * What a delivery means for us; empty for one that means nothing, or that comes from outside an installation, as there
 * is no token to act with. `event` is the name in GitHub's header. Throws on a payload that lacks what it must have.
 */
export function happeningsOf(event: string, payload: unknown): readonly Happening[] {
  const action = at(payload, "action");
  const name = EVENTS.find((one) => one === event || one === `${event}.${String(action)}`);
  const where = repositoryOf(payload);
  if (name === undefined || where === null) return [];
  const { what, by = null } = MEANINGS[name](payload) as ReturnType<Meaning>;
  return what.map((one) => ({ ...where, what: one, by }));
}

function repositoryOf(payload: unknown): Repository | null {
  const [installation, repository] = [at(payload, "installation"), at(payload, "repository")];
  if (!installation || !repository || !at(repository, "owner")) return null;
  const owner = text(repository, "owner", "login");
  const name = text(repository, "name");
  return {
    installation: number(installation, "id"),
    repository: { id: number(repository, "id"), owner, name },
  };
}

function isBot(payload: unknown): boolean {
  return at(payload, "comment", "user", "type") === "Bot";
}

function login(payload: unknown, ...path: readonly string[]): string | null {
  const found = at(payload, ...path, "login");
  return typeof found === "string" ? found : null;
}

function number(payload: unknown, ...path: readonly string[]): number {
  const found = at(payload, ...path);
  if (typeof found === "number") return found;
  throw new Error(`the payload has no number at ${path.join(".")}`);
}

function text(payload: unknown, ...path: readonly string[]): string {
  const found = at(payload, ...path);
  if (typeof found === "string") return found;
  throw new Error(`the payload has no text at ${path.join(".")}`);
}

/** Tools that fill in forms send numbers as text; nothing else is a time. */
function seconds(value: unknown): number | null {
  if (typeof value === "number") return Number.isFinite(value) ? value : null;
  return typeof value === "string" && /^\d{1,15}$/.test(value) ? Number(value) : null;
}

/** A text that somebody sent, cut where it is longer than anything that is followed; null where there is none. */
function short(value: unknown, most = 100): string | null {
  return typeof value === "string" ? value.slice(0, most) : null;
}

/** What a payload has at a path; undefined where it has nothing. */
function at(payload: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === "object" && value !== null && Object.hasOwn(value, key)
        ? (value as Readonly<Record<string, unknown>>)[key]
        : undefined,
    payload,
  );
}
