/** Virtual time: what happens when, one thing after the other. Times are epoch ms. */
export class Agenda {
  #now: number;
  #count = 0;
  /** A binary heap by time, then by the order of asking. */
  readonly #heap: Item[] = [];

  constructor(now: number) {
    this.#now = now;
  }

  get now(): number {
    return this.#now;
  }

  /** What is returned takes it off again. */
  at(time: number, happen: () => void): () => void {
    const item: Item = { at: Math.max(time, this.#now), order: this.#count++, happen };
    this.#push(item);
    return () => {
      item.happen = null;
    };
  }

  in(wait: number, happen: () => void): () => void {
    return this.at(this.#now + Math.max(0, wait), happen);
  }

  /** So much time passes, ms, and all that was to happen is forgotten. */
  skip(wait: number): void {
    this.#heap.length = 0;
    this.#now += wait;
  }

  /** Until nothing is left, `end` has come, or `done` says so; after each event all that follows from it at once is over. */
  async run(end: number, done: () => boolean = () => false): Promise<void> {
    let over = done();
    while (!over) {
      const next = this.#heap[0];
      if (!next || next.at > end) break;
      this.#pop();
      if (!next.happen) continue;
      this.#now = next.at;
      next.happen();
      await quiet();
      over = done();
    }
    if (!over && this.#now < end) this.#now = end;
  }

  #push(item: Item): void {
    const heap = this.#heap;
    let index = heap.push(item) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = heap[parent];
      if (!above || !before(item, above)) break;
      heap[index] = above;
      index = parent;
    }
    heap[index] = item;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (!last || heap.length === 0) return;
    let index = 0;
    for (;;) {
      const left = 2 * index + 1;
      const right = left + 1;
      const a = heap[left];
      const b = heap[right];
      const [child, at] = b && a && before(b, a) ? [b, right] : [a, left];
      if (!child || !before(child, last)) break;
      heap[index] = child;
      index = at;
    }
    heap[index] = last;
  }
}

interface Item {
  readonly at: number;
  readonly order: number;
  /** null: taken off. */
  happen: (() => void) | null;
}

function before(a: Item, b: Item): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}

/** Node runs an immediate only when no promise is left that could be settled. */
async function quiet(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}
