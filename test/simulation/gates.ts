import type { CheckSaid, Deployed, GateReading, HookAnswer } from "../../src/analysis/gates.ts";
import type { Gate } from "../../src/config/types.ts";
import type { Hooks } from "../../src/ports/hooks.ts";
import type { Agenda } from "./agenda.ts";
import type { Chance } from "./chance.ts";
import type { GitHub } from "./github.ts";
import { LOUD } from "./planted.ts";

type Status = GateReading["status"];

/** How a gate stands for one commit, from some time (epoch ms) on; the first is as the commit is made. */
type Life = readonly { readonly from: number; readonly status: Status }[];

const MINUTE = 60_000;
/** It did not come in time, or was not kept up: hooks only. */
const HICCUPS = 0.1;

/** Workflows, environments and the operator's hooks of one team; each commit has a fate of its own at each of them. */
export class SimulatedGates {
  readonly #agenda: Agenda;
  readonly #github: GitHub;
  readonly #chance: Chance;
  readonly #lives = new Map<string, Life>();
  #asked = 0;
  #recovered = Number.POSITIVE_INFINITY;

  constructor(options: { agenda: Agenda; github: GitHub; chance: Chance }) {
    this.#agenda = options.agenda;
    this.#github = options.github;
    this.#chance = options.chance;
  }

  /** What nobody ever came to is done now. */
  recover(): void {
    this.#recovered = this.#agenda.now;
  }

  statusAt(gate: Gate, commit: string, at = this.#agenda.now): Status {
    const life = this.#life(gate, commit);
    const status = life.findLast(({ from }) => from <= at)?.status ?? "pending";
    return status === "pending" && at >= this.#recovered ? "open" : status;
  }

  /** Whether it was open at some time from `from` to `to`, epoch ms. */
  everOpen(gate: Gate, commit: string, from: number, to: number): boolean {
    const moments = [from, to, ...this.#life(gate, commit).map((one) => one.from), this.#recovered];
    return moments.some((at) => at >= from && at <= to && this.statusAt(gate, commit, at) === "open");
  }

  checks(commit: string, name: string, at: number): readonly CheckSaid[] {
    const said = (word: string) => ({ by: `ci ${LOUD}`, word, link: `${this.#github.url}/runs/1` });
    const other = { by: "another", word: "success", link: "https://evil.example/@everyone" };
    switch (this.statusAt({ kind: "check", name }, commit, at)) {
      case "open":
        return [said(this.#words(commit, ["success", "neutral"])), other];
      case "pending":
        return this.#words(commit, ["none", "some"]) === "none"
          ? []
          : [other, said(this.#words(commit, ["in_progress", "skipped"]))];
      case "closed":
        return [other, said(this.#words(commit, ["failure", "cancelled", "timed_out", `odd ${LOUD}`]))];
    }
  }

  deployments(commit: string, name: string, at: number): readonly Deployed[] {
    const link = `${this.#github.url}/actions/runs/1`;
    const other = { by: "another", words: ["success"], link: null };
    const said = (...words: string[]) => [other, { by: `ci ${LOUD}`, words, link }];
    switch (this.statusAt({ kind: "environment", name }, commit, at)) {
      case "open":
        return this.#words(commit, ["new", "old"]) === "new"
          ? said("in_progress", "queued", "waiting")
          : said("inactive", "success", "waiting");
      case "pending":
        // A newer one is through before it: it speaks for itself alone.
        return this.#words(commit, ["none", "some"]) === "none"
          ? []
          : [{ by: `ci ${LOUD}`, words: ["success"], link }, ...said("waiting")];
      case "closed":
        return said("failure", "waiting");
    }
  }

  /** The port, for a process whose calls `carry` brings there and back, or not. */
  port(carry: <T>(wait: number, answer: () => T) => Promise<T>): Hooks {
    return {
      knows: () => true,
      ask: ({ hook, commit }) => {
        const chance = this.#chance.fork(`question ${++this.#asked}`);
        const slow = this.#agenda.now < this.#recovered && chance.yes(HICCUPS);
        return carry(slow ? 10_000 : chance.between(5, 500), (): HookAnswer => {
          if (slow) return { status: "unexpected", why: chance.pick(["no answer within 10 s", `HTTP 500`]) };
          const open = this.statusAt({ kind: "hook", name: hook }, commit) === "open";
          return { status: open ? "open" : "waits", reason: chance.yes(0.5) ? LOUD : null };
        });
      },
    };
  }

  #words<const T extends string>(commit: string, words: readonly [T, ...T[]]): T {
    return this.#chance.fork(`words ${commit}`).pick(words);
  }

  #life(gate: Gate, commit: string): Life {
    const key = `${gate.kind} ${gate.name} ${commit}`;
    const known = this.#lives.get(key);
    if (known) return known;
    const made = this.#github.git.commit(commit);
    if (!made) return [];
    const chance = this.#chance.fork(`life ${key}`);
    const after = (least: number, most: number) => made.at + chance.between(least * 60, most * 60) * 1000;
    const first = after(0, 4);
    // A hook has no word for a no that is for good.
    const closed = gate.kind === "hook" ? "pending" : "closed";
    const fates: Readonly<Record<string, Life>> = {
      opens: [{ from: first, status: "open" }],
      "refuses for a while": [
        { from: first, status: closed },
        { from: first + 3 * MINUTE, status: "open" },
      ],
      "closes again": [
        { from: first, status: "open" },
        { from: first + 2 * MINUTE, status: closed },
      ],
      refuses: [{ from: first, status: closed }],
      "never comes": [],
    };
    const fate = chance.weighted({
      opens: 12,
      "refuses for a while": 2,
      "closes again": 1,
      refuses: 2,
      "never comes": 1,
    });
    const life = fates[fate] ?? [];
    this.#lives.set(key, life);
    return life;
  }
}
