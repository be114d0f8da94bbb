import { filled, isTemplate } from "../template.ts";

/** What a template of an address may name. */
const NAMES = ["query", "from", "to", "end", "minutes"];

/** Whether an operator's template is an address with a query in it and nothing that is not filled in. */
export function isQueryTemplate(template: string): boolean {
  return isTemplate(template, NAMES, ["query"]);
}

/**
 * A template with its places filled in: `{query}`; `{from}` and `{to}` as epoch ms, for Grafana;
 * `{end}` as `2026-05-04 10:08:00` UTC and `{minutes}` as a number, for Prometheus' own page.
 */
export function linkOf(
  template: string | undefined,
  query: string,
  { from, to }: { readonly from: number; readonly to: number },
): string | null {
  if (template === undefined) return null;
  return filled(template, {
    query,
    from: String(from),
    to: String(to),
    end: new Date(to).toISOString().slice(0, 19).replace("T", " "),
    minutes: String(Math.max(1, Math.ceil((to - from) / 60_000))),
  });
}
