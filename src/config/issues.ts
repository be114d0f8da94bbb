import type { z } from "zod";
import { CODES, type Code } from "./codes.ts";
import { quoted } from "./fields.ts";
import { keysAt, schemasAt } from "./json-schema.ts";
import { didYouMean } from "./nearest.ts";
import type { Path, Source } from "./source.ts";
import type { Problem } from "./types.ts";

type Issue = z.core.$ZodIssue;

/** Passed to zod so that only messages of our own are left; the rest is worded here. */
export const silent = { error: () => "" };

/** What zod found, as problems with a place and a sentence for people. */
export function problemsOf(issues: readonly Issue[], source: Source, file: string): readonly Problem[] {
  const some = issues.flatMap((issue) => chosen(issue, source)).slice(0, MOST);
  return some.filter((issue) => isFirsthand(issue, some)).flatMap((issue) => problems(issue, source, file));
}

/** Of alternatives, what the one that was meant says. */
function chosen(issue: Issue, source: Source): readonly Issue[] {
  const meant = issue.code === "invalid_union" ? closest(issue.errors) : undefined;
  if (meant === undefined || valueAt(source.value, issue.path) === undefined) return [issue];
  return meant.flatMap((inner) => chosen({ ...inner, path: [...issue.path, ...inner.path] }, source));
}

/** Nobody reads more, and finding the place of each takes time. */
const MOST = 100;

/**
 * What a check of a whole container found (it says `depth`, how far inside the container it points) is left out while
 * something inside is wrong by itself: a misspelt `setWeight` is no ladder without steps.
 */
function isFirsthand(issue: Issue, all: readonly Issue[]): boolean {
  const depth = depthOf(issue);
  if (depth === null) return true;
  const container = issue.path.slice(0, issue.path.length - depth);
  return !all.some((other) => {
    if (!container.every((segment, index) => other.path[index] === segment)) return false;
    const inner = depthOf(other);
    return inner === null || other.path.length - inner > container.length;
  });
}

function depthOf(issue: Issue): number | null {
  const depth: unknown = issue.code === "custom" ? issue.params?.["depth"] : null;
  return typeof depth === "number" ? depth : null;
}

function problems(issue: Issue, source: Source, file: string): readonly Problem[] {
  const { path } = issue;
  const problem = (at: Path, part: "key" | "value", code: Code, message: string): Problem => ({
    file,
    ...source.place(at, part),
    code,
    message,
  });

  switch (issue.code) {
    case "unrecognized_keys":
      return issue.keys
        .slice(0, MOST)
        .map((key) => problem([...path, key], "key", "unknown-key", unknownKey(path, key)));
    case "invalid_union": {
      if (valueAt(source.value, path) === undefined) return [missing(path, problem)];
      return [problem(path, "value", "wrong-type", wrongType(path, issue.message, source))];
    }
    case "invalid_type": {
      if (issue.expected === "never") return [problem(path, "key", "not-available", issue.message)];
      if (valueAt(source.value, path) === undefined) return [missing(path, problem)];
      return [problem(path, "value", "wrong-type", wrongType(path, issue.message, source))];
    }
    case "invalid_value":
      if (valueAt(source.value, path) === undefined) return [missing(path, problem)];
      return [problem(path, "value", "unknown-value", issue.message)];
    case "too_small":
      return [
        problem(
          path,
          "value",
          "out-of-range",
          issue.message || `At least ${issue.minimum} ${unit(issue.origin)}.`,
        ),
      ];
    case "too_big":
      return [
        problem(
          path,
          "value",
          "out-of-range",
          issue.message || `At most ${issue.maximum} ${unit(issue.origin)}.`,
        ),
      ];
    case "custom":
      return [problem(path, "value", codeOf(issue.params), issue.message)];
    default:
      return [problem(path, "value", "wrong-type", issue.message || "This does not belong here.")];
  }
}

/** The first alternative that takes this kind of value at all. */
function closest(alternatives: readonly (readonly Issue[])[]): readonly Issue[] | undefined {
  return alternatives.find(
    (issues) => !issues.some(({ code, path }) => code === "invalid_type" && path.length === 0),
  );
}

function missing(
  path: Path,
  problem: (at: Path, part: "key", code: Code, message: string) => Problem,
): Problem {
  const what = schemasAt(path)[0]?.description;
  const key = String(path.at(-1));
  const message = `\`${key}\` is missing${what === undefined ? "." : `: ${what}`}`;
  return problem(path.slice(0, -1), "key", "missing-key", message);
}

function unknownKey(path: Path, key: string): string {
  if (/url|address|endpoint/i.test(key)) {
    return `${quoted(key)} is no key here. Addresses and credentials of metrics belong to the operator; name a source with \`prometheus\`.`;
  }
  const known = keysAt(path);
  const list = known.map((name) => `\`${name}\``).join(", ");
  return `${quoted(key)} is no key here.${didYouMean(key, known)} Known: ${list}.`;
}

function wrongType(path: Path, message: string, source: Source): string {
  if (message !== "") return message;
  const wanted = schemasAt(path)[0]?.type;
  const found = kindOf(valueAt(source.value, path));
  return `Found ${found} where ${NAMES[String(wanted)] ?? "something else"} belongs.`;
}

const NAMES: Readonly<Record<string, string>> = {
  object: "a mapping",
  array: "a list",
  string: "text",
  number: "a number",
  integer: "a whole number",
  boolean: "`true` or `false`",
};

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return "nothing";
  if (Array.isArray(value)) return "a list";
  return typeof value === "string" ? "text" : (NAMES[typeof value] ?? "something else");
}

function unit(origin: string): string {
  return origin === "array" ? "of these" : "is possible here";
}

function codeOf(params: unknown): Code {
  const code = typeof params === "object" && params !== null && "code" in params ? params.code : null;
  return typeof code === "string" && isCode(code) ? code : "wrong-type";
}

function isCode(word: string): word is Code {
  return Object.hasOwn(CODES, word);
}

/** The plain value at a path; undefined where there is none. */
export function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (inside, segment) =>
      typeof inside === "object" && inside !== null ? Reflect.get(inside, segment) : undefined,
    value,
  );
}
