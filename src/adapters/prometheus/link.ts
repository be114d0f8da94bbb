/** What a template of an address may name. */
const NAMES = ["query", "from", "to", "end", "minutes"] as const;
const PLACE = /\{([a-z]+)\}/g;

/** Whether an operator's template is an address over http with a query in it and nothing that is not filled in. */
export function isTemplate(template: string): boolean {
  const url = URL.parse(template.replace(PLACE, "x"));
  const named = [...template.matchAll(PLACE)].map(([, name]) => name);
  return (
    url !== null &&
    ["http:", "https:"].includes(url.protocol) &&
    !url.username &&
    !url.password &&
    named.includes("query") &&
    named.every((name) => NAMES.some((known) => known === name))
  );
}

/**
 * A template with its places filled in, percent-encoded: `{query}`; `{from}` and `{to}` as epoch ms, for Grafana;
 * `{end}` as `2026-05-04 10:08:00` UTC and `{minutes}` as a number, for Prometheus' own page.
 */
export function linkOf(
  template: string | undefined,
  query: string,
  { from, to }: { readonly from: number; readonly to: number },
): string | null {
  if (template === undefined) return null;
  const values: Readonly<Record<(typeof NAMES)[number], string>> = {
    query,
    from: String(from),
    to: String(to),
    end: new Date(to).toISOString().slice(0, 19).replace("T", " "),
    minutes: String(Math.max(1, Math.ceil((to - from) / 60_000))),
  };
  return template.replace(PLACE, (place, name) => {
    const known = NAMES.find((one) => one === name);
    // Parentheses would end a link in Markdown.
    return known === undefined
      ? place
      : encodeURIComponent(values[known]).replace(/[()]/g, (sign) => `%${sign.charCodeAt(0).toString(16)}`);
  });
}
