import type { About } from "./kind.ts";
import { KINDS } from "./kinds.ts";
import type { Routes } from "./routes/way.ts";

/** One row of the table that `sluice kinds` prints. */
interface KindRow extends About {
  readonly kind: string;
  readonly apiVersions: readonly string[];
  /** Where it sends chosen requests to the canary by header; null when it cannot. */
  readonly headerRoutes: string | null;
  /** Where it sends copies of requests to the canary; null when it cannot. */
  readonly mirror: string | null;
}

/** Everything that can be driven, values by path last. */
export function kindRows(): readonly KindRow[] {
  const rows = KINDS.map(({ kind, apiVersions, about, routes }) => ({
    kind,
    apiVersions,
    ...about,
    headerRoutes: whereOf(routes?.header),
    mirror: whereOf(routes?.mirror),
  }));
  return [...rows, BY_PATH];
}

function whereOf(way: Routes["header"] | Routes["mirror"]): string | null {
  return way === undefined || "cannot" in way ? null : way.where;
}

const BY_PATH: KindRow = {
  kind: "any value by path",
  apiVersions: [],
  router:
    "Helm values, Kustomize patches (strategic merge, JSON 6902 in a file or inline), anything rendered",
  weightPath: "JSON pointers as `stable:` and `canary:`, such as /traffic/canary",
  semantics:
    "relative whole numbers, quoted or not; with one pointer only, the other side is `rest of 100`; a Helm template is not YAML: point at its values",
  bounds: "0 to 2147483647, not all 0; with `rest of N` both together exactly N",
  armNames: "the pointer; in a JSON patch the `path` of the operation",
  headerRoutes: null,
  mirror: null,
  source: "RFC 6901, RFC 6902",
};

/** docs/kinds.md. */
export function kindsPage(): string {
  return `# What carries weights

Made from the table in \`src/manifests/kinds.ts\` by \`sluice kinds --markdown\`; do not edit.

A target of \`.github/sluice.yaml\` names a file and two arms. Sluice finds the object of one of these kinds that splits traffic between them and changes the bytes of its weights, nothing else.

${kindRows().map(section).join("\n")}`;
}

function section(row: KindRow): string {
  const lines = [
    ["API versions", row.apiVersions.map(code).join(", ")],
    ["Router", row.router],
    ["Weight", row.weightPath],
    ["Meaning", row.semantics],
    ["Legal", row.bounds],
    ["Arms are called by", row.armNames],
    ["Header routes", row.headerRoutes ?? "no"],
    ["Mirroring", row.mirror ?? "no"],
    ["Rules from", row.source],
  ] as const;
  const items = lines.filter(([, text]) => text !== "").map(([label, text]) => `- **${label}**: ${text}`);
  return `## ${row.kind}${row.apiVersions.length > 0 ? ` (${groupOf(row)})` : ""}\n\n${items.join("\n")}\n`;
}

function groupOf({ apiVersions, router }: KindRow): string {
  const [first = ""] = apiVersions;
  return first.startsWith("networking.k8s.io/")
    ? (router.split(" (")[0] ?? router)
    : (first.split("/")[0] ?? first);
}

function code(text: string): string {
  return `\`${text}\``;
}
