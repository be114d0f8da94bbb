import { describe, expect, it } from "vitest";
import { reminderComment } from "../../src/views/reminder.ts";
import { ATTACKS } from "./attacks.ts";
import { at, release, rollout, view } from "./fixtures.ts";

const DAY = 24 * 60;
const reminder = { since: at(12), at: at(12 + DAY), words: "50 % is good; `approve` lets it go on." };
const waiting = view({
  release: release({
    step: 2,
    shift: { ...release().shift, percent: 50 },
    hold: { kind: "person", reason: "approval", since: at(12), detail: "" },
  }),
  legal: ["/canary approve", "/canary rollback"],
});

function firstLine(approvers: readonly string[], actor: string | null = "alice"): string | undefined {
  const cause = { ...waiting.release.cause, actor };
  const shown = { ...waiting, rollout: { ...rollout, approvers }, release: { ...waiting.release, cause } };
  return reminderComment(shown, reminder).split("\n")[0];
}

describe("A reminder", () => {
  it("says what waits for whom, since when, and what leads on", async () => {
    const asked = { ...waiting, rollout: { ...rollout, approvers: ["mira", "@acme/payments"] } };
    await expect(reminderComment(asked, reminder)).toMatchFileSnapshot("golden/reminder.txt");
  });

  it("calls the approvers, and where there are none whoever brought the release, but no bot", () => {
    expect(firstLine(["mira", "@acme/payments"])).toMatch(/^@mira @acme\/payments `checkout#7` · 50 %/);
    expect(firstLine([])).toMatch(/^@alice `checkout#7` · /);
    expect(firstLine([], "renovate[bot]")).toMatch(/^`checkout#7` · /);
    expect(firstLine([], null)).toMatch(/^`checkout#7` · /);
    const crowd = Array.from({ length: 30 }, (_, i) => `someone-${i}`);
    expect(firstLine(crowd)?.match(/@/g)).toHaveLength(20);
  });

  it.each(ATTACKS)("calls nobody by %j", (attack) => {
    expect(firstLine([], attack)).toMatch(/^`checkout#7` · /);
    expect(firstLine([attack])).toMatch(/^`checkout#7` · /);
  });
});
