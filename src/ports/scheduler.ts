/** Looks at a rollout again later. Holds no truth: it is rebuilt from `sluice/state`. */
export interface Scheduler {
  /** One pending look a key; a new time replaces the old one. `at` is epoch ms. */
  schedule(key: RolloutKey, at: number): Promise<void>;
  cancel(key: RolloutKey): Promise<void>;
}

export interface RolloutKey {
  readonly installation: number;
  readonly repository: RepositoryId;
  readonly rollout: string;
}

export interface RepositoryId {
  /** GitHub's number: survives renames. */
  readonly id: number;
  readonly owner: string;
  readonly name: string;
}

/** Installations and repositories by number, so that no two share a timer or a queue, whatever they are called. */
export function keyId({ installation, repository, rollout }: RolloutKey): string {
  return `${installation}/${repository.id}/${rollout}`;
}
