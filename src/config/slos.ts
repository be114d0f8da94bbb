import { z } from "zod";
import type { Code } from "./codes.ts";
import { choice, duration, refuse, settle, text } from "./fields.ts";
import { answering } from "./mesh.ts";
import { misreading } from "./misreading.ts";
import { fraction } from "./percent.ts";
import { JUDGE_MODES, type NamedQuery, type Slo } from "./types.ts";

const KINDS = ["errorRate", "latency", "mtls", "overflow", "requestRate", "query"] as const;

function shape(example: string) {
  return {
    error: (issue: { readonly code?: string | undefined; readonly input?: unknown }) =>
      issue.code === "invalid_type" && issue.input !== undefined ? `Write \`${example}\`.` : undefined,
  };
}

const errorRate = z.strictObject(
  {
    max: fraction().describe(
      "Share of the canary's requests that may fail, such as `5%`. With `mode: sequential` it is raised to 1.5 × the stable side's history + 0.1 %, where that is more; with `threshold` it stands as written.",
    ),
    mode: mode(),
  },
  shape("errorRate: { max: 5% }"),
);

const latency = z.strictObject(
  {
    quantile: z
      .number()
      .gt(0, { error: "A quantile is over 0 and under 1, such as `0.99`." })
      .lt(1, { error: (issue) => `A quantile is over 0 and under 1: write ${asQuantile(issue.input)}.` })
      .describe("Which quantile, `0.99` for the slowest 1 %."),
    max: duration().describe("The quantile may take this long at most, such as `500ms`."),
    mode: mode(),
  },
  shape("latency: { quantile: 0.99, max: 500ms }"),
);

const mtls = z.strictObject(
  {
    min: fraction({ all: true }).describe(
      "Share of the canary's requests that must come by mutual TLS, such as `100%`.",
    ),
  },
  shape("mtls: { min: 100% }"),
);

const overflow = z.strictObject(
  { max: z.number().min(0).describe("How many requests to the canary a circuit breaker may turn away.") },
  shape("overflow: { max: 0 }"),
);

const requestRate = z.strictObject(
  { min: z.number().gt(0).describe("How many requests a second the canary must get at least.") },
  shape("requestRate: { min: 5 }"),
);

/** What the canary must keep: one kind an item. */
const slo = z
  .strictObject({
    errorRate: errorRate.optional().describe("Limit on the share of failed requests."),
    latency: latency.optional().describe("Limit on a quantile of the response time."),
    mtls: mtls
      .optional()
      .describe(`Limit on the share of requests that came by mutual TLS. Known with ${answering("mtls")}.`),
    overflow: overflow
      .optional()
      .describe(`Limit on requests that a circuit breaker turned away. Known with ${answering("overflow")}.`),
    requestRate: requestRate.optional().describe("Limit on the requests a second."),
    query: promql()
      .optional()
      .describe("Your own PromQL with one number as its result; needs `max`, `min` or both beside it."),
    max: z.number().optional().describe("The query's result may be this at most."),
    min: z.number().optional().describe("The query's result must be this at least."),
  })
  .meta({ oneOf: KINDS.map((kind) => ({ required: [kind] })) })
  .superRefine((said, context) => {
    const message = flaw(said);
    if (message !== null) {
      context.addIssue({ code: "custom", params: { code: "conflict" satisfies Code, depth: 0 }, message });
    }
  })
  .transform((said): Slo => {
    if (said.errorRate !== undefined) return { kind: "errorRate", ...said.errorRate };
    if (said.latency !== undefined) return { kind: "latency", ...said.latency };
    if (said.mtls !== undefined) return named("mtls", { min: said.mtls.min });
    if (said.overflow !== undefined) return named("overflow", { max: said.overflow.max });
    if (said.requestRate !== undefined) return named("requestRate", { min: said.requestRate.min });
    return { kind: "query", query: said.query ?? "", min: said.min ?? null, max: said.max ?? null };
  });

export const slos = z
  .array(slo)
  .min(1, { error: "At least one SLO is needed, such as `- errorRate: { max: 5% }`." })
  .max(20);

/** `sequential`, unless somebody wants the plain number. */
function mode() {
  return choice(JUDGE_MODES)
    .prefault("sequential")
    .describe(
      "`sequential` weighs the evidence, against the stable side running beside the canary and against the limit, at every look; `threshold` compares the number since the step began with the limit, as other tools do.",
    );
}

/** Your own PromQL, unless it is one that is known to mean something else than it seems to. */
function promql() {
  return text("PromQL", 4096).transform((query, context) => {
    const flaw = misreading(query);
    return flaw === null ? query : settle(refuse("misleading-query", flaw), context);
  });
}

function named(query: NamedQuery, limit: { readonly min?: number; readonly max?: number }): Slo {
  return { kind: "query", query, min: limit.min ?? null, max: limit.max ?? null };
}

interface Said extends Partial<Readonly<Record<(typeof KINDS)[number], unknown>>> {
  readonly max?: number | undefined;
  readonly min?: number | undefined;
}

function flaw(said: Said): string | null {
  const kinds = KINDS.filter((kind) => said[kind] !== undefined);
  if (kinds.length === 0) {
    return `An SLO is one of ${KINDS.map((kind) => `\`${kind}\``).join(", ")}.`;
  }
  if (kinds.length > 1) return `One item holds one SLO: make ${kinds.join(" and ")} an item each.`;
  const limits = said.max !== undefined || said.min !== undefined;
  if (said.query === undefined) {
    return limits ? `Only a query has a limit beside it: put it inside \`${kinds[0]}\`.` : null;
  }
  if (!limits) return "A query needs a limit beside it: `max`, `min` or both.";
  if (said.max !== undefined && said.min !== undefined && said.min > said.max) {
    return `No number is at least ${said.min} and at most ${said.max}.`;
  }
  return null;
}

function asQuantile(value: unknown): string {
  return typeof value === "number" && value > 1 && value < 100 ? `\`${value / 100}\`` : "such as `0.99`";
}
