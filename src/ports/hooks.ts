import type { HookAnswer } from "../analysis/gates.ts";

/** What a gate's hook is told of the release that waits for it. */
export interface HookQuestion {
  /** The operator's name for the hook. */
  readonly hook: string;
  readonly rollout: string;
  readonly release: number;
  readonly version: string;
  /** Index into the rollout's steps; -1 before the first. */
  readonly step: number;
  /** Canary percent at present. */
  readonly weight: number;
  /** Of the present weight; before the first, what brought the version. */
  readonly commit: string;
  /** Where the release is told: a pull request, or the commit. */
  readonly link: string;
  /** `https://github.com/acme/shop`. */
  readonly repositoryUrl: string;
}

/** The hooks that one repository may name. */
export interface Hooks {
  /** Never throws: what goes wrong is an answer. */
  ask(question: HookQuestion): Promise<HookAnswer>;
  /** Whether there is one of this name. */
  knows(hook: string): boolean;
}
