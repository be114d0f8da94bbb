import { readdirSync } from "node:fs";
import { micromark } from "micromark";
import { gfm, gfmHtml } from "micromark-extension-gfm";
import { describe, expect, it } from "vitest";
import type { Notice } from "../../src/release/notices.ts";
import type { PersonHold, Release, RolloutState } from "../../src/release/state.ts";
import { readTrailers } from "../../src/release/trailers.ts";
import { commitMessage, type Worded } from "../../src/views/commit.ts";
import { noticeTitle } from "../../src/views/notice.ts";
import { planCheck, planSections } from "../../src/views/plan.ts";
import { proposalBody, withdrawnBody } from "../../src/views/proposal.ts";
import { headCheck, headline, releaseCheck, releaseComment, weightCheck } from "../../src/views/release.ts";
import { reminderComment } from "../../src/views/reminder.ts";
import {
  doneReply,
  plainReply,
  planReply,
  refusalReply,
  statusReply,
  unclearReply,
} from "../../src/views/reply.ts";
import { rollbackPull } from "../../src/views/rollback.ts";
import { ATTACKS, SKIPS_CI } from "./attacks.ts";
import { ended, failedRelease, failing, mesh, release, rollbackView, rollout, view } from "./fixtures.ts";

/**
 * Every view, with every text that may come from outside replaced: rendered as GitHub renders Markdown, an attack must
 * give the same elements, links, mentions and references as a harmless word in its place.
 */

interface Output {
  readonly markdown?: readonly string[];
  /** Titles, subjects, annotations: GitHub still notifies, links and closes from those. */
  readonly plain?: readonly string[];
}

/** Words of our own, numbers of GitHub's and names that a grammar admits: no text from outside. */
const OURS = new Set([
  ...["kind", "phase", "conclusion", "status", "verdict", "mode", "how", "mesh", "bypass", "then", "traffic"],
  ...[
    "strategy",
    "supersede",
    "outcome",
    "when",
    "direct",
    "commit",
    "state",
    "link",
    "repositoryUrl",
    "prometheus",
  ],
]);
const REASONS = new Set<string>([
  "hand-edit",
  "paused",
  "blocked",
  "approval",
  "gate",
  "not-live",
  "unavailable",
]);

/** Each text in a value, wherever it stands and as a key as well, replaced. */
function replaced<T>(value: T, by: string, key = ""): T {
  const walk = (inner: unknown, name: string): unknown => {
    if (typeof inner === "string")
      return OURS.has(name) || REASONS.has(inner) || inner === "checkout" ? inner : by;
    if (Array.isArray(inner)) return inner.map((item) => walk(item, name));
    if (typeof inner !== "object" || inner === null) return inner;
    return Object.fromEntries(
      Object.entries(inner).map(([field, item]) => [/[./]/.test(field) ? by : field, walk(item, field)]),
    );
  };
  // The shape stays, and so does the type.
  return walk(value, key) as T;
}

const HOLDS: readonly PersonHold[] = ["hand-edit", "paused", "blocked", "approval"];
const RELEASES: readonly Release[] = [
  release({ approved: { by: "x", at: 0 }, will: { kind: "paused", by: "x", at: 0 }, blocked: "x" }),
  ...HOLDS.map((reason) => release({ hold: { kind: "person", reason, since: 0, detail: "x" } })),
  release({
    approved: {
      by: "x",
      at: 0,
      without: [{ gate: { kind: "check", name: "x" }, status: "closed", by: "x" }],
    },
    hold: {
      ...{ kind: "person", reason: "gate", since: 0, detail: "x" },
      gates: [
        {
          gate: { kind: "check", name: "x" },
          status: "closed",
          words: "x",
          link: "https://github.com/acme/shop/runs/1",
        },
        { gate: { kind: "hook", name: "x" }, status: "pending", words: "x", link: null },
      ],
    },
  }),
  release({ hold: { kind: "evidence", reason: "unavailable", since: 0, detail: "x" } }),
  failedRelease,
  { ...failedRelease, failure: { at: 0, words: "x", by: "x", slos: failedRelease.failure?.slos ?? [] } },
  release({ phase: "promoting", promotion: { copiedAt: 1, forcedBy: "x", failed: "x" }, step: 3 }),
];
const ROLLOUT = {
  ...rollout,
  gates: [{ kind: "environment", name: "x" } as const],
  approvers: ["x", "x"],
  environment: { name: "x", url: null },
  on: { kind: "deployment", environment: "x", when: "success" } as const,
  steps: rollout.steps.map((step) => ({
    ...step,
    // Names of routes are letters, digits and dashes, by the configuration's grammar.
    gates: [{ kind: "check", name: "x" } as const],
    routes: [{ kind: "mirror", name: "checkout", percent: 5 } as const],
  })),
};
const EFFECTS: readonly Worded[] = [
  {
    kind: "set-weights",
    percent: 25,
    step: 1,
    from: [{ stable: 90, canary: 10 }],
    to: [{ stable: 75, canary: 25 }],
    routes: ROLLOUT.steps[0]?.routes ?? [],
  },
  { kind: "copy-images", images: { "a/b": "x:x" } },
  { kind: "open-rollback", branch: "x", restore: { "a/b": "x" }, to: [] },
  { kind: "merge-rollback", pull: 43, head: "x" },
];

function plan(by: string) {
  const problems = [{ file: "x", line: 1, column: 1, code: "x", message: "x `y` x" }];
  const images = [{ container: "x", from: "x:1", to: null }];
  const diffs = [{ file: "x", lines: ["x", "-x", "+x"] }];
  const rungs = [{ percent: 10, targets: [mesh(90, 10)], diffs }];
  const present = (["met", "broken", "unknown"] as const).map((state) => ({
    ...{ name: "x", limit: "x", now: "x", words: "x" },
    state,
  }));
  const typical = { takes: 1, of: 1 };
  const parts = {
    typical,
    present,
    rollout: ROLLOUT,
    images,
    adopts: true,
    nextStart: 0,
    weightsNow: [mesh(90, 10)],
    notes: ["x"],
    ships: true,
  };
  const rollouts = [
    { ...parts, unread: null, steps: { ok: true as const, rungs }, running: RELEASES[0] ?? null },
    { ...parts, unread: null, steps: { ok: false as const, reason: "x" }, running: null },
    { ...parts, unread: "x", steps: { ok: true as const, rungs }, running: null },
  ];
  return replaced({ problems, rollouts }, by);
}

function states(by: string): readonly RolloutState[] {
  const handled = [
    { key: "comment:1", pull: 1, by: "x", command: "x", outcome: "refused" as const, reason: "x" },
  ];
  const base = {
    schema: 1 as const,
    rollout: "checkout",
    rest: { version: "x", canary: "x" },
    next: 8,
    effects: 3,
  };
  const held = { kind: "person" as const, reason: "hand-edit" as const, since: 0, detail: "x" };
  return [...RELEASES, null].map((running) =>
    replaced(
      { ...base, release: running, pending: null, last: ended("rolled-back"), hold: held, handled },
      by,
    ),
  );
}

const views = (by: string) =>
  RELEASES.flatMap((one) =>
    [null, ended("rolled-back")].map((end) =>
      replaced(
        view({
          ...{ rollout: ROLLOUT, release: one, ended: end, verdict: failing, legal: ["/canary x"] },
          refusedClick: { command: "x", by: "x", reason: "x" },
        }),
        by,
      ),
    ),
  );

/** Whatever a module of views exports that people see, by its name; `by` stands in place of all text from outside. */
const VIEWS: Readonly<Record<string, (by: string) => Output>> = {
  commitMessage: (by) => {
    const messages = EFFECTS.flatMap((effect) =>
      RELEASES.map((one) =>
        commitMessage(
          replaced(
            {
              rollout: ROLLOUT,
              release: one,
              effect,
              checked: false,
              before: 10,
              why: "x",
              by: "x",
              verdict: failing,
            },
            by,
          ),
        ),
      ),
    );
    return { plain: messages.flatMap(({ subject, body }) => [subject, body]) };
  },
  proposalBody: (by) => {
    const changes = EFFECTS.flatMap((effect) =>
      effect.kind === "set-weights" || effect.kind === "copy-images" ? [effect] : [],
    );
    const pages = changes.flatMap((change) =>
      RELEASES.map((one) =>
        proposalBody(
          replaced(
            {
              ...{ rollout: ROLLOUT, release: one, change, why: "x", by: "x" },
              ...{ before: [mesh(90, 10)], after: [mesh(75, 25)] },
              ...{ verdict: failing, track: rollbackView().track, pages: rollbackView().pages },
            },
            by,
          ),
        ),
      ),
    );
    return { markdown: pages };
  },
  withdrawnBody: (by) => ({ markdown: [withdrawnBody("What it said.", by)] }),
  planCheck: (by) => {
    const { title, summary, annotations } = planCheck(plan(by));
    return { markdown: [summary], plain: [title, ...annotations.map(({ message }) => message)] };
  },
  planSections: (by) => ({
    markdown: planSections(plan(by)).map(({ before, items, after }) =>
      [...before, ...items, ...after].join("\n"),
    ),
  }),
  planReply: (by) => ({ markdown: [planReply(1, plan(by))] }),
  headline: (by) => ({ plain: views(by).map(headline) }),
  noticeTitle: (by) => ({ plain: [noticeTitle("checkout", replaced(NOTICE, by))] }),
  releaseComment: (by) => ({ markdown: views(by).map(releaseComment) }),
  // Whom it calls on is its own test's.
  reminderComment: (by) => ({
    markdown: views(by).map((one) =>
      reminderComment(
        { ...one, rollout: { ...one.rollout, approvers: ["mira"] } },
        replaced({ since: 0, at: 86_400_000, words: "x" }, by),
      ),
    ),
  }),
  releaseCheck: (by) => {
    const checks = views(by).map(releaseCheck);
    return { markdown: checks.map(({ summary }) => summary), plain: checks.map(({ title }) => title) };
  },
  headCheck: (by) => {
    const checks = views(by).map((one) => headCheck(one, false));
    return { markdown: checks.map(({ summary }) => summary), plain: checks.map(({ title }) => title) };
  },
  weightCheck: (by) => {
    const checks = views(by).flatMap((one) => weightCheck(one) ?? []);
    return { markdown: checks.map(({ summary }) => summary), plain: checks.map(({ title }) => title) };
  },
  refusalReply: (by) => ({ markdown: [refusalReply({ comment: 1, command: by, reason: by, legal: [by] })] }),
  doneReply: (by) => ({ markdown: [doneReply({ comment: 1, command: by, reason: by })] }),
  unclearReply: (by) => ({ markdown: [unclearReply({ comment: 1, message: by })] }),
  // Its text is our own help: what of it could come from outside are names of rollouts, which a grammar admits.
  plainReply: () => ({ markdown: [plainReply(1, "Our own words.")] }),
  statusReply: (by) => ({
    markdown: states(by).map((state) =>
      statusReply({
        comment: 1,
        rollout: replaced(ROLLOUT, by),
        state: { ...state, planned: { at: 1, by, pull: 1, version: by } },
        frozen: by,
        nextStart: 0,
        verdict: replaced(failing, by),
        weightsNow: replaced([mesh(90, 10)], by),
        repositoryUrl: "https://github.com/acme/shop",
        legal: [by],
      }),
    ),
  }),
  rollbackPull: (by) => {
    const merges = [
      { how: "auto" },
      { how: "manual" },
      { how: "blocked", reason: "x" },
      { how: "rest", commit: "77aa" },
    ] as const;
    const pulls = merges.flatMap((merge) =>
      [failedRelease, RELEASES[7] ?? failedRelease].map((one) =>
        rollbackPull(replaced(rollbackView({ rollout: ROLLOUT, release: one, merge }), by)),
      ),
    );
    return { markdown: pulls.map(({ body }) => body), plain: pulls.map(({ title }) => title) };
  },
};

const NOTICE: Notice = {
  ...{
    id: "checkout#7.failed.1",
    kind: "failed",
    severity: "critical",
    percent: 25,
    at: 1,
    by: "x",
    why: "x",
  },
  ...{ release: { number: 7, version: "x" }, pull: 1, rollbackPull: null },
};

/** What views are put together from: nobody sees it but through them. */
const PARTS = [
  "apart",
  "buttons",
  "charts",
  "format",
  "gates",
  "inert",
  "layout",
  "marker",
  "parts",
  "plan-parts",
  "sparkline",
  "standing",
];

const pages = new Map<string, string>();

function html(markdown: string): string {
  const known = pages.get(markdown);
  if (known !== undefined) return known;
  const options = { extensions: [gfm()], htmlExtensions: [gfmHtml()], allowDangerousHtml: true };
  const page = micromark(markdown, options);
  pages.set(markdown, page);
  return page;
}

/** Elements and where links and images lead, code aside: text in code is shown as it is. */
function elements(markdown: string): readonly string[] {
  return [...html(markdown).matchAll(/<!--.*?-->|<\/?[a-z][^>]*>/gis)]
    .map(([tag]) => tag)
    .filter((tag) => !/^<\/?code\b/i.test(tag));
}

/** What GitHub acts upon in text, code and addresses of links aside. */
const ACTED_UPON: readonly RegExp[] = [
  /(?<![a-z0-9])@[a-z0-9]/gi,
  /#\d/g,
  /(?<![a-z0-9])GH-\d/gi,
  /:\/\//g,
  /www\./gi,
  /:(?:[+-]1|shipit):/g,
  /\b(?:closes|fixes|resolves)\s+(?:#|\S+#)\d/gi,
  /[\u202a-\u202e\u2066-\u2069]/g,
];

function actions(text: string): readonly number[] {
  return ACTED_UPON.map((pattern) => [...text.matchAll(pattern)].length);
}

function shownText(markdown: string): string {
  return html(markdown)
    .replace(/<code\b[^>]*>.*?<\/code>/gs, " ")
    .replace(/<[^>]*>/g, " ")
    .replaceAll("&#8203;", "\u200b");
}

const HARMLESS = "word";

describe("every view", () => {
  it("is in the list: a new one does not come without being attacked", async () => {
    const folder = new URL("../../src/views/", import.meta.url);
    const found: string[] = [];
    for (const file of readdirSync(folder)) {
      if (PARTS.includes(file.replace(/\.ts$/, ""))) continue;
      const module: Record<string, unknown> = await import(new URL(file, folder).href);
      found.push(...Object.keys(module).filter((name) => typeof module[name] === "function"));
    }
    expect(found.sort()).toEqual(Object.keys(VIEWS).sort());
  });

  it("shows text from outside at all", () => {
    for (const [name, show] of Object.entries(VIEWS)) {
      // Of our own words and numbers alone.
      if (["plainReply", "headline", "noticeTitle"].includes(name)) continue;
      const { markdown = [], plain = [] } = show("zebra");
      expect([...markdown, ...plain].join("\n"), name).toContain("zebra");
    }
  });

  describe.each(Object.entries(VIEWS))("%s", (_, show) => {
    const harmless = show(HARMLESS);

    it.each(ATTACKS)("does nothing with %j that it does not do with a word", (attack) => {
      const { markdown = [], plain = [] } = show(attack);
      for (const [index, body] of markdown.entries()) {
        if (pages.has(body)) continue;
        const usual = harmless.markdown?.[index] ?? "";
        expect(elements(body)).toEqual(elements(usual));
        expect(actions(shownText(body)), body).toEqual(actions(shownText(usual)));
        expect(body.match(/<!-- sluice:/g)).toEqual(usual.match(/<!-- sluice:/g));
        // Lines of files are shown as they are, in checks and comments alone: those are no commit's message.
        expect(body.replace(/^```diff\n.*?^```$/gms, "")).not.toMatch(SKIPS_CI);
      }
      for (const [index, text] of plain.entries()) {
        const usual = harmless.plain?.[index] ?? "";
        expect(actions(text), text).toEqual(actions(usual));
        expect(text).not.toMatch(SKIPS_CI);
        expect(text.split(/[\r\n\u2028\u2029]/).length).toBe(usual.split("\n").length);
        expect(readTrailers(`${text}\n\nSluice-Release: a#1\nSluice-Effect: a#1.1\n`)?.effect).toBe("a#1.1");
        expect(text).not.toMatch(/^Sluice-\w+:/im);
      }
    });
  });
});
