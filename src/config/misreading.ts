/** One way in which PromQL looks like something that it is not. */
interface Misreading {
  readonly pattern: RegExp;
  /** What it really is, and the text that says what was meant. */
  say(found: Readonly<Record<string, string>>): string;
}

const METRIC = "[a-zA-Z_:][a-zA-Z0-9_:]*";
const LABELS = '(?:\\{(?:[^"}]|"(?:[^"\\\\]|\\\\.)*")*\\})?';
const FAILED = '[a-z_]*(?:code|status)[a-z_]*=~?"5[^"]*"';

/** In the order in which they are tried; texts are compared without comments and spaces. */
const MISREADINGS: readonly Misreading[] = [
  {
    pattern: matching(
      `rate\\((?<metric>${METRIC})(?<failed>${LABELS})\\[(?<window>\\w+)\\]\\)/rate\\(\\k<metric>(?<all>${LABELS})\\[\\k<window>\\]\\)`,
    ),
    say: ({ metric, failed, all, window }) =>
      `This divides each series by itself: Prometheus pairs series with the same labels, and a series of 5xx answers has only itself, so the result is 1 for each. Write \`errorRate: { max: 5% }\`, or \`sum(rate(${metric}${failed}[${window}])) / sum(rate(${metric}${all}[${window}]))\`.`,
  },
  {
    pattern: matching(
      `histogram_quantile\\((?<quantile>[0-9.]+),rate\\((?<metric>${METRIC}_bucket)(?<labels>${LABELS})\\[(?<window>\\w+)\\]\\)\\)`,
    ),
    say: ({ quantile, metric, labels, window }) =>
      `This is a quantile for each series alone, one for every caller, pod and status, and none for all requests. Write \`latency: { quantile: ${quantile}, max: 500ms }\`, or \`histogram_quantile(${quantile}, sum by (le) (rate(${metric}${labels}[${window}])))\`.`,
  },
  {
    pattern: matching(
      `rate\\((?<metric>${METRIC})(?<labels>\\{[^}]*${FAILED}[^}]*\\})\\[(?<window>\\w+)\\]\\)`,
    ),
    say: ({ metric, labels, window }) => {
      const all = (labels ?? "")
        .replace(new RegExp(`,?${FAILED}`), "")
        .replace("{,", "{")
        .replace("{}", "");
      return `These are failures a second, one number for each series, and no share of the requests: the more traffic, the more of them. Write \`errorRate: { max: 5% }\`, or \`sum(rate(${metric}${labels}[${window}])) / sum(rate(${metric}${all}[${window}]))\`.`;
    },
  },
  {
    pattern: matching(
      `sum\\((?<metric>${METRIC}_total)(?<secure>\\{connection_security_policy="mutual_tls"(?<rest>,[^}]*)?\\})\\)/sum\\(\\k<metric>(?<all>${LABELS})\\)`,
    ),
    say: ({ metric, secure, all }) =>
      `These counters go back to the start of each proxy: the share moves with the past, and hardly with what the release does. Write \`mtls: { min: 100% }\`, or \`sum(rate(${metric}${secure}[5m])) / sum(rate(${metric}${all}[5m]))\`.`,
  },
];

/** Why a query cannot mean what it seems to, with the text that does; null where nothing is known against it. */
export function misreading(query: string): string | null {
  const bare = withoutSpace(query);
  for (const { pattern, say } of MISREADINGS) {
    const found = pattern.exec(bare);
    if (found) return say(found.groups ?? {});
  }
  return null;
}

/** The whole query, a factor or a comparison behind it allowed. */
function matching(source: string): RegExp {
  return new RegExp(`^\\(*${source}\\)*(?:\\*100)?(?:(?:[<>]=?|==|!=)[-0-9.]+)?$`);
}

/** Comments end with their line; a `#` or a space inside quotes is part of the text. */
function withoutSpace(query: string): string {
  return query.replaceAll(
    /("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|#[^\n]*|\s+/g,
    (_, text: string | undefined) => (text === undefined ? "" : `"${text.slice(1, -1)}"`),
  );
}
