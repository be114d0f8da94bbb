import { CAUSES } from "./promises/causes.ts";
import type { Healthy } from "./promises/healthy.ts";
import type { Result } from "./simulate.ts";

/** Share of the releases as good as stable that a rollout accepts to be rolled back; no shop says another. */
const FALSE_ROLLBACK = 0.01;

/** What many runs came to: how often each thing went wrong, and what became of the releases. */
export class Tally {
  seeds = 0;
  readonly #met = new Map<string, number>();
  readonly #outcomes = new Map<string, number>();

  add({ met, outcomes }: Pick<Result, "met" | "outcomes">): void {
    this.seeds++;
    for (const [what, count] of met) this.#met.set(what, (this.#met.get(what) ?? 0) + count);
    for (const [what, count] of outcomes) this.#outcomes.set(what, (this.#outcomes.get(what) ?? 0) + count);
  }

  /** Releases that came to an end. */
  get releases(): number {
    const ended = [...this.#outcomes].filter(([what]) => what.startsWith("ended "));
    return ended.reduce((sum, [, count]) => sum + count, 0);
  }

  met(what: string): number {
    return this.#met.get(what) ?? 0;
  }

  outcome(what: string): number {
    return this.#outcomes.get(what) ?? 0;
  }

  /** Ends and holds that no release came to, and what none began by. */
  missing(): readonly string[] {
    const ends = ["promoted", "rolled-back", "superseded", "cancelled"].map((end) => `ended ${end}`);
    // A route that cannot be taken away at an end is left by a test of its own.
    const holds = Object.keys(CAUSES).filter((reason) => reason !== "bypass");
    const begun = ["merge", "schedule", "deployment", "command", "plan"].map((by) => `begun by ${by}`);
    const wanted = [...ends, ...holds.map((hold) => `hold ${hold}`), ...begun];
    return wanted.filter((what) => this.outcome(what) === 0);
  }

  /** Why more healthy versions failed than a rollout accepts, beyond what chance makes of it; null: they did not. */
  unfair(): string | null {
    const count = (what: Healthy) => this.outcome(what);
    const failed = count("healthy version failed");
    const judged = failed + count("healthy version passed");
    const accepted = judged * FALSE_ROLLBACK;
    // Four standard deviations, and a few where that says little.
    if (failed <= accepted + 4 * Math.sqrt(accepted) + 3) return null;
    return `${failed} of ${judged} healthy versions failed by the judge, where ${100 * FALSE_ROLLBACK} % is accepted`;
  }

  /** Two lists; `wanted` are shown though they never came. */
  table(wanted: readonly string[]): string {
    const met = new Map([...wanted.map((what) => [what, 0] as const), ...this.#met]);
    return ["What went wrong:", ...lines(met), "", "What became of it:", ...lines(this.#outcomes), ""].join(
      "\n",
    );
  }
}

function lines(counts: ReadonlyMap<string, number>): readonly string[] {
  return [...counts]
    .sort(([, a], [, b]) => b - a)
    .map(([what, count]) => `${count.toLocaleString("en").padStart(12)}  ${what}`);
}
