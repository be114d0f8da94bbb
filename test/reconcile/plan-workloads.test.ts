import { describe, expect, it } from "vitest";
import { readWorkload } from "../../src/manifests/index.ts";
import { sharedNotes, workloadNotes } from "../../src/reconcile/plan-workloads.ts";
import { rolloutWith } from "../config/helpers.ts";
import { deployment } from "../e2e/release-world.ts";

type Side = "stable" | "canary";

function notesOf(change: (text: string, side: Side) => string) {
  const of = (side: Side) => {
    const read = readWorkload(`apps/${side}.yaml`, change(deployment(side, "shop", "1.0.0"), side));
    if (!read.ok) throw new Error(read.problem.message);
    return read.value;
  };
  return workloadNotes({ stable: of("stable"), canary: of("canary") });
}
const replaced = (only: Side, from: RegExp, to: string) =>
  notesOf((text, side) => {
    if (side !== only) return text;
    expect(text).toMatch(from);
    return text.replace(from, to);
  });

describe("the workloads of a rollout", () => {
  it("are as they should be where nothing is said", () => {
    expect(notesOf((text) => text)).toEqual([]);
  });

  it("are one object where kind, namespace and name are the same", () => {
    expect(replaced("canary", /checkout-canary/, "checkout-stable")).toEqual([
      "`apps/stable.yaml` and `apps/canary.yaml` declare the same Deployment checkout-stable: applied as they are, one takes the other's place.",
    ]);
    const elsewhere = notesOf((text, side) =>
      text.replace(`checkout-${side}`, "checkout").replace("namespace: shop", `namespace: ${side}`),
    );
    expect(elsewhere).toEqual([]);
  });

  it("have no pod for the canary's requests with `replicas: 0`; stable may have none beside a full canary", () => {
    expect(replaced("canary", /replicas: 2/, "replicas: 0")).toEqual([
      expect.stringMatching(/^`apps\/canary.yaml`: the Deployment checkout-canary has `replicas: 0`/),
    ]);
    expect(replaced("canary", /\n {2}replicas: 2/, "")).toEqual([]);
    expect(replaced("stable", /replicas: 2/, "replicas: 0")).toEqual([]);
  });

  it.each<[Side, string]>([
    ["canary", "starts no release"],
    ["stable", "promotion cannot write another in its place"],
  ])("have images that are no images: of %s, %s", (side, then) => {
    for (const image of ["{{ .Values.image }}", `registry.example.com/checkout:\${TAG}`]) {
      const [note, ...more] = replaced(side, /image: \S+/, `image: "${image}"`);
      expect(more).toEqual([]);
      expect(note).toContain(`the image of the container checkout is a placeholder, \`${image}\`: `);
      expect(note).toContain(then);
    }
  });
});

describe("workloads of two rollouts", () => {
  const checkout = rolloutWith();
  const other = (workloads: string) => ({ ...rolloutWith({ workloads }), name: "other" });

  it.each([
    [
      "both",
      "{ stable: apps/v1.yaml, canary: apps/v2.yaml }",
      "`apps/v1.yaml` and `apps/v2.yaml` belong to `other`, too",
    ],
    ["one", "{ stable: apps/v1.yaml, canary: apps/v3.yaml }", "`apps/v1.yaml` belongs to `other`, too"],
    ["one on the other side", "{ stable: apps/v2.yaml, canary: apps/v3.yaml }", "`apps/v2.yaml` belongs to"],
  ])("are noted: %s", (_, workloads, words) => {
    expect(sharedNotes(checkout, [checkout, other(workloads)])).toEqual([expect.stringContaining(words)]);
  });

  it("are none where each has its own", () => {
    expect(sharedNotes(checkout, [checkout, other("{ stable: apps/a.yaml, canary: apps/b.yaml }")])).toEqual(
      [],
    );
  });
});
