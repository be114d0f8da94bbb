/** Columns two spaces apart, a line each; those in `right` are aligned to the right. */
export function aligned(rows: readonly (readonly string[])[], right: readonly number[]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => inert(row[column] ?? "").length)),
  );
  const lines = rows.map((row) =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return right.includes(column) ? inert(cell).padStart(width) : inert(cell).padEnd(width);
      })
      .join("  ")
      .trimEnd(),
  );
  return `${lines.join("\n")}\n`;
}

/** Names come from a file that anybody may have written: a terminal must not obey them. */
export function inert(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, "·");
}
