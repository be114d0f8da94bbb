import { createHmac } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startWorld, type World } from "./release-world.ts";

/** The server that production runs, a workflow's check, an environment with rules, and the operator's hook over HTTP. */

type Name = "checked" | "refused" | "environment" | "asked" | "started";

const GENTLE = { perSecond: 40 };
const SMOKE = "e2e / smoke";
const SECRET = "the operator's key";
const steps = (gate: object) => [{ setWeight: 50 }, { gate }, { setWeight: 100 }];

interface Question {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

let world: World<Name>;
let hook: Server;
const questions: Question[] = [];
let answer = '{"open": false, "reason": "10 of 30 min @everyone"}';
beforeAll(async () => {
  hook = createServer(async (request, response) => {
    questions.push({ headers: request.headers, body: await text(request) });
    response.writeHead(200, { "content-type": "application/json" }).end(answer);
  });
  await new Promise<void>((resolve) => hook.listen(0, "127.0.0.1", resolve));
  const { port } = hook.address() as AddressInfo;
  world = await startWorld<Name>(
    {
      checked: { ...GENTLE, rollout: { steps: steps({ check: SMOKE }) } },
      refused: { ...GENTLE, rollout: { steps: steps({ check: SMOKE }) } },
      environment: { ...GENTLE, rollout: { steps: steps({ environment: "staging" }) } },
      asked: { ...GENTLE, rollout: { steps: steps({ hook: "load-test" }) } },
      started: {
        ...GENTLE,
        rollout: { steps: [{ gate: { check: SMOKE } }, { setWeight: 50 }, { setWeight: 100 }] },
      },
    },
    { GATE_LOAD_TEST_URL: `http://127.0.0.1:${port}/gate`, GATE_LOAD_TEST_SECRET: SECRET },
  );
});
afterAll(async () => {
  await world.stop();
  hook.closeAllConnections();
  hook.close();
});

/** Time in which the bot looks several times and would have acted. */
const someLooks = () => sleep(1500);

const smoke = (conclusion?: string) => ({ name: SMOKE, ...(conclusion && { conclusion }) });

describe.concurrent("a gate", () => {
  it("that is a check opens when a workflow reports it good on the commit of the weight", () =>
    world.tell("checked", async (shop) => {
      const pull = await shop.ship("2.0.0");
      const { shift } = await shop.held("gate");
      const commit = shift.commit ?? "";
      await shop.comment(pull, `check \`${SMOKE}\` (nobody has reported it yet)`);
      await world.github.checkBy(shop.repository, "github-actions", { commit, ...smoke() });
      await someLooks();
      expect(await shop.weight()).toBe(50);
      await world.github.checkBy(shop.repository, "github-actions", { commit, ...smoke("success") });
      expect((await shop.ended(1)).ending).toBe("promoted");
    }));

  it("that failed waits for somebody, who goes on without it by name", () =>
    world.tell("refused", async (shop) => {
      const pull = await shop.ship("2.0.0");
      const { shift } = await shop.held("gate");
      const failed = { commit: shift.commit ?? "", ...smoke("failure") };
      await world.github.checkBy(shop.repository, "github-actions", failed);
      await shop.comment(pull, `check \`${SMOKE}\` (failure, by github-actions)`);
      await someLooks();
      expect(await shop.weight()).toBe(50);
      const reader = shop.person("rita", "read");
      expect(await shop.command(reader, pull, "/canary approve")).toBe("-1");
      expect(await shop.weight()).toBe(50);
      expect(await shop.command(shop.alice, pull, "/canary approve")).toBe("rocket");
      const { ending, timeline } = await shop.ended(1);
      expect(ending).toBe("promoted");
      const told = timeline.map(({ text: said, by }) => `${said} · ${by}`).join("\n");
      expect(told).toContain(`alice goes on without check \`${SMOKE}\` (failure, by github-actions) · alice`);
    }));

  it("that is an environment opens when the job has got past its rules", () =>
    world.tell("environment", async (shop) => {
      await shop.ship("2.0.0");
      const { shift } = await shop.held("gate");
      const job = (state: string) =>
        world.github.jobDeployment(shop.repository, {
          ...{ commit: shift.commit ?? "", environment: "staging", state },
        });
      job("waiting");
      await someLooks();
      expect(await shop.weight()).toBe(50);
      job("in_progress");
      expect((await shop.ended(1)).ending).toBe("promoted");
    }));

  it("that is a hook is asked with a signature, and opens by its answer", () =>
    world.tell("asked", async (shop) => {
      const pull = await shop.ship("2.0.0");
      const { shift } = await shop.held("gate");
      const said = await shop.comment(pull, /10 of 30 min/);
      expect(said).not.toContain("@everyone");
      const [{ headers, body }] = questions as [Question];
      const signed = `${headers["webhook-id"]}.${headers["webhook-timestamp"]}.${body}`;
      const expected = createHmac("sha256", SECRET).update(signed).digest("base64");
      expect(headers["webhook-signature"]).toBe(`v1,${expected}`);
      expect(JSON.parse(body).data).toMatchObject({ gate: "load-test", weight: 50, commit: shift.commit });
      for (const other of ["yes", '{"open": "true"}']) {
        answer = other;
        await someLooks();
        expect(await shop.weight()).toBe(50);
      }
      answer = '{"open": true, "reason": "p99 212 ms"}';
      const { ending, timeline } = await shop.ended(1);
      expect(ending).toBe("promoted");
      const told = timeline.map(({ text: line }) => line).join("\n");
      expect(told).toContain("hook `load-test` open (p99 212 ms)");
    }));

  it("before the first weight keeps users from the version", () =>
    world.tell("started", async (shop) => {
      await shop.ship("2.0.0");
      const { cause } = await shop.held("gate");
      const commit = cause.commit;
      await world.github.checkBy(shop.repository, "github-actions", { commit, ...smoke("failure") });
      await someLooks();
      expect(await shop.weights()).toEqual([0]);
      await world.github.checkBy(shop.repository, "github-actions", { commit, ...smoke("success") });
      expect((await shop.ended(1)).ending).toBe("promoted");
    }));
});
