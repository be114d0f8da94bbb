import { metricsPage, metricsRows } from "../../adapters/prometheus/metrics-page.ts";
import type { Command } from "./command.ts";
import { jsonText } from "./json.ts";
import { aligned } from "./table.ts";

export const metrics: Command = {
  name: "metrics",
  usage: "[--json | --markdown]",
  summary: "show which metrics of every data plane are read",
  operands: { min: 0, max: 0 },
  options: {
    json: { type: "boolean", help: "print an array with all that is known of each data plane" },
    markdown: { type: "boolean", help: "print docs/metrics.md" },
  },
  run({ options }) {
    if (options["json"] === true) return done(jsonText(metricsRows()));
    if (options["markdown"] === true) return done(metricsPage());
    const rows = metricsRows().map(({ mesh, sides, labels, title }) => [
      mesh,
      sides,
      labels.join(","),
      title,
    ]);
    return done(aligned([["MESH", "SIDES ARE", "TOLD BY", "DATA PLANE"], ...rows], []));
  },
};

function done(stdout: string) {
  return Promise.resolve({ ok: true, stdout } as const);
}
