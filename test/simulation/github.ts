import type {
  BranchMove,
  CheckRun,
  CommentFacts,
  DeploymentFacts,
  DeploymentState,
  Permission,
  PullFacts,
} from "../../src/ports/forge.ts";
import { Git } from "./git.ts";
import { Past } from "./past.ts";
import { LOUD, planted } from "./planted.ts";

/** The App's login. */
export const BOT = "sluice[bot]";
export const MAIN = "main";

/** What GitHub tells the App, as far as the App reads it. */
export interface Webhook {
  readonly event: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

export interface Pull extends PullFacts {
  /** Epoch ms. */
  readonly openedAt: number;
  /** Epoch ms; null while it is open. */
  readonly closedAt: number | null;
  readonly assignees: readonly string[];
  readonly labels: readonly string[];
}

export interface Comment extends CommentFacts {
  /** As it was first said. */
  readonly first: string;
  /** When it was last rewritten, epoch ms in whole seconds; null: never. */
  readonly editedAt: number | null;
  readonly reactions: readonly string[];
}

export interface ShownCheck extends CheckRun {
  readonly id: number;
}

/** A button as somebody saw it. */
export interface Button {
  readonly run: number;
  /** Whose check run it is, and what its title said. */
  readonly release: string;
  readonly title: string;
  readonly identifier: string;
}

export type Merged =
  | { readonly status: "merged"; readonly oid: string }
  | { readonly status: "stale" }
  | { readonly status: "blocked"; readonly reason: string };

const CONFLICT = `Pull Request is not mergeable. ${LOUD}`;

/** One repository as GitHub keeps it. What comes of an event is told to whoever listens. */
export class GitHub {
  readonly git: Git;
  readonly id: number;
  readonly installation: number;
  readonly name: string;
  readonly pulls: Past<number, Pull>;
  readonly comments: Past<number, Comment>;
  readonly checks = new Map<string, ShownCheck>();
  /** Every button that was ever to be seen. */
  readonly buttons: Button[] = [];
  readonly clicks: (Button & { readonly by: string; readonly bot: boolean })[] = [];
  readonly deployments: Past<number, DeploymentFacts>;
  /** GitHub's log of who moved a branch, oldest first; `seen`: since when (epoch ms) it was there to be read. */
  readonly pushes = new Map<string, (BranchMove & { readonly seen: number })[]>();
  readonly people: Past<string, Permission>;
  /** Branches whose rules forbid a direct push to all but those with a way around them. */
  readonly protectedBranches = new Set<string>();
  /** No call comes through before, epoch ms. */
  downUntil = 0;
  /** The App may read who moved a branch. */
  showsLog = true;
  /** Whatever comes to main needs a review by a person; what people bring has had one. */
  reviewed = false;
  /** Pull requests that a person approved, at which head. */
  readonly approvals = new Map<number, string>();
  /** Why writes of the App were refused, each sentence with when it was last said (epoch ms). */
  readonly refusals = new Map<string, number>();
  archived = false;
  /** Told of everything that the App lets people read. */
  hear: (where: string, text: string) => void = () => {};
  /** Told of each check run that is new or says something else. */
  watchChecks: (run: ShownCheck, before: ShownCheck | null) => void = () => {};
  readonly #now: () => number;
  readonly #tell: (hook: Webhook) => void;
  #numbers = 0;

  constructor(options: {
    readonly id: number;
    /** One of its own where none is given. */
    readonly installation?: number;
    readonly now: () => number;
    readonly tell: (hook: Webhook, from: GitHub) => void;
  }) {
    this.id = options.id;
    this.installation = options.installation ?? 100 + options.id;
    this.name = `shop-${options.id}`;
    this.#now = options.now;
    this.#tell = (hook) => options.tell(hook, this);
    this.git = new Git(options.now);
    this.pulls = new Past(options.now);
    this.comments = new Past(options.now);
    this.deployments = new Past(options.now);
    this.people = new Past(options.now);
  }

  get owner(): string {
    return `team-${this.id}`;
  }

  permission(login: string, at = Number.POSITIVE_INFINITY): Permission {
    return this.people.was(login, at) ?? "none";
  }

  /** Bob's team, of which nobody else is. */
  membership(slug: string, login: string): "member" | "none" {
    return slug === "payments" && login === "bob" ? "member" : "none";
  }

  /** A push by a person, or by an App of theirs; null where a rule forbids it. */
  push(
    branch: string,
    author: string,
    message: string,
    changes: ReadonlyMap<string, string | null>,
    { signed = false, force = false } = {},
  ): string | null {
    if (this.archived || (this.protectedBranches.has(branch) && !force)) return null;
    if (this.reviewed && branch === MAIN && author === BOT) return null;
    const head = this.git.head(branch);
    const { oid } = this.git.make(head === null ? [] : [head], changes, { message, author, signed });
    this.move(branch, oid, author);
    return oid;
  }

  move(branch: string, oid: string | null, sender: string, merged = false): void {
    const pushes = this.pushes.get(branch) ?? [];
    const at = Math.floor(this.#now() / 1000) * 1000;
    pushes.push({
      before: this.git.head(branch),
      after: oid,
      // As GitHub's log has it: a merge and a deletion are no push.
      ours: sender === BOT && oid !== null && !merged,
      by: sender,
      at,
      seen: this.#now(),
    });
    this.pushes.set(branch, pushes);
    this.git.move(branch, oid, sender);
    this.#event("push", { ref: `refs/heads/${branch}`, sender: { login: sender } });
    for (const pull of this.pulls.values()) {
      if (pull.state !== "open" || pull.headBranch !== branch) continue;
      if (oid === null) this.close(pull.number, sender);
      else this.#set(pull, { head: oid });
    }
  }

  /** A tag is given to another commit: whoever listens is told as of a branch. */
  tag(name: string, sender: string): void {
    this.#event("push", { ref: `refs/tags/${name}`, sender: { login: sender } });
  }

  open(request: {
    readonly branch: string;
    readonly base: string;
    readonly title: string;
    readonly body: string;
    readonly author: string;
  }): Pull {
    const number = ++this.#numbers;
    const pull: Pull = {
      number,
      title: request.title,
      body: request.body,
      author: request.author,
      state: "open",
      base: request.base,
      headBranch: request.branch,
      head: this.git.head(request.branch) ?? "",
      mergeCommit: null,
      mergeable: false,
      commits: null,
      closedBy: null,
      fork: false,
      url: `${this.url}/pull/${number}`,
      openedAt: this.#now(),
      closedAt: null,
      assignees: [],
      labels: [],
    };
    this.pulls.set(number, pull);
    this.#pullEvent("opened", pull, request.author);
    return pull;
  }

  change(number: number, change: Partial<Pull>): void {
    const pull = this.pulls.get(number);
    if (pull) this.#set(pull, change);
  }

  close(number: number, by: string): void {
    const pull = this.pulls.get(number);
    if (pull?.state === "open")
      this.#pullEvent(
        "closed",
        this.#set(pull, { state: "closed", closedBy: by, closedAt: this.#now() }),
        by,
      );
  }

  merge(
    number: number,
    by: string,
    about: { readonly message?: string; readonly sha?: string } = {},
  ): Merged {
    const merged = this.#merge(number, by, about);
    if (merged.status === "blocked" && by === BOT) this.refuse(merged.reason);
    return merged;
  }

  refuse(reason: string): void {
    this.refusals.set(reason, this.#now());
  }

  #merge(number: number, by: string, { message = "", sha = "" }): Merged {
    const pull = this.pulls.get(number);
    const base = this.git.head(pull?.base ?? "");
    if (pull?.state !== "open" || base === null || (sha !== "" && pull.head !== sha))
      return { status: "stale" };
    if (by === BOT && this.#forbids(pull)) {
      return {
        status: "blocked",
        reason: `At least 1 approving review is required by reviewers with write access. ${LOUD}`,
      };
    }
    const about = {
      message: message || `Merge pull request #${number}\n\n${pull.title}`,
      author: by,
      signed: true,
    };
    const merged = this.git.merge(base, pull.head, about);
    if (!merged) return { status: "blocked", reason: CONFLICT };
    const after = this.#set(pull, { state: "merged", mergeCommit: merged.oid, closedBy: by });
    this.move(pull.base, merged.oid, by, true);
    this.#pullEvent("closed", after, by);
    return { status: "merged", oid: merged.oid };
  }

  approve(number: number): void {
    const head = this.pulls.get(number)?.head;
    if (head !== undefined) this.approvals.set(number, head);
  }

  /** As GitHub says it of an open pull request. */
  mergeable(pull: Pull): boolean {
    const base = this.git.head(pull.base);
    if (pull.state !== "open" || base === null || this.#forbids(pull)) return false;
    return this.git.merges(base, pull.head);
  }

  /** Commits that its merge would bring. */
  commitsOf({ base, head }: Pull): number {
    const there = new Set(this.git.history(this.git.head(base) ?? "").map(({ oid }) => oid));
    return this.git.history(head).filter(({ oid }) => !there.has(oid)).length;
  }

  #forbids({ number, base, head }: Pull): boolean {
    if (this.protectedBranches.has(base)) return true;
    return this.reviewed && base === MAIN && this.approvals.get(number) !== head;
  }

  /** With `ago` (ms) it was made so long before anybody is told of it. */
  comment(pull: number, author: string, body: string, { bot = false, ago = 0 } = {}): Comment {
    const id = ++this.#numbers;
    const comment: Comment = {
      id,
      pull,
      author,
      authorIsBot: bot,
      body,
      first: body,
      // GitHub's times are whole seconds.
      createdAt: Math.floor((this.#now() - ago) / 1000) * 1000,
      edited: false,
      editedAt: null,
      url: `${this.url}/pull/${pull}#issuecomment-${id}`,
      reactions: [],
    };
    this.comments.set(id, comment);
    this.deliver(comment);
    return comment;
  }

  /** Tells of a comment, for the first time or once more. */
  deliver({ id, pull, author, authorIsBot, body }: Comment): void {
    this.#event("issue_comment", {
      action: "created",
      issue: { number: pull, pull_request: {} },
      comment: { id, body, user: { login: author, type: authorIsBot ? "Bot" : "User" } },
      sender: { login: author },
    });
  }

  show(run: CheckRun): void {
    const key = `${run.commit} ${run.name} ${run.externalId}`;
    const known = this.checks.get(key);
    const shown = { ...run, id: known?.id ?? ++this.#numbers };
    const { id } = shown;
    this.checks.set(key, shown);
    this.watchChecks(shown, known ?? null);
    if (run.status !== "completed") return;
    for (const { identifier } of run.actions ?? []) {
      this.buttons.push({ run: id, release: run.externalId, title: run.title, identifier });
    }
  }

  click(button: Button, by: string, { bot = false } = {}): void {
    this.clicks.push({ ...button, by, bot });
    this.#event("check_run", {
      action: "requested_action",
      check_run: { id: button.run, external_id: button.release },
      requested_action: { identifier: button.identifier },
      sender: { login: by, type: bot ? "Bot" : "User" },
    });
  }

  edit(id: number, change: Partial<Comment>): void {
    const comment = this.comments.get(id);
    const editedAt = change.body === undefined ? comment?.editedAt : Math.floor(this.#now() / 1000) * 1000;
    if (comment) this.comments.set(id, { ...comment, ...change, editedAt: editedAt ?? null });
  }

  /** Whoever may write may also rewrite what others said; the App must not. */
  rewrite(id: number, body: string): void {
    const comment = this.comments.get(id);
    if (!comment) return;
    this.edit(id, { body });
    this.hear("a comment", body);
    this.#event("issue_comment", {
      action: "edited",
      comment: { id, user: { login: comment.author } },
      sender: { login: BOT },
    });
  }

  deploy(request: {
    readonly ref: string;
    readonly environment: string;
    readonly description: string;
    readonly creator: string;
  }): DeploymentFacts {
    const { ref, creator, ...rest } = request;
    const commit = this.git.head(ref) ?? ref;
    const deployment = { ...rest, id: ++this.#numbers, commit, creator, createdAt: this.#now(), state: null };
    this.deployments.set(deployment.id, deployment);
    this.#event("deployment", {
      action: "created",
      deployment: { id: deployment.id, creator: { login: creator } },
      sender: { login: creator },
    });
    return deployment;
  }

  deployed(id: number, state: DeploymentState, creator: string): void {
    const deployment = this.deployments.get(id);
    if (!deployment) return;
    this.deployments.set(id, { ...deployment, state });
    this.#event("deployment_status", {
      action: "created",
      deployment_status: { creator: { login: creator } },
    });
  }

  get url(): string {
    return `https://github.example/${this.owner}/${this.name}`;
  }

  #set(pull: Pull, change: Partial<Pull>): Pull {
    const changed = { ...pull, ...change };
    this.pulls.set(pull.number, changed);
    return changed;
  }

  #pullEvent(action: string, { number }: Pull, sender: string): void {
    this.#event("pull_request", { action, pull_request: { number }, sender: { login: sender } });
  }

  #event(event: string, payload: Readonly<Record<string, unknown>>): void {
    const repository = { id: this.id, name: this.name, owner: { login: this.owner } };
    const installation = { id: this.installation, access_token: planted("installation") };
    this.#tell({ event, payload: { ...payload, installation, repository, body: planted("payload") } });
  }
}
