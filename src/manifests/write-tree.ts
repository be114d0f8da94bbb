import type { Entry, Tree, TreeMap } from "./tree.ts";

/** How a file indents blocks, in columns. */
export interface BlockStyle {
  /** From a dash to what stands behind it. */
  readonly dash: number;
  /** A nested map's keys from their key. */
  readonly map: number;
  /** A nested list's dashes from their key. */
  readonly list: number;
}

/** How a file writes values between brackets. */
export interface FlowStyle {
  /** Keys and texts in double quotes, as JSON has it. */
  readonly json: boolean;
  /** Between a brace and what is in it. */
  readonly inside: string;
  readonly colon: string;
  readonly comma: string;
  /** What each level adds where every value has a line of its own; null where all is on one line. */
  readonly step: string | null;
}

const PLAIN_FLOW: FlowStyle = { json: false, inside: "", colon: ": ", comma: ", ", step: null };

/** Lines of a block item of a list, the dash at a column. */
export function itemLines(item: Tree, column: number, style: BlockStyle): readonly string[] {
  const [first = "", ...others] = isBlock(item)
    ? blockLines(item, column + style.dash, style)
    : [`${pad(column + style.dash)}${lineText(item)}`];
  return [`${pad(column)}-${pad(style.dash - 1)}${first.trimStart()}`, ...others];
}

/** Lines of a key of a block map, the key at a column. */
export function keyLines([key, value, bytes]: Entry, column: number, style: BlockStyle): readonly string[] {
  const start = `${pad(column)}${bytes ?? scalarText(key, PLAIN_FLOW)}:`;
  if (!isBlock(value)) return [`${start} ${lineText(value)}`];
  return [start, ...blockLines(value, column + (value.is === "list" ? style.list : style.map), style)];
}

function blockLines(value: Block, column: number, style: BlockStyle): readonly string[] {
  return value.is === "list"
    ? value.items.flatMap((item) => itemLines(item, column, style))
    : value.entries.flatMap((entry) => keyLines(entry, column, style));
}

/** What fits on a line of its own: commas and brackets have no meaning there. */
function lineText(value: Tree): string {
  return value.is === "scalar" && value.bytes !== null ? value.bytes : flowText(value, PLAIN_FLOW);
}

type Block = TreeMap | Extract<Tree, { is: "list" }>;

function isBlock(value: Tree): value is Block {
  if (value.is === "scalar" || value.flow) return false;
  return (value.is === "list" ? value.items : value.entries).length > 0;
}

/** A value between brackets; `base` is the indentation of the line it begins on. */
export function flowText(value: Tree, style: FlowStyle, base = ""): string {
  if (value.is === "scalar") return scalarBytes(value.bytes, value.value, style);
  const parts =
    value.is === "list"
      ? value.items.map((item) => flowText(item, style, base + (style.step ?? "")))
      : value.entries.map((entry) => pairText(entry, style, base + (style.step ?? "")));
  const [open, close] = value.is === "list" ? ["[", "]"] : ["{", "}"];
  if (parts.length === 0) return `${open}${close}`;
  if (style.step === null) {
    const inside = value.is === "list" ? "" : style.inside;
    return `${open}${inside}${parts.join(style.comma)}${inside}${close}`;
  }
  const inner = `\n${base}${style.step}`;
  return `${open}${inner}${parts.join(`,${inner}`)}\n${base}${close}`;
}

export function pairText([key, value, bytes]: Entry, style: FlowStyle, base = ""): string {
  const written = flowBytes(bytes ?? null) ?? scalarText(key, style);
  // Only behind a quote can a colon stand without a space.
  const colon = /^["']/.test(written) || /\s$/.test(style.colon) ? style.colon : `${style.colon} `;
  return `${written}${colon}${flowText(value, style, base)}`;
}

function scalarBytes(
  bytes: string | null,
  value: string | number | boolean | null,
  style: FlowStyle,
): string {
  const kept = flowBytes(bytes);
  if (kept !== null) return kept;
  return typeof value === "string" ? scalarText(value, style) : String(value);
}

/** Bytes that mean the same between brackets; null where they would not. Those that come out of JSON are JSON. */
function flowBytes(bytes: string | null): string | null {
  return bytes !== null && (/^["']/.test(bytes) || !/[[\]{},]/.test(bytes)) ? bytes : null;
}

/** Words that YAML takes for something else than text in one of its versions. */
const TAKEN = /^(?:y|n|yes|no|on|off|true|false|null|nan|inf)$/i;
const PLAIN = /^[A-Za-z/][A-Za-z0-9_./-]*$/;

function scalarText(text: string, style: FlowStyle): string {
  if (style.json) return JSON.stringify(text);
  if (PLAIN.test(text) && !TAKEN.test(text)) return text;
  const needsEscape = /[^\x20-\x7e]/.test(text);
  return !needsEscape && /["\\]/.test(text) ? `'${text.replaceAll("'", "''")}'` : JSON.stringify(text);
}

function pad(columns: number): string {
  return " ".repeat(Math.max(0, columns));
}
