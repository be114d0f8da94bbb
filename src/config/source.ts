import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument } from "yaml";
import type { Code } from "./codes.ts";
import { keyText, readTree } from "./tree.ts";
import type { Problem } from "./types.ts";

const LARGEST = 256 * 1024;

export type Path = readonly PropertyKey[];

/** Where in the file something is; both start at 1. */
interface Place {
  readonly line: number;
  readonly column: number;
}

/** A file's plain value together with where each part of it was written. */
export interface Source {
  readonly value: unknown;
  /** The place of a key or of its value; for what is not there, of the nearest thing around it. */
  readonly place: (path: Path, part: "key" | "value") => Place;
}

export type Reading =
  | { readonly ok: true; readonly source: Source }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** YAML text to plain values. Nothing that a file can hold makes it throw or run long. */
export function readSource(file: string, text: string): Reading {
  const problem = (code: Code, place: Place, message: string): Problem => ({ file, ...place, code, message });
  const start = { line: 1, column: 1 };

  const bytes = new TextEncoder().encode(text).length;
  if (bytes > LARGEST) {
    const message = `The file has ${bytes} bytes; at most ${LARGEST} are read.`;
    return { ok: false, problems: [problem("too-large", start, message)] };
  }
  const nul = text.indexOf("\0");
  if (nul >= 0) {
    const before = text.slice(0, nul).split("\n");
    const place = { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
    return {
      ok: false,
      problems: [problem("nul-byte", place, "A NUL character: save the file as plain text.")],
    };
  }

  const lines = new LineCounter();
  const at = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  let doc: Document;
  try {
    // Duplicate keys are found in tree.ts: yaml's own check takes quadratic time.
    doc = parseDocument(text.replace(/^\uFEFF/, ""), {
      lineCounter: lines,
      prettyErrors: false,
      uniqueKeys: false,
      schema: "core",
      // "silent" would also keep quiet about a second document.
      logLevel: "error",
    });
  } catch {
    return {
      ok: false,
      problems: [problem("yaml-syntax", start, "The YAML is nested too deep to be read.")],
    };
  }
  if (doc.errors.length > 0) {
    const found = doc.errors
      .slice(0, 20)
      .map((error) =>
        error.code === "MULTIPLE_DOCS"
          ? problem(
              "several-documents",
              at(error.pos[0]),
              "One file holds one YAML document: remove the rest.",
            )
          : problem("yaml-syntax", at(error.pos[0]), syntaxMessage(error.message)),
      );
    return { ok: false, problems: found };
  }
  const { explicit, version } = doc.directives?.yaml ?? {};
  if (explicit === true && version !== "1.2") {
    return {
      ok: false,
      problems: [problem("yaml-version", start, "Remove the %YAML line: YAML 1.2 is read.")],
    };
  }
  const tree = readTree(doc);
  if (tree.flaws.length > 0) {
    return {
      ok: false,
      problems: tree.flaws.slice(0, 100).map((flaw) => problem(flaw.code, at(flaw.offset), flaw.message)),
    };
  }
  return {
    ok: true,
    source: { value: tree.value, place: (path, part) => at(offsetAt(doc, tree.real, path, part)) },
  };
}

function syntaxMessage(message: string): string {
  // The parser reports its own exhausted stack as if it were a mistake in the text.
  if (/call stack|stack overflow/i.test(message)) return "The YAML is nested too deep to be read.";
  return message.endsWith(".") ? message : `${message}.`;
}

function offsetAt(
  doc: Document,
  real: (node: unknown) => unknown,
  path: Path,
  part: "key" | "value",
): number {
  let node: unknown = doc.contents;
  let key: unknown = null;
  for (const segment of path) {
    const inside = real(node);
    if (isMap(inside)) {
      const pair = inside.items.find((item) => keyText(item.key) === String(segment));
      if (pair === undefined) break;
      key = pair.key;
      node = pair.value;
    } else if (isSeq(inside) && typeof segment === "number" && segment < inside.items.length) {
      key = null;
      node = inside.items[segment];
    } else break;
  }
  const [first, second] = part === "key" ? [key, node] : [node, key];
  return startOf(first) ?? startOf(second) ?? 0;
}

function startOf(node: unknown): number | undefined {
  return isMap(node) || isSeq(node) || isScalar(node) || isAlias(node) ? node.range?.[0] : undefined;
}
