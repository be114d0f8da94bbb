import { describe, expect, it } from "vitest";
import { wordOf } from "../../../src/adapters/kubernetes/controllers.ts";
import { liveObject } from "../../../src/adapters/kubernetes/object.ts";

const GATEWAY = "gateway.networking.k8s.io/v1";

/** The word for an object of generation 2 that was written at 10:00:00. */
function word(apiVersion: string, kind: string, body: object) {
  const written = { manager: "git", time: "2026-05-04T10:00:00Z", fieldsV1: { "f:spec": {} } };
  const metadata = { name: "x", namespace: "shop", generation: 2, managedFields: [written] };
  const live = liveObject({ metadata, ...body });
  if (!live) throw new Error("no object");
  return wordOf(apiVersion, kind, live);
}

const said = (type: string, status = "True", observedGeneration?: number) => ({
  type,
  status,
  ...(observedGeneration !== undefined && { observedGeneration }),
});
const taken = (generation?: number) => [
  said("Accepted", "True", generation),
  said("ResolvedRefs", "True", generation),
];

function route(
  parents: readonly object[],
  answers: readonly (readonly [ref: object, conditions: readonly object[], controller?: string])[],
) {
  const status = answers.map(([parentRef, conditions, controllerName = "a"]) => ({
    parentRef,
    conditions,
    controllerName,
  }));
  return word(GATEWAY, "HTTPRoute", { spec: { parentRefs: parents }, status: { parents: status } });
}

describe("a condition without a generation is no proof", () => {
  it("on a Gateway API route, where each has one", () => {
    expect(route([{ name: "public" }], [[{ name: "public" }, taken(2)]]).status).toBe("taken");
    expect(route([{ name: "public" }], [[{ name: "public" }, taken()]])).toEqual({
      status: "silent",
      words: "a says: Accepted is True, of which generation is not said",
    });
  });

  it.each([
    ["projectcontour.io/v1", "HTTPProxy", "Valid"],
    ["serving.knative.dev/v1", "Service", "Ready"],
    ["networking.istio.io/v1", "VirtualService", "Reconciled"],
    ["consul.hashicorp.com/v1alpha1", "ServiceSplitter", "Synced"],
  ])("of %s %s, unless the status as a whole has one", (apiVersion, kind, type) => {
    const conditions = [said(type)];
    expect(word(apiVersion, kind, { status: { conditions } }).status).toBe("silent");
    expect(word(apiVersion, kind, { status: { conditions, observedGeneration: 1 } }).status).toBe("pending");
    expect(word(apiVersion, kind, { status: { conditions, observedGeneration: 2 } }).status).toBe("taken");
  });

  it("unless its last sync came after the object was written, as with Consul", () => {
    const splitter = (lastSyncedTime: string) =>
      word("consul.hashicorp.com/v1alpha1", "ServiceSplitter", {
        status: { conditions: [said("Synced")], lastSyncedTime },
      }).status;
    expect(splitter("2026-05-04T09:59:59Z")).toBe("silent");
    expect(splitter("2026-05-04T10:00:01Z")).toBe("taken");
  });

  it("a refusal counts whatever it was said of", () => {
    const refused = [said("Accepted", "False"), said("ResolvedRefs")];
    expect(route([{ name: "public" }], [[{ name: "public" }, refused]]).status).toBe("refused");
  });
});

describe("the parents of a route are told by what they are", () => {
  const [inside, outside] = [{ name: "inside" }, { name: "outside" }];

  it("each must have answered, and two answers for one are no answer for the other", () => {
    const twice = [
      [inside, taken(2), "a"],
      [inside, taken(2), "b"],
    ] as const;
    expect(route([inside, outside], twice)).toEqual({
      status: "pending",
      words: "nobody has answered for its parent Gateway outside",
    });
    expect(route([inside, outside], [...twice, [outside, taken(2)]]).status).toBe("taken");
  });

  it("each controller that answers for one must have taken it", () => {
    const words = route(
      [inside],
      [
        [inside, taken(2), "a"],
        [inside, taken(1), "b"],
      ],
    );
    expect(words).toMatchObject({
      status: "pending",
      words: expect.stringMatching(/^b says: its controller has seen generation 1/),
    });
  });

  it("what is said of a former parent counts no more", () => {
    expect(
      route(
        [inside],
        [
          [outside, [said("Accepted", "False", 1)]],
          [inside, taken(2)],
        ],
      ).status,
    ).toBe("taken");
  });

  it("by section and port too, with what goes without saying", () => {
    const full = { group: "gateway.networking.k8s.io", kind: "Gateway", namespace: "shop", name: "inside" };
    expect(route([inside], [[full, taken(2)]]).status).toBe("taken");
    expect(route([inside], [[{ ...full, namespace: "other" }, taken(2)]]).status).toBe("pending");
    expect(route([{ ...inside, sectionName: "https" }], [[full, taken(2)]]).status).toBe("pending");
    expect(route([{ ...inside, port: 443 }], [[{ ...full, port: 443 }, taken(2)]]).status).toBe("taken");
  });
});
