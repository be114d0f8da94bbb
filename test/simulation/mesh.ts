import type { Counts, Scrape } from "../../src/analysis/types.ts";
import type { Agenda } from "./agenda.ts";
import type { Chance } from "./chance.ts";
import { type GitHub, MAIN } from "./github.ts";
import { weightsIn } from "./manifests.ts";
import { type Shop, versionIn } from "./shop.ts";

/** How a version behaves, by the last word of its tag; whatever is not listed is as good as any. */
const BEHAVIOURS: Readonly<Record<string, (since: number, share: number) => Behaviour>> = {
  bad: () => ({ errors: 0.2, slow: false, lost: 0 }),
  slight: () => ({ errors: 0.03, slow: false, lost: 0 }),
  heavy: (_, share) => ({ errors: share >= 0.5 ? 0.2 : 0, slow: false, lost: 0 }),
  late: (since) => ({ errors: since > 240_000 ? 0.2 : 0, slow: false, lost: 0 }),
  slow: () => ({ errors: 0, slow: true, lost: 0 }),
  lossy: () => ({ errors: 0, slow: false, lost: 0.5 }),
  crash: () => ({ errors: 1, slow: false, lost: 0 }),
};
export const FAULTY: readonly [string, ...string[]] = [
  "bad",
  "bad",
  "slight",
  "heavy",
  "late",
  "slow",
  "lossy",
];

interface Behaviour {
  /** Of its own, beside what everybody has. */
  readonly errors: number;
  readonly slow: boolean;
  /** Share of its requests that are never counted. */
  readonly lost: number;
}

const GOOD: Behaviour = { errors: 0, slow: false, lost: 0 };
/** Errors that everybody has, and in an outage of both sides. */
const USUAL = 0.001;
const OUTAGE = 0.3;
/** Share of users who send the testers' header. */
const TESTERS = 0.005;
/** Share of requests of which a mirror sends copies. */
const COPIES = 0.1;
export const SCRAPE = 15_000;

const EDGES = [50, 100, 250, 500, 1000, Number.POSITIVE_INFINITY] as const;
const FAST = [0.5, 0.8, 0.95, 0.995, 0.9993, 1] as const;
const SLOW = [0.1, 0.3, 0.6, 0.85, 0.97, 1] as const;

/** What the data plane does from `at` on. */
export interface Applied {
  readonly at: number;
  /** The canary's share of the split, 0 to 1. */
  readonly share: number;
  readonly routed: boolean;
  /** The canary gets copies of some requests. */
  readonly mirrored: boolean;
  readonly stable: string;
  readonly canary: string;
  /** When the canary workload began to run this version. */
  readonly began: number;
  /** The weights are nobody's in git. */
  readonly edited?: true;
}

/** The GitOps tool that applies main, the data plane that obeys, and the users whose requests are counted. */
export class Mesh {
  readonly #agenda: Agenda;
  readonly #github: GitHub;
  readonly #chance: Chance;
  readonly #applied = new Map<string, Applied[]>();
  readonly #scrapes = new Map<string, Scrape>();
  /** Nothing is applied before this. */
  stuckUntil = 0;
  /** ms between a push and its taking effect. */
  lag = { least: 5_000, most: 40_000 };
  /** Meanwhile the data plane takes no new weights, whatever is applied. */
  readonly rejections: { readonly from: number; readonly to: number }[] = [];
  readonly #shops: readonly Shop[];
  outages: { readonly from: number; readonly to: number }[] = [];
  /** Until when (epoch ms) something was wrong with it. */
  struckUntil = Number.NEGATIVE_INFINITY;

  constructor(options: { agenda: Agenda; github: GitHub; shops: readonly Shop[]; chance: Chance }) {
    const { agenda, github, shops, chance } = options;
    this.#agenda = agenda;
    this.#github = github;
    this.#chance = chance;
    this.#shops = shops;
    const head = github.git.head(MAIN) ?? "";
    for (const shop of shops) {
      const now = this.#read(shop, head, 0);
      this.#applied.set(shop.name, now ? [now] : []);
    }
    let pushes = 0;
    github.git.onMove((branch) => {
      if (branch !== MAIN) return;
      const wait = chance.fork(`lag ${pushes++}`).between(this.lag.least, this.lag.most);
      agenda.in(wait, () => this.#apply(shops));
    });
  }

  /** Something ever went wrong with it. */
  get struck(): boolean {
    return this.struckUntil > Number.NEGATIVE_INFINITY;
  }

  strike(until: number): void {
    this.struckUntil = Math.max(this.struckUntil, until);
  }

  /** What the data plane does at a time. */
  at(shop: Shop, time: number): Applied | null {
    return this.#applied.get(shop.name)?.findLast(({ at }) => at <= time) ?? null;
  }

  rejects(time: number): boolean {
    return this.rejections.some(({ from, to }) => from <= time && time < to);
  }

  /** Since when a side has run the version that it runs at a time. */
  beganAt(shop: Shop, side: "stable" | "canary", time: number): number {
    const all = (this.#applied.get(shop.name) ?? []).filter(({ at }) => at <= time);
    const other = all.findLastIndex((one) => one[side] !== all.at(-1)?.[side]);
    return all[other + 1]?.at ?? time;
  }

  /** Somebody writes a share past git; the GitOps tool puts it right when it next applies anything. */
  edit(shop: Shop, share: number): void {
    const all = this.#applied.get(shop.name) ?? [];
    const last = all.at(-1);
    if (last) all.push({ ...last, at: this.#agenda.now, share, edited: true });
  }

  /** The GitOps tool looks again. */
  sync(): void {
    this.#apply(this.#shops);
  }

  /** Whether it has done so since `from` at any time up to now. */
  everDid(shop: Shop, from: number, does: (applied: Applied) => boolean): boolean {
    const all = this.#applied.get(shop.name) ?? [];
    return all.some((applied, index) => (all[index + 1]?.at ?? Infinity) > from && does(applied));
  }

  /** Whether something that both sides need was out. */
  suffered(at: number): boolean {
    return this.outages.some(({ from, to }) => from < at && at <= to);
  }

  /** Outages are over. */
  recover(now: number): void {
    this.struckUntil = Math.min(this.struckUntil, now);
    this.outages = this.outages.map(({ from, to }) => ({ from, to: Math.min(to, now) }));
  }

  /** What was counted in the `SCRAPE` ms up to scrape number `index`. */
  scrape(shop: Shop, index: number): Scrape {
    const key = `${shop.name} ${index}`;
    const known = this.#scrapes.get(key);
    if (known) return known;
    const at = index * SCRAPE;
    const now = this.at(shop, at);
    const before = this.at(shop, at - SCRAPE);
    const chance = this.#chance.fork(`scrape ${key}`);
    const all = chance.count(Math.round((shop.rate * SCRAPE * 2) / 1000), 0.5);
    const share = (before?.share ?? 0) * reach(before, at) + (now?.share ?? 0) * (1 - reach(before, at)) || 0;
    const testers = now?.routed ? TESTERS : 0;
    const sent = chance.count(all, Math.min(1, share + testers));
    const copies = now?.mirrored ? chance.count(all, COPIES) : 0;
    const canary = behaviourOf(now?.canary, at - (now?.began ?? 0), share);
    const stable = behaviourOf(now?.stable, at - (now?.began ?? 0), 1 - share);
    const outage = this.suffered(at) ? OUTAGE : 0;
    const restarted = now?.canary !== before?.canary || now?.stable !== before?.stable;
    const scraped = {
      at,
      canary: counted(chance, sent + copies, canary, outage, shop.latency),
      stable: counted(chance, all - sent, stable, outage, shop.latency),
      ...(restarted && { restarted: true as const }),
    };
    this.#scrapes.set(key, scraped);
    return scraped;

    /** How much of the interval was still as it was before. */
    function reach(earlier: Applied | null, end: number): number {
      return now === earlier ? 0 : Math.min(1, Math.max(0, ((now?.at ?? 0) - (end - SCRAPE)) / SCRAPE));
    }
  }

  #apply(shops: readonly Shop[]): void {
    if (this.#agenda.now < this.stuckUntil) {
      this.#agenda.at(this.stuckUntil, () => this.#apply(shops));
      return;
    }
    const head = this.#github.git.head(MAIN);
    if (head === null) return;
    for (const shop of shops) {
      const all = this.#applied.get(shop.name) ?? [];
      const read = this.#read(shop, head, this.#agenda.now);
      if (!read) continue;
      const last = all.at(-1);
      const rejected = last && this.rejects(this.#agenda.now);
      const next = rejected
        ? { ...read, share: last.share, routed: last.routed, mirrored: last.mirrored }
        : read;
      const same =
        last &&
        last.share === next.share &&
        last.canary === next.canary &&
        last.stable === next.stable &&
        last.routed === next.routed &&
        last.mirrored === next.mirrored;
      if (!same) all.push(last?.canary === next.canary ? { ...next, began: last.began } : next);
      this.#applied.set(shop.name, all);
    }
  }

  /** null: the tool refuses what cannot be read, and leaves what runs. */
  #read(shop: Shop, head: string, at: number): Applied | null {
    const { git } = this.#github;
    const stable = versionIn(git.read(head, shop.stableFile));
    const canary = versionIn(git.read(head, shop.canaryFile));
    const texts = shop.targets.map((target) => ({ target, text: git.read(head, target.file) }));
    const weights = texts.map(({ target, text }) => weightsIn(text, target));
    if (stable === null || canary === null || weights.some((weight) => weight === null)) return null;
    const shares = weights.map((weight) => (weight ? weight.canary / (weight.stable + weight.canary) : 0));
    const share = shares.reduce((sum, one) => sum + one, 0) / shares.length;
    return {
      at,
      share,
      routed: texts.some(({ text }) => text?.includes("x-tester")),
      mirrored: texts.some(({ text }) => text?.includes("mirror")),
      stable,
      canary,
      began: at,
    };
  }
}

function behaviourOf(version: string | undefined, since: number, share: number): Behaviour {
  const word = version?.slice(version.lastIndexOf("-") + 1) ?? "";
  return BEHAVIOURS[word]?.(since, share) ?? GOOD;
}

function counted(
  chance: Chance,
  sent: number,
  behaviour: Behaviour,
  outage: number,
  histogram: boolean,
): Counts {
  const requests = sent - chance.count(sent, behaviour.lost);
  const failing = Math.min(1, USUAL + behaviour.errors + outage);
  const errors = chance.count(requests, failing);
  if (!histogram) return { requests, errors, latency: [] };
  let left = requests;
  const shares = behaviour.slow ? SLOW : FAST;
  const latency = EDGES.map((le, i) => {
    const beyond = 1 - (shares[i - 1] ?? 0);
    const within = ((shares[i] ?? 1) - (shares[i - 1] ?? 0)) / beyond;
    const count = le === Number.POSITIVE_INFINITY ? left : chance.count(left, within);
    left -= count;
    return { le, count: requests - left };
  });
  return { requests, errors, latency };
}
