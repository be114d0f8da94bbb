import type { Observation, Scrape } from "../../../src/analysis/types.ts";
import type { Release } from "../../../src/release/state.ts";
import { STALE } from "../cluster.ts";
import { SCRAPE } from "../mesh.ts";
import type { Answer } from "../metrics.ts";
import type { Scene } from "../scene.ts";
import { bakeOf, type Shop, versionIn, versionOf } from "../shop.ts";
import { checkGates } from "./gates.ts";
import { carriedOut, type Effect, rose, shareOf, type Violate } from "./sight.ts";

/** Requests a second at which shares tell quickly whether a weight is live, and are not taken in by another split. */
const BUSY = 400;
/** Scrapes at a weight before it may be left, and canary requests where plain limits judge. */
const LEAST_SCRAPES = 3;
const LEAST_REQUESTS = 20;
/** Harm that nobody could overlook. */
const GROSS = { requests: 400, canary: 0.14, stable: 0.05 };
/** Three times the limit of errors, on requests enough for any judge, in each of the newest scrapes: no decision is so old. */
const BEYOND = { share: 0.15, requests: 400, scrapes: 5 };

/** 1: the new version is everybody's only after the last step, and the way back waits until stable runs it. */
export function checkPromotion(
  promotion: Effect,
  violate: Violate,
  clocksAgree: boolean,
  /** A person said `promote`. */
  byHand: boolean,
): void {
  const { scene, shop, intent } = promotion;
  const { before, after } = intent;
  const release = before?.release;
  const effect = after.pending?.effect;
  if (!release || !effect || carriedOut(intent).length > 0) return;
  const { percent } = release.shift;
  if (effect.kind === "copy-images") {
    if (percent < (shop.steps.at(-1)?.weight ?? 100)) {
      violate("1 no step without evidence", `images were copied at ${percent} %`);
    }
    if (!byHand && !release.promotion?.forcedBy) checkVersion(promotion, violate);
  }
  const copiedAt = release.promotion?.copiedAt;
  const home = effect.kind === "set-weights" && release.ending === "promoted" && copiedAt != null;
  if (home && shop.cluster !== "none" && !release.promotion?.forcedBy) {
    const answers = scene.cluster.answers
      .get(shop.name)
      ?.filter(({ at, reading }) => at >= copiedAt - CLOCKS && at <= intent.commit.at && reading.stable);
    // Whoever else asks meanwhile may be told nothing.
    const last = answers?.findLast(({ reading }) => reading.stable?.status === "proven") ?? answers?.at(-1);
    const status = last?.reading.stable?.status ?? "not asked for";
    if (status !== "proven")
      violate("1 no step without evidence", `the canary went to 0 while stable was ${status}`);
    const version = versionOf(last?.question.stable?.template);
    if (!scene.mesh.everDid(shop, copiedAt - STALE, ({ stable }) => stable === version))
      violate("1 no step without evidence", "the canary went to 0 while stable ran another version");
    return;
  }
  if (home && clocksAgree && intent.commit.at - copiedAt < shop.settle - 1000) {
    violate("1 no step without evidence", "the canary went to 0 before stable had time to run the version");
  }
}

/** What `steps: auto` chooses among. */
const AUTO = [1, 5, 10, 25, 50, 100];

/** 5: what is written is what was decided: a step's weight, a person's number, or nothing. */
export function checkWeight({ shop, intent, after }: Effect, violate: Violate): void {
  const effect = intent.after.pending?.effect;
  if (effect?.kind !== "set-weights") return;
  const [said] = carriedOut(intent).flatMap(
    ({ command }) => /\s(\d{1,3})%?(?:\s[0-9a-f]{7,40})?$/.exec(command)?.[1] ?? [],
  );
  const listed = effect.step === null ? undefined : shop.steps[effect.step]?.weight;
  const ladder = AUTO.map((weight) => Math.min(weight, 100 - shop.holdback));
  const wanted = effect.step === null ? [Number(said ?? 0)] : shop.auto ? ladder : [listed ?? -1];
  for (const weights of after) {
    const percent = 100 * shareOf(weights);
    if (wanted.some((one) => near(one, percent))) continue;
    violate(
      "5 only what was decided moves",
      `${percent} % was written, ${wanted.join(" or ")} % was decided`,
    );
  }
}

/** 1 and 2: no step without evidence; no data is not good news. 3: after a failure nothing rises. */
export function checkEvidence(effect: Effect, violate: Violate, clocksAgree: boolean): void {
  if (!rose(effect)) return;
  const { shop, intent } = effect;
  const { release } = intent.after;
  const before = intent.before?.release ?? null;
  if (!release) {
    violate("1 no step without evidence", "the weight rose while nothing was released");
    return;
  }
  if (before?.failure && before.number === release.number) {
    violate(
      "3 a failure ends in a rollback",
      `after a failure the weight rose in ${shop.name}#${release.number}`,
    );
    return;
  }
  if (carriedOut(intent).length > 0) return;
  if (!before || before.number !== release.number) {
    violate("1 no step without evidence", "a release began and rose in one write");
    return;
  }
  const pending = intent.after.pending?.effect;
  const next = pending?.kind === "set-weights" ? (pending.step ?? -1) : -1;
  if (shop.auto ? next <= before.step : next !== before.step + 1) {
    violate("1 no step without evidence", `a step was skipped: ${before.step} → ${JSON.stringify(pending)}`);
    return;
  }
  if (!isOpen(shop, intent.commit.at) && clocksAgree) {
    violate("1 no step without evidence", "the weight rose outside its window");
  }
  if (before.will || before.hold?.kind === "person") {
    violate(
      "4 people win",
      `the weight rose while a person held it (${before.hold?.reason ?? before.will?.kind})`,
    );
  }
  if (before.shift.percent === 0 && before.routes.length === 0) {
    checkGates(effect, before, violate);
    if (shop.auto) checkFirst(effect, violate);
    checkCluster(effect, violate);
    return;
  }
  checkStep(effect, before, violate, clocksAgree);
}

/** Where the evidence chooses, the first weight is none that many meet: at most half, and the lowest where that says enough. */
function checkFirst({ scene, shop, intent }: Effect, violate: Violate): void {
  const pending = intent.after.pending?.effect;
  const percent = pending?.kind === "set-weights" ? pending.percent : 0;
  const lowest = shop.steps[0]?.weight ?? 0;
  const whole = scene.source.met.size === 0 && !scene.mesh.struck;
  if (percent > 50 || (shop.rate >= BUSY && whole && percent > lowest))
    violate(
      "1 no step without evidence",
      `the first weight is ${percent} % at ${shop.rate} requests a second`,
    );
}

/** A version that anybody can see to be bad on a busy service never comes through by itself. */
function checkVersion({ scene, shop, commit }: Effect, violate: Violate): void {
  const { stable = "", canary = "" } = scene.mesh.at(shop, commit.at) ?? {};
  if (shop.rate < 40) return;
  // Beside a stable version that is as bad, or as slow, the canary is no worse.
  if (!stable.endsWith("-good")) return;
  if (canary.endsWith("-bad")) {
    violate("1 no step without evidence", `${canary}, which fails one request in five, was promoted`);
  }
  if (shop.latency && canary.endsWith("-slow")) {
    violate("1 no step without evidence", `${canary}, of which 15 % are over the limit, was promoted`);
  }
}

/** The weight that is left was live, has baked, was approved if it asks for that, and was seen to be good. */
export function checkStep(
  effect: Pick<Effect, "scene" | "shop" | "intent">,
  before: Release,
  violate: Violate,
  clocksAgree: boolean,
): void {
  const { scene, shop, intent } = effect;
  const { live } = before.shift;
  if (!live) {
    violate("1 no step without evidence", `${before.shift.percent} % was never live`);
    return;
  }
  const step = shop.steps[shop.auto ? 0 : before.step];
  if (step && clocksAgree && intent.commit.at - live.at < bakeOf(shop, step) - 1000) {
    violate("1 no step without evidence", `${step.weight} % had baked ${intent.commit.at - live.at} ms only`);
  }
  if (step?.approval && !before.approved) {
    violate("1 no step without evidence", `${step.weight} % was left without an approval`);
  }
  const answers = scene.source.answers.get(shop.name) ?? [];
  const latest = latestAnswers(answers, intent.commit.at);
  const heard = latest.filter(({ observation }) => observation.status === "ok");
  if (heard.length === 0) {
    const words = wordsOf((latest[0] ?? answers.findLast(({ at }) => at <= intent.commit.at))?.observation);
    violate("2 no data is not good news", `it went on with the answer "${words}"`);
    return;
  }
  if (heard.every(isOver))
    violate("2 no data is not good news", "it went on while a query was over its limit, or no number");
  // A step at the weight that somebody set by hand before it goes on with what was seen there.
  const { percent, before: percentBefore, rerouted, baseline } = before.shift;
  const since = percentBefore === percent && !rerouted ? Math.min(baseline, live.at) : live.at;
  const seen = scrapesSince(answers, since, intent.commit.at);
  const canary = sum(seen, "canary");
  const enough = shop.threshold ? canary.requests >= LEAST_REQUESTS : seen.length >= LEAST_SCRAPES;
  if (!enough || canary.requests === 0) {
    violate(
      "2 no data is not good news",
      `it went on after ${seen.length} scrapes with ${canary.requests} canary requests`,
    );
  }
  // Beside a stable version that is as bad, the canary is no worse, and the limit is lifted.
  if (/-good$/.test(scene.mesh.at(shop, intent.commit.at)?.stable ?? "")) {
    checkHarm(
      // The first scrape counts what was before the weight was live, too.
      seen.filter(({ at }) => at - SCRAPE >= since && !scene.mesh.suffered(at)),
      violate,
    );
    checkLimit(shop, seen, violate);
  }
  checkGates(effect, before, violate);
  checkCluster(effect, violate);
  checkLive(effect, before, violate);
}

/** So long after an answer a decision on it may be written, ms: by the time that a few calls take at their worst. */
const FRESH = 75_000;

/** What any process had heard last when something was decided, newest first. */
function latestAnswers(answers: readonly Answer[], until: number): readonly Answer[] {
  const fresh = answers.filter(({ at }) => at > until - FRESH && at <= until);
  return [...new Map(fresh.map((answer) => [answer.asker, answer])).values()].toSorted((a, b) => b.at - a.at);
}

function isOver({ observation }: Answer): boolean {
  const queries = observation.status === "ok" ? observation.evidence.queries : [];
  return queries.some((query) => query.status !== "value" || query.value > 0);
}

/** What went wrong while nothing shared was out went wrong with the canary. */
function checkHarm(seen: readonly Scrape[], violate: Violate): void {
  const canary = sum(seen, "canary");
  const stable = sum(seen, "stable");
  const harmed =
    canary.requests >= GROSS.requests &&
    canary.errors / canary.requests > GROSS.canary &&
    stable.errors / Math.max(1, stable.requests) < GROSS.stable;
  if (!harmed) return;
  const words = `it went on over ${canary.errors} errors of ${canary.requests} requests`;
  violate("1 no step without evidence", words);
}

/** Whoever is to blame: while everything is far beyond its limit, nothing goes on. */
function checkLimit({ threshold }: Shop, seen: readonly Scrape[], violate: Violate): void {
  const newest = seen.toSorted((a, b) => a.at - b.at).slice(-BEYOND.scrapes);
  const { requests } = sum(newest, "canary");
  // A plain limit judges all that was seen at the weight as one.
  const judged = [...newest.map(({ canary }) => canary), ...(threshold ? [sum(seen, "canary")] : [])];
  if (requests < BEYOND.requests || newest.length < LEAST_SCRAPES) return;
  if (judged.some((one) => one.errors <= BEYOND.share * one.requests)) return;
  const words = `it went on while ${requests} requests failed three times as often as they may`;
  violate("1 no step without evidence", words);
}

/** No clock of a process is further off, ms. */
const CLOCKS = 15 * 60_000;

/** Answers that let a weight rise. */
const PROVES: readonly string[] = ["proven", "unknown"];

/** Between what a process heard and its intent, ms: another may hear something else meanwhile. */
const DECIDING = 1000;

function lastTold({ cluster }: Scene, shop: Shop, at: number) {
  const answers = cluster.answers.get(shop.name) ?? [];
  const heard = answers.filter((answer) => answer.at <= at && answer.reading.canary);
  const good = heard.findLast(
    ({ at: then, reading: { canary, traffic } }) =>
      then > at - DECIDING && [canary, traffic].every((proof) => !proof || PROVES.includes(proof.status)),
  );
  return (good ?? heard.at(-1))?.reading ?? null;
}

/** No weight rises over what a cluster said, nor over a version that crashes, whatever it said. */
function checkCluster(
  { scene, shop, intent }: Pick<Effect, "scene" | "shop" | "intent">,
  violate: Violate,
): void {
  if (shop.cluster === "none") return;
  const told = lastTold(scene, shop, intent.commit.at);
  for (const proof of [told?.canary, told?.traffic]) {
    if (proof && !PROVES.includes(proof.status))
      violate("1 no step without evidence", `the weight rose while the cluster said ${proof.status}`);
  }
  if (!told?.canary) violate("1 no step without evidence", "the weight rose and no cluster was asked");
  const { mesh, github } = scene;
  const { pending, release } = intent.after;
  const version = versionIn(
    pending
      ? github.git.read(pending.head, shop.canaryFile)
      : github.git.text(release?.workloads.canary ?? ""),
  );
  // What once ran and was replaced may be told of by a cluster that lags.
  if (!mesh.everDid(shop, intent.commit.at - STALE, ({ canary }) => canary === version))
    violate("1 no step without evidence", `the weight rose before ${version} ran`);
  if (scene.mesh.at(shop, intent.commit.at)?.canary.endsWith("-crash"))
    violate("1 no step without evidence", "the weight rose while the canary crash-looped");
}

/** What the data plane did is known here, whatever the bot inferred. */
function checkLive(
  { scene, shop, intent }: Pick<Effect, "scene" | "shop" | "intent">,
  { shift, routes, expected }: Release,
  violate: Violate,
): void {
  const { how, at } = shift.live ?? { how: "", at: 0 };
  const lied = scene.source.troubles.some(({ from, to }) => to > shift.at - 60_000 && from < at + 60_000);
  // By the clock it is live where traffic is too low to tell; by shares and proof it was seen.
  const seen = how === "proof" || shop.rate >= BUSY;
  if (!seen || routes.length > 0 || shift.rerouted || lied) return;
  const wanted = expected.reduce((all, weights) => all + shareOf(weights), 0) / expected.length;
  const did = scene.mesh.everDid(shop, Math.min(shift.at, intent.commit.at), ({ share }) =>
    near(share, wanted),
  );
  if (!did)
    violate("1 no step without evidence", `${shift.percent} % was left before any request went by it`);
}

function near(a: number, b: number): boolean {
  return Math.abs(a - b) < 0.001;
}

/** What the bot was told of the time since `from`, each scrape once. */
function scrapesSince(
  answers: readonly { readonly at: number; readonly observation: Observation }[],
  from: number,
  to: number,
): readonly Scrape[] {
  const seen = new Map<number, Scrape>();
  for (let i = answers.length - 1; i >= 0; i--) {
    const answer = answers[i];
    if (!answer || answer.at < from) break;
    if (answer.at > to || answer.observation.status !== "ok") continue;
    for (const scrape of answer.observation.evidence.scrapes) {
      if (scrape.at > from && !seen.has(scrape.at)) seen.set(scrape.at, scrape);
    }
  }
  return [...seen.values()];
}

function sum(scrapes: readonly Scrape[], side: "canary" | "stable") {
  return scrapes.reduce(
    (all, scrape) => ({
      requests: all.requests + scrape[side].requests,
      errors: all.errors + scrape[side].errors,
    }),
    { requests: 0, errors: 0 },
  );
}

function isOpen({ window }: Shop, at: number): boolean {
  if (!window) return true;
  const hour = new Date(at).getUTCHours() + new Date(at).getUTCMinutes() / 60;
  // The decision is a few seconds older than its commit.
  return hour >= window.from && hour < window.to + 0.1;
}

function wordsOf(observation: Observation | undefined): string {
  return observation?.status === "unavailable" ? observation.code : "none at all";
}
