/** One `metric{labels}` of a query. */
export interface Found {
  readonly metric: string;
  readonly labels: readonly string[];
}

const WORDS = new Set([
  "and",
  "or",
  "unless",
  "bool",
  "offset",
  "inf",
  "nan",
  "by",
  "without",
  "on",
  "ignoring",
  "group_left",
  "group_right",
  "start",
  "end",
  "atan2",
]);
const LISTS = /\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^()]*\)/gi;
const SELECTOR = /([a-zA-Z_:][a-zA-Z0-9_:]*)\s*(\{[^{}]*\})?(\s*\()?/g;

/** The selectors of a query that Prometheus has parsed without complaint. Texts and comments are left out. */
export function selectorsIn(query: string): readonly Found[] {
  const found = new Map<string, Found>();
  for (const [, metric = "", braces = "", call] of blanked(query).replaceAll(LISTS, " ").matchAll(SELECTOR)) {
    if (call !== undefined || WORDS.has(metric.toLowerCase())) continue;
    const labels = [...braces.matchAll(/([a-zA-Z_][a-zA-Z0-9_]*)\s*(?:=~|!~|!=|=)/g)].map(
      ([, label = ""]) => label,
    );
    const before = found.get(metric)?.labels ?? [];
    found.set(metric, { metric, labels: [...new Set([...before, ...labels])] });
  }
  return [...found.values()];
}

/** The second argument of every `histogram_quantile` in a query. */
export function quantiledIn(query: string): readonly string[] {
  const plain = blanked(query);
  const found: string[] = [];
  for (const { index } of plain.matchAll(/\bhistogram_quantile\s*\(/g)) {
    const open = plain.indexOf("(", index);
    let depth = 0;
    let comma = -1;
    for (let at = open; at < plain.length; at += 1) {
      const character = plain[at] ?? "";
      if ("([{".includes(character)) depth += 1;
      if (")]}".includes(character)) depth -= 1;
      if (character === "," && depth === 1 && comma < 0) comma = at;
      if (depth === 0) {
        if (comma > 0) found.push(query.slice(comma + 1, at).trim());
        break;
      }
    }
  }
  return found;
}

/** The same length, with nothing in quotes, and no comments, durations or numbers that look like names. */
function blanked(query: string): string {
  return query.replaceAll(
    /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`|#[^\n]*|\[[^\]]*\]|\b\d[\w.]*/g,
    (text) =>
      text.length < 2
        ? " ".repeat(text.length)
        : text[0] === "["
          ? `[${" ".repeat(text.length - 2)}]`
          : " ".repeat(text.length),
  );
}
