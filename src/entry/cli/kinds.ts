import { kindRows, kindsPage } from "../../manifests/index.ts";
import type { Command } from "./command.ts";
import { jsonText } from "./json.ts";
import { aligned } from "./table.ts";

export const kinds: Command = {
  name: "kinds",
  usage: "[--json | --markdown]",
  summary: "show every kind of object whose weights can be read and set",
  operands: { min: 0, max: 0 },
  options: {
    json: { type: "boolean", help: "print an array with all that is known of each kind" },
    markdown: { type: "boolean", help: "print docs/kinds.md" },
  },
  run({ options }) {
    if (options["json"] === true) return done(jsonText(kindRows()));
    if (options["markdown"] === true) return done(kindsPage());
    const rows = kindRows().map(({ kind, apiVersions, headerRoutes, mirror, weightPath }) => [
      kind,
      versions(apiVersions),
      headerRoutes === null ? "no" : "yes",
      mirror === null ? "no" : "yes",
      weightPath,
    ]);
    return done(aligned([["KIND", "API VERSIONS", "HEADERS", "MIRROR", "WEIGHT"], ...rows], []));
  },
};

function done(stdout: string) {
  return Promise.resolve({ ok: true, stdout } as const);
}

/** `group/{v1,v2}` of one group; several groups side by side. */
function versions(apiVersions: readonly string[]): string {
  const groups = new Map<string, string[]>();
  for (const one of apiVersions) {
    const [group = "", version = ""] = one.split("/");
    groups.set(group, [...(groups.get(group) ?? []), version]);
  }
  return groups.size === 0
    ? "-"
    : [...groups]
        .map(([group, all]) => `${group}/${all.length === 1 ? all[0] : `{${all.join(",")}}`}`)
        .join(" ");
}
