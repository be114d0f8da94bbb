import type { CheckSaid, Deployed } from "../analysis/gates.ts";

/**
 * One repository as one installation of the App sees it. All writes to branches are compare-and-swap.
 *
 * Methods throw `ForgeError` for what a pass cannot use (network, 5xx, rate limit, lost permission);
 * outcomes that a pass must decide upon are returned as values.
 */
export interface Forge {
  /** Our own login, such as `sluice[bot]`. */
  identity(): Promise<{ readonly login: string }>;
  repository(): Promise<RepositoryFacts>;

  /**
   * The heads of some branches and some files of each, in one request.
   * A branch that does not exist is absent from the map.
   */
  snapshot(wanted: Wanted): Promise<ReadonlyMap<string, BranchSnapshot>>;
  /**
   * Whether something moved, without reading it: two equal stamps say that these files are the objects they were, and
   * that nobody has commented on the pull request since the first of them was asked for. Asked together with whatever
   * else waits in the installation, so that it costs next to nothing.
   */
  stamp(wanted: Wanted, pull: number | null, window: StampWindow): Promise<Stamp>;
  /** Paths of the files directly in a folder of a branch; empty when there is no such folder or branch. */
  list(branch: string, folder: string): Promise<readonly string[]>;
  /** The text of one object, by its id. */
  blob(oid: string): Promise<string>;
  /** One file of any commit or branch. */
  file(ref: string, path: string): Promise<FileReading>;

  /** Newest first, reachable from `from` (branch name or oid), optionally those that touched `path`. */
  history(
    from: string,
    options: { readonly path?: string; readonly limit: number },
  ): Promise<readonly CommitFacts[]>;

  /**
   * Who moved a branch, newest first, by GitHub's own log and clock: down to the first move that `until` accepts, or
   * 1,000 of them. The log follows a moment after the branch. null where there is none for us to read.
   */
  moves(branch: string, until: (move: BranchMove) => boolean): Promise<BranchLog | null>;

  /** Whether the branch's rules let us commit to it, before we try; `free` where nothing is known that would not. */
  pushRule(branch: string): Promise<PushRule>;

  /** One commit on an existing branch whose head is `expectedHead`; file modes stay as they are. */
  commit(request: CommitRequest): Promise<CommitOutcome>;
  /** A branch at `oid`. */
  createBranch(branch: string, oid: string): Promise<"created" | "exists">;
  /** A branch whose first commit has no parent. */
  createOrphan(branch: string, message: string, files: readonly FileChange[]): Promise<CommitOutcome>;
  deleteBranch(branch: string): Promise<void>;

  pull(number: number): Promise<PullFacts>;
  /** Merged or open pull requests that brought a commit, newest first. */
  pullsOf(commit: string): Promise<readonly PullFacts[]>;
  /** Newest first, whatever their state, by head branch of this repository. */
  pullsFrom(branch: string): Promise<readonly PullFacts[]>;
  openPulls(base: string): Promise<readonly PullFacts[]>;
  /** null where it may change more than the forge tells of: what is told then proves nothing of the rest. */
  pullFiles(number: number): Promise<readonly string[] | null>;
  openPull(request: {
    readonly branch: string;
    readonly base: string;
    readonly title: string;
    readonly body: string;
  }): Promise<PullFacts>;
  updatePull(number: number, change: { readonly body?: string; readonly state?: "closed" }): Promise<void>;
  /** Merges only while the head is `sha`. */
  mergePull(
    number: number,
    sha: string,
    message: { readonly title: string; readonly body: string },
  ): Promise<MergeOutcome>;
  label(number: number, labels: readonly string[]): Promise<void>;
  assign(number: number, logins: readonly string[]): Promise<void>;

  /** null when there is none any more. `edited` is exact: true of whatever was changed since it was made. */
  comment(id: number): Promise<CommentFacts | null>;
  /**
   * Oldest first; `since` is epoch ms of the last update. `edited` misses an edit within the second in which the
   * comment was made: before a comment is obeyed, `comment` must say that it was not edited.
   */
  comments(pull: number, since: number | null): Promise<readonly CommentFacts[]>;
  createComment(pull: number, body: string): Promise<CommentFacts>;
  updateComment(id: number, body: string): Promise<void>;
  /** Whether it is new: the same one twice is one, whoever asks. */
  react(comment: number, reaction: Reaction): Promise<boolean>;

  /** The role at this moment; `none` for a stranger. */
  permission(login: string): Promise<Permission>;

  /** Whether somebody is in a team, or in one below it, at this moment. `unreadable`: we may not ask. */
  membership(team: TeamName, login: string): Promise<"member" | "none" | "unreadable">;

  /** Creates the run, or updates the one with the same name and `externalId` on the commit; does nothing when it says the same already. */
  check(run: CheckRun): Promise<void>;
  /**
   * What others say of a commit by this name: the newest check run of each suite, and the newest commit status of each
   * who set one. `invalid` where it is too much to be told apart.
   */
  checksOf(commit: string, name: string): Promise<readonly CheckSaid[]>;
  /** The deployments of a commit to an environment that others made, newest first. `invalid` where they are too many. */
  deploymentsOf(commit: string, environment: string): Promise<readonly Deployed[]>;
  /** Newest first. */
  deployments(environment: string, limit: number): Promise<readonly DeploymentFacts[]>;
  createDeployment(request: {
    readonly ref: string;
    readonly environment: string;
    readonly description: string;
    readonly payload: Readonly<Record<string, string>>;
  }): Promise<DeploymentFacts>;
  /** With `success`, `retires` makes what was deployed there before inactive, as far as GitHub does so by itself. */
  deploymentStatus(
    id: number,
    status: {
      readonly state: DeploymentState;
      readonly description: string;
      /** Where people see what was deployed; null says nothing of it. */
      readonly url: string | null;
      readonly retires: boolean;
    },
  ): Promise<void>;
}

export interface RepositoryFacts {
  readonly id: number;
  readonly owner: string;
  readonly name: string;
  readonly defaultBranch: string;
  readonly archived: boolean;
  /** For links: `https://github.com/acme/shop`. */
  readonly url: string;
  /** How far its clock was ahead of this process's when it answered, ms; null where it did not say. */
  readonly skew: number | null;
}

/** Branches, and files of each. */
export type Wanted = readonly { readonly branch: string; readonly paths: readonly string[] }[];

/** An answer from before `since` is of no use; epoch ms, by the clock of whoever asks. */
export interface StampWindow {
  readonly since: number;
  readonly now: number;
}

export interface Stamp {
  /** When it was asked for, epoch ms by the same clock; within the window. */
  readonly at: number;
  /** null: the repository is not to be seen, which is like nothing. */
  readonly stamp: string | null;
}

export interface BranchSnapshot {
  readonly branch: string;
  readonly head: string;
  readonly files: ReadonlyMap<string, FileReading>;
}

export type FileReading =
  | { readonly status: "text"; readonly oid: string; readonly text: string }
  | { readonly status: "missing" }
  /** A symlink, submodule, directory, binary or oversized file: `reason` says which. */
  | { readonly status: "unusable"; readonly reason: string };

export interface CommitFacts {
  readonly oid: string;
  readonly message: string;
  /** Login of the account behind the author; null when GitHub knows none. */
  readonly author: string | null;
  /** Made by our own App through GitHub's API: author is our bot and the signature is GitHub's. */
  readonly ours: boolean;
  /** Epoch ms. */
  readonly committedAt: number;
  readonly url: string;
}

export interface BranchLog {
  readonly moves: readonly BranchMove[];
  /** It goes on behind them, and `until` accepted none: what is not among them may have been all the same. */
  readonly cut: boolean;
}

export interface BranchMove {
  /** Where the branch was; null when the move made it. */
  readonly before: string | null;
  /** null when the move deleted it. */
  readonly after: string | null;
  /** Pushed by our own App: no person's push, merge or force-push. */
  readonly ours: boolean;
  /** Login of whoever moved it; null when GitHub knows none. */
  readonly by: string | null;
  /** Epoch ms, in whole seconds. */
  readonly at: number;
}

export type PushRule =
  | { readonly status: "free" }
  /** `reason`: what is asked for instead, a clause; `reviews`: how many approvals a pull request of ours needs. */
  | { readonly status: "forbidden"; readonly reason: string; readonly reviews: number };

export interface FileChange {
  readonly path: string;
  /** null deletes. */
  readonly text: string | null;
}

export interface CommitRequest {
  readonly branch: string;
  readonly expectedHead: string;
  readonly message: string;
  readonly files: readonly FileChange[];
  readonly priority: Priority;
  /**
   * Files, beside those that are changed, which must be as they are at `expectedHead`. Where they are named, commits
   * of this process since then that left all of them alone are stepped over.
   */
  readonly restsOn?: readonly string[];
}

export type CommitOutcome =
  /** `base`: the head that it was made on, where that is another than was expected. */
  | { readonly status: "committed"; readonly oid: string; readonly url: string; readonly base?: string }
  /** The head moved: read again, decide again. */
  | { readonly status: "stale" }
  /** A rule of the repository forbids it; `reason` is GitHub's own sentence. */
  | { readonly status: "blocked"; readonly reason: string };

/** Which write goes first when several wait. */
export type Priority =
  | "rollback"
  | "weight"
  | "state"
  /** A person waits for it: a reaction, a reply. */
  | "answer"
  | "check"
  | "comment";

export interface PullFacts {
  readonly number: number;
  readonly title: string;
  readonly body: string;
  readonly author: string;
  readonly state: "open" | "merged" | "closed";
  readonly base: string;
  readonly headBranch: string;
  readonly head: string;
  readonly mergeCommit: string | null;
  /** Nothing forbids its merge, as far as GitHub says; false in lists, which do not know. */
  readonly mergeable: boolean;
  /** Commits that its merge would bring; null in lists, which do not know. */
  readonly commits: number | null;
  /** Whoever closed or merged it; null while open or unknown. */
  readonly closedBy: string | null;
  readonly fork: boolean;
  readonly url: string;
}

export type MergeOutcome =
  | { readonly status: "merged"; readonly oid: string }
  /** Its head moved, or it is closed. */
  | { readonly status: "stale" }
  /** The branch it goes into moved in that moment: nothing forbids it, and it is to be tried again. */
  | { readonly status: "base-moved" }
  /** `queued`: it is in the merge queue, which merges it by itself. */
  | { readonly status: "blocked"; readonly reason: string; readonly queued?: boolean };

export interface CommentFacts {
  readonly id: number;
  readonly pull: number;
  readonly author: string;
  readonly authorIsBot: boolean;
  readonly body: string;
  readonly createdAt: number;
  readonly edited: boolean;
  readonly url: string;
}

export type Reaction = "eyes" | "rocket" | "-1";
export type Permission = "none" | "read" | "triage" | "write" | "maintain" | "admin";

export interface TeamName {
  readonly organization: string;
  readonly slug: string;
}

export interface CheckRun {
  readonly commit: string;
  readonly name: string;
  readonly externalId: string;
  readonly status: "in_progress" | "completed";
  readonly conclusion: "success" | "failure" | "neutral" | "action_required" | null;
  readonly title: string;
  readonly summary: string;
  /** At most three buttons of 20, 40 and 20 characters, shown on completed runs; absent: none were ever there. */
  readonly actions?: readonly {
    readonly label: string;
    readonly description: string;
    readonly identifier: string;
  }[];
  readonly annotations: readonly { readonly path: string; readonly line: number; readonly message: string }[];
}

export type DeploymentState =
  | "queued"
  | "in_progress"
  | "success"
  | "failure"
  | "error"
  | "inactive"
  | "pending";

export interface DeploymentFacts {
  readonly id: number;
  readonly commit: string;
  readonly environment: string;
  readonly description: string;
  /** Login of whoever made it. */
  readonly creator: string;
  readonly createdAt: number;
  /** What its payload names as `image`, as it stands there; absent where it names none. */
  readonly image?: string;
  /** The latest status; null when there is none. */
  readonly state: DeploymentState | null;
}

/** A call that gave no usable answer. `retryAt` (epoch ms) is set when GitHub said when to come back. */
export class ForgeError extends Error {
  readonly code: "network" | "rate-limited" | "forbidden" | "not-found" | "server" | "invalid";
  readonly status: number | null;
  readonly retryAt: number | null;

  constructor(
    code: ForgeError["code"],
    message: string,
    details: { status?: number; retryAt?: number; cause?: unknown } = {},
  ) {
    super(message, { cause: details.cause });
    this.name = "ForgeError";
    this.code = code;
    this.status = details.status ?? null;
    this.retryAt = details.retryAt ?? null;
  }
}

/** A failure that says nothing about the next try. */
export function isPassing(error: unknown): boolean {
  return error instanceof ForgeError && ["network", "server", "rate-limited"].includes(error.code);
}
