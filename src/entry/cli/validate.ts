import type { Config, Problem } from "../../config/types.ts";
import { CONFIG_FILE, filesOf } from "../../reconcile/read.ts";
import { listed } from "../../views/format.ts";
import type { Command } from "./command.ts";
import { linesOf, openConfigured } from "./configured.ts";
import { jsonText } from "./json.ts";
import { type Ladder, ladderOf } from "./ladder.ts";
import { aligned } from "./table.ts";

export const validate: Command = {
  name: "validate",
  usage: "[DIR] [--json]",
  summary: `check ${CONFIG_FILE} of a checkout and the files it names, and show the steps as weights`,
  operands: { min: 0, max: 1 },
  options: {
    json: {
      type: "boolean",
      help: "print an array of { rollout, targets, now, gates, rungs, notes }; times in milliseconds",
    },
  },
  async run({ operands, options }) {
    const [folder = "."] = operands;
    const checked = await check(folder);
    if (!checked.ok) return checked;
    const { ladders, code } = checked;
    const tables = code === null ? ladders.map(toTable).join("\n") : `${code}\n`;
    const stdout = options["json"] === true ? jsonText(ladders) : tables;
    return { ok: true, stdout, notes: ladders.flatMap(({ notes }) => notes) };
  },
};

type Checked =
  /** `code`: of a repository without manifests, where they are: a line. */
  | { readonly ok: true; readonly ladders: readonly Ladder[]; readonly code: string | null }
  | { readonly ok: false; readonly problems: readonly string[] };

/** All problems of all rollouts at once, under the paths that the configuration uses. */
async function check(folder: string): Promise<Checked> {
  const opened = await openConfigured(folder);
  if (!opened.ok) return opened;
  const { config, read } = opened;
  const ladders: Ladder[] = [];
  const problems: Problem[] = [];
  for (const rollout of config.rollouts) {
    const paths = filesOf(rollout);
    const files = new Map(await Promise.all(paths.map(async (path) => [path, await read(path)] as const)));
    const outcome = ladderOf(rollout, config.rollouts, files);
    if (outcome.ok) ladders.push(outcome.ladder);
    else problems.push(...outcome.problems);
  }
  return problems.length > 0
    ? { ok: false, problems: linesOf(problems) }
    : { ok: true, ladders, code: codeLine(config) };
}

function codeLine({ manifests }: Config): string | null {
  if (!manifests) return null;
  return `The code of ${listed(manifests.rollouts)}, whose manifests are in ${manifests.repository}: the steps are there.`;
}

function toTable({ rollout, targets, now, gates: first, rungs }: Ladder): string {
  const rows = [
    { step: "now", bake: "-", approved: first.join(", ") || "-", weights: now },
    ...rungs.map(({ percent, routes, bake, approval, gates, weights }) => ({
      step: [`${percent} %`, ...routes].join(" + "),
      bake: durationOf(bake),
      approved: [...(approval ? ["approval"] : []), ...gates].join(", ") || "-",
      weights,
    })),
  ];
  const lines = rows.flatMap(({ step, bake, approved, weights }) =>
    targets.map(({ file, kind, name, route, stable, canary }, i) => [
      i === 0 ? step : "",
      i === 0 ? bake : "",
      i === 0 ? approved : "",
      `${file} ${kind} ${name}${route === null ? "" : ` ${route}`}`,
      `${stable} ${weights[i]?.stable}`,
      `${canary} ${weights[i]?.canary}`,
    ]),
  );
  return `${rollout}\n${aligned([["STEP", "LIVE FOR", "THEN", "TARGET", "STABLE", "CANARY"], ...lines], [0])}`;
}

/** In the configuration's own way of writing, such as `1h30m`. */
function durationOf(ms: number): string {
  const parts = [
    [Math.floor(ms / 3_600_000), "h"],
    [Math.floor(ms / 60_000) % 60, "m"],
    [(ms % 60_000) / 1000, "s"],
  ] as const;
  return (
    parts
      .filter(([count]) => count > 0)
      .map(([count, unit]) => `${count}${unit}`)
      .join("") || "0s"
  );
}
