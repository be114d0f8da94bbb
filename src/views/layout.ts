/**
 * Bodies that stay within GitHub's limits by construction: sections know what they can do without,
 * and every cut is said where it was made. Sizes are UTF-8 bytes, the strictest reading of the limits.
 */

/** Comments and pull request bodies may have 65,536 characters; the room left is for the trailers a caller adds. */
export const BODY_LIMIT = 64_000;
/** Check run summaries may have 65,535. */
export const SUMMARY_LIMIT = 65_000;
const TITLE_LIMIT = 255;

const GLUE = "\n\n";

export interface Section {
  readonly before: readonly string[];
  /** One line each: rows or list items. The middle ones go when room is short. */
  readonly items: readonly string[];
  readonly after: readonly string[];
  /** The line that stands where `count` items were. */
  readonly gap: (count: number) => string;
  /** Sections with a lower number give way first. */
  readonly rank: number;
}

/** Fixed lines. */
export function text(...lines: readonly string[]): Section {
  return { before: lines, items: [], after: [], gap: () => "", rank: 0 };
}

export function table(head: readonly string[], rows: readonly (readonly string[])[]): Section {
  const row = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return {
    before: [row(head), `|${" --- |".repeat(head.length)}`],
    items: rows.map(row),
    after: [],
    gap: (left) => row([`… ${left} more`, ...head.slice(1).map(() => "")]),
    rank: 1,
  };
}

/** Joins sections with blank lines, `tail` always last, in at most `limit` bytes. */
export function compose(sections: readonly Section[], limit: number, tail: string | null = null): string {
  const ending = tail === null ? "" : `${GLUE}${tail}`;
  const room = limit - bytes(ending);
  const shown = sections.map((section) => sized(render(section, 0)));
  const total = () => shown.reduce((sum, { size }) => sum + size + GLUE.length, -GLUE.length);

  const yielding = sections
    .map((section, index) => ({ section, index }))
    .filter(({ section }) => section.items.length > 2)
    .sort((a, b) => a.section.rank - b.section.rank);
  for (const { section, index } of yielding) {
    const excess = total() - room;
    if (excess <= 0) break;
    shown[index] = sized(render(section, toDrop(section, excess)));
  }

  let size = total();
  let kept = shown.length;
  const note = () => `… ${shown.length - kept} more parts left out: too long for GitHub.`;
  while (size + (kept < shown.length ? bytes(GLUE + note()) : 0) > room && kept > 1) {
    kept--;
    size -= (shown[kept]?.size ?? 0) + GLUE.length;
  }
  const parts = shown.slice(0, kept).map(({ body }) => body);
  return [...parts, ...(kept < shown.length ? [note()] : [])].join(GLUE) + ending;
}

/** A line for places that take no Markdown, cut to `limit` bytes. */
export function title(line: string, limit = TITLE_LIMIT): string {
  if (bytes(line) <= limit) return line;
  const characters = [...line];
  while (bytes(characters.join("")) > limit - 3) characters.pop();
  return `${characters.join("").trimEnd()}…`;
}

function render(section: Section, drop: number): string {
  const { items } = section;
  const first = Math.ceil((items.length - drop) / 2);
  const shown =
    drop === 0 ? items : [...items.slice(0, first), section.gap(drop), ...items.slice(first + drop)];
  return [...section.before, ...shown, ...section.after].join("\n");
}

/** How many items of the middle to leave out so that `excess` bytes go; the first and the last item stay. */
function toDrop(section: Section, excess: number): number {
  const whole = bytes(render(section, 0));
  let enough = Math.max(0, section.items.length - 2);
  let tooFew = 0;
  while (enough - tooFew > 1) {
    const middle = Math.floor((enough + tooFew) / 2);
    if (whole - bytes(render(section, middle)) >= excess) enough = middle;
    else tooFew = middle;
  }
  return enough;
}

function sized(body: string): { readonly body: string; readonly size: number } {
  return { body, size: bytes(body) };
}

function bytes(value: string): number {
  return Buffer.byteLength(value, "utf8");
}
