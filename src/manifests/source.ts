import { Composer, type Document, Parser } from "yaml";
import type { Problem } from "../config/types.ts";
import { type Chunk, chunksOf } from "./chunks.ts";
import { type Graph, readGraph } from "./graph.ts";
import { linesOf } from "./lines.ts";
import { failure, success } from "./result.ts";
import { templateAt } from "./template.ts";
import { type Tokens, tokensOf } from "./tokens.ts";
import type { Result } from "./types.ts";

/**
 * Longest text whose YAML is read as a whole, in UTF-16 units. Reading takes linear time, seconds a
 * megabyte on a slow machine; a manifest that a person keeps is a thousandth of this.
 */
export const LONGEST_TEXT = 1024 * 1024;
/** Longest text that is looked at: of more than `LONGEST_TEXT` only the documents that can matter are read. */
export const LONGEST_FILE = 32 * LONGEST_TEXT;

/** A file's text and its YAML documents, read once. */
export interface Source {
  readonly file: string;
  readonly text: string;
  readonly chunks: readonly SourceChunk[];
  /** Of the chunks that were read. */
  readonly documents: readonly SourceDocument[];
  /** A problem at an offset of the text. */
  problemAt(offset: number, code: string, message: string): Problem;
  /** The line of an offset; starts at 1. */
  lineOf(offset: number): number;
}

interface SourceChunk extends Chunk {
  /** Null when it was not read. */
  readonly documents: readonly SourceDocument[] | null;
  /** Null when it was not read. */
  readonly tokens: Tokens | null;
}

export interface SourceDocument {
  readonly root: Document["contents"];
  readonly graph: Graph;
}

/**
 * Reads the YAML documents of a file. Text that is not clean YAML is refused as a whole, as `kubectl`
 * would; of a very long text only the documents that `matters` tells by their text are read and held to that.
 */
export function readSource(
  file: string,
  text: string,
  matters: (document: string) => boolean = () => true,
): Result<Source> {
  const bare = bareSource(file, text);
  if (text.length > LONGEST_FILE) {
    const size = (text.length / 1024 / 1024).toFixed(1);
    return failure(
      bare.problemAt(
        0,
        "too-large",
        `the file is ${size} MB and more than ${LONGEST_FILE / 1024 / 1024} MB is not read: keep the object that splits traffic in a file of its own`,
      ),
    );
  }
  const nul = text.indexOf("\0");
  if (nul >= 0) {
    const message = "the file holds a NUL byte: it is binary or damaged, and YAML cannot have one";
    return failure(bare.problemAt(nul, "not-text", message));
  }
  const chunks = chunksOf(text);
  const isLong = text.length > LONGEST_TEXT;
  const read = isLong ? chunks.filter(({ from, to }) => matters(text.slice(from, to))) : chunks;
  const length = read.reduce((sum, { from, to }) => sum + to - from, 0);
  if (length > LONGEST_TEXT) {
    const size = (length / 1024 / 1024).toFixed(1);
    return failure(
      bare.problemAt(
        read[0]?.from ?? 0,
        "too-large",
        `the objects of this file that can be meant make ${size} MB and more than 1 MB is not read: say which by its name, or keep it in a file of its own`,
      ),
    );
  }
  const wanted = new Set(read);
  return readChunks(
    bare,
    chunks.map((chunk) => (wanted.has(chunk) ? chunk : { ...chunk, documents: null, tokens: null })),
  );
}

/**
 * The source with another text in which only some documents differ: those alone are read again. Null when a
 * document that was not read differs, or there are more or fewer of them.
 */
export function readAgain(before: Source, text: string): Result<Source> | null {
  const chunks = chunksOf(text);
  if (chunks.length !== before.chunks.length) return null;
  const again: (Chunk | SourceChunk)[] = [];
  for (const [index, { from, to }] of chunks.entries()) {
    const old = before.chunks[index];
    if (old === undefined) return null;
    const isSame =
      to - from === old.to - old.from && text.slice(from, to) === before.text.slice(old.from, old.to);
    if (!isSame && old.documents === null) return null;
    again.push(isSame ? { ...old, from, to } : { from, to });
  }
  return readChunks(bareSource(before.file, text), again);
}

/** Those chunks are read that were not before. */
function readChunks(bare: Source, some: readonly (Chunk | SourceChunk)[]): Result<Source> {
  const chunks: SourceChunk[] = [];
  for (const chunk of some) {
    const read = "tokens" in chunk ? success(chunk) : readChunk(bare, chunk);
    if (!read.ok) return read;
    chunks.push(read.value);
  }
  return success({ ...bare, chunks, documents: chunks.flatMap(({ documents }) => documents ?? []) });
}

function readChunk({ text, problemAt }: Source, chunk: Chunk): Result<SourceChunk> {
  const documents: SourceDocument[] = [];
  const tokens = tokensOf(text.slice(chunk.from, chunk.to));
  try {
    for (const document of compose(tokens, chunk)) {
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
    return failure(problemAt(chunk.from, "too-deep", "the YAML is nested too deeply to be read"));
  }
  return success({ ...chunk, documents, tokens });
}

function compose(tokens: Tokens, { from, to }: Chunk): readonly Document[] {
  const documents: Document[] = [];
  // Duplicate keys are looked for in graph.ts: the library's own search takes quadratic time.
  const composer = new Composer({ merge: true, uniqueKeys: false, prettyErrors: false, logLevel: "silent" });
  const parser = new Parser();
  // Every place in the chunk is an offset of the whole text.
  parser.offset = from;
  for (const token of tokens) {
    for (const part of parser.next(token)) documents.push(...composer.next(part));
  }
  for (const part of parser.end()) documents.push(...composer.next(part));
  documents.push(...composer.end(false, to));
  return documents;
}

function bareSource(file: string, text: string): Source {
  const lines = linesOf(text);
  return {
    file,
    text,
    chunks: [],
    documents: [],
    problemAt: (offset, code, message) => ({ file, ...lines(offset), code, message }),
    lineOf: (offset) => lines(offset).line,
  };
}

function yamlWords(message: string): string {
  return `this is not valid YAML: ${message.charAt(0).toLowerCase()}${message.slice(1)}`;
}
