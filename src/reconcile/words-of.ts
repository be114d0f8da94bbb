/** What an error says; of what is no error, what it looks like. */
export function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
