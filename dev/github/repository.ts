import type { GitStore } from "./git/store.ts";
import type {
  Account,
  Activity,
  BranchRule,
  CheckRun,
  CheckSuite,
  Comment,
  CommitStatus,
  Deployment,
  Label,
  Pull,
  Role,
} from "./model.ts";
import { Mutex } from "./mutex.ts";

/** A repository: git on disk, the rest in memory. */
export class Repository {
  readonly id: number;
  readonly owner: Account;
  readonly name: string;
  readonly git: GitStore;
  readonly defaultBranch: string;
  readonly createdAt: number;
  pushedAt: number;
  archived = false;
  nextNumber = 1;
  readonly roles = new Map<string, Role>();
  readonly rules = new Map<string, BranchRule>();
  readonly pulls = new Map<number, Pull>();
  readonly comments = new Map<number, Comment>();
  readonly labels = new Map<string, Label>();
  readonly checkRuns = new Map<number, CheckRun>();
  readonly checkSuites = new Map<number, CheckSuite>();
  /** Oldest first. */
  readonly statuses: CommitStatus[] = [];
  readonly deployments = new Map<number, Deployment>();
  /** Commits that the API signed, and who made them. What is pushed by git is never in here. */
  readonly verified = new Map<string, Account>();
  /** Who moved which branch, oldest first: nobody can rewrite it. */
  readonly activity: Activity[] = [];
  /** The settings of GitHub Actions, and the workflows that it knows, by their path. */
  readonly actions = { mayOpenPulls: true, workflows: new Map<string, { id: number; state: string }>() };
  /** Merges and everything else that reads a branch and then moves it. */
  readonly writes = new Mutex();

  constructor(facts: {
    id: number;
    owner: Account;
    name: string;
    git: GitStore;
    defaultBranch: string;
    createdAt: number;
  }) {
    this.id = facts.id;
    this.owner = facts.owner;
    this.name = facts.name;
    this.git = facts.git;
    this.defaultBranch = facts.defaultBranch;
    this.createdAt = facts.createdAt;
    this.pushedAt = facts.createdAt;
  }

  get fullName(): string {
    return `${this.owner.login}/${this.name}`;
  }

  /** The bare git directory. */
  get dir(): string {
    return this.git.dir;
  }

  roleOf(login: string): Role {
    return login === this.owner.login ? "admin" : (this.roles.get(login.toLowerCase()) ?? "none");
  }
}
