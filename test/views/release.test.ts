import { describe, expect, test } from "vitest";
import type { GateReading } from "../../src/analysis/gates.ts";
import type { Rollout } from "../../src/config/types.ts";
import { gateDetail } from "../../src/release/gates.ts";
import type { Hold, PersonHold } from "../../src/release/state.ts";
import { findMarker } from "../../src/views/marker.ts";
import { headCheck, headline, releaseCheck, releaseComment, weightCheck } from "../../src/views/release.ts";
import type { ReleaseView } from "../../src/views/standing.ts";
import { at, ended, failedRelease, failing, pass, release, rollout, trackOf, view } from "./fixtures.ts";

const person = (reason: PersonHold, detail = ""): Hold => ({ kind: "person", reason, since: at(12), detail });

const RUN = "https://github.com/acme/shop/runs/4711";
const smoke = { gate: { kind: "check", name: "e2e / smoke" } } as const;
const gates = (...readings: readonly GateReading[]): Hold => ({
  ...{ kind: "person", reason: "gate", since: at(12), detail: gateDetail(readings) },
  gates: readings,
});
const gated: Rollout = {
  ...rollout,
  gates: [{ kind: "check", name: "build" }],
  steps: rollout.steps.map((step) =>
    step.weight === 25 ? { ...step, gates: [smoke.gate, { kind: "hook", name: "loadtest" }] } : step,
  ),
};

const promoted = release({
  phase: "returning",
  step: 3,
  promotion: { copiedAt: at(26), forcedBy: null },
  shift: { ...release().shift, percent: 0, before: 100, live: { at: at(32), how: "shares", detail: "" } },
});

const FAILING = trackOf(8, { since: 6, share: 0.198 });

const VIEWS: Readonly<Record<string, ReleaseView>> = {
  healthy: view(),
  "by-evidence": view({
    rollout: { ...rollout, auto: true, steps: rollout.steps.map((step) => ({ ...step, approval: false })) },
    verdict: { ...pass, advance: 100 },
  }),
  starting: view({
    release: release({
      step: -1,
      shift: { percent: 0, before: 0, rerouted: false, baseline: at(0), at: at(0), commit: null, live: null },
      timeline: [],
    }),
    verdict: null,
    track: null,
  }),
  unreadable: view({
    legal: [],
    unreadable:
      '`apps/checkout/canary.yaml`, line 20: this is not valid YAML: unexpected flow-map-end token in YAML stream: "}"',
  }),
  "not-live": view({ release: release({ shift: { ...release().shift, live: null } }), verdict: null }),
  approval: view({
    release: release({ step: 2, shift: { ...release().shift, percent: 50 }, hold: person("approval") }),
    legal: ["/canary approve", "/canary rollback"],
    rollout: { ...rollout, approvers: ["mira", "jon"] },
  }),
  "gate-pending": view({
    rollout: gated,
    release: release({
      hold: gates({ ...smoke, status: "pending", words: "nobody has reported it yet", link: null }),
    }),
    gates: [{ ...smoke, status: "pending", words: "in_progress, by github-actions", link: RUN }],
    legal: ["/canary approve", "/canary pause", "/canary rollback"],
  }),
  "gate-closed": view({
    rollout: gated,
    release: release({
      hold: gates(
        { ...smoke, status: "closed", words: "failure, by github-actions", link: RUN },
        {
          gate: { kind: "hook", name: "loadtest" },
          status: "pending",
          words: "10 of 30 min, says @everyone",
          link: null,
        },
      ),
    }),
    legal: ["/canary approve", "/canary pause", "/canary rollback"],
  }),
  frozen: view({
    release: release({
      hold: person("freeze", "Frozen by mira until 2026-12-27 00:00 UTC: holidays, @everyone."),
    }),
    legal: ["/canary pause", "/canary rollback", "/canary unfreeze"],
    rollout: { ...rollout, approvers: ["mira", "@acme/payments"] },
  }),
  "hand-edit": view({
    release: release({
      hold: person(
        "hand-edit",
        "mesh/checkout.yaml says 60/40 (stable/canary), Sluice last wrote 75/25. `resume` goes on from what is there; `rollback` returns to 0.",
      ),
    }),
    legal: ["/canary resume", "/canary rollback"],
  }),
  unavailable: view({
    release: release({
      hold: {
        kind: "evidence",
        reason: "unavailable",
        since: at(9),
        detail: "production: timeout after 10 s",
      },
    }),
    verdict: { verdict: "unavailable", window: null, slos: [], words: "production: timeout after 10 s" },
  }),
  "rolling-back": view({
    release: failedRelease,
    verdict: failing,
    legal: ["/canary pause"],
    track: FAILING,
  }),
  "rollback-blocked": view({
    release: {
      ...failedRelease,
      rollback: failedRelease.rollback && {
        ...failedRelease.rollback,
        blocked: "At least 1 approving review is required by reviewers with write access.",
      },
    },
    verdict: failing,
    legal: [],
    track: FAILING,
  }),
  promoting: view({
    release: release({
      phase: "promoting",
      step: 3,
      shift: { ...release().shift, percent: 100, before: 50 },
      promotion: { copiedAt: at(26), forcedBy: null },
    }),
    track: trackOf(26, null),
  }),
  "stable-behind": view({
    release: release({
      phase: "promoting",
      step: 3,
      shift: { ...release().shift, percent: 100, before: 50 },
      promotion: { copiedAt: null, forcedBy: null },
      hold: person(
        "stable-behind",
        "apps/checkout/stable.yaml does not have all that was tested, and promotion copies images only: container app's env LOG_LEVEL. Put it there as it is in apps/checkout/canary.yaml, while 100 % is on the canary; then the release goes on by itself. `promote` goes on without it, `rollback` returns.",
      ),
    }),
    legal: ["/canary promote", "/canary rollback", "/canary pause"],
    track: trackOf(26, null),
  }),
  proposed: view({
    rollout: { ...rollout, delivery: "pull-request" },
    waitsIn: 44,
    legal: ["/canary pause", "/canary rollback"],
  }),
  promoted: view({ release: promoted, ended: ended("promoted"), track: trackOf(30, null) }),
  "rolled-back": view({
    release: {
      ...failedRelease,
      phase: "returning",
      rollback: failedRelease.rollback && { ...failedRelease.rollback, settled: true },
    },
    ended: ended("rolled-back"),
    verdict: failing,
    track: FAILING,
  }),
  superseded: view({ release: release({ phase: "returning" }), ended: ended("superseded") }),
};

describe("the release comment", () => {
  test.each(Object.entries(VIEWS))("%s reads as its golden page", async (name, shown) => {
    await expect(`${releaseComment(shown)}\n`).toMatchFileSnapshot(`golden/release-${name}.txt`);
  });

  test("is found again by its last line", () => {
    expect(findMarker(releaseComment(view()))).toEqual({ kind: "release", rollout: "checkout", number: 7 });
  });

  test("begins with what a notification should say", () => {
    expect(headline(view())).toBe("checkout#7 · 25 % · healthy · next 50 % about 10:11 UTC");
    expect(releaseComment(view()).split("\n")[0]).toBe(
      "### `checkout#7` · 25 % · healthy · next 50 % about 10:11 UTC",
    );
  });

  test("names the full minute after the end of a step, not the one before it", () => {
    const { shift } = release();
    const live = shift.live && { ...shift.live, at: shift.live.at + 1000 };
    const later = view({ release: release({ shift: { ...shift, live } }) });
    expect(headline(later)).toBe("checkout#7 · 25 % · healthy · next 50 % about 10:12 UTC");
  });

  test("does not change while no fact changes", () => {
    expect(releaseComment(view())).toBe(releaseComment(structuredClone(view())));
  });

  test("keeps the first and the newest entries of a long timeline and says what is missing", () => {
    const timeline = Array.from({ length: 500 }, (_, index) => ({
      at: at(index),
      text: `entry ${index}`,
      by: null,
    }));
    const body = releaseComment(view({ release: release({ timeline }) }));
    expect(body).toContain("entry 0\n");
    expect(body).toContain("entry 499\n");
    expect(body).not.toContain("entry 250\n");
    expect(body).toContain("440 entries left out");
    expect(body).toContain("2026-05-04");
  });
});

describe("the release check", () => {
  const conclusion = (shown: ReleaseView) => releaseCheck(shown).conclusion ?? releaseCheck(shown).status;

  test("is named after the rollout", () => {
    expect(releaseCheck(view()).name).toBe("sluice / checkout");
  });

  test("runs while the release runs, a rollback under way included", () => {
    for (const name of ["healthy", "starting", "not-live", "unavailable", "rolling-back", "promoting"]) {
      expect([name, conclusion(VIEWS[name] ?? view())]).toEqual([name, "in_progress"]);
    }
  });

  test("asks for action when only a person can go on", () => {
    for (const name of ["approval", "hand-edit", "rollback-blocked"]) {
      expect([name, conclusion(VIEWS[name] ?? view())]).toEqual([name, "action_required"]);
    }
  });

  test("asks for action when the rollback PR is a person's to merge", () => {
    const manual = { ...rollout, rollback: { ...rollout.rollback, merge: "manual" as const } };
    const check = releaseCheck(view({ rollout: manual, release: failedRelease }));
    expect(check.conclusion).toBe("action_required");
    expect(check.title).toBe("checkout#7 · 25 % · failed · merge rollback PR #43");
  });

  test("asks nobody while it waits for a window", () => {
    expect(conclusion(view({ release: release({ hold: person("window", "Opens at 09:00.") }) }))).toBe(
      "in_progress",
    );
  });

  test("ends in success, failure or neutral", () => {
    expect(conclusion(VIEWS["promoted"] ?? view())).toBe("success");
    expect(conclusion(VIEWS["rolled-back"] ?? view())).toBe("failure");
    expect(conclusion(view({ ended: ended("superseded") }))).toBe("neutral");
    expect(conclusion(view({ ended: ended("cancelled") }))).toBe("neutral");
  });

  test("carries the next command in its title", () => {
    expect(releaseCheck(VIEWS["approval"] ?? view()).title).toBe(
      "checkout#7 · 50 % · waits for approval · /canary approve",
    );
  });

  test("names no command that would be refused", () => {
    const check = releaseCheck(view({ release: release({ hold: person("approval") }), legal: [] }));
    expect(check.title).toBe("checkout#7 · 25 % · waits for approval");
  });

  test("does not call a pass what nothing was measured of", () => {
    const row = (canary: string | null) => {
      const slo = {
        name: "errors against stable",
        limit: "5 %",
        canary,
        stable: null,
        requests: 0,
        words: "",
      };
      return releaseComment(view({ verdict: { ...pass, slos: [{ ...slo, verdict: "pass" }] } }));
    };
    expect(row(null)).toMatch(/errors against stable \|.*\| not judged \|/);
    expect(row("0 %")).toMatch(/errors against stable \|.*\| pass \|/);
  });

  test("shows what the verdict is", () => {
    const title = (verdict: ReleaseView["verdict"]) => releaseCheck(view({ verdict })).title;
    expect(title(null)).toContain("measuring");
    expect(title(pass)).toContain("healthy");
    expect(title(failing)).toContain("failing");
    expect(title({ ...pass, verdict: "inconclusive" })).toContain("not enough data yet");
    expect(title({ ...pass, verdict: "unavailable" })).toContain("metrics unavailable");
  });
});

describe("the check on the pull request's head", () => {
  const identifiers = (shown: ReleaseView) =>
    headCheck(shown, true).actions?.map(({ identifier }) => identifier.replace(/:[0-9a-f]{8}$/, ""));

  test.each(Object.entries(VIEWS))("%s is completed, so that its buttons show, and fits", (_, shown) => {
    const check = headCheck(shown, true);
    expect(check).toMatchObject({ name: "sluice", status: "completed" });
    expect(check.actions?.length).toBeLessThanOrEqual(3);
    for (const { label, description, identifier } of check.actions ?? []) {
      expect(label.length).toBeLessThanOrEqual(20);
      expect(description.length).toBeLessThanOrEqual(40);
      expect(identifier.length).toBeLessThanOrEqual(20);
    }
  });

  test("is neutral with the phase in its title while the release runs, and says how it ended", () => {
    expect(headCheck(view(), true)).toMatchObject({ conclusion: "neutral", title: headline(view()) });
    expect(headCheck(VIEWS["promoted"] ?? view(), true).conclusion).toBe("success");
    expect(headCheck(VIEWS["rolled-back"] ?? view(), true).conclusion).toBe("failure");
  });

  test("offers what is legal in this phase and nothing else", () => {
    expect(identifiers(view())).toEqual(["pause", "rollback"]);
    expect(identifiers(VIEWS["approval"] ?? view())).toEqual(["approve", "rollback"]);
    expect(identifiers(VIEWS["hand-edit"] ?? view())).toEqual(["resume", "rollback"]);
    expect(identifiers(VIEWS["promoted"] ?? view())).toEqual([]);
  });

  test("its buttons are others once the release stands elsewhere, and the same while only evidence comes and goes", () => {
    const of = (change: Parameters<typeof release>[0]) =>
      headCheck(view({ release: release(change) }), true).actions;
    const doubt = { kind: "evidence", reason: "inconclusive", since: at(9), detail: "" } as const;
    expect(of({ hold: doubt })).toEqual(of({}));
    expect(of({ step: 2 })).not.toEqual(of({}));
    expect(of({ will: { kind: "paused", by: "jon", at: at(9) } })).not.toEqual(of({}));
  });

  test("is named after the rollout where the pull request brought several releases", () => {
    expect(headCheck(view(), false).name).toBe("sluice / checkout");
  });

  test("does not change with the numbers: those are in the comment", () => {
    const later = view({ verdict: { ...pass, slos: [], words: "other numbers" }, track: trackOf(10, null) });
    expect(headCheck(later, true)).toEqual(headCheck(view(), true));
    expect(releaseComment(later)).not.toBe(releaseComment(view()));
  });

  test("says whose click was not followed, and why", () => {
    const refusedClick = { command: "button approve", by: "jon", reason: "it moved on." };
    expect(headCheck(view({ refusedClick }), true).summary).toContain(
      "**Refused:** button approve by jon: it moved on.",
    );
  });
});

describe("a gate", () => {
  test("that may open by itself asks nothing of anybody; a closed one asks for a person", () => {
    const { "gate-pending": pending, "gate-closed": closed } = VIEWS as Record<string, ReleaseView>;
    expect(releaseCheck(pending ?? view())).toMatchObject({ status: "in_progress" });
    expect(releaseCheck(pending ?? view()).title).toBe("checkout#7 · 25 % · waits for its gate (check)");
    expect(releaseCheck(closed ?? view())).toMatchObject({ conclusion: "action_required" });
    expect(releaseCheck(closed ?? view()).title).toBe(
      "checkout#7 · 25 % · held by its gates · /canary approve",
    );
    const [button] = headCheck(closed ?? view(), true).actions ?? [];
    expect(button).toMatchObject({ label: "Approve" });
  });

  test("says in the comment what it says now, in checks what it said when it was recorded", () => {
    const pending = VIEWS["gate-pending"] ?? view();
    expect(releaseComment(pending)).toContain("in_progress, by github-actions".replace("_", "\\_"));
    expect(headCheck(pending, true).summary).toContain("nobody has reported it yet");
  });

  test.each([
    "https://evil.example/runs/1",
    "https://github.com/acme/shop.evil.example/1",
    "https://github.com/acme/shop/runs/1)](https://evil.example",
    "https://github.com/acme/shop/<img src=x>",
  ])("leads nowhere outside the repository: %s", (link) => {
    const hold = gates({ ...smoke, status: "closed", words: "failure", link });
    // In a code span nothing is a link.
    const said = releaseComment(view({ release: release({ hold }) })).replaceAll(/`[^`\n]+`/g, "");
    expect(said).not.toMatch(/\]\(https:\/\/(?:evil|github\.com\/acme\/shop[^/])/);
    expect(said).not.toContain("](https://github.com/acme/shop/runs/1");
    expect(said).not.toContain("<img");
  });
});

describe("the check on the commit of a weight", () => {
  test("comes once the weight is live, or has failed", () => {
    expect(weightCheck(VIEWS["not-live"] ?? view())).toBeNull();
    expect(weightCheck(view())).toMatchObject({
      conclusion: "success",
      title: "checkout#7 · 25 % live · 10:06:00 UTC",
    });
    expect(weightCheck(view({ release: failedRelease }))).toMatchObject({
      conclusion: "failure",
      title: "checkout#7 · 25 % failed · 10:08:00 UTC",
    });
  });
});
