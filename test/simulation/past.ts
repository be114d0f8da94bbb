/** Reads are at most so far behind, ms. */
export const BEHIND = 4_000;

/** What GitHub has now, and had a moment ago: a read may be answered by a replica that does not know the last change yet. */
export class Past<Key, Value> extends Map<Key, Value> {
  readonly #now: () => number;
  /** Newest last; a key that is not here has not changed lately. */
  readonly #log = new Map<Key, { readonly until: number; readonly value: Value | undefined }[]>();

  constructor(now: () => number) {
    super();
    this.#now = now;
  }

  override set(key: Key, value: Value): this {
    const now = this.#now();
    const log = (this.#log.get(key) ?? []).filter(({ until }) => until > now - BEHIND);
    log.push({ until: now, value: this.get(key) });
    this.#log.set(key, log);
    return super.set(key, value);
  }

  was(key: Key, at: number): Value | undefined {
    const earlier = this.#log.get(key)?.find(({ until }) => until > at);
    return earlier ? earlier.value : this.get(key);
  }

  all(at: number): readonly Value[] {
    return [...this.keys()].flatMap((key) => this.was(key, at) ?? []);
  }
}
