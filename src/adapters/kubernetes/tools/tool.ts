import type { Live, Metadata } from "../object.ts";

/** A GitOps tool's own object that applies others: one row of `tools.ts`. */
export interface Tool {
  /** `Argo CD application`. */
  readonly title: string;
  readonly apiVersion: string;
  readonly kind: string;
  /** Which of its objects applies the one with this metadata; null: none says so. */
  owner(
    metadata: Metadata,
    settings: ToolSettings,
  ): { readonly namespace: string; readonly name: string } | null;
  /** Whether it says itself that it applies this object, which may only claim so; null where it keeps no list. */
  lists(live: Live, object: Live): boolean | null;
  state(live: Live): ToolState;
}

export interface ToolSettings {
  readonly argocdNamespace: string;
}

export interface ToolState {
  /** Everything of these revisions is applied and well; or not yet, or not at all. */
  readonly status: "done" | "under-way" | "stuck";
  /** Git commits; empty where it applies no commit itself. */
  readonly revisions: readonly string[];
  /** `synced 1a2b3c4, Healthy`, or its own message. */
  readonly words: string;
}

/** The commits that a revision names: `1a2b…`, `main@sha1:1a2b…`. */
export function commitsIn(...revisions: readonly string[]): readonly string[] {
  return revisions.flatMap((revision) => /(?<![0-9a-f])[0-9a-f]{40}(?![0-9a-f])/.exec(revision)?.[0] ?? []);
}

export function shortCommit(revisions: readonly string[]): string {
  return revisions.map((revision) => revision.slice(0, 7)).join(", ") || "no commit";
}
