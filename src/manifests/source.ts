import { Composer, type Document, LineCounter, Parser } from "yaml";
import type { Problem } from "../config/types.ts";
import { type Graph, readGraph } from "./graph.ts";
import { failure, success } from "./result.ts";
import { templateAt } from "./template.ts";
import type { Result } from "./types.ts";

/**
 * Longest text that is read, in UTF-16 units. Parsing takes linear time, seconds a
 * megabyte on a slow machine; a manifest that a person keeps is a thousandth of this.
 */
export const LONGEST_TEXT = 1024 * 1024;

/** A file's text and its YAML documents, read once. */
export interface Source {
  readonly file: string;
  readonly text: string;
  readonly documents: readonly SourceDocument[];
  /** A problem at an offset of the text. */
  problemAt(offset: number, code: string, message: string): Problem;
  /** The line of an offset; starts at 1. */
  lineOf(offset: number): number;
}

export interface SourceDocument {
  readonly root: Document["contents"];
  readonly graph: Graph;
}

/** Reads the YAML documents of a file. Text that is not clean YAML is refused as a whole, as `kubectl` would. */
export function readSource(file: string, text: string): Result<Source> {
  const lines = new LineCounter();
  const position = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const problemAt = (offset: number, code: string, message: string): Problem => ({
    file,
    ...position(offset),
    code,
    message,
  });
  if (text.length > LONGEST_TEXT) {
    const size = (text.length / 1024 / 1024).toFixed(1);
    return failure({
      file,
      line: 1,
      column: 1,
      code: "too-large",
      message: `the file is ${size} MB and more than 1 MB is not read: keep the object that splits traffic in a file of its own`,
    });
  }
  const nul = text.indexOf("\0");
  if (nul >= 0) {
    const line = text.slice(0, nul).split("\n").length;
    const column = nul - text.lastIndexOf("\n", nul);
    return failure({
      file,
      line,
      column,
      code: "not-text",
      message: "the file holds a NUL byte: it is binary or damaged, and YAML cannot have one",
    });
  }

  const documents: SourceDocument[] = [];
  try {
    for (const document of compose(text, lines)) {
      const error = document.errors[0];
      if (error !== undefined) {
        return failure(
          templateAt(text, problemAt) ?? problemAt(error.pos[0], "yaml", yamlWords(error.message)),
        );
      }
      const graph = readGraph(document.contents);
      if (graph.fault !== null) {
        const { offset, code, message } = graph.fault;
        return failure(templateAt(text, problemAt) ?? problemAt(offset, code, message));
      }
      documents.push({ root: document.contents, graph });
    }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return failure(problemAt(0, "too-deep", "the YAML is nested too deeply to be read"));
  }
  return success({ file, text, documents, problemAt, lineOf: (offset) => position(offset).line });
}

/** Document by document, so that reading stops at the first broken one. */
function* compose(text: string, lines: LineCounter): Generator<Document> {
  // Duplicate keys are looked for in graph.ts: the library's own search takes quadratic time.
  const composer = new Composer({ merge: true, uniqueKeys: false, prettyErrors: false, logLevel: "silent" });
  const parser = new Parser(lines.addNewLine);
  for (const token of parser.parse(text)) yield* composer.next(token);
  yield* composer.end(false, text.length);
}

function yamlWords(message: string): string {
  return `this is not valid YAML: ${message.charAt(0).toLowerCase()}${message.slice(1)}`;
}
