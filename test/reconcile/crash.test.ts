import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Forge } from "../../src/ports/forge.ts";
import { configOf, deployment, FILES, rolloutOf, virtualService } from "../e2e/release-world.ts";
import { type Inside, startInside, type Team } from "./inside.ts";

/**
 * The process dies at a call to GitHub, before the call or after it took effect, and another one goes on.
 *
 * Once: at a fixed share of all calls, because all of them take minutes; `CRASH_POINTS=all` tries every one.
 * Again and again: no process lives for more than a few writes, so that every write of the release is somebody's last.
 */
const EVERY = process.env["CRASH_POINTS"] === "all" ? 1 : 40;

const WRITES: ReadonlySet<string> = new Set([
  "commit",
  "createBranch",
  "createOrphan",
  "openPull",
  "updatePull",
  "mergePull",
  "createComment",
  "updateComment",
  "check",
]);
const MANIFESTS = [FILES.virtualService, FILES.stable, FILES.canary];
/** Both stories are over within this many seconds of told time. */
const LONG_ENOUGH = 60;

interface Death {
  /** Counted from 0 over the calls of one process, or over its writes. */
  readonly call: number;
  readonly of: "calls" | "writes";
  readonly when: "before" | "after";
}

/** A forge in the hands of a process that dies at one call; nothing it does afterwards reaches GitHub. */
function mortal(forge: Forge, death: Death | null) {
  const calls: string[] = [];
  let writes = 0;
  let dead = false;
  const handler: ProxyHandler<Forge> = {
    get(target, name, receiver) {
      const method: unknown = Reflect.get(target, name, receiver);
      if (typeof method !== "function") return method;
      return async (...args: unknown[]) => {
        if (dead) throw new Error("the process is dead");
        const call = calls.push(String(name)) - 1;
        const write = WRITES.has(String(name)) ? writes++ : -1;
        const dies = death !== null && death.call === (death.of === "calls" ? call : write);
        if (dies && death?.when === "before") dead = true;
        if (dead) throw new Error(`died before ${String(name)}`);
        const result: unknown = await Reflect.apply(method, target, args);
        if (dies) dead = true;
        if (dead) throw new Error(`died after ${String(name)}`);
        return result;
      };
    },
  };
  return { forge: new Proxy(forge, handler), calls, isDead: () => dead };
}

/** A release of a version, from its merge to rest; what GitHub shows afterwards, and the calls of each process. */
async function release(inside: Inside, version: string, deaths: readonly Death[]) {
  const team = await inside.team({
    files: {
      ".github/sluice.yaml": configOf({ checkout: rolloutOf("shop") }),
      [FILES.virtualService]: virtualService("shop", 100, 0),
      [FILES.stable]: deployment("stable", "shop", "1.0.0"),
      [FILES.canary]: deployment("canary", "shop", "1.0.0"),
    },
    share: async (read) => weightIn(await read(FILES.virtualService)) / 100,
    failing: async (read) => ((await read(FILES.canary)).includes("-bad") ? 0.4 : 0),
  });
  await team.second();
  await team.process().look();
  const canary = deployment("canary", "shop", version);
  const pull = await team.alice.propose("next", `checkout ${version}`, { [FILES.canary]: canary });
  await team.alice.merge(pull);

  const lives: (readonly string[])[] = [];
  const born = () => {
    const life = mortal(team.forge, deaths[lives.length] ?? null);
    lives.push(life.calls);
    return { life, process: team.process(life.forge) };
  };
  let now = born();
  for (let second = 0; second < LONG_ENOUGH; second++) {
    await team.second();
    await now.process.look().catch((error: unknown) => {
      if (!now.life.isDead()) throw error;
    });
    while (now.life.isDead()) {
      now = born();
      const { life, process } = now;
      await process.look({ kind: "start-up" }).catch((error: unknown) => {
        if (!life.isDead()) throw error;
      });
    }
    const state = await team.state();
    if (state?.last && !state.release && !state.pending) break;
  }
  // Whoever died last is followed by one who lives, and shows what was not shown.
  await team.process().look({ kind: "start-up" });
  const outcome = await outcomeOf(team, pull);
  team.repository.git.close();
  return { lives, outcome };
}

function weightIn(text: string): number {
  return Number(/canary }\s+weight: (\d+)/.exec(text)?.[1]);
}

async function outcomeOf(team: Team, pull: number) {
  const comments = (await team.alice.comments(pull)).map(({ body }) => body ?? "");
  const sticky = comments.filter((body) => body.includes("<!-- sluice:release"));
  const state = await team.state();
  const commit = (await team.alice.pull(pull)).merge_commit_sha ?? "";
  const checks = (await team.alice.checks(commit)).map(({ name, conclusion }) => `${name}: ${conclusion}`);
  return {
    manifests: await team.contents(MANIFESTS),
    ending: state?.last?.outcome,
    next: state?.next,
    rollbacks: [...team.repository.pulls.values()]
      .filter(({ headBranch }) => headBranch.startsWith("sluice/rollback/"))
      .map(({ merged }) => (merged ? "merged" : "not merged")),
    // Its first line says how it stands; the times below differ.
    comments: sticky.map((body) => body.split("\n")[0]),
    checks,
  };
}

describe.each([
  { version: "2.0.0", ending: "promoted", weights: [0, 50, 100, 0], rollbacks: [] },
  { version: "2.0.0-bad", ending: "rolled-back", weights: [0, 50, 0], rollbacks: ["merged"] },
])("a release that ends $ending", ({ version, ending, weights, rollbacks }) => {
  let inside: Inside;
  beforeAll(async () => {
    inside = await startInside({ validate: false });
  });
  afterAll(() => inside.stop());

  it("comes to the same end wherever the process dies", { timeout: 180_000 }, async () => {
    const calm = await release(inside, version, []);
    expect(calm.outcome).toMatchObject({ ending, next: 2, rollbacks });
    const seen = calm.outcome.manifests.map(weightIn);
    expect(seen.filter((weight, i) => weight !== seen[i - 1])).toEqual(weights);
    expect(calm.outcome.comments).toHaveLength(1);

    const calls = calm.lives[0] ?? [];
    const points = calls.flatMap((name, call): Death[] => [
      { call, of: "calls", when: "before" },
      ...(WRITES.has(name) ? [{ call, of: "calls", when: "after" } as const] : []),
    ]);
    for (const death of points.filter((_, i) => i % EVERY === 0)) {
      const { outcome } = await release(inside, version, [death]);
      const where = `${death.when} call ${death.call}, ${calls[death.call]}`;
      expect({ where, ...outcome }).toEqual({ where, ...calm.outcome });
    }
    for (const rhythm of [
      [0, 1, 2],
      [2, 0, 4],
    ]) {
      const deaths = Array.from({ length: 60 }, (_, i): Death => {
        const call = rhythm[i % rhythm.length] ?? 0;
        return { call, of: "writes", when: i % 2 === 0 ? "after" : "before" };
      });
      const { lives, outcome } = await release(inside, version, deaths);
      expect({ rhythm, ...outcome }).toEqual({ rhythm, ...calm.outcome });
      expect(lives.length).toBeGreaterThan(8);
    }
    expect(inside.github.unknown).toEqual([]);
  });
});
