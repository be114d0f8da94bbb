import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Small, startSmall, templateOf, workloadQuestion } from "./small.ts";

let small: Small;
beforeEach(async () => {
  small = await startSmall();
});
afterEach(() => small.stop());

interface Status {
  readonly [key: string]: unknown;
}

/** Puts the Deployment `checkout` of revision 2. */
function deploy(status: Status, spec: Status = {}, name = "checkout", annotations: object = {}): void {
  small.server.put(
    {
      kind: "Deployment",
      metadata: {
        name,
        namespace: "production",
        uid: `uid-${name}`,
        annotations: { "deployment.kubernetes.io/revision": "2", ...annotations },
      },
      spec: {
        replicas: 2,
        selector: { matchLabels: { app: "checkout" } },
        template: templateOf("shop:2"),
        ...spec,
      },
    },
    "argocd",
    (observedGeneration) => ({ observedGeneration, ...status }),
  );
}

const DONE = { replicas: 2, updatedReplicas: 2, availableReplicas: 2, readyReplicas: 2 };
const NONE = { replicas: 2, updatedReplicas: 2, availableReplicas: 0, readyReplicas: 0 };

function replicaSet(name: string, revision: string, owner = "checkout"): void {
  small.server.put(
    {
      kind: "ReplicaSet",
      metadata: {
        name,
        namespace: "production",
        uid: `uid-${name}`,
        labels: { app: "checkout", "pod-template-hash": name },
        annotations: { "deployment.kubernetes.io/revision": revision },
        ownerReferences: [{ kind: "Deployment", name: owner, uid: `uid-${owner}`, controller: true }],
      },
    },
    "k",
  );
}

const CRASH = {
  restartCount: 5,
  state: { waiting: { reason: "CrashLoopBackOff", message: "back-off 40s" } },
  lastState: { terminated: { exitCode: 1, reason: "Error", message: "no database" } },
};

/** A pod of a replica set, which has started five minutes ago unless it is said. */
function pod(name: string, owner: string, container: Status, more: Status = {}, status: Status = {}): void {
  small.server.put(
    {
      kind: "Pod",
      metadata: {
        name,
        namespace: "production",
        labels: { app: "checkout", "pod-template-hash": owner },
        ownerReferences: [{ kind: "ReplicaSet", name: owner, uid: `uid-${owner}`, controller: true }],
        ...more,
      },
      status: {
        startTime: new Date(Date.now() - 300_000).toISOString(),
        containerStatuses: [{ name: "app", restartCount: 0, ...container }],
        ...status,
      },
    },
    "kubelet",
  );
}

const canary = async (change = {}) =>
  (await small.look({ canary: workloadQuestion("Deployment", change) })).canary;

describe("a version that differs by its template alone", () => {
  const template = templateOf("shop:2", "slow");
  const before = templateOf("shop:2");

  it("is not proven by the pods of before", async () => {
    deploy(DONE);
    expect(await canary()).toMatchObject({ status: "proven" });
    expect(await canary({ template, before })).toEqual({
      status: "not-yet",
      words: "Deployment checkout is not as git says yet: spec.template.spec.containers[app].env[MODE].value",
    });
    deploy(DONE, { template });
    expect(await canary({ template, before })).toMatchObject({ status: "proven" });
  });

  it("is not failed by the pods of before", async () => {
    deploy(NONE);
    replicaSet("old", "2");
    pod("old-1", "old", CRASH);
    expect(await canary()).toMatchObject({ status: "failed" });
    expect(await canary({ template, before })).toMatchObject({ status: "not-yet" });
  });
});

it("resources are not compared where GKE Autopilot says that it writes its own", async () => {
  const withCpu = (cpu: string) => ({
    spec: { containers: [{ name: "app", image: "shop:2", resources: { requests: { cpu } } }] },
  });
  const template = withCpu("100m");
  const annotations = { "autopilot.gke.io/resource-adjustment": "{}" };
  for (const [own, status] of [
    [{}, "not-yet"],
    [annotations, "proven"],
  ] as const) {
    deploy(DONE, { template: withCpu("250m") }, "checkout", own);
    expect(await canary({ template })).toMatchObject({ status });
  }
});

describe("whose pods count", () => {
  it("those of its own newest replica set, not of another Deployment with the same labels", async () => {
    deploy(NONE);
    deploy(NONE, {}, "other");
    replicaSet("theirs", "2", "other");
    pod("theirs-1", "theirs", CRASH);
    expect(await canary()).toMatchObject({ status: "not-yet", words: expect.stringMatching(/0 ready$/) });
    replicaSet("old", "1");
    pod("old-1", "old", CRASH);
    replicaSet("new", "2");
    // Somebody else's, with the very labels of ours.
    pod("strange-1", "new", CRASH, { ownerReferences: [] });
    expect(await canary()).toMatchObject({ status: "not-yet" });
    pod("new-1", "new", CRASH);
    expect(await canary()).toMatchObject({ status: "failed", words: expect.stringMatching(/pod new-1/) });
  });

  it.each(["StatefulSet", "DaemonSet"])("of a %s by its newest revision", async (kind) => {
    const meta = (name: string, hash: string, owner = "uid-checkout") => ({
      name,
      namespace: "production",
      labels: { app: "checkout", "controller-revision-hash": hash },
      ownerReferences: [{ uid: owner, controller: true }],
    });
    small.server.put(
      {
        kind,
        metadata: { name: "checkout", namespace: "production", uid: "uid-checkout" },
        spec: { replicas: 2, selector: { matchLabels: { app: "checkout" } }, template: templateOf("shop:2") },
      },
      "argocd",
      (observedGeneration) => ({
        observedGeneration,
        replicas: 2,
        updateRevision: "second",
        desiredNumberScheduled: 2,
        updatedNumberScheduled: 1,
      }),
    );
    for (const [revision, hash] of ["first", "second"].entries())
      small.server.put({ kind: "ControllerRevision", metadata: meta(hash, hash), revision }, "k");
    small.server.put({ kind: "ControllerRevision", metadata: meta("x", "x", "other"), revision: 9 }, "k");
    const look = async () => (await small.look({ canary: workloadQuestion(kind) })).canary;
    const put = (name: string, hash: string) =>
      small.server.put(
        {
          kind: "Pod",
          metadata: meta(name, hash),
          status: { containerStatuses: [{ name: "app", ...CRASH }] },
        },
        "kubelet",
      );
    put("checkout-1", "first");
    expect(await look()).toMatchObject({ status: "not-yet" });
    put("checkout-2", "second");
    expect(await look()).toMatchObject({ status: "failed", words: expect.stringMatching(/pod checkout-2/) });
  });
});

describe("pods that do not come up", () => {
  const PULL = { state: { waiting: { reason: "ErrImagePull", message: "not found" } } };
  const secondsOld = (seconds: number) => ({
    startTime: new Date(Date.now() - 1000 * seconds).toISOString(),
  });

  beforeEach(() => {
    deploy(NONE);
    replicaSet("new", "2");
  });

  it("fail by a crash loop from the third restart on", async () => {
    for (const [restartCount, status] of [
      [1, "not-yet"],
      [2, "not-yet"],
      [3, "failed"],
    ] as const) {
      pod("new-1", "new", { ...CRASH, restartCount });
      expect(await canary(), `${restartCount} restarts`).toMatchObject({
        status,
        words: expect.stringContaining(`CrashLoopBackOff, ${restartCount} restarts`),
      });
    }
  });

  it("fail by an image that cannot be pulled once they are a minute old, by the cluster's clock", async () => {
    pod("new-1", "new", PULL, {}, secondsOld(30));
    expect(await canary()).toMatchObject({
      status: "not-yet",
      words: expect.stringMatching(/ErrImagePull: not found$/),
    });
    pod("new-1", "new", PULL, {}, secondsOld(90));
    expect(await canary()).toMatchObject({ status: "failed" });
    small.server.fault = (_, response) => {
      response.setHeader("date", new Date(Date.now() - 60_000).toUTCString());
      return false;
    };
    expect(await canary()).toMatchObject({ status: "not-yet" });
  });

  it("fail as half of the version's pods, and not as fewer", async () => {
    for (const name of ["new-1", "new-2", "new-3"]) pod(name, "new", {});
    pod("new-4", "new", CRASH);
    expect(await canary()).toMatchObject({
      status: "not-yet",
      words: expect.stringMatching(/\(1 of 4 pods of this version\)$/),
    });
    // What has ended is replaced and does not count.
    pod("new-1", "new", {}, {}, { phase: "Failed" });
    pod("new-5", "new", {}, {}, { phase: "Succeeded" });
    pod("new-2", "new", PULL);
    expect(await canary()).toMatchObject({
      status: "failed",
      words: expect.stringMatching(/\(2 of 3 pods of this version\)$/),
    });
  });

  it("wait while they cannot be scheduled", async () => {
    const conditions = [{ type: "PodScheduled", status: "False", message: "Insufficient cpu" }];
    pod("new-1", "new", {}, {}, { conditions });
    expect(await canary()).toMatchObject({
      status: "not-yet",
      words: expect.stringMatching(/pod new-1 is not scheduled: Insufficient cpu$/),
    });
  });
});

describe("a workload that does not roll out by itself", () => {
  it("is not failed while it is paused: its newest pods are those of before, as is an exceeded deadline", async () => {
    const conditions = [{ type: "Progressing", status: "False", reason: "ProgressDeadlineExceeded" }];
    replicaSet("new", "2");
    pod("new-1", "new", CRASH);
    deploy({ ...NONE, conditions }, { paused: true });
    expect(await canary()).toMatchObject({
      status: "not-yet",
      words: expect.stringMatching(/0 ready; its rollout is paused; pod/),
    });
    deploy({ ...NONE, conditions });
    expect(await canary()).toMatchObject({ status: "failed" });
  });

  const stateful = async (spec: Status, status: Status, kind = "StatefulSet") => {
    const metadata = { name: "checkout", namespace: "production", uid: "uid-checkout" };
    const template = templateOf("shop:2");
    const selector = { matchLabels: { app: "checkout" } };
    small.server.put(
      { kind, metadata, spec: { replicas: 3, selector, template, ...spec } },
      "git",
      (generation) => ({
        observedGeneration: generation,
        replicas: 3,
        ...status,
      }),
    );
    return (await small.look({ canary: workloadQuestion(kind) })).canary;
  };

  it.each([
    ["StatefulSet", { type: "OnDelete" }, /; its updateStrategy is OnDelete: each pod stays/],
    ["DaemonSet", { type: "OnDelete" }, /; its updateStrategy is OnDelete: each pod stays/],
    ["StatefulSet", { type: "RollingUpdate", rollingUpdate: { partition: 2 } }, /; its partition 2 keeps/],
  ])("%s with %j says so", async (kind, updateStrategy, words) => {
    const status = { updatedReplicas: 1, availableReplicas: 3, desiredNumberScheduled: 3 };
    expect(await stateful({ updateStrategy }, status, kind)).toMatchObject({ status: "not-yet", words });
    const done = { ...status, updatedReplicas: 3, updatedNumberScheduled: 3, numberAvailable: 3 };
    expect(await stateful({ updateStrategy }, done, kind)).toMatchObject({ status: "proven" });
  });

  it("a StatefulSet's pods are available after minReadySeconds, not as soon as they are ready", async () => {
    const ready = { updatedReplicas: 3, readyReplicas: 3 };
    expect(await stateful({}, { ...ready, availableReplicas: 1 })).toMatchObject({ status: "not-yet" });
    expect(await stateful({ minReadySeconds: 30 }, ready)).toMatchObject({ status: "not-yet" });
    // A server that counts none as available.
    expect(await stateful({}, ready)).toMatchObject({ status: "proven" });
  });
});
