/** A request as faults and the log see it. */
export interface RequestFacts {
  readonly method: string;
  /** Path and query, as sent. */
  readonly path: string;
  /** The parsed JSON body, for telling GraphQL requests apart. */
  readonly body: unknown;
}

/**
 * What a broken GitHub does: an answer of its own, a connection cut before or after the request took
 * effect, or a late answer; and what happens elsewhere while it holds the request.
 */
export type Behaviour =
  | Outcome
  | { readonly meanwhile: () => Promise<unknown>; readonly fate: "drop-before" | "drop-after" };

type Outcome =
  | { readonly status: number; readonly body?: unknown; readonly headers?: Readonly<Record<string, string>> }
  | "drop-before"
  | "drop-after"
  | { readonly delayMs: number };

interface Fault {
  readonly match: (request: RequestFacts) => boolean;
  readonly behave: Behaviour;
  left: number;
}

/** Armed faults; each is used up by as many matching requests as it was given. */
export class Faults {
  #armed: Fault[] = [];

  /** Returns how many of its uses are left, for a test to see that the fault was met. */
  add(match: Fault["match"], behave: Behaviour, count: number): { readonly left: number } {
    const fault: Fault = { match, behave, left: count };
    this.#armed.push(fault);
    return fault;
  }

  async take(request: RequestFacts): Promise<Outcome | null> {
    const fault = this.#armed.find((candidate) => candidate.left > 0 && candidate.match(request));
    if (fault === undefined) return null;
    fault.left -= 1;
    const { behave } = fault;
    if (typeof behave === "string" || !("meanwhile" in behave)) return behave;
    await behave.meanwhile();
    return behave.fate;
  }

  clear(): void {
    this.#armed = [];
  }
}
