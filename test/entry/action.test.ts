import { describe, expect, it } from "vitest";
import type { TokenLimit } from "../../src/adapters/github/token-limits.ts";
import { readActionEnvironment } from "../../src/entry/action/environment.ts";
import { errandOf } from "../../src/entry/action/errand.ts";
import { createActionLog, summaryOf } from "../../src/entry/action/report.ts";
import { needsWatching, type Watch, watchOver } from "../../src/entry/action/watch.ts";
import type { CommentFacts } from "../../src/ports/forge.ts";
import type { Happening } from "../../src/reconcile/happening.ts";
import type { RolloutState } from "../../src/release/state.ts";

const SHOP = { id: 2, owner: "acme", name: "shop" };
const repository = { id: 2, name: "shop", owner: { login: "acme" } };
const errand = (name: string, payload: object = {}) =>
  errandOf({ name, payload: { repository, ...payload } }, SHOP);

describe("what a job was started for", () => {
  it.each(["schedule", "workflow_dispatch", "push", "deployment", "deployment_status", "something_new"])(
    "%s is a look at everything",
    (name) => {
      const event = { sender: { login: "alice" }, action: "created", deployment_status: { creator: null } };
      expect(errand(name, event)).toEqual({ kind: "look", said: [] });
    },
  );

  it("a command is heard first; what says nothing to us, or a bot says, is a look like any other", () => {
    const said = (body: string, type = "User") => ({
      action: "created",
      issue: { number: 7, pull_request: {} },
      comment: { id: 99, body, user: { type } },
    });
    expect(errand("issue_comment", said("/canary rollback"))).toEqual({ kind: "look", said: [99] });
    expect(errand("issue_comment", said("looks good"))).toEqual({ kind: "look", said: [] });
    expect(errand("issue_comment", said("/canary rollback", "Bot"))).toEqual({ kind: "look", said: [] });
  });

  it("a pull request is its plan and nothing else; a fork's token could not show one", () => {
    const from = (id: number | null) => ({
      action: "opened",
      pull_request: { number: 7, head: { repo: id === null ? null : { id } }, base: { repo: { id: 2 } } },
    });
    const own = { repository: SHOP, what: { kind: "proposal", pull: 7 } };
    expect(errand("pull_request", from(2))).toMatchObject({ kind: "plan", happenings: [own] });
    expect(errand("pull_request", from(5))).toMatchObject({ kind: "nothing" });
    expect(errand("pull_request", from(null))).toMatchObject({ kind: "nothing" });
  });

  it("is about the repository of the job, whatever the event says", () => {
    const other = { repository: { id: 5, name: "secret", owner: { login: "rival" } } };
    const opened = { action: "opened", pull_request: { number: 1, head: {}, base: {} }, ...other };
    expect(errand("pull_request", opened)).toMatchObject({ happenings: [{ repository: SHOP }] });
  });
});

describe("what the runner hands over", () => {
  const file = new URL("../../package.json", import.meta.url).pathname;
  const good = {
    INPUT_TOKEN: "ghs_1",
    GITHUB_EVENT_NAME: "schedule",
    GITHUB_EVENT_PATH: file,
    GITHUB_REPOSITORY: "acme/shop",
    GITHUB_REPOSITORY_ID: "2",
  };
  const problems = (more: Readonly<Record<string, string | undefined>>) => {
    const read = readActionEnvironment({ ...good, ...more });
    return read.ok ? [] : read.problems;
  };

  it("needs no App; a job stays 50 minutes unless told otherwise", () => {
    const read = readActionEnvironment(good);
    expect(read).toMatchObject({ ok: true, environment: { repository: SHOP, watch: 3_000_000 } });
    expect(problems({ INPUT_WATCH: "0" })).toEqual([]);
  });

  it("is told wrong all at once, without a value", () => {
    const wrong = { INPUT_TOKEN: "", INPUT_WATCH: "7h", GITHUB_REPOSITORY: "acme", GITHUB_EVENT_PATH: "/no" };
    expect(problems(wrong)).toHaveLength(4);
    expect(problems(wrong).join()).not.toMatch(/7h|acme|\/no/);
  });
});

describe("the job's log", () => {
  it("lets no text from outside be a command to the runner", () => {
    const lines: string[] = [];
    const log = createActionLog((line) => lines.push(line));
    const bad = "x\n::add-mask::y\r::error::z ##[add-path]/evil 100%";
    log.info(bad);
    log.warn(bad);
    expect(lines).toEqual([
      "sluice: x ::add-mask::y ::error::z # #[add-path]/evil 100%",
      "::warning title=Sluice::x ::add-mask::y ::error::z # #[add-path]/evil 100%25",
    ]);
  });

  it("sums up where each rollout stands, with text from outside made harmless, and what the token cannot do", () => {
    const timeline = [{ at: 0, text: "by <img src=x> @everyone | cell", by: null }];
    const release = { number: 7, phase: "stepping", shift: { percent: 25 }, hold: null, timeline };
    const state = { rollout: "checkout", release, last: null, hold: null } as unknown as RolloutState;
    const findings: TokenLimit[] = [{ what: "It may not.", fix: "Let it." }];
    const text = summaryOf([state], findings);
    const said = "by &lt;img src=x&gt; @&#8203;everyone &#124; cell";
    expect(text.split("\n")).toContain(`| \`checkout\` | \`checkout#7\` | stepping | 25 % | - | ${said} |`);
    expect(text).toContain("- It may not. Let it.");
  });
});

describe("the job's summary", () => {
  const bad = "a`b\n| x | <img src=x> **@everyone** ![y](https://evil.example)";
  const cells = (state: object) =>
    summaryOf([{ last: null, hold: null, release: null, ...state } as unknown as RolloutState], [])
      .split("\n")
      .filter((line) => line.includes("&#96;"));

  it("is one row for each rollout, whatever its state says", () => {
    const timeline = [{ at: 0, text: bad, by: null }];
    const release = { number: 7, phase: bad, shift: { percent: 25 }, hold: { reason: bad }, timeline };
    const rows = [
      ...cells({ rollout: bad, release }),
      ...cells({ rollout: bad, last: { number: 6, outcome: bad }, hold: { reason: bad } }),
    ];
    expect(rows).toHaveLength(2);
    for (const row of rows) {
      expect(row.match(/(?<!&#124;)\|/g)).toHaveLength(7);
      expect(row.replace(/<\/?code>/g, "")).not.toMatch(/`|<|\*\*@|(?<!\\)\*|(?<!\\)\[|:\/\//);
    }
  });
});

describe("a job stays", () => {
  const hold = (kind: "person" | "evidence") => ({ kind, reason: "paused" });
  const state = (release: object | null, pending: object | null = null) =>
    ({ release, pending }) as unknown as RolloutState;
  const at = (percent: number, held: object | null) => ({ shift: { percent }, routes: [], hold: held });

  it("while users meet the canary, or something is on its way", () => {
    expect(needsWatching(state(at(10, null)))).toBe(true);
    expect(needsWatching(state(at(10, hold("person"))))).toBe(true);
    expect(needsWatching(state(at(0, hold("evidence"))))).toBe(true);
    expect(needsWatching(state(null, { id: "checkout#1.1" }))).toBe(true);
  });

  it("and not for what only waits for a person, with the canary at 0", () => {
    expect(needsWatching(state(null))).toBe(false);
    expect(needsWatching(state(at(0, hold("person"))))).toBe(false);
  });
});

describe("a job that watches", () => {
  const comment = (id: number, author: string): CommentFacts => ({
    id,
    pull: 7,
    author,
    authorIsBot: false,
    body: "/canary status",
    createdAt: id,
    edited: false,
    url: "",
  });
  const running = [{ pending: { id: "checkout#1.1" }, release: null }] as unknown as RolloutState[];

  /** A job of a thousand told milliseconds, each look at the clock one of them, and the comments it heard. */
  function watching(said: () => Promise<readonly CommentFacts[]>, states: readonly RolloutState[] = running) {
    const heard: number[] = [];
    let now = 0;
    const bot = {
      bot: {
        happened: async ({ what }: Happening) => void (what.kind === "comment" && heard.push(what.comment)),
      },
      recover: async () => undefined,
      idle: async () => undefined,
    };
    const done = watchOver({
      bot: bot as unknown as Watch["bot"],
      repository: SHOP,
      self: "sluice[bot]",
      told: [],
      said: async () => ({ comments: await said(), until: null }),
      states: async () => states,
      watch: 1000,
      readEvery: 0,
      now: () => now++,
      stopped: new AbortController().signal,
      log: { debug() {}, info() {}, warn() {}, error() {} } as unknown as Watch["log"],
    });
    return { heard, done };
  }

  it("hears five commands of one person at a time, so that a flood of theirs keeps nobody else waiting", async () => {
    const flood = Array.from({ length: 8 }, (_, at) => comment(at + 1, "mallory"));
    const { heard, done } = watching(async () => [...flood, comment(9, "alice")], []);
    expect(await done).toBe(true);
    expect(heard).toEqual([1, 2, 3, 4, 5, 9]);
  });

  it("gives up after five failures in a row, and says that it could not read to the end", async () => {
    let asked = 0;
    const { done } = watching(async () => {
      asked += 1;
      // The fifth time it is answered.
      if (asked !== 5) throw new Error("GitHub is away");
      return [];
    });
    expect(await done).toBe(false);
    expect(asked).toBe(10);
  });
});
