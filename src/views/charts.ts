import { quantileOf } from "../analysis/judgement.ts";
import type { Track, TrackSide } from "../analysis/track.ts";
import type { Rollout } from "../config/types.ts";
import { percent } from "./format.ts";
import { type Section, table, text } from "./layout.ts";
import { sparkline } from "./sparkline.ts";

/** Stretches of equal length that a picture has at most: as many fit beside each other on a telephone. */
const SLOTS = 24;

/** One thing over time, of both sides. Values are percent or milliseconds; null: nothing was seen. */
interface Curve {
  readonly name: string;
  readonly unit: "%" | "ms";
  readonly canary: readonly (number | null)[];
  /** null where only the canary has it. */
  readonly stable: readonly (number | null)[] | null;
  /** In the same unit; null where none is declared. */
  readonly limit: number | null;
}

/** Weight, error rate and latency as rows that read well anywhere; nothing before there are two points. */
export function curveTable(rollout: Rollout, track: Track | null): readonly Section[] {
  const curves = curvesOf(rollout, track);
  if (curves.length === 0) return [];
  const rows = curves.flatMap((curve) => {
    const { name, canary, stable } = curve;
    const max = highest(curve);
    const row = (side: string, values: readonly (number | null)[]) => [
      `${name}${side}`,
      `\`${sparkline(values, { max })}\``,
      shown(values.findLast((value) => value !== null) ?? null, curve),
      shown(most(values), curve),
    ];
    return stable === null ? [row("", canary)] : [row(", canary", canary), row(", stable", stable)];
  });
  return [table(["Over time", "", "Last", "Highest"], rows)];
}

/** The same as Mermaid, folded away. */
export function charts(rollout: Rollout, track: Track | null): readonly Section[] {
  const curves = curvesOf(rollout, track);
  const minutes = lengthOf(track) / 60_000;
  if (curves.length === 0) return [];
  const drawn = curves.map((curve) => chart(curve, minutes));
  return [
    text("<details>", "<summary>Plots</summary>", "", ...drawn.join("\n\n").split("\n"), "", "</details>"),
  ];
}

const COLOURS = { canary: "#e16f24", stable: "#218bff", limit: "#8c959f" } as const;

/** GitHub picks the theme by the reader's; only what tells the lines apart is said here. */
function chart(curve: Curve, minutes: number): string {
  const { name, unit, canary, stable, limit } = curve;
  const top = highest(curve);
  const bounded = limit !== null && limit <= top * 4 ? limit : null;
  const lines = [
    { of: "canary orange", colour: COLOURS.canary, values: canary },
    ...(stable === null ? [] : [{ of: "stable blue", colour: COLOURS.stable, values: stable }]),
    ...(bounded === null
      ? []
      : [{ of: "limit grey", colour: COLOURS.limit, values: canary.map(() => bounded) }]),
  ];
  const init = {
    xyChart: { width: 720, height: 300, titleFontSize: 16, yAxis: { labelFontSize: 12 } },
    themeVariables: {
      xyChart: {
        backgroundColor: "transparent",
        plotColorPalette: lines.map(({ colour }) => colour).join(", "),
      },
    },
  };
  const legend = lines.length === 1 ? "" : `: ${lines.map(({ of }) => of).join(", ")}`;
  return [
    "```mermaid",
    `%%{init: ${JSON.stringify(init)}}%%`,
    "xychart-beta",
    `  title "${name}${legend}"`,
    `  x-axis "minutes" 0 --> ${Number(minutes.toPrecision(3))}`,
    `  y-axis "${unit}" 0 --> ${scale(Math.max(top, bounded ?? 0))}`,
    ...lines.map(({ values }) => `  line [${unbroken(values).join(", ")}]`),
    "```",
  ].join("\n");
}

function curvesOf(rollout: Rollout, track: Track | null): readonly Curve[] {
  const slots = slotsOf(track);
  if (slots.length < 2) return [];
  const rate = ({ requests, errors }: TrackSide) => (requests === 0 ? null : (100 * errors) / requests);
  const of = (side: "canary" | "stable", value: (seen: TrackSide) => number | null) =>
    slots.map((slot) => (slot === null ? null : value(slot[side])));
  const latency = (side: "canary" | "stable") => of(side, (seen) => seen.latency);
  const timed = latency("canary").some((value) => value !== null);
  const q = quantileOf(rollout);
  const slow = rollout.slos.find((slo) => slo.kind === "latency");
  const wrong = rollout.slos.find((slo) => slo.kind === "errorRate");
  return [
    {
      name: "Weight",
      unit: "%",
      canary: slots.map((slot) => slot?.percent ?? null),
      stable: null,
      limit: null,
    },
    {
      name: "Error rate",
      unit: "%",
      canary: of("canary", rate),
      stable: of("stable", rate),
      limit: wrong ? wrong.max * 100 : null,
    },
    ...(timed
      ? [
          {
            name: `p${Number((q * 100).toFixed(2))} latency`,
            unit: "ms",
            canary: latency("canary"),
            stable: latency("stable"),
            limit: slow?.max ?? null,
          } as const,
        ]
      : []),
  ];
}

interface Slot {
  readonly percent: number;
  readonly canary: TrackSide;
  readonly stable: TrackSide;
}

/** The points by stretches of equal length, so that a gap in the metrics is one in the picture too. */
function slotsOf(track: Track | null): readonly (Slot | null)[] {
  const points = track?.points ?? [];
  const [first] = points;
  const last = points.at(-1);
  if (!first || !last || points.length < 2) return [];
  const count = Math.min(SLOTS, points.length);
  const width = (last.at - first.at) / (count - 1);
  const slots: (Slot | null)[] = Array.from({ length: count }, () => null);
  for (const point of points) {
    const index = width === 0 ? 0 : Math.round((point.at - first.at) / width);
    const known = slots[index] ?? null;
    slots[index] = {
      percent: point.percent,
      canary: known === null ? point.canary : worse(known.canary, point.canary),
      stable: known === null ? point.stable : worse(known.stable, point.stable),
    };
  }
  return slots;
}

/** Where two points meet in one place, the slower shows. */
function worse(a: TrackSide, b: TrackSide): TrackSide {
  const latency =
    a.latency === null ? b.latency : b.latency === null ? a.latency : Math.max(a.latency, b.latency);
  return { requests: a.requests + b.requests, errors: a.errors + b.errors, latency };
}

function lengthOf(track: Track | null): number {
  const points = track?.points ?? [];
  return (points.at(-1)?.at ?? 0) - (points[0]?.at ?? 0);
}

/** A chart takes no holes: what was last seen goes on. */
function unbroken(values: readonly (number | null)[]): readonly number[] {
  let last = values.find((value) => value !== null) ?? 0;
  return values.map((value) => {
    last = value ?? last;
    return Number(last.toPrecision(3));
  });
}

function most(values: readonly (number | null)[]): number | null {
  const seen = values.filter((value) => value !== null);
  return seen.length === 0 ? null : Math.max(...seen);
}

function highest({ unit, canary, stable }: Curve): number {
  const top = most([...canary, ...(stable ?? [])]) ?? 0;
  return stable === null ? 100 : Math.max(top, unit === "%" ? 0.1 : 1);
}

/** The next round number above: 1, 2 or 5 times a power of ten. */
function scale(top: number): number {
  const power = 10 ** Math.floor(Math.log10(top));
  const factor = [1, 2, 5, 10].find((one) => one * power >= top) ?? 10;
  return Number((factor * power).toPrecision(3));
}

function shown(value: number | null, { unit }: Curve): string {
  if (value === null) return "–";
  const short = Number(value.toPrecision(3));
  return unit === "%" ? percent(short) : `${short} ms`;
}
