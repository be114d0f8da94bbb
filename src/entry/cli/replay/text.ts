import type { VerdictWord } from "../../../analysis/types.ts";
import { counted, duration, number, percent as percentWords, rowWord } from "../../../analysis/words.ts";
import { sparkline } from "../../../views/sparkline.ts";
import { inert } from "../../line.ts";
import { type Column, columnsOf } from "./columns.ts";
import type { Deed, Look } from "./looks.ts";
import { quantileOf, type Report } from "./report.ts";
import { offset } from "./times.ts";
import { wrapped } from "./wrap.ts";

/** Of a terminal. */
const WIDTH = 80;
const LABEL = 15;
const CHART = 42;

/** For people: what would have been done, and on which numbers. */
export function toText(report: Report): string {
  const parts = [head(report), firsts(report), deeds(report), chart(report), table(report), rows(report)];
  return parts.map((lines) => `${lines.join("\n")}\n`).join("\n");
}

function head({ rollout, number: which, window, source, moves }: Report): readonly string[] {
  const { from, to, every } = window;
  const name = which === null ? rollout : `${rollout}#${which}`;
  const weights = moves.map(({ at, percent }) => `${percent} % at ${offset(at - from)}`).join(", ");
  const begin = new Date(from).toISOString().replace(".000Z", "Z");
  return [
    wrapped(
      "",
      `${name} from ${begin} (+0s) to ${offset(to - from)}, a look each ${offset(every).slice(1)}`,
      WIDTH,
    ),
    wrapped("weights: ", weights, WIDTH),
    `source:  ${inert(source)}`,
  ];
}

function firsts({ first, window }: Report): readonly string[] {
  const said = Object.entries(first)
    .filter(([, at]) => at !== null)
    .map(([word, at]) => `${word} ${offset((at ?? 0) - window.from)}`);
  const words = said.length === 0 ? "none: no weight was seen live" : said.join(", ");
  return [wrapped("First verdicts: ", words, WIDTH)];
}

const DEEDS: Readonly<Record<Deed["kind"], string>> = {
  live: "",
  hold: "",
  "go-on": "goes on: ",
  promote: "promotes: ",
  "roll-back": "ROLLS BACK: ",
};

function deeds({ replayed, window }: Report): readonly string[] {
  const at = (deed: Deed) => offset(deed.at - window.from);
  const width = Math.max(0, ...replayed.deeds.map((deed) => at(deed).length));
  const lines = replayed.deeds.map((deed) =>
    wrapped(`  ${at(deed).padEnd(width)}  `, `${DEEDS[deed.kind]}${inert(deed.words)}`, WIDTH),
  );
  const after = "The weights went on as they did then; what follows was judged on them.";
  return [
    "What Sluice would have done",
    ...(lines.length === 0 ? ["  nothing"] : lines),
    ...(replayed.deeds.at(-1)?.kind === "roll-back" ? [wrapped("  ", after, WIDTH)] : []),
  ];
}

const MARKS: Readonly<Record<VerdictWord, string>> = {
  pass: "+",
  fail: "!",
  inconclusive: ".",
  unavailable: "?",
};

function chart(report: Report): readonly string[] {
  const { window, replayed } = report;
  const q = quantileOf(report);
  const columns = columnsOf(replayed, window, q ?? 0.99, CHART);
  const end = offset(window.to - window.from);
  const line = (label: string, bars: string, words = "") =>
    `${label.padEnd(LABEL)}${bars.padEnd(columns.length)}  ${words}`.trimEnd();
  const weights = columns.map(({ percent }) => percent);
  const evidence = columns.map((column) => column.evidence);
  const needed = replayed.looks.findLast((look) => look.evidence)?.evidence?.needed;
  return [
    line("", `+0s${end.padStart(columns.length - 3)}`),
    line("weight", sparkline(weights, { max: 100 }), `up to ${number(Math.max(...weights))} %`),
    line("verdict", columns.map(mark).join("")),
    ...pair(line, "errors", columns, ({ errors }) => errors, percentWords),
    ...(q === null ? [] : pair(line, `p${number(q * 100)}`, columns, ({ latency }) => latency, duration)),
    ...(needed === undefined
      ? []
      : [line("evidence", sparkline(evidence, { max: needed }), most(evidence, needed))]),
    wrapped("", "verdict: - not live, . inconclusive, + pass, ! fail, ? unavailable", WIDTH),
    ...(needed === undefined
      ? []
      : [
          wrapped(
            "",
            `evidence: times likelier that the canary is worse; full height, where it fails: ${odds(needed)}`,
            WIDTH,
          ),
        ]),
  ];
}

function mark({ look }: Column): string {
  if (look === null) return " ";
  return look.verdict === null ? "-" : MARKS[look.verdict.verdict];
}

/** Both sides on one scale from 0. */
function pair(
  line: (label: string, bars: string, words: string) => string,
  label: string,
  columns: readonly Column[],
  of: (column: Column) => Column["errors"],
  words: (value: number) => string,
): readonly string[] {
  const values = {
    canary: columns.map((column) => of(column).canary),
    stable: columns.map((column) => of(column).stable),
  };
  const finite = [...values.canary, ...values.stable].filter(
    (value) => value !== null && Number.isFinite(value),
  );
  const max = Math.max(0, ...finite.map(Number));
  return (["canary", "stable"] as const).map((side) => {
    const known = values[side].filter((value) => value !== null);
    const top = Math.max(...known);
    const said =
      known.length === 0 ? "nothing" : Number.isFinite(top) ? `up to ${words(top)}` : "beyond all edges";
    return line(`${label} ${side}`, sparkline(values[side], { max }), said);
  });
}

function most(logs: readonly (number | null)[], needed: number): string {
  const top = Math.max(...logs.map((log) => log ?? Number.NEGATIVE_INFINITY));
  if (top <= 0) return `none; ${odds(needed)} fails`;
  return top >= needed ? `up to ${odds(top)}` : `${odds(top)}; ${odds(needed)} fails`;
}

/** What is beyond a million is not told apart. */
function odds(log: number): string {
  if (log <= 0) return "none";
  if (log > Math.log(1e6)) return ">1,000,000:1";
  const times = Math.exp(log);
  return `${number(times < 10 ? Number(times.toFixed(1)) : Math.round(times))}:1`;
}

/** Looks in a row that say the same are one line, with the words of the first. */
function table({ replayed, window }: Report): readonly string[] {
  const runs: { readonly look: Look; count: number }[] = [];
  for (const look of replayed.looks) {
    const last = runs.at(-1);
    if (last && wordOf(last.look) === wordOf(look) && last.look.percent === look.percent) last.count += 1;
    else runs.push({ look, count: 1 });
  }
  const cells = runs.map(({ look, count }) => [
    offset(look.at - window.from),
    `${number(look.percent)} %`,
    wordOf(look),
    String(count),
    look.evidence ? odds(look.evidence.log) : "-",
  ]);
  const titles = ["AT", "WEIGHT", "VERDICT", "LOOKS", "EVIDENCE"];
  const widths = titles.map((title, i) => Math.max(title.length, ...cells.map((row) => row[i]?.length ?? 0)));
  const lines = [titles, ...cells].map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  return lines.flatMap((line, i) => {
    const look = runs[i - 1]?.look;
    return look ? [line, wrapped("    ", inert(look.words), WIDTH)] : [line];
  });
}

function wordOf({ verdict }: Look): string {
  return verdict?.verdict ?? "not live";
}

function rows({ replayed, window }: Report): readonly string[] {
  const last = replayed.looks.findLast(({ verdict }) => verdict !== null && verdict.slos.length > 0);
  if (!last?.verdict) return ["No look had an objective to judge."];
  const title = `At ${offset(last.at - window.from)}: ${last.verdict.verdict}`;
  const lines = last.verdict.slos.flatMap((slo) => {
    const sides = [
      ...(slo.canary === null ? [] : [`canary ${slo.canary}`]),
      ...(slo.stable === null ? [] : [`stable ${slo.stable}`]),
      `limit ${slo.limit}`,
      ...(slo.requests === null ? [] : [counted(Math.round(slo.requests), "request")]),
    ];
    return [
      wrapped("  ", inert(`${slo.name}: ${rowWord(slo)}`), WIDTH),
      wrapped("    ", inert(sides.join(", ")), WIDTH),
      wrapped("    ", inert(slo.words), WIDTH),
    ];
  });
  return [title, ...lines];
}
