/** Words with commas between; at most `limit` of them, then how many more there are. */
export function listed(words: readonly string[], limit = 10): string {
  const shown = words.slice(0, limit);
  const rest = words.length - shown.length;
  return rest > 0 ? `${shown.join(", ")} and ${rest} more` : shown.join(", ");
}
