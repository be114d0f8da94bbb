import type { VerdictWord } from "../../../analysis/types.ts";
import type { Slo } from "../../../config/types.ts";
import { jsonText } from "../json.ts";
import { errorRate, latencyOf } from "./columns.ts";
import type { Look, Replayed, Window } from "./looks.ts";
import type { Move } from "./times.ts";

/** All that is shown, in whichever form. Times are epoch ms. */
export interface Report {
  readonly rollout: string;
  /** Of the release, where a document of it was given. */
  readonly number: number | null;
  readonly source: string;
  readonly window: Window;
  readonly moves: readonly Move[];
  readonly slos: readonly Slo[];
  /** The first look with each verdict. */
  readonly first: Readonly<Record<VerdictWord, number | null>>;
  readonly replayed: Replayed;
}

export function firstOf(looks: readonly Look[]): Report["first"] {
  const at = (word: VerdictWord) => looks.find(({ verdict }) => verdict?.verdict === word)?.at ?? null;
  return {
    inconclusive: at("inconclusive"),
    unavailable: at("unavailable"),
    pass: at("pass"),
    fail: at("fail"),
  };
}

/** Of the first latency objective; null without one, when no histogram was read. */
export function quantileOf({ slos }: Pick<Report, "slos">): number | null {
  return slos.flatMap((slo) => (slo.kind === "latency" ? [slo.quantile] : []))[0] ?? null;
}

/** For programs. Infinity, which JSON has not, is null: beyond all edges of the histogram. */
export function toJson(report: Report): string {
  const { rollout, number, source, window, moves, first, replayed } = report;
  const { looks, deeds, scrapes } = replayed;
  const q = quantileOf(report);
  const side = (scrape: (typeof scrapes)[number], name: "canary" | "stable") => ({
    requests: scrape[name].requests,
    errors: scrape[name].errors,
    errorRate: errorRate([scrape], name),
    ...(q !== null && { latency: latencyOf([scrape], name, q) }),
  });
  const last = looks.findLast(({ verdict }) => verdict !== null && verdict.slos.length > 0);
  const shown = {
    rollout,
    number,
    source,
    ...window,
    weights: moves,
    quantile: q,
    first,
    deeds,
    looks: looks.map(({ at, percent, verdict, evidence, words }) => ({
      at,
      percent,
      verdict: verdict?.verdict ?? null,
      asOf: verdict?.window?.asOf ?? null,
      evidence: evidence && { log: evidence.log, needed: evidence.needed },
      words,
    })),
    scrapes: scrapes.map((scrape) => ({
      at: scrape.at,
      canary: side(scrape, "canary"),
      stable: side(scrape, "stable"),
    })),
    last: last && { at: last.at, ...last.verdict, channels: last.evidence?.channels ?? [] },
  };
  return jsonText(shown);
}
