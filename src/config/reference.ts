import { CODES } from "./codes.ts";
import { alternatives, isObject, jsonSchema, type Schema } from "./json-schema.ts";

/** The text of docs/config.schema.json. */
export function schemaText(): string {
  return `${JSON.stringify(jsonSchema(), null, 2)}\n`;
}

/** The text of docs/config.md. */
export function referencePage(): string {
  const schema = jsonSchema();
  const sections = sectionsOf("", schema).map(({ title, rows, refused }) => [
    `### ${title === "" ? "The file" : `\`${title}\``}`,
    "",
    "| key | takes | default | meaning |",
    "|---|---|---|---|",
    ...rows,
    "",
    ...(refused.length > 0 ? [...refused.map((line) => `- ${line}`), ""] : []),
  ]);
  const codes = Object.entries(CODES).map(([code, meaning]) => `| \`${code}\` | ${meaning} |`);
  return `${[...HEAD, ...sections.flat(), ...WINDOWS, "## Problems", "", "| code | meaning |", "|---|---|", ...codes].join("\n")}\n`;
}

interface Section {
  readonly title: string;
  readonly rows: readonly string[];
  readonly refused: readonly string[];
}

/** One section for each mapping, in the order of the file, outermost first. */
function sectionsOf(title: string, schema: Schema): readonly Section[] {
  const rows: string[] = [];
  const refused: string[] = [];
  const inner: Section[] = [];
  for (const [key, value] of Object.entries(schema.properties ?? {})) {
    if (!isObject(value)) continue;
    if (value.not !== undefined) {
      refused.push(value.description ?? "");
      continue;
    }
    const needed = schema.required?.includes(key) === true ? "**required**" : defaultOf(value.default);
    rows.push(
      `| \`${key}\` | ${takes(value)} | ${needed} | ${(value.description ?? "").replaceAll("|", "\\|")} |`,
    );
    const path = title === "" ? key : `${title}.${key}`;
    for (const { suffix, mapping } of mappingsIn(value))
      inner.push(...sectionsOf(`${path}${suffix}`, mapping));
  }
  return [{ title, rows, refused }, ...inner];
}

function mappingsIn(schema: Schema): readonly { readonly suffix: string; readonly mapping: Schema }[] {
  return alternatives(schema).flatMap((one) => {
    if (one.properties !== undefined) return [{ suffix: "", mapping: one }];
    if (isObject(one.additionalProperties)) return [{ suffix: ".NAME", mapping: one.additionalProperties }];
    if (isSchema(one.items) && one.items.properties !== undefined)
      return [{ suffix: "[]", mapping: one.items }];
    return [];
  });
}

function takes(schema: Schema): string {
  if (schema.title === "percentage") return "percentage";
  if (schema.title === "percent") return "percent";
  return alternatives(schema).map(takesOne).join(" or ");
}

function takesOne(schema: Schema): string {
  if (schema.const !== undefined) return `\`${String(schema.const)}\``;
  if (schema.enum !== undefined) return schema.enum.map((word) => `\`${String(word)}\``).join(", ");
  if (isSchema(schema.items))
    return `list of ${schema.items.title === undefined ? "mappings" : `${schema.items.title}s`}`;
  if (schema.type === "object") return "mapping";
  if (schema.title !== undefined) return schema.title;
  return TYPES[String(schema.type)] ?? String(schema.type);
}

const TYPES: Readonly<Record<string, string>> = { boolean: "`true`, `false`", integer: "whole number" };

function isSchema(items: Schema["items"]): items is Schema {
  return isObject(items);
}

function defaultOf(value: unknown): string {
  if (value === undefined) return "";
  return typeof value === "string"
    ? `\`${value}\``
    : Array.isArray(value)
      ? "none"
      : isObject(value)
        ? ""
        : `\`${String(value)}\``;
}

const HEAD = [
  "# `.github/sluice.yaml`",
  "",
  "<!-- Made from src/config/schema.ts; `npx vitest run test/config -u` writes it anew. -->",
  "",
  "What a team declares once. It is read from the default branch; a pull request shows its effect and never uses it.",
  "The merge that declares a rollout adopts it: what runs then is the baseline, a canary that has weight is set to 0 %, and nothing is released by it.",
  "For completion in editors save what `sluice schema` prints beside it, as `.github/sluice.schema.json`, and begin the file with:",
  "",
  "```yaml",
  "# yaml-language-server: $schema=sluice.schema.json",
  "```",
  "",
  "## How values are written",
  "",
  "- **duration**: `500ms`, `30s`, `5m`, `1h30m`, `0.5s`; at most 20 days, which is `480h`, as there is no unit for days. A number without a unit is refused.",
  "- **percentage**: `5%`. A number without `%` is a fraction and must be under 1: `0.05` is 5 %. Write the `%`: it cannot be misread.",
  "- **percent** (of `setWeight`, `holdback`): `25` or `25%`, both 25 percent of stable + canary.",
  "- **path**: relative to the repository's root, forward slashes, no `..`.",
  "- **source**: the operator's name for a metrics server. Addresses and credentials are never written here.",
  '- Text that YAML reads as a number or as `true` needs quotes: `stable: "1"`.',
  "",
  "Every problem is reported at once, with line and column.",
  "",
  "## Keys",
  "",
];

const WINDOWS = [
  "## Steps",
  "",
  "A step is a `setWeight`, `setHeaderRoute` or `setMirrorRoute`, or several of them in a row, with the pauses and gates that follow; a second",
  "`setWeight` begins the next step. It ends when it was live for the longer of `bake` and its pauses together, its SLOs hold, and, with",
  "`pause: {}` or `until: approved`, somebody approved it, and its gates are open. Weights rise from step to step and end at 100, or at what `holdback`",
  "leaves. No step is skipped.",
  "",
  "A route stands until a step names it without `match` or `percentage`; at the end of a release, good or bad, all of them go.",
  "A mirror must be taken away before the last weight. Before the first `setWeight` routes show the canary to chosen requests, or to copies, while its weight is 0:",
  "",
  "```yaml",
  "steps:",
  '  - setHeaderRoute: { name: testers, match: [{ headerName: x-tester, headerValue: { exact: "yes" } }] }',
  "  - pause: { until: approved }",
  "  - setWeight: 10",
  "  - setHeaderRoute: { name: testers }   # taken away together with the step to 10",
  "  - setWeight: 100",
  "```",
  "",
  "## Gates",
  "",
  "A `gate` is part of the step it stands in, as a pause is. It is asked once nothing else keeps the step, and again until it is open;",
  "`/canary approve` goes on without it. Before the first `setWeight` it keeps the traffic from starting.",
  "",
  "```yaml",
  "steps:",
  "  - gate: { check: build }              # on the commit that brought the version",
  "  - setWeight: 10",
  '  - gate: { check: "e2e / smoke" }      # on the commit of this weight',
  "  - gate: { hook: load-test }           # the operator knows its address",
  "  - setWeight: 100",
  "  - gate: { environment: production }   # before it is promoted",
  "```",
  "",
  "[Waiting](waiting.md#gates) says what opens each.",
  "",
  "## Steps chosen by evidence",
  "",
  "`steps: auto` stands for the weights 1, 5, 10, 25, 50 and 100, each live for `bake` at least, and lets the evidence choose among them.",
  "The first is the lowest at which today's traffic gives the canary about six requests a minute, 50 where none does; from there the weight goes to the",
  "highest at which the harm that would matter is excluded already: at most five times as high and up to 50, else the next one. So a busy service",
  "takes fewer and larger steps, which is what a slow GitOps tool needs, and a quiet one does not wait for 1 % of almost nothing. Every rise needs what it needs in a list:",
  "the weight was live, has baked, and its SLOs hold. The release says what it skipped and why; the plan on the pull request says how many minutes",
  "by which weights a good release takes at today's traffic. Weights that the targets cannot express, such as 1 % of a sum of 10, are left out, never",
  "rounded. It needs an `errorRate` or `latency` that is weighed: with `mode: threshold` alone there is no such evidence, and `auto` is refused.",
  "For pauses, approvals and routes list the steps.",
  "",
  "## A part of the old version held back",
  "",
  "At 100 nothing runs beside the new version, and a bug that begins then can only be compared with the past. With `holdback: 5%` the last step is",
  "95, and 5 % of the requests stay on the old version while it is watched, for as long as `watch` says. The release is then promoted from there:",
  "the images go to the stable workload, and the canary returns to 0, without a step to 100 between. `/canary promote` goes to 95 too.",
  "",
  "```yaml",
  "steps:                      # or: steps: auto",
  "  - setWeight: 10",
  "  - setWeight: 50",
  "  - setWeight: 95           # must be 100 less the holdback",
  "holdback: 5%",
  "watch: 30m                  # as a `pause` after the last step would",
  "```",
  "",
  "A ladder that ends below 100 without `holdback` is refused: somebody may have forgotten the 100.",
  "",
  "## Windows",
  "",
  "A window such as `Mon-Fri 09:00-17:00 Europe/Berlin` follows the clock on the wall there, in summer and in winter.",
  "Days may be a list (`Mon,Wed-Fri`); one that ends before it starts (`Fri 22:00-02:00 UTC`) runs past midnight.",
  "",
];
