import type { Gate } from "../../../src/config/types.ts";
import type { Release } from "../../../src/release/state.ts";
import type { Scene } from "../scene.ts";
import type { Shop } from "../shop.ts";
import type { Effect, Violate } from "./sight.ts";

/** What was heard of a gate may be so old when a weight is written, ms: a hook is not asked at each look, and calls hang. */
const HEARD = 120_000;

/** 1: no weight rises over a gate that is not open, unless somebody who may said that it need not be. */
export function checkGates(
  { scene, shop, intent }: Pick<Effect, "scene" | "shop" | "intent">,
  before: Release,
  violate: Violate,
): void {
  const { at } = intent.commit;
  for (const gate of gatesAt(shop, before)) {
    if (scene.gates.everOpen(gate, commitOf(before), at - HEARD, at)) continue;
    if (passedBy(gate, before, intent.after.handled)) continue;
    violate(
      "1 no step without evidence",
      `the weight rose over the ${gate.kind} ${gate.name}, which was not open`,
    );
  }
}

/** Those that are not open now. */
export function shut(scene: Scene, shop: Shop, release: Release): readonly Gate[] {
  return gatesAt(shop, release).filter((gate) => scene.gates.statusAt(gate, commitOf(release)) !== "open");
}

function gatesAt(shop: Shop, { step }: Release): readonly Gate[] {
  return step < 0 ? shop.gates : (shop.steps[step]?.gates ?? []);
}

/** Before the first weight what brought the version counts. */
function commitOf({ step, shift, cause }: Release): string {
  return step < 0 || shift.commit === null ? cause.commit : shift.commit;
}

/** An approval was carried out while this gate held the release, by whom the document names. */
function passedBy(
  gate: Gate,
  { approved }: Release,
  handled: readonly { readonly by: string; readonly command: string; readonly outcome: string }[],
): boolean {
  const by = approved?.without?.find((one) => one.gate.kind === gate.kind && one.gate.name === gate.name)?.by;
  return handled.some((one) => one.by === by && one.outcome === "done" && /approve/.test(one.command));
}
