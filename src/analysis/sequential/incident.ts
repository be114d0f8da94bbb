import { RATIO_COUNT } from "./bets.ts";
import { newProcess } from "./e-process.ts";
import type { Baseline, Incident, Reading, Summary } from "./types.ts";

/** The cumulative sum bets on four times what is tolerated. */
const RATIO = 4;
const CERTAIN = 6;
const OVER = 1;
const MOST = 12;
/** Scrapes after a rise in which trouble is put down to it, with the two that a fall takes to be in effect. */
const SOON = 5;

export function newIncident(): Incident {
  return { log: 0, since: null, raised: null, blame: 0, retreat: null };
}

/** The share of errors beyond which the stable side itself is in trouble. */
function tolerated(base: Baseline): number {
  return 2 * Math.min(base.errors.upper, 0.25) + 0.005;
}

/** The side that is watched changes at full weight: what is known of the other one does not count. */
export function resetIncident(incident: Incident): void {
  incident.log = 0;
  if (incident.since !== null) incident.calm = 0;
  incident.since = null;
}

/** The weight fell: had it risen just before both sides got into trouble, without trouble in the history? */
export function noteRetreat(summary: Summary): void {
  const { incident, base } = summary;
  const raised = incident.since !== null && incident.raised?.to === summary.before ? incident.raised : null;
  const soon = raised !== null || summary.step.scrapes <= SOON;
  const atOnce = raised?.scrapes === 1 && base.bursts.calm;
  incident.retreat = { scrapes: 0, weight: atOnce ? 2 : soon ? 1 : 0.25 };
}

/** Trouble that went with the weight is blamed on it; trouble that stays is shared. */
function blame(incident: Incident, calm: boolean): void {
  const { retreat } = incident;
  if (retreat === null) return;
  retreat.scrapes += 1;
  if (retreat.scrapes < 2) return;
  if (calm) incident.blame += retreat.weight;
  incident.retreat = null;
}

/**
 * Is the side that serves most of the traffic far above its own past? A cumulative sum (Page 1954) of the
 * log-likelihood ratio of four times what is tolerated, bounded so that calm is seen as fast as trouble.
 * No comparison of two sides can show a canary that breaks both; a trouble that comes with a rise of the weight
 * and goes with its fall can.
 */
export function watchIncident(summary: Summary, reading: Reading, began: number): void {
  const { incident, base } = summary;
  const side = reading.stable.requests > 0 && summary.percent < 100 ? reading.stable : reading.canary;
  const phi = Math.max(1.2, Math.min(base.errors.fano, 6));
  const step = (side.errors * Math.log(RATIO) - side.requests * tolerated(base) * (RATIO - 1)) / phi;
  incident.log = Math.max(0, Math.min(MOST, incident.log + step));
  blame(incident, step <= 0);
  if (incident.calm !== undefined) incident.calm += 1;
  if (incident.since === null && incident.log >= CERTAIN) {
    incident.since = began;
    const { scrapes } = summary.step;
    incident.raised =
      scrapes <= 2 && summary.percent > summary.before ? { to: summary.percent, scrapes } : null;
  } else if (incident.since !== null && incident.log <= OVER) {
    incident.since = null;
    incident.calm = 0;
    summary.past = newProcess(RATIO_COUNT);
  }
}
