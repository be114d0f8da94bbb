import type { MetricsQuestion } from "../../ports/metrics.ts";
import type { Ask } from "./ask.ts";
import type { Counted } from "./fold.ts";
import type { Names } from "./names.ts";
import type { Plane } from "./planes/plane.ts";
import type { Range } from "./raw.ts";

/** What to read of one data plane, and whom to ask. */
export interface Reading {
  readonly ask: Ask;
  readonly plane: Plane;
  readonly names: Names;
  /** Epoch ms: scrapes are wanted after `from`. */
  readonly from: number;
  readonly to: number;
  /** When the past of the stable side is wanted. */
  readonly past: Range | null;
  readonly idle: MetricsQuestion["idle"] | null;
  readonly latency: boolean;
}

/** `asked` for the record; `loss` says why the numbers are not exact, where they are not. */
export type Counts = Counted & { readonly asked: readonly string[]; readonly loss: string | null };

/** How often a metric is scraped, and the steps over which the source adds it up; ms. */
export interface Grid {
  readonly interval: number;
  readonly step: number;
}
