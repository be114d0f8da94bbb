import { seeded } from "../seeded.ts";

/**
 * Draws that depend on a seed and a name alone, so that what one part of the world draws never shifts what another
 * does: an event left out of a run leaves all others as they were.
 */
export class Chance {
  readonly #seed: number;
  readonly #draw: () => number;

  constructor(seed: number, name = "") {
    this.#seed = mixed(seed, name);
    this.#draw = seeded(this.#seed);
  }

  fork(name: string): Chance {
    return new Chance(this.#seed, name);
  }

  /** In [0, 1). */
  next(): number {
    return this.#draw();
  }

  yes(probability: number): boolean {
    return this.#draw() < probability;
  }

  /** A whole number from `least` to `most`, both included. */
  between(least: number, most: number): number {
    return least + Math.floor(this.#draw() * (most - least + 1));
  }

  pick<T>(options: readonly [T, ...T[]]): T {
    return options[Math.floor(this.#draw() * options.length)] ?? options[0];
  }

  /** One of a table's names, by its weights. */
  weighted<Name extends string>(weights: Readonly<Record<Name, number>>): Name {
    const entries = Object.entries<number>(weights) as [Name, number][];
    let rest = this.#draw() * entries.reduce((sum, [, weight]) => sum + weight, 0);
    for (const [name, weight] of entries) {
      rest -= weight;
      if (rest < 0) return name;
    }
    throw new Error("a table without weights");
  }

  /** How many of `n` happen that happen with `probability` each; exact where they are few, for those are compared. */
  count(n: number, probability: number): number {
    if (probability > 0.5) return n - this.count(n, 1 - probability);
    const mean = n * probability;
    if (mean === 0) return 0;
    if (mean > 30) {
      const spread = Math.sqrt(mean * (1 - probability)) * this.#normal();
      return Math.min(n, Math.max(0, Math.round(mean + spread)));
    }
    const odds = probability / (1 - probability);
    let just = (1 - probability) ** n;
    let seen = 0;
    for (let rest = this.#draw(); rest > just && seen < n; ) {
      rest -= just;
      just *= (odds * (n - seen)) / (seen + 1);
      seen++;
    }
    return seen;
  }

  #normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.#draw()));
    return radius * Math.cos(2 * Math.PI * this.#draw());
  }
}

/** FNV-1a over the name, begun at the seed. */
function mixed(seed: number, name: string): number {
  let hash = (seed ^ 0x811c9dc5) >>> 0;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193) >>> 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b) >>> 0;
  return (hash ^ (hash >>> 13)) >>> 0;
}
