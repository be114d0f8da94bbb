import { parser } from "@prometheus-io/lezer-promql";

/** Functions that read series no selector of the query names. */
const REACH_FURTHER: ReadonlySet<string> = new Set(["info"]);

type Narrowed =
  | { readonly ok: true; readonly query: string }
  | { readonly ok: false; readonly reason: string };

/**
 * The query with `matchers` (such as `tenant="shop"`) in every selector, by Prometheus's own grammar. Matchers of one
 * selector all hold, so whatever the query says of the same label can only narrow it more. What that grammar does not
 * read is refused: another reader could find a selector in it that we did not.
 */
export function narrowed(query: string, matchers: string): Narrowed {
  // The grammar ends a comment at a line feed, the server at a carriage return as well.
  if (/[^\P{Cc}\t\n]/u.test(query)) return { ok: false, reason: "it has a control character" };
  const places: { readonly at: number; readonly text: string }[] = [];
  let reason: string | null = null;
  parser.parse(query).iterate({
    enter({ type, name, from, to, node }) {
      const text = query.slice(from, to);
      if (type.isError) reason ??= `it cannot be read as PromQL at character ${from + 1}`;
      if (name === "FunctionIdentifier" && REACH_FURTHER.has(text.toLowerCase())) {
        reason ??= `\`${text}\` reads more series than it names`;
      }
      if (name !== "VectorSelector") return;
      const braces = node.getChild("LabelMatchers");
      if (!braces) places.push({ at: to, text: `{${matchers}}` });
      else {
        const empty = braces.firstChild === null;
        places.push({ at: braces.from + 1, text: empty ? matchers : `${matchers},` });
      }
    },
  });
  if (reason !== null) return { ok: false, reason };
  // From the end, so that the places before stay where they are.
  const all = places
    .toSorted((a, b) => b.at - a.at)
    .reduce((written, { at, text }) => written.slice(0, at) + text + written.slice(at), query);
  return { ok: true, query: all };
}

/** Whether a text is one or more label matchers and nothing else. */
export function areMatchers(text: string): boolean {
  const query = `{${text}}`;
  const found: string[] = [];
  let whole = false;
  let sound = true;
  parser.parse(query).iterate({
    enter({ type, name, from, to }) {
      if (type.isError || name === "LineComment") sound = false;
      if (name === "LabelMatchers") whole = from === 0 && to === query.length;
      if (name === "UnquotedLabelMatcher" || name === "QuotedLabelMatcher") found.push(name);
    },
  });
  return sound && whole && found.length > 0 && !/\p{Cc}/u.test(text);
}
