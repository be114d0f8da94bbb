import { describe, expect, test } from "vitest";
import type { RolloutState } from "../../src/release/state.ts";
import { findMarker } from "../../src/views/marker.ts";
import {
  doneReply,
  plainReply,
  planReply,
  refusalReply,
  type StatusView,
  statusReply,
  unclearReply,
} from "../../src/views/reply.ts";
import { ended, mesh, pass, release, rollout } from "./fixtures.ts";

const state: RolloutState = {
  schema: 1,
  rollout: "checkout",
  rest: { version: "5b1e", canary: "b2" },
  next: 8,
  effects: 12,
  release: null,
  pending: null,
  last: ended("promoted"),
  hold: null,
  handled: [],
};
const status = (change: Partial<RolloutState>, legal: readonly string[], clock: Partial<StatusView> = {}) =>
  statusReply({
    comment: 123,
    rollout,
    state: { ...state, ...change },
    frozen: null,
    nextStart: null,
    verdict: pass,
    weightsNow: [mesh(100, 0)],
    repositoryUrl: "https://github.com/acme/shop",
    legal,
    ...clock,
  });

describe("replies", () => {
  test("a refusal gives the reason and what would be accepted", () => {
    expect(
      refusalReply({
        comment: 123,
        command: "/canary promote",
        reason: "checkout#7 is at 25 %; `approve` or `rollback` are open to you, @mira.",
        legal: ["/canary approve", "/canary rollback"],
      }),
    ).toMatchInlineSnapshot(`
      "\`/canary promote\` was refused: checkout#&#8203;7 is at 25 %; \`approve\` or \`rollback\` are open to you, @&#8203;mira.

      Commands now: \`/canary approve\` · \`/canary rollback\`

      <!-- sluice:reply 123 -->"
    `);
  });

  test("an unclear command is pointed to the help", () => {
    expect(
      unclearReply({ comment: 123, message: "No command `resum`. Did you mean `resume`?" }),
    ).toMatchInlineSnapshot(`
      "No command \`resum\`. Did you mean \`resume\`? \`/canary help\` lists the commands.

      <!-- sluice:reply 123 -->"
    `);
  });

  test("every answer is found again by the comment it answers", () => {
    const answers = [
      refusalReply({ comment: 123, command: "x", reason: "y", legal: [] }),
      unclearReply({ comment: 123, message: "x" }),
      planReply(123, { problems: [], rollouts: [] }),
      plainReply(123, "**help**"),
      status({}, []),
    ];
    for (const answer of answers) expect(findMarker(answer)).toEqual({ kind: "reply", comment: 123 });
  });

  test("status of a running release", async () => {
    const body = status({ release: release() }, ["/canary pause", "/canary rollback"]);
    await expect(`${body}\n`).toMatchFileSnapshot("golden/status-running.txt");
  });

  test("status of an idle rollout", async () => {
    const hold = {
      kind: "person",
      reason: "paused",
      since: 1_777_888_999_000,
      detail: "Paused by jon.",
    } as const;
    await expect(`${status({}, [])}\n`).toMatchFileSnapshot("golden/status-idle.txt");
    await expect(`${status({ hold }, ["/canary checkout resume"])}\n`).toMatchFileSnapshot(
      "golden/status-idle-paused.txt",
    );
  });
});

test("status in the code's repository names the manifests'", () => {
  const elsewhere = "acme/deploy";
  const idle = status({}, ["/canary pause"], { elsewhere });
  expect(idle).toMatch(/acme\/deploy#\d+/);
  expect(idle).not.toMatch(/(?<!acme\/deploy|checkout)#\d+/);
  for (const body of [idle, status({ release: release() }, ["/canary pause"], { elsewhere })]) {
    expect(body).toContain("may write to acme/deploy");
  }
});

describe("markers", () => {
  test("count only as the last line", () => {
    expect(findMarker("<!-- sluice:reply 5 -->\nmore")).toBeNull();
    expect(findMarker("text <!-- sluice:reply 5 -->")).toBeNull();
    expect(findMarker("text\r\n\r\n<!-- sluice:reply 5 -->\r\n")).toEqual({ kind: "reply", comment: 5 });
    expect(findMarker("")).toBeNull();
  });

  test("a command whose time was understood is answered with that time", () => {
    const reason = "Frozen by mira until 2026-12-27 00:00 UTC: holidays, @everyone.";
    expect(
      doneReply({ comment: 123, command: "/canary freeze until 2026-12-27", reason }),
    ).toMatchInlineSnapshot(`
      "\`/canary freeze until 2026-12-27\`: Frozen by mira until 2026-12-27 00:00 UTC: holidays, @&#8203;everyone.

      <!-- sluice:reply 123 -->"
    `);
  });

  test("at rest the status says a freeze, a planned start and the next time of a schedule", () => {
    const start = Date.UTC(2026, 11, 1, 8);
    const planned = { at: start, by: "mira", pull: 7, version: "5b1e" };
    const scheduled = {
      ...rollout,
      on: { kind: "schedule", cron: "0 9 * * 1-5", zone: "Europe/Berlin" },
    } as const;
    const clock = {
      rollout: scheduled,
      frozen: "Frozen by mira until 2026-12-27 00:00 UTC: holidays.",
      nextStart: start,
    };
    expect(status({ planned }, ["/canary checkout unfreeze"], clock)).toMatchInlineSnapshot(`
      "\`checkout\` · idle · stable / canary: \`VirtualService checkout\` 100 / 0\\
      Last release: \`checkout#7\` (#41), promoted 2026-05-04 10:32:00 UTC.\\
      **Frozen by mira until 2026-12-27 00:00 UTC: holidays.**\\
      A start is planned for 2026-12-01 08:00:00 UTC by mira.\\
      Starts by the schedule \`0 9 * * 1-5 Europe/Berlin\`, next at 2026-12-01 08:00:00 UTC, with the newest canary version: 10 % → 25 % → 50 % → 100 %.

      Commands now: \`/canary checkout unfreeze\`\\
      From anyone who may write to this repository.

      <!-- sluice:reply 123 -->"
    `);
  });
});
