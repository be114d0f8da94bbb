import { join } from "node:path";
import { editsOf, personOf } from "./commits.ts";
import { GitStore } from "./git/store.ts";
import { checkRunEventJson } from "./json/check.ts";
import { repositoryHtml } from "./json/repository.ts";
import { autoMerge, runMergeQueue } from "./merge.ts";
import type { Account, BranchRule, Deployment, Permissions, Role } from "./model.ts";
import { moveRefs } from "./refs.ts";
import { Repository } from "./repository.ts";
import { runBy } from "./rest/checks.ts";
import type { Delivery } from "./webhooks.ts";
import type { World } from "./world.ts";

/** Contents by path; null deletes. */
export type Files = Readonly<Record<string, string | Buffer | null>>;

/** What happens on GitHub without our API: people, settings, and pushes by git. For tests and the demo. */
export class Admin {
  readonly #world: World;
  readonly #directory: string;

  constructor(world: World, directory: string) {
    this.#world = world;
    this.#directory = directory;
  }

  /** A repository with one commit of `files` on its default branch; its owner has the App installed. */
  async createRepository(options: {
    readonly owner: string;
    readonly name: string;
    readonly files?: Files;
    readonly defaultBranch?: string;
  }): Promise<Repository> {
    const world = this.#world;
    const owner = world.addAccount(options.owner, "Organization");
    const defaultBranch = options.defaultBranch ?? "main";
    const id = world.id();
    const dir = join(this.#directory, owner.login, `${options.name}.git`);
    const git = await GitStore.create(dir, defaultBranch);
    const repository = new Repository({
      id,
      owner,
      name: options.name,
      git,
      defaultBranch,
      createdAt: world.now(),
    });
    world.installationOf(owner);
    const tree = await git.editTree(null, await editsOf(repository, options.files ?? {}));
    const person = personOf(world, owner);
    const first = { tree, parents: [], author: person, committer: person, message: "Initial commit" };
    const after = await git.writeCommit(first);
    await git.updateRefs([{ ref: `refs/heads/${defaultBranch}`, before: null, after }]);
    world.repositories.push(repository);
    return repository;
  }

  addUser(login: string, options: { readonly type?: Account["type"] } = {}): Account {
    return this.#world.addAccount(login, options.type ?? "User");
  }

  setPermission(repository: Repository, login: string, role: Role): void {
    this.#world.addAccount(login, "User");
    repository.roles.set(login.toLowerCase(), role);
  }

  /** A team of an organization, with its members as they are from now on. */
  setTeam(organization: string, slug: string, members: Readonly<Record<string, "active" | "pending">>): void {
    const known = Object.entries(members).map(([login, state]) => {
      this.#world.addAccount(login, "User");
      return [login.toLowerCase(), state] as const;
    });
    this.#world.teams.set(`${organization}/${slug}`.toLowerCase(), new Map(known));
  }

  /** A token with which a person uses the same API. */
  tokenFor(login: string): string {
    return this.#world.userToken(this.#world.account(login));
  }

  /** The token that GitHub gives a workflow's job. */
  actionsToken(repository: Repository, permissions: Permissions): string {
    return this.#world.actionsToken(repository, permissions);
  }

  /** What the settings of a repository say of GitHub Actions; a workflow that it was not told of is made known. */
  setActions(
    repository: Repository,
    settings: { readonly mayOpenPulls?: boolean; readonly workflows?: Readonly<Record<string, string>> },
  ): void {
    const { actions } = repository;
    actions.mayOpenPulls = settings.mayOpenPulls ?? actions.mayOpenPulls;
    for (const [path, state] of Object.entries(settings.workflows ?? {})) {
      actions.workflows.set(path, { id: actions.workflows.get(path)?.id ?? this.#world.id(), state });
    }
  }

  installationId(repository: Repository): number {
    return this.#world.installationOf(repository.owner).id;
  }

  /**
   * A person's `git push` of one commit; the branch is created when it is new (from `from`, or the default
   * branch). Existing files keep their mode. Resolves to the commit's id; throws when `expectedHead` is not
   * the head. The commit is unverified whatever its author line says.
   */
  async push(
    repository: Repository,
    branch: string,
    change: {
      readonly files: Files;
      readonly message: string;
      /** A login. Default: the repository's owner. */
      readonly author?: string;
      /** Another author line, as anybody can forge one. */
      readonly authorLine?: { readonly name: string; readonly email: string };
      readonly expectedHead?: string;
      readonly from?: string;
      /** Modes of new files, such as 100755 or 120000. */
      readonly modes?: Readonly<Record<string, string>>;
    },
  ): Promise<string> {
    const world = this.#world;
    const account = change.author === undefined ? repository.owner : world.addAccount(change.author, "User");
    return repository.writes.run(async () => {
      const ref = `refs/heads/${branch}`;
      const before = await repository.git.ref(ref);
      if (change.expectedHead !== undefined && change.expectedHead !== before) {
        throw new Error(
          `push to ${branch}: expected ${change.expectedHead}, it is at ${before ?? "nothing"}`,
        );
      }
      const parent = before ?? (await repository.git.resolve(change.from ?? repository.defaultBranch));
      const base = parent === null ? null : await repository.git.commit(parent);
      const edits = await editsOf(repository, change.files, async (path) => {
        const existing = parent === null ? null : await repository.git.entry(parent, path);
        return change.modes?.[path] ?? existing?.mode ?? "100644";
      });
      const author = { ...personOf(world, account), ...change.authorLine };
      const after = await repository.git.writeCommit({
        tree: await repository.git.editTree(base?.tree ?? null, edits),
        parents: parent === null ? [] : [parent],
        author,
        committer: author,
        message: change.message,
      });
      if ((await moveRefs(world, repository, account, [{ ref, before, after }])) === "moved") {
        throw new Error(`push to ${branch}: the branch moved meanwhile`);
      }
      return after;
    });
  }

  /** Moves or deletes (null) a ref as `git push --force` does: wherever it is when its turn comes. */
  async forcePush(repository: Repository, ref: string, after: string | null, author?: string): Promise<void> {
    const world = this.#world;
    const account = author === undefined ? repository.owner : world.addAccount(author, "User");
    await repository.writes.run(async () => {
      const before = await repository.git.ref(ref);
      if ((await moveRefs(world, repository, account, [{ ref, before, after }])) === "moved") {
        throw new Error(`push to ${ref}: it moved meanwhile`);
      }
    });
  }

  protectBranch(repository: Repository, branch: string, rule: BranchRule | null): void {
    if (rule === null) repository.rules.delete(branch);
    else repository.rules.set(branch, rule);
  }

  /** A person approves the present head of a pull request. */
  async approve(repository: Repository, number: number, login: string): Promise<void> {
    const pull = repository.pulls.get(number);
    if (pull === undefined) throw new Error(`${repository.fullName} has no pull request ${number}`);
    pull.approvals.set(login, pull.head);
    await autoMerge(this.#world, repository, pull);
  }

  /** GitHub comes to what waits in the merge queue. */
  runMergeQueue(repository: Repository): Promise<void> {
    return runMergeQueue(this.#world, repository);
  }

  /** Somebody presses a button of a check run; GitHub shows those of completed runs only. */
  click(repository: Repository, run: number, identifier: string, login: string): void {
    const world = this.#world;
    const found = repository.checkRuns.get(run);
    const action = found?.actions.find((one) => one["identifier"] === identifier);
    if (!found || !action || found.status !== "completed") {
      throw new Error(`${repository.fullName}: check run ${run} shows no button ${identifier}`);
    }
    world.webhooks.emit("check_run", repository, world.addAccount(login, "User"), {
      action: "requested_action",
      check_run: checkRunEventJson(world, repository, found),
      requested_action: { identifier },
    });
  }

  /** A check run that another App made of a commit, such as a workflow's. Those of one `workflow` share a suite. */
  async checkBy(
    repository: Repository,
    app: string,
    run: {
      readonly commit: string;
      readonly name: string;
      readonly conclusion?: string;
      readonly workflow?: string;
    },
  ): Promise<void> {
    const { commit: head_sha, workflow = "ci", ...rest } = run;
    const world = this.#world;
    const account = world.addAccount(`${app}[bot]`, "Bot");
    await runBy({ world, repository, account }, app, { head_sha, ...rest }, workflow);
  }

  /**
   * A workflow's job with `environment:` comes to a state of its deployment: the first makes that. `waiting` is for the
   * environment's rules, and a state that nobody can set by the API. `again`: it is started again, which makes another.
   */
  jobDeployment(
    repository: Repository,
    job: {
      readonly commit: string;
      readonly environment: string;
      readonly state: string | null;
      readonly again?: boolean;
      /** Login of whoever started the workflow. */
      readonly startedBy?: string;
    },
  ): void {
    const world = this.#world;
    const { startedBy = "github-actions[bot]" } = job;
    const creator = world.addAccount(startedBy, startedBy.endsWith("[bot]") ? "Bot" : "User");
    const at = { creator, viaApp: "github-actions" as const, createdAt: world.now() };
    const { commit: sha, environment, state } = job;
    const known = [...repository.deployments.values()].findLast(
      (one) => one.sha === sha && one.environment === environment && one.payload === JOB_PAYLOAD,
    );
    const made: Deployment = (job.again ? undefined : known) ?? {
      id: world.id(),
      sha,
      ref: repository.defaultBranch,
      task: "deploy",
      environment,
      description: null,
      payload: JOB_PAYLOAD,
      updatedAt: world.now(),
      transient: false,
      production: environment === "production",
      statuses: [],
      ...at,
    };
    repository.deployments.set(made.id, made);
    if (state === null) return;
    const logUrl = `${repositoryHtml(world.url, repository)}/actions/runs/${made.id}`;
    made.statuses.push({
      id: world.id(),
      state,
      description: "",
      environment,
      environmentUrl: "",
      logUrl,
      ...at,
    });
  }

  archive(repository: Repository, archived = true): void {
    repository.archived = archived;
  }

  /** Where the App receives webhooks; null stops them. */
  setWebhook(url: string | null): void {
    this.#world.webhooks.setUrl(url);
  }

  /** Sends a delivery again, with the same GUID. */
  redeliver(id: number): Delivery {
    const made = this.#world.webhooks.redeliver(id);
    if (made === null) throw new Error(`there is no delivery ${id}`);
    return made;
  }

  /** Resolves when every webhook so far was answered or failed. */
  settled(): Promise<void> {
    return this.#world.webhooks.settled();
  }
}

/** Tells a job's deployments from those that its token made by the API. */
const JOB_PAYLOAD = {};
