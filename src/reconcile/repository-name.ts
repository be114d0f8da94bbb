import type { Ports } from "./ports.ts";

/** `acme/shop` of the repository that some ports are of. */
export async function fullName({ forge }: Pick<Ports, "forge">): Promise<string> {
  const { owner, name } = await forge.repository();
  return `${owner}/${name}`;
}

/** GitHub's names are the same in any case. */
export function sameName(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}
