/** How many steps are remembered; whoever decided before that reads again. */
const REMEMBERED = 500;

/**
 * Commits of this process in one repository, each by the head that it was made on. When many releases step at once,
 * each has decided on the same head; those that change other files need not read again for what we did ourselves.
 */
export class OwnCommits {
  readonly #next = new Map<string, { readonly oid: string; readonly paths: ReadonlySet<string> }>();

  note(branch: string, base: string, oid: string, paths: readonly string[]): void {
    this.#next.set(keyOf(branch, base), { oid, paths: new Set(paths) });
    const [oldest] = this.#next.keys();
    if (this.#next.size > REMEMBERED && oldest !== undefined) this.#next.delete(oldest);
  }

  /** The branch is elsewhere: somebody may have forced it back to before our own. */
  forget(branch: string): void {
    for (const key of this.#next.keys()) if (key.endsWith(` ${branch}`)) this.#next.delete(key);
  }

  /** The head that `head` became by commits of ours alone, as far as they left `paths` as they are. */
  after(branch: string, head: string, paths: readonly string[]): string {
    for (let at = head; ; ) {
      const next = this.#next.get(keyOf(branch, at));
      if (!next || paths.some((path) => next.paths.has(path))) return at;
      at = next.oid;
    }
  }
}

function keyOf(branch: string, oid: string): string {
  return `${oid} ${branch}`;
}
