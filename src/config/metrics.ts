import { RE2JS } from "re2js";
import { z } from "zod";
import { pattern, refuse, settle, text } from "./fields.ts";
import { APPLICATION, type MetricsNames } from "./types.ts";

const METRIC = /^[a-zA-Z_:][a-zA-Z0-9_:]{0,199}$/;
const LABEL = /^[a-zA-Z_][a-zA-Z0-9_]{0,199}$/;

const metric = () =>
  pattern("metric", METRIC, () => "Write the name alone, without labels, such as `http_requests_total`.");
const label = () => pattern("label", LABEL, () => "Write letters, digits and underscores.");

/** What RE2 reads, as Prometheus does. */
function expression() {
  return text("regular expression", 200).transform((value, context) => {
    const flaw = flawOf(value);
    return flaw === null ? value : settle(refuse("bad-name", flaw), context);
  });
}

function flawOf(value: string): string | null {
  if (/\(\?[=!<]|\\[1-9kpP]/.test(value)) {
    return "Prometheus reads no lookaround and no back reference: write plain alternatives such as `5..|4[0-9]9`.";
  }
  try {
    RE2JS.compile(value);
    return null;
  } catch {
    return "It is no regular expression. Write one such as `5..`.";
  }
}

/** The keys that only an application's own metrics have. */
const OF_APPLICATION = ["requests", "status", "failed", "latency", "side", "namespace"] as const;

export const metrics = z
  .strictObject({
    stable: text("label value", 500)
      .optional()
      .describe("What the metrics call the stable side, where it is not the name the table has."),
    canary: text("label value", 500).optional().describe("The same of the canary."),
    port: z
      .union([z.int().min(1).max(65_535), text("port", 63)])
      .optional()
      .describe("The service's port as it is in names of clusters; without it, any."),
    route: text("name", 253)
      .optional()
      .describe("Route or main Ingress whose requests count, where one service has several."),
    requests: metric()
      .optional()
      .describe(`\`mesh: app\`: the counter of requests; \`${APPLICATION.requests}\` unless said.`),
    status: label()
      .optional()
      .describe(`\`mesh: app\`: its label with the status; \`${APPLICATION.status}\` unless said.`),
    failed: expression()
      .optional()
      .describe(`\`mesh: app\`: which statuses are failures; \`${APPLICATION.failed}\` unless said.`),
    latency: metric()
      .optional()
      .describe(
        `\`mesh: app\`: the histogram without \`_bucket\`, in milliseconds where its name ends so, else in seconds; \`${APPLICATION.latency}\` unless said.`,
      ),
    side: label()
      .optional()
      .describe(
        `\`mesh: app\`: the label that tells the sides apart; \`${APPLICATION.side}\` unless said, whose values begin with the workload's name. Any other has \`stable\` and \`canary\` of this block as values, or the workloads' names.`,
      ),
    namespace: label()
      .optional()
      .describe("`mesh: app`: the label with the namespace; `namespace` unless said, `none` without one."),
  })
  .transform((said): MetricsNames & { readonly own: readonly string[] } => ({
    stable: said.stable ?? null,
    canary: said.canary ?? null,
    port: said.port === undefined ? null : String(said.port),
    route: said.route ?? null,
    application: {
      requests: said.requests ?? APPLICATION.requests,
      status: said.status ?? APPLICATION.status,
      failed: said.failed ?? APPLICATION.failed,
      latency: (said.latency ?? APPLICATION.latency).replace(/_bucket$/, ""),
      unit: /_(?:ms|milliseconds)(?:_bucket)?$/.test(said.latency ?? "") ? "ms" : "s",
      side: said.side ?? APPLICATION.side,
      namespace: said.namespace === "none" ? null : (said.namespace ?? APPLICATION.namespace),
    },
    own: OF_APPLICATION.filter((key) => said[key] !== undefined),
  }));
