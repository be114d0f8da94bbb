/**
 * Bodies that stay within GitHub's limits by construction: sections know what they can do without,
 * and every cut is said where it was made. Sizes are UTF-8 bytes, the strictest reading of the limits.
 */

/** Comments and pull request bodies may have 65,536 characters; the room left is for the trailers a caller adds. */
export const BODY_LIMIT = 64_000;
/** Check run summaries may have 65,535. */
export const SUMMARY_LIMIT = 65_000;
export const TITLE_LIMIT = 255;

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
  const ending = tail === null ? "" : `\n\n${tail}`;
  const room = limit - bytes(ending);
  const dropped = new Map<Section, number>();
  const show = (shown: readonly Section[]) =>
    shown.map((section) => render(section, dropped.get(section) ?? 0)).join("\n\n");

  let body = show(sections);
  for (const section of sections.toSorted((a, b) => a.rank - b.rank)) {
    const excess = bytes(body) - room;
    if (excess <= 0) break;
    dropped.set(section, toDrop(section, excess));
    body = show(sections);
  }
  let kept = sections;
  while (bytes(body) > room && kept.length > 1) {
    kept = kept.slice(0, -1);
    body = `${show(kept)}\n\n… ${sections.length - kept.length} more parts left out: too long for GitHub.`;
  }
  return body + ending;
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

function bytes(value: string): number {
  return Buffer.byteLength(value, "utf8");
}
