/** Work that waits in lines: one at a time in each, and none twice while it waits. */
export class Lines {
  readonly #last = new Map<string, Promise<unknown>>();
  readonly #waiting = new Map<string, Promise<unknown>>();

  /** Settles as `work` does; one with the same `id` that has not begun yet will see whatever this one would, and stands for it. */
  run<T>(line: string, id: string, work: () => Promise<T>): Promise<T> {
    const waiting = this.#waiting.get(id);
    // An id names one kind of work, so that its result has one type.
    if (waiting) return waiting as Promise<T>;
    const done = (this.#last.get(line) ?? Promise.resolve()).then(() => {
      this.#waiting.delete(id);
      return work();
    });
    this.#waiting.set(id, done);
    const last = done
      .catch(() => undefined)
      .then(() => {
        if (this.#last.get(line) === last) this.#last.delete(line);
      });
    this.#last.set(line, last);
    return done;
  }
}
