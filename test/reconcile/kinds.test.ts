import { describe, expect, it } from "vitest";
import { findSplits } from "../../src/manifests/index.ts";
import { configOf, deployment, FILES, rolloutOf } from "../e2e/release-world.ts";
import type { Team } from "./inside.ts";
import { useInside } from "./use-inside.ts";

const TRAFFIC_SPLIT = `# traffic of the api, in thousandths
apiVersion: split.smi-spec.io/v1alpha2
kind: TrafficSplit
metadata:
  name: api-split
  namespace: shop
spec:
  service: api
  backends:
  - service: api-stable
    weight: 900   # what is known to be good
  - service: api-canary
    weight: 100
`;

const HTTP_ROUTE = `apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: api, namespace: shop }
spec:
  parentRefs: [{ name: edge }]
  hostnames: ["api.example.com"]
  rules:
    - matches: [{ path: { type: PathPrefix, value: / } }]
      backendRefs:
        - { name: api-stable, port: 80, weight: 900 }
        - name: "api-canary"
          port: 80
          weight: 100
`;

const ARMS = { stable: "api-stable", canary: "api-canary" };

const inside = useInside();

/** A team whose split stands in some files; the share that its users see is the first file's. */
async function teamWith(manifests: Readonly<Record<string, string>>): Promise<Team> {
  const [first = ""] = Object.keys(manifests);
  const targets = Object.keys(manifests).map((file) => ({ file, ...ARMS }));
  const steps = [{ setWeight: 10 }, { setWeight: 50 }, { setWeight: 100 }];
  return inside.team({
    files: {
      ...manifests,
      ".github/sluice.yaml": configOf({ checkout: rolloutOf("shop", { targets, steps }) }),
      [FILES.stable]: deployment("stable", "shop", "1.0.0"),
      [FILES.canary]: deployment("canary", "shop", "1.0.0"),
    },
    share: async (read) => {
      const splits = findSplits(first, await read(first));
      const weight = (name: string) =>
        (splits.ok && splits.value[0]?.arms.find((arm) => arm.name === name)?.weight) || 0;
      return weight(ARMS.canary) / (weight(ARMS.canary) + weight(ARMS.stable));
    },
    failing: async () => 0,
  });
}

/** The same text with other weights; nothing else may differ. */
function weighted(text: string, stable: number, canary: number): string {
  return text.replace(/weight: (900|100)\b/g, (_, was) => `weight: ${was === "900" ? stable : canary}`);
}

async function mainSays(
  team: Team,
  manifests: Readonly<Record<string, string>>,
  stable: number,
  canary: number,
) {
  for (const [file, text] of Object.entries(manifests)) {
    expect(await team.read("main", file)).toBe(weighted(text, stable, canary));
  }
}

describe.each([
  { name: "an SMI TrafficSplit", manifests: { "mesh/split.yaml": TRAFFIC_SPLIT } },
  { name: "an HTTPRoute", manifests: { "mesh/route.yaml": HTTP_ROUTE } },
  {
    name: "two targets of different kinds",
    manifests: { "mesh/split.yaml": TRAFFIC_SPLIT, "mesh/route.yaml": HTTP_ROUTE },
  },
])("$name in thousandths", ({ manifests }) => {
  it("is adopted, climbs, obeys /canary 25 and comes home, and only the weights' bytes change", async () => {
    const team = await teamWith(manifests);
    const bot = team.process();
    await team.second();
    await bot.look({ kind: "push" });
    await mainSays(team, manifests, 1000, 0);

    const canary = deployment("canary", "shop", "2.0.0");
    const pull = await team.alice.propose("next", "checkout 2.0.0", { [FILES.canary]: canary });
    await team.alice.merge(pull);
    await bot.look({ kind: "push" });
    await mainSays(team, manifests, 900, 100);

    const comment = await team.alice.comment(pull, "/canary 25");
    await bot.look({ kind: "comment", comment });
    await mainSays(team, manifests, 750, 250);
    expect(await team.alice.reactions(comment)).toContain("rocket");

    const resume = await team.alice.comment(pull, "/canary resume");
    await bot.look({ kind: "comment", comment: resume });
    for (let second = 0; second < 60 && (await team.state())?.last === null; second++) {
      await team.second();
      await bot.look();
    }
    expect((await team.state())?.last?.outcome).toBe("promoted");
    await mainSays(team, manifests, 1000, 0);

    // Each step is one commit that moved every target, to the same split.
    const files = Object.keys(manifests);
    const climbed = await team.contents(files);
    expect(climbed).toEqual(
      [
        [900, 100],
        [1000, 0],
        [900, 100],
        [750, 250],
        [500, 500],
        [0, 1000],
        [1000, 0],
      ].map(([stable = 0, canary = 0]) =>
        Object.values(manifests)
          .map((text) => weighted(text, stable, canary))
          .join("\n"),
      ),
    );
  });
});
