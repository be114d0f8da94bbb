/**
 * What may follow `/canary`. The parser, the help, the permissions and docs/commands.md are all made from this table:
 * a new command is one row. `of`: what is about the rollout is taken on any pull request, and whenever it was said.
 */
export const GRAMMAR = [
  {
    name: "weight",
    usage: "N",
    sha: true,
    access: "write",
    of: "release",
    description: "Sets the canary to exactly N percent, then waits for `resume`. The guards stay on.",
    example: "/canary 25",
    legal: "while a release runs; never after it has failed",
  },
  {
    name: "start",
    usage: "start [at TIME]",
    sha: true,
    access: "write",
    of: "release",
    description:
      "Starts a release of the version that is on the deployment branch; with `at`, once, at that time and of that version only.",
    example: "/canary start at 2026-12-01T09:00 Europe/Berlin",
    legal: "when no release runs, nothing is frozen, and the canary workload has a new version",
  },
  {
    name: "cancel",
    usage: "cancel",
    sha: false,
    access: "write",
    of: "rollout",
    description: "Takes back a start that was planned with `start at`.",
    example: "/canary cancel",
    legal: "while a start is planned",
  },
  {
    name: "pause",
    usage: "pause",
    sha: false,
    access: "write",
    of: "release",
    description: "Keeps the weight as it is until `resume`.",
    example: "/canary pause",
    legal: "while a release runs",
  },
  {
    name: "resume",
    usage: "resume",
    sha: false,
    access: "write",
    of: "release",
    description: "Ends a pause, or a wait after a weight set by hand.",
    example: "/canary resume",
    legal: "while a release is held by a person",
  },
  {
    name: "approve",
    usage: "approve",
    sha: true,
    access: "write",
    of: "release",
    description:
      "Lets a step that waits for approval go on, once its evidence is good; or goes on without the gates that hold it.",
    example: "/canary approve 1f0c2ab",
    legal: "while a release is at a step with `pause: { until: approved }`, or held by a gate",
  },
  {
    name: "promote",
    usage: "promote",
    sha: true,
    access: "write",
    of: "release",
    description:
      "Skips the steps that are left and goes to the last one at once, in your name; the guards stay on, and gates on the way are named as passed over. From the last step, once that is live, it promotes, if the step's gates are open. A promotion that is held goes on over what holds it: a failure, missing evidence, or what stable lacks besides images.",
    example: "/canary promote 1f0c2ab",
    legal: "while a release runs; never after it has failed on the way up",
  },
  {
    name: "rollback",
    usage: "rollback",
    sha: false,
    access: "write",
    of: "release",
    description: "Gives up the release: opens the rollback pull request and brings the canary to 0.",
    example: "/canary rollback",
    legal: "while a release runs",
  },
  {
    name: "retry",
    usage: "retry",
    sha: true,
    access: "write",
    of: "release",
    description: "Opens a new release for the version of the last one.",
    example: "/canary retry",
    legal: "when no release runs and the last one was not promoted",
  },
  {
    name: "freeze",
    usage: 'freeze [until TIME] ["REASON"]',
    sha: false,
    access: "write",
    of: "rollout",
    description:
      "No release starts and no weight rises, until `unfreeze` or that time; a new one takes the place of the last. Rollbacks go on, and what runs is judged.",
    example: '/canary freeze until 2026-12-27 "holidays"',
    legal: "always, on any pull request",
  },
  {
    name: "unfreeze",
    usage: "unfreeze",
    sha: false,
    access: "write",
    of: "rollout",
    description: "Ends a freeze that was said by command.",
    example: "/canary unfreeze",
    legal: "while one is in force, on any pull request",
  },
  {
    name: "status",
    usage: "status",
    sha: false,
    access: "read",
    of: "rollout",
    description: "Says where the release is and why.",
    example: "/canary status",
    legal: "always",
  },
  {
    name: "plan",
    usage: "plan",
    sha: false,
    access: "read",
    of: "rollout",
    description: "Says what a release would do, step by step.",
    example: "/canary plan",
    legal: "always",
  },
  {
    name: "help",
    usage: "help",
    sha: false,
    access: "read",
    of: "rollout",
    description: "Lists these commands.",
    example: "/canary help",
    legal: "always",
  },
] as const;

export type Row = (typeof GRAMMAR)[number];

/** What a person's role on the repository must allow. */
export type Access = Row["access"];

type SafeVerb = Exclude<Extract<Row, { sha: true }>["name"], "weight" | "start">;
type PlainVerb = Exclude<Extract<Row, { sha: false }>["name"], "freeze">;

/**
 * A command as it was written. `rollout` is null when none was named. With `sha` (7 to 40 hex digits, lower case)
 * it acts only while the release's version came from that commit.
 */
export type Command =
  | {
      readonly name: "weight";
      /** Of stable + canary, 0 to 100. */
      readonly percent: number;
      readonly rollout: string | null;
      readonly sha: string | null;
    }
  /** `at`: epoch ms; null: now. */
  | ({ readonly name: "start"; readonly at: number | null } & Safe)
  | ({
      readonly name: "freeze";
      /** Epoch ms; null: until `unfreeze`. */
      readonly until: number | null;
      readonly reason: string | null;
    } & Plain)
  | { readonly [V in SafeVerb]: { readonly name: V } & Safe }[SafeVerb]
  | { readonly [V in PlainVerb]: { readonly name: V } & Plain }[PlainVerb];

interface Plain {
  readonly rollout: string | null;
}
interface Safe extends Plain {
  readonly sha: string | null;
}

/** The words of the grammar; no rollout may be called like one. */
export const VERBS: readonly string[] = GRAMMAR.map((row) => row.name);

export function rowOf({ name }: Pick<Command, "name">): Row {
  return GRAMMAR.find((row) => row.name === name) ?? GRAMMAR[0];
}
