import type { Node } from "yaml";
import type { Rule } from "../kind.ts";
import { at, type Place } from "../place.ts";
import { type Budget, said, type Tree, treeOf } from "../tree.ts";
import type { HeaderRules } from "./header-rules.ts";

/** Nodes read at most to find one route: more than any file has in which they are written out. */
const MOST_NODES = 400_000;

/** Reads rules of a list, each part once, and no more of them than anybody writes. */
export class RuleReader {
  readonly #shape: Pick<HeaderRules, "key" | "alternatives" | "joined">;
  readonly #conditions: readonly Tree[];
  readonly #budget: Budget = { left: MOST_NODES };
  readonly #trees = new Map<Node, Tree | null>();
  readonly #besides = new Map<Node | null, ReadonlySet<string>>();

  constructor(shape: Pick<HeaderRules, "key" | "alternatives" | "joined">, conditions: readonly Tree[]) {
    this.#shape = shape;
    this.#conditions = conditions;
  }

  /** True when there was more to read than is read: what was found is not all then. */
  get isSpent(): boolean {
    return this.#budget.left < 0;
  }

  /** For work that grows with the number of something; false when it would be too much. */
  spend(count: number): boolean {
    this.#budget.left -= count;
    return !this.isSpent;
  }

  /** A rule as a whole; null for one that is too large or strange. */
  rule({ item }: Rule): Tree | null {
    return item?.in === "list" ? this.#tree(item.place) : null;
  }

  /** What says which requests a rule takes; null where nothing does. */
  requests(rule: Rule): Tree | null {
    const place = this.#requestsAt(rule);
    return place === null ? null : this.#tree(place);
  }

  /** The ways to be taken by a rule. */
  alternatives(rule: Rule): readonly string[] {
    return this.#shape.alternatives(this.requests(rule)).map(said);
  }

  /** The ways to be taken by the route's rules beside a split: each of the split's with each condition. */
  besides(split: Rule): ReadonlySet<string> {
    const node = this.#requestsAt(split)?.node ?? null;
    const known = this.#besides.get(node);
    if (known !== undefined) return known;
    const before = this.#budget.left;
    const requests = this.requests(split);
    const isEnough = this.spend((before - this.#budget.left) * this.#conditions.length);
    const joined = isEnough ? this.#shape.joined(requests, this.#conditions) : [];
    const texts = new Set(typeof joined === "string" ? [] : joined.map(said));
    this.#besides.set(node, texts);
    return texts;
  }

  #requestsAt({ item }: Rule): Place | null {
    return item?.in === "list" ? at(item.place, this.#shape.key) : null;
  }

  #tree(place: Place): Tree | null {
    const known = this.#trees.get(place.node);
    if (known !== undefined) return known;
    const found = treeOf(place, this.#budget);
    this.#trees.set(place.node, found);
    return found;
  }
}
