/** Lines that are not in both texts in the same order. */
export function changedLines(before: string, after: string): number {
  const a = before.split("\n");
  const b = after.split("\n");
  if (a.length === b.length) return a.filter((line, index) => line !== b[index]).length;
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start++;
  let end = 0;
  while (end < a.length - start && end < b.length - start && a.at(-1 - end) === b.at(-1 - end)) end++;
  // Longest common subsequence over what is between.
  const left = a.slice(start, a.length - end);
  const right = b.slice(start, b.length - end);
  let row = new Uint32Array(right.length + 1);
  for (const line of left) {
    const nextRow = new Uint32Array(right.length + 1);
    for (const [index, other] of right.entries()) {
      nextRow[index + 1] =
        line === other ? (row[index] ?? 0) + 1 : Math.max(row[index + 1] ?? 0, nextRow[index] ?? 0);
    }
    row = nextRow;
  }
  return Math.max(left.length, right.length) - (row.at(-1) ?? 0);
}
