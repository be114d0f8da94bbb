/** Addresses for people with places in braces, as the operator writes them: `https://grafana.example.com/d/x?from={from}`. */

const PLACE = /\{([a-z_]+)\}/g;

/** Whether it is an address over http that has the places which are needed and no unknown one, and carries no credentials. */
export function isTemplate(
  template: string,
  known: readonly string[],
  needed: readonly string[] = [],
): boolean {
  const url = URL.parse(template.replace(PLACE, "x"));
  const named = [...template.matchAll(PLACE)].map(([, name]) => name ?? "");
  return (
    url !== null &&
    ["http:", "https:"].includes(url.protocol) &&
    !url.username &&
    !url.password &&
    needed.every((name) => named.includes(name)) &&
    named.every((name) => known.includes(name))
  );
}

/** With its places filled in, percent-encoded. */
export function filled(template: string, values: Readonly<Record<string, string>>): string {
  return template.replace(PLACE, (place, name) => {
    const value = Object.hasOwn(values, name) ? values[name] : undefined;
    // Parentheses would end a link in Markdown.
    return value === undefined
      ? place
      : encodeURIComponent(value).replace(/[()]/g, (sign) => `%${sign.charCodeAt(0).toString(16)}`);
  });
}
