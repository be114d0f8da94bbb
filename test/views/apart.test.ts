import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { GateReading } from "../../src/analysis/gates.ts";
import type { Hold, PersonHold } from "../../src/release/state.ts";
import { apart, reasonApart, statusApart } from "../../src/views/apart.ts";
import { headCheck, releaseCheck, releaseComment, weightCheck } from "../../src/views/release.ts";
import { reminderComment } from "../../src/views/reminder.ts";
import { doneReply, refusalReply, type StatusView, statusReply } from "../../src/views/reply.ts";
import type { ReleaseView } from "../../src/views/standing.ts";
import { at, ended, failedRelease, failing, mesh, pass, release, rollout, view } from "./fixtures.ts";

const source = { repository: "acme/checkout", commit: "0123456789abcdef", pull: 7, deployment: null };
const from = (change: Partial<ReleaseView>): ReleaseView => {
  const shown = view(change);
  const cause = { ...shown.release.cause, pull: null, source };
  return apart({ ...shown, release: { ...shown.release, cause } }, "acme/deploy");
};
const there = from({ release: failedRelease });

describe("a release shown in the code's repository", () => {
  it("names pull requests of the manifests in full, its own by number, and where one must be allowed to write", () => {
    for (const shown of [there, { ...there, ended: ended("rolled-back") }]) {
      const comment = releaseComment(shown);
      expect(comment).toContain("acme/deploy#43");
      expect(comment).not.toMatch(/(?<!acme\/deploy)#43/);
      expect(comment).toContain("`acme/checkout@0123456789`");
      expect(comment).not.toContain("this repository");
    }
    expect(releaseComment(there)).toContain("may write to acme/deploy");
    expect(releaseCheck(there)).toMatchObject({ name: "sluice / checkout" });
    expect(releaseCheck(there).title).toContain("acme/deploy#43");
    expect(releaseCheck(there).summary).toContain("on #7");
  });

  it("says what is the matter, what to do about it, and where the rest is told", async () => {
    const detail = "mesh/checkout.yaml says 60/40 (stable/canary), Sluice last wrote 75/25.";
    const held = from({
      release: release({
        hold: { kind: "person", reason: "hand-edit", since: at(12), detail },
        timeline: [
          { at: at(0), text: "checkout#7 begins: registry/checkout:2 (version 9d41) (merge)", by: "mira" },
          { at: at(0.1), text: "First step: 10 %", by: null },
          { at: at(0.2), text: "canary at 10 %, commit ab12cd3", by: null },
          { at: at(0.5), text: "10 % is live: VirtualService checkout/checkout says so", by: null },
          { at: at(5.5), text: "10 % → 25 %: error rate 0.3 %; hook `loadtest` open (@mira)", by: null },
          { at: at(12), text: `Holding (hand-edit): ${detail}`, by: null },
        ],
      }),
      legal: ["/canary resume", "/canary rollback"],
    });
    await expect(releaseComment(held)).toMatchFileSnapshot("golden/release-apart.txt");
    const asked = { ...held, asks: held.release.hold?.detail ?? "" };
    const reminder = { since: at(12), at: at(12 + 24 * 60), words: asked.asks };
    await expect(reminderComment(asked, reminder)).toMatchFileSnapshot("golden/reminder-apart.txt");
  });

  const broken = { name: "x_secret", limit: "0", canary: "1", stable: null, requests: 1, verdict: "fail" };
  it.each([
    ["an objective", "x is 19.8 %: SECRET", failing.slos, "Outside its limits: error rate."],
    ["a query", "x_secret is 1, limit 0", [broken], "Outside its limits: query."],
    ["time", "No evidence for 30 min at 25 % (not-live): SECRET", [], "No evidence for 30 min at 25 %."],
    ["pods", "Failed at 25 %: SECRET", [], "The canary workload does not come up."],
  ])("says that it failed by %s, in words of our own", (_, words, slos, said) => {
    const failure = { at: at(8), words, by: null, slos };
    const comment = releaseComment(from({ release: { ...failedRelease, failure }, verdict: null }));
    expect(comment).toContain(`**Failed** at 10:08:00 UTC: ${said}`);
    expect(comment.toLowerCase()).not.toContain("secret");
  });
});

const SECRET = "s3cret/file.yaml";
const secretGate: GateReading = {
  gate: { kind: "check", name: "smoke" },
  status: "closed",
  words: SECRET,
  link: `https://${SECRET}`,
};
const hold = (reason: PersonHold): Hold => ({
  ...{ kind: "person", reason, since: at(9), detail: SECRET },
  ...(reason === "gate" && { gates: [secretGate] }),
});
const live = (how: string) => ({ ...release().shift, live: { at: at(6), how, detail: SECRET } });
const timeline = [
  "",
  "10 % → 25 %: ",
  "mira sets 10 % → 25 % ",
  "10 % is live: ",
  "Holding (drift): ",
  "Holding (",
  "Failed at 25 %: ",
  "50 % cannot be written: ",
  "Still waiting, since ",
  "#5 waits to be merged: ",
].map((text) => ({ at: at(9), text: `${text}${SECRET}`, by: "mira" }));

describe("of what files and others say, nothing is in any view of it", () => {
  const told = release({ timeline, blocked: SECRET, beside: SECRET });
  const promotion = { copiedAt: 1, forcedBy: null, failed: SECRET, without: { by: "mira", what: [SECRET] } };
  const failure = { at: at(8), words: SECRET, by: "mira", slos: [] };
  it.each<readonly [string, Partial<ReleaseView>]>([
    ["held by a gate", { release: { ...told, hold: hold("gate") }, gates: [secretGate] }],
    ["drifted", { release: { ...told, hold: hold("drift"), shift: live("proof") } }],
    ["edited", { release: { ...told, hold: hold("workload-edit"), shift: live("shares") } }],
    [
      "without evidence",
      {
        release: {
          ...told,
          hold: { kind: "evidence", reason: "not-ready", since: at(9), detail: SECRET },
        },
        verdict: { verdict: "unavailable", window: null, slos: [], words: SECRET },
      },
    ],
    [
      "judged by a query",
      {
        release: told,
        verdict: { ...pass, slos: pass.slos.map((slo) => ({ ...slo, name: SECRET, words: SECRET })) },
      },
    ],
    ["not to be read", { release: told, legal: [], unreadable: SECRET }],
    ["rolled back by a person", { release: { ...failedRelease, timeline, failure } }],
    [
      "rolled back against a rule",
      {
        release: {
          ...failedRelease,
          failure: { ...failure, by: null },
          rollback: failedRelease.rollback && {
            ...failedRelease.rollback,
            blocked: SECRET,
            restore: { [SECRET]: "b2" },
          },
        },
      },
    ],
    ["waiting for its rollback", { release: failedRelease, asks: SECRET }],
    ["promoting", { release: { ...told, phase: "promoting", promotion } }],
    ["ended", { release: { ...failedRelease, timeline }, ended: ended("rolled-back") }],
  ])("%s", (_, change) => {
    const target = { file: SECRET, stable: "stable", canary: "canary" };
    const full: ReleaseView = {
      ...view(change),
      rollout: { ...rollout, targets: [target], workloads: { stable: SECRET, canary: SECRET } },
      pages: [{ title: "Grafana", link: `https://${SECRET}` }],
      refusedClick: { command: "pause", by: "mira", reason: SECRET },
    };
    const views = (shown: ReleaseView) => [
      releaseComment(shown),
      JSON.stringify([releaseCheck(shown), headCheck(shown, true), weightCheck(shown)]),
      reminderComment(shown, { since: at(9), at: at(99), words: shown.asks ?? "" }),
    ];
    expect(views(full).join("\n")).toContain("s3cret");
    const shown = from(full);
    expect(JSON.stringify(shown)).not.toContain("s3cret");
    for (const body of views(shown)) {
      expect(body).not.toContain("s3cret");
      expect(body).toMatch(/acme\/deploy/);
    }
  });
});

const WHERE = { elsewhere: "acme/deploy", details: "https://github.com/acme/deploy/commits/sluice/state" };
const answered = (reason: string, held: Hold | null = null) =>
  refusalReply({ comment: 1, command: "/canary x", legal: [], ...reasonApart(reason, held, WHERE) });

describe("the answer to a command in the code's repository", () => {
  const folder = new URL("../../src/release/", import.meta.url);
  const sources = readdirSync(folder).map((file) => readFileSync(new URL(file, folder), "utf8"));
  // Given at once, or by a constant's name.
  const given = /(?:refuse\([^"()]*,\s*order,|^const [A-Z_]+ =)\s*"([^"]+\.)"/gm;
  const fixed = sources
    .flatMap((source) => [...source.matchAll(given)].map(([, words]) => words ?? ""))
    .filter((words) => words !== "Not a weight.");
  it("has all of our own reasons in it", () => {
    expect(fixed).toContain("Nothing is being released.");
    expect(fixed).toContain("It is being rolled back already.");
    expect(fixed.join("\n")).toContain("The weights were edited by hand");
  });
  it.each([
    ...new Set(fixed),
    "shop takes commands from its approvers only: mira, @acme/payments.",
    "0123abc is not what is there now (3f9c2d1e8b or ab12cd34ef). Look again before you decide.",
    "This was said before mira paused it. Look at what is there now, then say it again.",
    "This was said before mira said otherwise. Look at what is there now, then say it again.",
    "This was said before checkout#6 ended. Look at what is there now, then say it again.",
    "It is paused already, by mira.",
    "The release is being rolled back; after a failure its weight does not rise again.",
    "100 % is not live yet. Look at what comes of it, then say it again.",
    "checkout#7 is running already.",
    "Version 9d41c0aa8f3e is the one at rest.",
    "Version 9d41 was released as checkout#6 and ended rolled-back. `/canary checkout retry` releases it again.",
    "2026-12-27 09:00 UTC is in the past; `start` begins at once.",
    "Frozen by mira until somebody says `unfreeze`.",
    "Nothing is frozen.",
    "No start is planned. `rollback` ends the release that is running.",
  ])("says in full: %s", (reason) => {
    expect(reasonApart(reason, null, WHERE)).toEqual({ reason });
    expect(answered(reason)).not.toContain("acme/deploy");
  });

  it.each([
    [
      `Not open: hook \`loadtest\` (${SECRET}). \`approve\` goes on without it.`,
      "Not open: hook `loadtest`.",
    ],
    [`It waits for something else: ${SECRET}`, "It waits for something else."],
    [`This was said before it was held for this: ${SECRET}.`, "This was said before it was held for this."],
    [`Frozen by mira until 2026-12-27 00:00 UTC: ${SECRET}.`, "Frozen by mira until 2026-12-27 00:00 UTC."],
    [
      `Frozen by .github/sluice.yaml until 2026-12-27 00:00 UTC: ${SECRET}.`,
      "Frozen by .github/sluice.yaml.",
    ],
    [`What this is about changed after it was said: ${SECRET} on main; …`, "changed after it was said."],
    [`Not done: ${SECRET}. The release is paused; look again.`, "Not done."],
    [`${SECRET} has no weight of 30.`, "`/canary x` was refused. Files"],
    [`I say ${SECRET}: Nothing holds it.`, "`/canary x` was refused. Files"],
  ])("leaves out what others say, and says where it is told: %s", (reason, said) => {
    const answer = answered(reason);
    expect(answer).toContain(said);
    expect(answer).not.toContain("s3cret");
    expect(answer).toContain(`told in [acme/deploy](${WHERE.details})`);
  });

  it("says how a freeze and its end were understood, without the reasons of other freezes", () => {
    const reason = `No longer frozen: mira ended it. Still: Frozen by .github/sluice.yaml until 2026-12-27 00:00 UTC: ${SECRET}.`;
    const answer = doneReply({
      comment: 1,
      command: "/canary unfreeze",
      ...reasonApart(reason, null, WHERE),
    });
    expect(answer).toContain("No longer frozen: mira ended it. Still: Frozen by .github/sluice.yaml.");
    expect(answer).not.toContain("s3cret");
  });

  it("says which kind of hold keeps a rollout at rest, and names pull requests of the manifests in full", () => {
    const answer = answered(SECRET, hold("blocked"));
    expect(answer).toContain("The commit could not be made. Mend that, then resume.");
    expect(answer).toContain("told in [acme/deploy]");
    const waits = reasonApart("At rest the canary has weight 0: #12 must be merged first.", null, WHERE);
    expect(waits).toEqual({
      reason: "At rest the canary has weight 0: acme/deploy#12 must be merged first.",
    });
  });

  const query = { ...pass, slos: pass.slos.map((slo) => ({ ...slo, name: SECRET, words: SECRET })) };
  const rest = { last: ended("promoted"), planned: null, proposal: null };
  it.each<readonly [string, Partial<StatusView>, string]>([
    [
      "of a release",
      {
        state: { ...rest, release: release({ hold: hold("gate"), shift: live("shares") }), hold: null },
        frozen: `Frozen by .github/sluice.yaml until 2026-12-27 00:00 UTC: ${SECRET}.`,
      },
      "| query | 0 |",
    ],
    ["of one that failed", { state: { ...rest, release: failedRelease, hold: null } }, "acme/deploy#43"],
    ["at rest", { state: { ...rest, release: null, hold: hold("blocked") } }, "`target 1` 100 / 0"],
  ])("a status %s tells as little as the comment, and where the rest is told", (_, change, told) => {
    const target = { file: SECRET, stable: "stable", canary: "canary" };
    const full: StatusView = {
      comment: 1,
      rollout: { ...rollout, targets: [target], workloads: { stable: SECRET, canary: SECRET } },
      state: { ...rest, release: null, hold: null },
      frozen: null,
      nextStart: null,
      verdict: query,
      weightsNow: [{ ...mesh(100, 0), name: SECRET }],
      repositoryUrl: "https://github.com/acme/deploy",
      legal: [],
      ...change,
    };
    const shown = statusApart(full, WHERE);
    expect(JSON.stringify(shown)).not.toContain("s3cret");
    const body = statusReply(shown);
    expect(body).toContain(told);
    expect(body).toMatch(/told in \[acme\/deploy\]\(https:\/\/github\.com\/acme\/deploy\/(?:pull|commit)/);
  });
});
