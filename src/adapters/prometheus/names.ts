import { RE2JS } from "re2js";
import type { Plane, Rule } from "./planes/plane.ts";

export type Side = "stable" | "canary";
export type LabelSet = Readonly<Record<string, string>>;

/** What the patterns of a plane stand for. */
export interface Names {
  readonly namespace: string;
  readonly service: string;
  /** null: every route. */
  readonly route: string | null;
  readonly stable: SideNames;
  readonly canary: SideNames;
}

interface SideNames {
  /** What the data plane calls it. */
  readonly side: string;
  /** The arm in the target. */
  readonly backend: string;
  /** null: any. */
  readonly port: string | null;
}

type Patterns = Readonly<Record<string, string>>;

/** A selector's part for the labels both sides share and those that tell them apart, in PromQL: `a="b",c=~"d|e"`. */
export function matchers(
  plane: Pick<Plane, "scope" | "narrow" | "sides" | "stable">,
  names: Names,
  sides: readonly Side[],
): readonly string[] {
  const scope = { ...plane.scope, ...(names.route !== null && plane.narrow) };
  const shared = Object.entries(scope).map(
    ([label, pattern]) => `${label}${matching([filled(pattern, names, names.canary)])}`,
  );
  const rows = sides.flatMap((side) => rowsOf(plane, side).map((row) => ({ row, own: names[side] })));
  const labels = [...new Set(rows.flatMap(({ row }) => Object.keys(row)))];
  const telling = labels.map((label) => {
    const values = rows.map(({ row, own }) => filled(row[label] ?? "", names, own));
    return `${label}${matching(values)}`;
  });
  return [...shared, ...telling];
}

/** Whose requests a series counts; null when it is of neither side. */
export function sideOf(
  plane: Pick<Plane, "sides" | "stable">,
  names: Names,
): (labels: LabelSet) => Side | null {
  const tests = (["stable", "canary"] as const).map((side) => {
    const rows = rowsOf(plane, side).map((row) =>
      Object.entries(row).map(([label, pattern]) => {
        const { regex } = filled(pattern, names, names[side]);
        return { label, isWhole: wholly(regex) };
      }),
    );
    return (labels: LabelSet) =>
      rows.some((row) => row.every(({ label, isWhole }) => isWhole(labels[label] ?? "")));
  });
  const [isStable, isCanary] = tests;
  // Where one name begins with the other, the longer one is meant.
  const closer: Side = names.canary.side.length > names.stable.side.length ? "canary" : "stable";
  return (labels) => {
    const stable = isStable?.(labels) ?? false;
    const canary = isCanary?.(labels) ?? false;
    if (stable && canary) return closer;
    return stable ? "stable" : canary ? "canary" : null;
  };
}

export function ruleMatchers(rules: Readonly<Record<string, Rule>>): readonly string[] {
  return Object.entries(rules).map(([label, rule]) => {
    const text = "is" in rule ? rule.is : rule.not;
    const plain = /^\w*$/.test(text);
    const operator = "is" in rule ? (plain ? "=" : "=~") : plain ? "!=" : "!~";
    return `${label}${operator}${quoted(text)}`;
  });
}

/** Whether a series counts failures, by the rows of its counter. */
export function failureTest(
  failed: readonly Readonly<Record<string, Rule>>[],
): (labels: LabelSet) => boolean {
  const rows = failed.map((row) =>
    Object.entries(row).map(([label, rule]) => ({
      label,
      wanted: "is" in rule,
      isWhole: wholly("is" in rule ? rule.is : rule.not),
    })),
  );
  return (labels) =>
    rows.some((row) => row.every(({ label, wanted, isWhole }) => isWhole(labels[label] ?? "") === wanted));
}

/** As Prometheus matches a label, in time that grows with the text alone: a rollout may bring its own expression. */
function wholly(regex: string): (text: string) => boolean {
  const compiled = RE2JS.compile(regex, RE2JS.DOTALL);
  return (text) => compiled.matches(text);
}

/** A PromQL string: backslash, quote and line break are all it needs escaped. */
function quoted(text: string): string {
  return `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")}"`;
}

function rowsOf(plane: Pick<Plane, "sides" | "stable">, side: Side): readonly Patterns[] {
  return side === "stable" ? (plane.stable ?? plane.sides) : plane.sides;
}

interface Filled {
  readonly regex: string;
  /** The one text it matches; null when there are more. */
  readonly exact: string | null;
}

/** Kubernetes builds its suffixes from these alone (k8s.io/apimachinery pkg/util/rand). */
const HASH = "[bcdfghjklmnpqrstvwxz2456789]+";
const OPEN: Readonly<Record<string, string>> = { any: ".*", hash: HASH, number: "[0-9]+" };

function filled(pattern: string, names: Names, own: SideNames): Filled {
  const known: Readonly<Record<string, string | null>> = { ...names, ...own, stable: null, canary: null };
  let exact: string | null = "";
  let regex = "";
  for (const part of pattern.split(/(\{[a-z]+\})/)) {
    const key = /^\{([a-z]+)\}$/.exec(part)?.[1];
    const text = key === undefined ? part : (known[key] ?? null);
    if (text === null) {
      exact = null;
      regex += OPEN[key ?? ""] ?? "[^-_/|]+";
    } else {
      exact = exact === null ? null : exact + text;
      regex += escapedRegex(text);
    }
  }
  return { regex, exact };
}

function matching(values: readonly Filled[]): string {
  const [first, ...others] = [...new Map(values.map((value) => [value.regex, value])).values()];
  if (first?.exact != null && others.length === 0) return `=${quoted(first.exact)}`;
  return `=~${quoted([first, ...others].map((value) => value?.regex ?? "").join("|"))}`;
}

/** RE2's special characters; Prometheus anchors the whole by itself. */
function escapedRegex(text: string): string {
  return text.replace(/[\\^$.|?*+()[\]{}]/g, "\\$&");
}
