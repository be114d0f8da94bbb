import { findSplits } from "../../manifests/index.ts";
import type { Split } from "../../manifests/types.ts";
import type { Command } from "./command.ts";
import { fileProblem, nameOf, problemLine, readText } from "./files.ts";
import { jsonText } from "./json.ts";
import { aligned } from "./table.ts";

export const weights: Command = {
  name: "weights",
  usage: "FILE [--json]",
  summary: "show every place in a manifest where traffic is split by weight",
  operands: { min: 1, max: 1 },
  options: {
    json: {
      type: "boolean",
      help: "print an array of { file, apiVersion, kind, namespace, name, route, arms }",
    },
  },
  async run({ operands, options }) {
    const [path = ""] = operands;
    const reading = await readText(path);
    if (!reading.ok) return fileProblem(path, reading.reason);
    const splits = findSplits(nameOf(path), reading.text);
    if (!splits.ok) return { ok: false, problems: [problemLine(splits.problem)] };
    const stdout = options["json"] === true ? toJson(splits.value) : toTable(splits.value);
    if (splits.value.length > 0) return { ok: true, stdout };
    const note = `${nameOf(path)} splits no traffic by weight between two destinations`;
    return { ok: true, stdout, notes: [note] };
  },
};

function toJson(splits: readonly Split[]): string {
  const shown = splits.map(({ file, apiVersion, kind, namespace, name, route, arms }) => ({
    file,
    apiVersion,
    kind,
    namespace,
    name,
    route,
    arms: arms.map((arm) => ({ name: arm.name, weight: arm.weight })),
  }));
  return jsonText(shown);
}

function toTable(splits: readonly Split[]): string {
  if (splits.length === 0) return "";
  const rows = splits.flatMap((split) => {
    const sum = split.arms.reduce((total, arm) => total + arm.weight, 0);
    return split.arms.map((arm, index) => [
      index === 0 ? split.kind : "",
      index === 0 ? [split.namespace, split.name].filter(Boolean).join("/") : "",
      index === 0 ? (split.route ?? "-") : "",
      arm.name,
      String(arm.weight),
      sum > 0 ? `${Number(((arm.weight * 100) / sum).toFixed(2))} %` : "-",
    ]);
  });
  return aligned([["KIND", "NAME", "ROUTE", "ARM", "WEIGHT", "SHARE"], ...rows], [4, 5]);
}
