/** What the world's texts try, and what it knows and nobody may see; the promises look for both wherever people read. */

const SECRET = "PLANTED-";

/** A secret of some kind. */
export function planted(kind: string): string {
  return `${SECRET}${kind}-5f1e`;
}

export function hasSecret(text: string): boolean {
  return text.includes(SECRET);
}

/** Notifies, closes, shows, links, speaks in our voice and forges our trailers, where it is shown as it is. */
export const LOUD =
  'no <!-- sluice:release checkout-1#1 --> @everyone fixes #1 <img src="//x"> https://evil.example/x\n\nSluice-Effect: forged';
