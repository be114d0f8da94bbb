/** ms */
interface Pace {
  /** Between two looks that succeeded. */
  readonly every: number;
  /** After the first failure in a row; doubles with each, up to `longest`. */
  readonly first: number;
  readonly longest: number;
}

/** GitHub does not repeat a lost delivery; what one would have said is found this much later at the latest. */
const USUAL: Pace = { every: 15 * 60_000, first: 1_000, longest: 60_000 };

/** Looks at everything at once, again until that succeeds, and from then on every so often. */
export function keepSweeping(
  sweep: () => Promise<void>,
  told: { readonly succeeded: () => void; readonly failed: (error: unknown, nextIn: number) => void },
  pace: Pace = USUAL,
  later: (wait: number, then: () => void) => () => void = afterwards,
): { stop(): void } {
  let forget = () => {};
  let stopped = false;
  let failures = 0;

  async function once(): Promise<void> {
    let next = pace.every;
    try {
      await sweep();
      failures = 0;
      if (!stopped) told.succeeded();
    } catch (error) {
      next = Math.min(pace.first * 2 ** failures, pace.longest);
      failures += 1;
      if (!stopped) told.failed(error, next);
    }
    if (!stopped) forget = later(next, once);
  }

  once();
  return {
    stop() {
      stopped = true;
      forget();
    },
  };
}

/** Calls `then` in `wait` ms, unless what it returns is called before. */
export function afterwards(wait: number, then: () => void): () => void {
  const timer = setTimeout(then, wait);
  return () => clearTimeout(timer);
}
