import { expect, it } from "vitest";
import { readWorkload } from "../../src/manifests/index.ts";
import type { Split, Workload } from "../../src/manifests/types.ts";
import type { ClusterQuestion } from "../../src/ports/cluster.ts";
import type { Forge } from "../../src/ports/forge.ts";
import { emptyMemory } from "../../src/reconcile/ports.ts";
import { prove } from "../../src/reconcile/prove.ts";
import { at, released, type Story } from "../release/world.ts";

const manifest = (name: string, env: string) => `apiVersion: apps/v1
kind: Deployment
metadata: { name: ${name} }
spec: { template: { metadata: { labels: { app: ${name} } }, spec: { containers: [{ name: app, image: "app:v2", env: [${env}] }] } } }
`;
const OLD = "{ name: MODE, value: fast }, { name: DEBUG, value: '1' }";
const NEW = "{ name: MODE, value: slow }";

function workload(name: string): Workload {
  const read = readWorkload("apps/x.yaml", manifest(name, NEW));
  if (!read.ok) throw new Error(read.problem.message);
  return read.value;
}

const split: Split = {
  file: "mesh/checkout.yaml",
  apiVersion: "networking.istio.io/v1",
  kind: "VirtualService",
  namespace: null,
  name: "checkout",
  route: null,
  arms: [],
  limits: { max: 100, sum: null },
  line: 1,
};

/** What a cluster is asked at a look at a release. */
async function asked(story: Story): Promise<ClusterQuestion | null> {
  let question: ClusterQuestion | null = null;
  const nothing = { traffic: null, appliedAt: null, drift: null, canary: null, stable: null };
  const cluster = {
    look: async (one: ClusterQuestion) => {
      question = one;
      return nothing;
    },
  };
  const forge = {
    blob: async (oid: string) => (oid === "old" || oid === "apps/stable.yaml@v1" ? manifest("old", OLD) : ""),
  } as Forge;
  const { release } = story;
  await prove(
    { cluster, forge, memory: emptyMemory() },
    { ...story.rollout, cluster: "production" },
    { release, rest: { version: "v1", canary: "old" } },
    {
      splits: [split],
      weights: story.weights,
      stable: workload("stable"),
      canary: workload("canary"),
      bases: {},
    },
    "head",
  );
  return question;
}

it("asks for the weights and the canary before the first weight already", async () => {
  const none = { traffic: null, appliedAt: null, drift: null, stable: null };
  const story = released({}, { ...none, canary: { status: "not-yet", words: "0 of 2 ready" } });
  expect(story.percent).toBe(0);
  expect(await asked(story)).toMatchObject({
    targets: [{ kind: "VirtualService", name: "checkout", arms: { stable: "stable", canary: "canary" } }],
    canary: { name: "canary" },
    stable: null,
  });
});

it("asks for the whole template of the canary, and tells what git declared at rest", async () => {
  const env = (template: unknown) => JSON.stringify(template).match(/"env":(\[.*?\])/)?.[1];
  const canary = (await asked(at(25)))?.canary;
  expect(env(canary?.template)).toBe('[{"name":"MODE","value":"slow"}]');
  expect(env(canary?.before)).toBe('[{"name":"MODE","value":"fast"},{"name":"DEBUG","value":"1"}]');
  expect(JSON.stringify(canary?.template)).toContain('"labels":{"app":"canary"}');
});

it("asks for stable's template once it was copied to, and tells what that was before", async () => {
  const story = at(100).pass(6);
  const stable = (await asked(story))?.stable;
  expect(JSON.stringify(stable?.template)).toContain('"value":"slow"');
  expect(JSON.stringify(stable?.before)).toContain('"value":"fast"');
});
