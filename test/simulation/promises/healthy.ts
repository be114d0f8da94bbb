import { BOT, MAIN } from "../github.ts";
import type { Applied } from "../mesh.ts";
import type { Transition, Violate } from "./sight.ts";

/** The judge's row of what the canary gets of its share. */
const ARRIVALS = "requests that arrive";

/** What became of a version as good as stable that the judge compared with it, where nothing else was wrong. */
export type Healthy = "healthy version passed" | "healthy version failed";

/**
 * Each failure alone may be the one that the team accepted; of many releases no larger share may be: `Tally`. null:
 * nothing was judged, or not only what the version does. `clocksAgree`: they have since the release began.
 */
export function judgedHealthy(transition: Transition, clocksAgree: boolean): Healthy | null {
  const { before, after } = transition;
  const [was, release] = [before?.release, after.release];
  if (!release || release.number !== was?.number) return null;
  const passed = was.phase === "stepping" && release.phase === "promoting" && !release.promotion?.forcedBy;
  // Only what was measured has rows.
  const failed =
    (!was.failure && (release.failure?.slos.length ?? 0) > 0) ||
    (was.phase === "promoting" && !was.promotion?.failed && release.promotion?.failed !== undefined);
  if ((!passed && !failed) || !clocksAgree || !isUndisturbed(transition, release.startedAt)) return null;
  return failed ? "healthy version failed" : "healthy version passed";
}

/** 4: what people do to the weights by hand is no failure of the version's. */
export function checkBlame({ shop, before, after }: Transition, violate: Violate): void {
  const was = before?.release;
  const { failure, number } = after.release ?? {};
  if (!failure || was?.failure || was?.hold?.reason !== "hand-edit") return;
  const blamed = failure.slos.some(({ name, verdict }) => name === ARRIVALS && verdict === "fail");
  if (!blamed) return;
  const words = `${shop.name}#${number} failed for requests that somebody kept from it: ${failure.words}`;
  violate("4 people win", words);
}

/** Both sides only ever ran good versions, at the weights that the bot wrote, and were measured as they were. */
function isUndisturbed({ scene, shop }: Transition, since: number): boolean {
  const { mesh, source, cluster, github } = scene;
  // Plain limits on few requests are broken by chance.
  if (shop.threshold || mesh.everDid(shop, since, isFaulty)) return false;
  const troubles = [...mesh.outages, ...source.troubles, ...cluster.troubles];
  // What is stale, or was written past git, lasts a little longer.
  if (troubles.some(({ to }) => to >= since - 120_000)) return false;
  return !shop.targets.some(({ file }) =>
    github.git
      .history(github.git.head(MAIN) ?? "", file)
      .some(({ at, author }) => at >= since && author !== BOT),
  );
}

function isFaulty({ stable, canary, share, routed, mirrored }: Applied): boolean {
  const serves = share > 0 || routed || mirrored;
  return !stable.endsWith("-good") || (serves && !canary.endsWith("-good"));
}
