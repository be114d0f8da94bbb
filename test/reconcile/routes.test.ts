import { describe, expect, it } from "vitest";
import { planOfPull } from "../../src/reconcile/plan.ts";
import { planCheck } from "../../src/views/plan.ts";
import { configOf, deployment, FILES, rolloutOf } from "../e2e/release-world.ts";
import type { Team } from "./inside.ts";
import { useInside } from "./use-inside.ts";

const MESH = FILES.virtualService;

/** The traffic of a shop; `mobile` sends some users to the canary whatever the weights. */
function virtualService(options: { readonly mobile: boolean }): string {
  const mobile = `    # phones first, agreed with marketing
    - name: mobile
      match:
        - headers:
            user-agent:
              regex: ".*Mobile.*"
      route:
        - destination: { host: checkout, subset: canary }
`;
  return `# the shop's checkout
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata:
  name: checkout
  namespace: shop
spec:
  hosts: [checkout]
  http:
${options.mobile ? mobile : ""}    - name: primary   # everybody else
      timeout: 3s
      route:
        - destination: { host: checkout, subset: stable }
          weight: 100
        - destination: { host: checkout, subset: canary }
          weight: 0
`;
}

/** Of all requests, those of testers and of mobile users. */
const TESTERS = 0.05;
const MOBILE = 0.2;

const inside = useInside();

const TESTER_MATCH = [{ headerName: "x-tester", headerValue: { exact: "yes" } }];

function teamWith(
  manifest: string,
  rollout: Readonly<Record<string, unknown>>,
  failing: (weight: number) => number = () => 0,
): Promise<Team> {
  const weightIn = (text: string) => Number(/subset: canary \}\n +weight: (\d+)/.exec(text)?.[1] ?? 0) / 100;
  return inside.team({
    files: {
      [MESH]: manifest,
      ".github/sluice.yaml": configOf({ checkout: rolloutOf("shop", rollout) }),
      [FILES.stable]: deployment("stable", "shop", "1.0.0"),
      [FILES.canary]: deployment("canary", "shop", "1.0.0"),
    },
    share: async (read) => {
      const text = await read(MESH);
      const beside = (text.includes("x-tester") ? TESTERS : 0) + (text.includes("name: mobile") ? MOBILE : 0);
      return beside + (1 - beside) * weightIn(text);
    },
    failing: async (read) => failing(weightIn(await read(MESH))),
  });
}

async function ship(team: Team): Promise<number> {
  const canary = deployment("canary", "shop", "2.0.0");
  const pull = await team.alice.propose("next", "checkout 2.0.0", { [FILES.canary]: canary });
  await team.alice.merge(pull);
  return pull;
}

async function push(team: Team, message: string, manifest: string): Promise<void> {
  await inside.github.push(team.repository, "main", {
    files: { [MESH]: manifest },
    message,
    author: "alice",
  });
}

async function until(
  team: Team,
  look: () => Promise<void>,
  done: () => Promise<boolean>,
  seconds = 120,
): Promise<void> {
  for (let second = 0; second < seconds; second++) {
    if (await done()) return;
    await team.second();
    await look();
  }
  throw new Error(JSON.stringify((await team.state())?.release, null, 1));
}

describe("a ladder that begins with a header route", () => {
  const steps = [
    { setHeaderRoute: { name: "testers", match: TESTER_MATCH } },
    { pause: { duration: "2s" } },
    { setWeight: 50 },
    { setHeaderRoute: { name: "testers" } },
    { setWeight: 100 },
  ];

  it("puts it before the split as a block of its own, takes it away, and leaves every other byte", async () => {
    const manifest = virtualService({ mobile: false });
    const team = await teamWith(manifest, { steps });
    const bot = team.process();
    await team.second();
    await bot.look({ kind: "push" });
    await ship(team);
    await bot.look({ kind: "push" });

    const routed = await team.read("main", MESH);
    const lines = new Set(manifest.split("\n"));
    expect(
      routed
        .split("\n")
        .filter((line) => lines.has(line))
        .join("\n"),
    ).toContain("weight: 100");
    const inserted = routed.slice(
      routed.indexOf("    - name: sluice-testers"),
      routed.indexOf("    - name: primary"),
    );
    expect(routed.replace(inserted, "")).toBe(manifest);
    expect(inserted).toMatchInlineSnapshot(`
      "    - name: sluice-testers
            match:
              - headers:
                  x-tester:
                    exact: "yes"
            timeout: 3s
            route:
              - destination: {host: checkout, subset: canary}
      "
    `);

    await until(team, bot.look, async () => (await team.state())?.last !== null);
    expect((await team.state())?.last?.outcome).toBe("promoted");
    expect(await team.read("main", MESH)).toBe(manifest);
    const said = await team.contents([MESH]);
    const weighted = (canary: number) =>
      manifest.replace(/weight: (100|0)\n/g, (_, was) => `weight: ${was === "0" ? canary : 100 - canary}\n`);
    expect(said).toEqual([manifest, routed, weighted(50), weighted(100), manifest]);
  });

  it("judges the canary at weight 0, and rolls back by taking the route away", async () => {
    const manifest = virtualService({ mobile: false });
    const team = await teamWith(manifest, { steps }, () => 0.5);
    const bot = team.process();
    await team.second();
    await bot.look({ kind: "push" });
    await ship(team);
    await until(team, bot.look, async () => (await team.state())?.last !== null);
    expect((await team.state())?.last?.outcome).toBe("rolled-back");
    expect(await team.read("main", MESH)).toBe(manifest);
    expect(await team.read("main", FILES.canary)).toBe(deployment("canary", "shop", "1.0.0"));
  });

  it("leaves none with a rollback, though an earlier release set it and somebody brought it back", async () => {
    const manifest = virtualService({ mobile: false });
    const earlier = await teamWith(manifest, { steps });
    const first = earlier.process();
    await earlier.second();
    await first.look({ kind: "push" });
    await ship(earlier);
    await first.look({ kind: "push" });
    const routed = await earlier.read("main", MESH);
    expect(routed).toContain("sluice-testers");

    const team = await teamWith(routed, { steps, windows: { allow: "Mon 03:00-03:01 UTC" } });
    const bot = team.process();
    await team.second();
    await bot.look({ kind: "push" });
    const pull = await ship(team);
    await until(team, bot.look, async () => (await team.state())?.release != null);
    const comment = await team.alice.comment(pull, "/canary rollback");
    await bot.look({ kind: "comment", comment });
    await until(team, bot.look, async () => (await team.state())?.last !== null);
    expect(await team.read("main", MESH)).toBe(manifest);
  });

  it("holds when somebody takes the block out by hand", async () => {
    const manifest = virtualService({ mobile: false });
    const team = await teamWith(manifest, { steps });
    const bot = team.process();
    await team.second();
    await bot.look({ kind: "push" });
    await ship(team);
    await bot.look({ kind: "push" });
    await push(team, "take the testers out", manifest);
    await bot.look({ kind: "push" });
    expect((await team.state())?.release?.hold).toMatchObject({ reason: "hand-edit" });
  });
});

describe("mobile users that a route of the team sends to the canary", () => {
  const steps = [{ setWeight: 10 }, { setWeight: 50 }, { setWeight: 100 }];

  it("are named in the plan with their match, before the merge", async () => {
    const team = await teamWith(virtualService({ mobile: true }), { steps });
    const canary = deployment("canary", "shop", "2.0.0");
    const number = await team.alice.propose("next", "checkout 2.0.0", { [FILES.canary]: canary });
    const view = await planOfPull(team.process().ports, await team.forge.pull(number));
    if (!view) throw new Error("no plan");
    const { summary } = planCheck(view);
    expect(summary).toMatch(/Beside the split: .*mobile of VirtualService checkout/);
    expect(summary).toContain('user-agent regex ".\\*Mobile.\\*"');
  });

  it("do not count as weight: a step is live when the rest of the traffic follows it", async () => {
    const team = await teamWith(virtualService({ mobile: true }), { steps, live: { after: "1m" } });
    const bot = team.process();
    await team.second();
    await bot.look({ kind: "push" });
    await ship(team);
    await until(team, bot.look, async () => (await team.state())?.last !== null, 400);
    expect((await team.state())?.last?.outcome).toBe("promoted");
    const state = await team.read("sluice/state", "releases/checkout/1.json");
    expect(state).toContain("20 % of them beside the split");
  });

  it("stay by default after a rollback without revert, and the release says so until they are gone", async () => {
    const manifest = virtualService({ mobile: true });
    const team = await teamWith(manifest, { steps, rollback: { revert: false } }, (weight) =>
      weight > 0 ? 0.5 : 0,
    );
    const bot = team.process();
    await team.second();
    await bot.look({ kind: "push" });
    const pull = await ship(team);
    await until(team, bot.look, async () => (await team.state())?.release?.hold?.reason === "bypass");
    expect(await team.read("main", MESH)).toBe(manifest);
    const bodies = (await team.alice.comments(pull)).map(({ body }) => body);
    expect(bodies).toEqual([expect.stringContaining("mobile of VirtualService checkout")]);
    await push(team, "no phones for now", virtualService({ mobile: false }));
    await until(team, bot.look, async () => (await team.state())?.last !== null);
    expect((await team.state())?.last?.outcome).toBe("rolled-back");
  });

  it("go with the rollback where the configuration says so, as a whole block", async () => {
    const rollback = { revert: false, bypass: "remove" };
    const team = await teamWith(virtualService({ mobile: true }), { steps, rollback }, (weight) =>
      weight > 0 ? 0.5 : 0,
    );
    const bot = team.process();
    await team.second();
    await bot.look({ kind: "push" });
    await ship(team);
    await until(team, bot.look, async () => (await team.state())?.last !== null);
    expect((await team.state())?.last?.outcome).toBe("rolled-back");
    const left = await team.read("main", MESH);
    expect(left).not.toContain("Mobile");
    expect(left).toContain("# phones first, agreed with marketing");
    expect(left.replace("    # phones first, agreed with marketing\n", "")).toBe(
      virtualService({ mobile: false }),
    );
  });
});

it("a route that cannot be taken out keeps no rollback from its weight, and holds the release open", async () => {
  // Chosen by its index, which would be another one without the route before it.
  const targets = [{ file: MESH, route: "http[1]", stable: "stable", canary: "canary" }];
  const manifest = virtualService({ mobile: true }).replace("name: primary ", "retries: { attempts: 2 } ");
  const rollback = { revert: false, bypass: "remove" };
  const rollout = { targets, steps: [{ setWeight: 10 }, { setWeight: 100 }], rollback };
  const team = await teamWith(manifest, rollout, (weight) => (weight > 0 ? 0.5 : 0));
  const bot = team.process();
  await team.second();
  await bot.look({ kind: "push" });
  await ship(team);
  await until(team, bot.look, async () => (await team.state())?.release?.hold?.reason === "bypass");
  expect(await team.read("main", MESH)).toBe(manifest);
});

it("a kind that has no header routes says so when the configuration is checked, not in mid-release", async () => {
  const split = `apiVersion: split.smi-spec.io/v1alpha2
kind: TrafficSplit
metadata: { name: checkout }
spec:
  service: checkout
  backends: [{ service: stable, weight: 100 }, { service: canary, weight: 0 }]
`;
  const steps = [{ setHeaderRoute: { name: "testers", match: TESTER_MATCH } }, { setWeight: 100 }];
  const team = await teamWith(split, { steps });
  const number = await team.alice.propose("next", "checkout 2.0.0", {
    [FILES.canary]: deployment("canary", "shop", "2.0.0"),
  });
  const view = await planOfPull(team.process().ports, await team.forge.pull(number));
  if (!view) throw new Error("no plan");
  const check = planCheck(view);
  expect(check.conclusion).toBe("failure");
  expect(check.title).toMatch(/TrafficSplit/);
});
