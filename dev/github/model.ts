import type { KeyObject } from "node:crypto";

export type Json = string | number | boolean | null | undefined | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json;
}

export type Role = "none" | "read" | "triage" | "write" | "maintain" | "admin";
export const roles: readonly Role[] = ["none", "read", "triage", "write", "maintain", "admin"];
export type Access = "read" | "write";
export type Permissions = Readonly<Record<string, Access>>;

export interface Account {
  readonly id: number;
  readonly login: string;
  readonly type: "User" | "Bot" | "Organization";
  readonly name: string | null;
  readonly email: string;
  readonly createdAt: number;
}

export interface AppFacts {
  readonly appId: number;
  readonly clientId: string;
  readonly slug: "sluice";
  /** RSA, PEM (PKCS#1, as GitHub hands it out). */
  readonly privateKey: string;
  readonly publicKey: KeyObject;
  readonly webhookSecret: string;
  readonly permissions: Permissions;
  readonly events: readonly string[];
}

export interface Installation {
  readonly id: number;
  readonly account: Account;
  readonly createdAt: number;
}

export type AppSlug = "sluice" | "github-actions";

/** Who makes a call. */
export type Actor =
  | { readonly kind: "app" }
  | {
      readonly kind: "installation";
      readonly installation: Installation;
      readonly account: Account;
      /** Whose token it is: our App's, or the one that GitHub gives a workflow's job. */
      readonly app: AppSlug;
      readonly permissions: Permissions;
      /** Null: all repositories of the installation. */
      readonly repositories: ReadonlySet<number> | null;
    }
  | { readonly kind: "user"; readonly account: Account };

/** What a protected branch asks for. Nobody but `bypass` (logins) may write to it directly. */
export interface BranchRule {
  /** Direct commits and ref updates are refused. Default true. */
  readonly requirePullRequest?: boolean;
  /** With `ruleset`: nobody but those who bypass it moves the branch. */
  readonly restrictUpdates?: boolean;
  /** Approvals a pull request needs before it can be merged. Default 0. */
  readonly requiredReviews?: number;
  /** Names of check runs that must have succeeded on the head. */
  readonly requiredChecks?: readonly string[];
  readonly bypass?: readonly string[];
  /** Set by a ruleset instead of classic protection: refusals have other words and another type. */
  readonly ruleset?: boolean;
  /** Pull requests are merged by the queue alone. */
  readonly mergeQueue?: boolean;
}

/** One move of a branch, as GitHub's log of pushes keeps it. */
export interface Activity {
  readonly id: number;
  readonly ref: string;
  readonly before: string | null;
  readonly after: string | null;
  readonly at: number;
  readonly actor: Account;
  /** By a pull request's merge rather than a push. */
  readonly merge: boolean;
}

export interface Label {
  readonly id: number;
  readonly name: string;
  readonly color: string;
  readonly description: string | null;
}

export interface Pull {
  readonly id: number;
  readonly number: number;
  readonly author: Account;
  /** null: a person without an App. */
  readonly viaApp: AppSlug | null;
  readonly createdAt: number;
  /** Branch names of this repository. */
  readonly headBranch: string;
  base: string;
  /** Follows the branch while open. */
  head: string;
  baseSha: string;
  title: string;
  body: string | null;
  draft: boolean;
  state: "open" | "closed";
  updatedAt: number;
  closedAt: number | null;
  closedBy: Account | null;
  merged: { at: number; by: Account; sha: string } | null;
  readonly labels: Label[];
  readonly assignees: Account[];
  readonly approvals: Map<string, string>;
  autoMerge: { by: Account; method: MergeMethod } | null;
  /** In its base's merge queue. */
  queued?: { by: Account; head: string } | null;
}
export type MergeMethod = "merge" | "squash" | "rebase";

export interface Comment {
  readonly id: number;
  readonly issue: number;
  readonly author: Account;
  /** null: a person without an App. */
  readonly viaApp: AppSlug | null;
  readonly createdAt: number;
  body: string;
  updatedAt: number;
  /** When its text was last changed; null when never. */
  lastEditedAt: number | null;
  readonly reactions: {
    readonly id: number;
    readonly author: Account;
    readonly content: string;
    readonly at: number;
  }[];
}

interface Annotation {
  readonly path: string;
  readonly start_line: number;
  readonly end_line: number;
  readonly annotation_level: "notice" | "warning" | "failure";
  readonly message: string;
  readonly title?: string | undefined;
  readonly raw_details?: string | undefined;
}

export interface CommitStatus {
  readonly id: number;
  readonly sha: string;
  readonly context: string;
  readonly state: string;
  readonly description: string | null;
  readonly targetUrl: string | null;
  readonly creator: Account;
  readonly createdAt: number;
}

export interface CheckRun {
  readonly id: number;
  /** Slug of the App that made it. */
  readonly app: string;
  readonly suite: number;
  readonly sha: string;
  name: string;
  status: string;
  conclusion: string | null;
  startedAt: number | null;
  completedAt: number | null;
  externalId: string | null;
  detailsUrl: string | null;
  output: { title: string | null; summary: string | null; text: string | null };
  readonly annotations: Annotation[];
  actions: readonly JsonObject[];
}

export interface CheckSuite {
  readonly id: number;
  readonly app: string;
  readonly sha: string;
  readonly branch: string | null;
  /** Whose runs it holds; null: those that the App made by the API. */
  readonly workflow: string | null;
  readonly createdAt: number;
}

export interface Deployment {
  readonly id: number;
  readonly sha: string;
  readonly ref: string;
  readonly task: string;
  readonly environment: string;
  readonly description: string | null;
  readonly payload: Json;
  readonly creator: Account;
  /** null: a person without an App. */
  readonly viaApp: AppSlug | null;
  readonly createdAt: number;
  updatedAt: number;
  readonly transient: boolean;
  readonly production: boolean;
  readonly statuses: DeploymentStatus[];
}

export interface DeploymentStatus {
  readonly id: number;
  readonly state: string;
  readonly description: string;
  readonly environment: string;
  readonly environmentUrl: string;
  readonly logUrl: string;
  readonly creator: Account;
  /** null: a person without an App. */
  readonly viaApp: AppSlug | null;
  readonly createdAt: number;
}
