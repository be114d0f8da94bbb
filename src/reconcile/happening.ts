import type { RepositoryId } from "../ports/scheduler.ts";
import type { Cause, Click, Dispatch } from "./ports.ts";

export interface Repository {
  readonly installation: number;
  readonly repository: RepositoryId;
}

/** What happened in a repository, in so few words that it can wait in a queue. Carries no truth, only where to look. */
export interface Happening extends Repository {
  readonly what:
    | { readonly kind: "push" | "pull" | "deployment" | "check" | "start-up" }
    /** An open pull request has another head or base. */
    | { readonly kind: "proposal"; readonly pull: number }
    | { readonly kind: "comment"; readonly comment: number }
    | { readonly kind: "click"; readonly click: Click }
    | { readonly kind: "dispatch"; readonly dispatch: Dispatch };
  /** Whose doing it is, where our own needs no look; null: look whoever it was. */
  readonly by: string | null;
}

/** One rollout that something concerns, and why it is looked at. */
export interface Errand {
  /** Not always where it happened: code and manifests may be apart. */
  readonly where: Repository;
  readonly rollout: string;
  readonly cause: Cause;
}

/** Whether somebody's word is carried: it must not be lost, nor taken for another. */
export function says({ comment, click, dispatch }: Cause): boolean {
  return comment !== undefined || click !== undefined || dispatch !== undefined;
}
