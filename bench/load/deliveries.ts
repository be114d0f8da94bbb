import { createRequire } from "node:module";

type Payload = Readonly<Record<string, unknown>>;

/** GitHub's recorded payloads of what the App subscribes to, and how often each comes among a hundred. */
const MIX: Readonly<Record<string, number>> = {
  "check_run.created": 20,
  "check_run.completed": 20,
  "check_run.rerequested": 1,
  push: 16,
  "pull_request.opened": 3,
  "pull_request.synchronize": 8,
  "pull_request.labeled": 4,
  "pull_request.review_requested": 3,
  "pull_request.closed": 3,
  "issue_comment.created": 8,
  "issue_comment.edited": 1,
  "deployment.created": 3,
  "deployment_status.created": 10,
};

/** Where a delivery comes from. */
export interface Place {
  readonly installation: number;
  readonly id: number;
  readonly owner: string;
  readonly name: string;
  /** An open pull request there. */
  readonly pull: number;
}

/** A comment that was made there and has not been told of. */
export interface Command {
  readonly place: number;
  readonly comment: number;
  readonly body: string;
}

export interface Planned {
  /** Index among the places. */
  readonly place: number;
  /** A key of the mix. */
  readonly kind: string;
  readonly command: Command | null;
}

/** `count` deliveries over the places, the same each time; the commands come among them, evenly. */
export function plan(count: number, places: number, commands: readonly Command[]): readonly Planned[] {
  const hundred = Object.entries(MIX).flatMap(([kind, share]) => Array.from({ length: share }, () => kind));
  const every = Math.floor(count / Math.max(1, commands.length));
  // Multiples of the golden ratio are spread evenly, however many there are.
  const among = (some: number, i: number) => Math.floor(((i * GOLDEN) % 1) * some);
  return Array.from({ length: count }, (_, i): Planned => {
    const command = i % every === every - 1 ? commands[Math.floor(i / every)] : undefined;
    if (command) return { place: command.place, kind: "issue_comment.created", command };
    return { place: among(places, i * 7), kind: hundred[among(hundred.length, i)] ?? "push", command: null };
  });
}

const GOLDEN = (Math.sqrt(5) - 1) / 2;

/** What GitHub would send, as JSON: the recorded payload, from its place. */
export function bodiesOf(places: readonly Place[]): (planned: Planned, nth: number) => string {
  const recorded = recordedPayloads();
  return ({ place, kind, command }, nth) => {
    const examples = recorded.get(kind) ?? [];
    const example = examples[nth % examples.length];
    const from = places[place];
    if (!example || !from) throw new Error(`No payload of ${kind} was recorded`);
    const { installation, id, owner, name, pull } = from;
    const repository = {
      id,
      name,
      full_name: `${owner}/${name}`,
      owner: { ...objectIn(example, "repository", "owner"), login: owner },
    };
    return JSON.stringify({
      ...example,
      installation: { id: installation },
      repository: { ...objectIn(example, "repository"), ...repository },
      ...(kind.startsWith("pull_request.") && {
        number: pull,
        pull_request: { ...objectIn(example, "pull_request"), number: pull },
      }),
      ...(command && {
        issue: { ...objectIn(example, "issue"), number: pull, pull_request: { url: "" } },
        comment: { ...objectIn(example, "comment"), id: command.comment, body: command.body },
      }),
    });
  };
}

function recordedPayloads(): ReadonlyMap<string, readonly Payload[]> {
  const definitions: readonly { readonly name: string; readonly examples: readonly Payload[] }[] =
    createRequire(import.meta.url)("@octokit/webhooks-examples");
  const of = (kind: string) => {
    const [name, action] = kind.split(".");
    const examples = definitions.find((definition) => definition.name === name)?.examples ?? [];
    return examples.filter((example) => action === undefined || example["action"] === action);
  };
  return new Map(Object.keys(MIX).map((kind) => [kind, of(kind)]));
}

function objectIn(payload: Payload, ...path: readonly string[]): object {
  let found: unknown = payload;
  for (const key of path)
    found = typeof found === "object" && found !== null ? Reflect.get(found, key) : null;
  return typeof found === "object" && found !== null ? found : {};
}
