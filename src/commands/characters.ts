/** Letters of other scripts, and other slashes, that a reader takes for those of `/canary`. */
const LOOKALIKES: Readonly<Record<string, string>> = {
  "\u2215": "/",
  "\u2044": "/",
  "\u29f8": "/",
  "\u0441": "c",
  "\u03f2": "c",
  "\u0430": "a",
  "\u0251": "a",
  "\u03b1": "a",
  "\u0578": "n",
  "\u0433": "r",
  "\u0443": "y",
  "\u04af": "y",
  "\u03b3": "y",
};

/** What a line looks like: without the invisible, compatibility forms and lookalikes replaced. Only for comparing. */
export function appearance(line: string): string {
  const visible = line.normalize("NFKC").replaceAll(/[\p{Cf}\p{Mn}\u115f\u1160\u3164]/gu, "");
  return [...visible].map((character) => LOOKALIKES[character.toLowerCase()] ?? character).join("");
}

/** The first character besides printable ASCII, space and tab as `U+200B`; null when there is none. */
export function strangeCharacter(line: string): string | null {
  for (const character of line) {
    const code = character.codePointAt(0) ?? 0;
    if (code === 9 || (code >= 32 && code < 127)) continue;
    return `U+${code.toString(16).toUpperCase().padStart(4, "0")}`;
  }
  return null;
}
