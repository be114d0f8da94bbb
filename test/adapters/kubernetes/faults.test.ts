import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import type { ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  answer,
  failure,
  type SmallKubernetes,
  startSmallKubernetes,
} from "../../../dev/kubernetes/server.ts";
import { createKubernetes } from "../../../src/adapters/kubernetes/kubernetes.ts";
import type { ClusterQuestion } from "../../../src/ports/cluster.ts";
import { kubeconfigFor } from "./small.ts";

const question: ClusterQuestion = {
  cluster: "production",
  namespace: "production",
  targets: [
    {
      apiVersion: "networking.istio.io/v1",
      kind: "VirtualService",
      namespace: null,
      name: "checkout",
      route: null,
      arms: { stable: "stable", canary: "canary" },
      weights: { stable: 75, canary: 25 },
    },
  ],
  contains: async () => null,
  canary: null,
  stable: null,
};
const OBJECT = "/virtualservices/checkout";

let server: SmallKubernetes;
let dir: string;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "sluice-kubeconfig-"));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

beforeEach(async () => {
  server = await startSmallKubernetes();
  const route = (subset: string, weight: number) => ({ destination: { host: "checkout", subset }, weight });
  server.put(
    {
      apiVersion: "networking.istio.io/v1",
      kind: "VirtualService",
      metadata: { name: "checkout", namespace: "production" },
      spec: { http: [{ route: [route("stable", 75), route("canary", 25)] }] },
    },
    "argocd-controller",
    (observedGeneration) => ({ observedGeneration, conditions: [{ type: "Reconciled", status: "True" }] }),
  );
});
afterEach(() => server.stop());

async function open(user: Record<string, unknown> = { token: "first" }, timeoutMs = 3_000, url = server.url) {
  const kubeconfig = join(dir, `config-${Math.random()}`);
  await writeFile(kubeconfig, kubeconfigFor(url, user));
  const configured = { kubeconfig, context: null, timeoutMs, argocdNamespace: "argocd" };
  const cluster = createKubernetes(new Map([["production", configured]]));
  return { look: async () => (await cluster.look(question)).traffic, cluster, kubeconfig };
}

/** The first `times` requests for the object go wrong. */
function failing(times: number, fault: NonNullable<SmallKubernetes["fault"]>): void {
  let left = times;
  server.fault = (request, response) => {
    if (!request.url?.includes(OBJECT) || left === 0) return false;
    left -= 1;
    return fault(request, response);
  };
}

const PROVEN = {
  status: "proven",
  words: expect.stringMatching(/^VirtualService checkout taken by the proxies at \d\d:\d\d:\d\d, 75\/25$/),
};

describe("a cluster whose answers go wrong", () => {
  it("401: the command for credentials is asked again, and the look goes on with the new token", async () => {
    const counter = join(dir, "count");
    await writeFile(counter, "");
    const script = join(dir, "token.mjs");
    await writeFile(
      script,
      `import { appendFileSync, readFileSync } from "node:fs";
appendFileSync(${JSON.stringify(counter)}, "x");
const token = "token-" + readFileSync(${JSON.stringify(counter)}, "utf8").length;
console.log(JSON.stringify({ kind: "ExecCredential", apiVersion: "client.authentication.k8s.io/v1", status: { token } }));`,
    );
    const exec = { apiVersion: "client.authentication.k8s.io/v1", command: process.execPath, args: [script] };
    const { look } = await open({ exec }, 20_000);
    server.tokens = new Set(["token-1"]);
    expect(await look()).toEqual(PROVEN);
    server.tokens = new Set(["token-2"]);
    expect(await look()).toEqual(PROVEN);
    // Nothing helps: refused once more after the refresh.
    server.tokens = new Set();
    expect(await look()).toEqual({
      status: "unavailable",
      words: "cluster production: it refuses our credentials (401)",
    });
  });

  it("a command for credentials that fails says nothing of its words", async () => {
    const args = ["-e", "console.error('secret-token'); process.exit(1)"];
    const exec = { apiVersion: "client.authentication.k8s.io/v1", command: process.execPath, args };
    const { look } = await open({ exec }, 20_000);
    const words =
      "cluster production: there are no credentials to be had: the command or the file of its kubeconfig failed";
    expect(await look()).toEqual({ status: "unavailable", words });
  });

  it("403 names the verb, the kind and the namespace", async () => {
    const { look } = await open();
    failing(9, (_, response) => answer(response, 403, failure(403, "Forbidden")));
    expect(await look()).toEqual({
      status: "unavailable",
      words:
        "cluster production: Sluice may not get virtualservices.networking.istio.io in namespace production (403): its role lacks this verb, see docs/cluster.md",
    });
  });

  it("404 is an object that is not there yet", async () => {
    server.remove("VirtualService", "production", "checkout");
    expect(await (await open()).look()).toEqual({
      status: "not-yet",
      words: "there is no VirtualService checkout in namespace production",
    });
  });

  it.each([410, 429, 500, 503])("%i once is asked again; for ever it is unavailable", async (code) => {
    const { look } = await open();
    failing(1, (_, response) => answer(response, code, failure(code, "x")));
    expect(await look()).toEqual(PROVEN);
    failing(9, (_, response) => answer(response, code, failure(code, "x")));
    expect(await look()).toMatchObject({
      status: "unavailable",
      words: expect.stringContaining(String(code)),
    });
  });

  it("429 with Retry-After gets its pause, from the next looks too", async () => {
    const { look } = await open({ token: "first" }, 300);
    await look();
    failing(1, (_, response) => answer(response, 429, failure(429, "x"), { "retry-after": "60" }));
    expect(await look()).toMatchObject({ status: "unavailable" });
    const before = server.requests.length;
    expect(await look()).toMatchObject({
      status: "unavailable",
      words: expect.stringMatching(/^cluster production: it asks for a pause of \d\d s$/),
    });
    expect(server.requests).toHaveLength(before);
  });

  it.each([
    ["86400", 60],
    ["Fri, 31 Dec 2100 23:59:59 GMT", 0],
  ])("429 with Retry-After: %s pauses for %i s at most", async (header, most) => {
    const { look } = await open({ token: "first" }, 300);
    await look();
    failing(1, (_, response) => answer(response, 429, failure(429, "x"), { "retry-after": header }));
    await look();
    const seconds = Number(/pause of (\d+) s$/.exec((await look())?.words ?? "")?.[1] ?? 0);
    expect(seconds).toBeLessThanOrEqual(most);
    expect(seconds).toBeGreaterThanOrEqual(most - 1);
  });

  it("an answer without end is cut off, whatever it says of its length", async () => {
    const { look } = await open({ token: "first" }, 20_000);
    let sent = 0;
    failing(9, (_, response) => {
      const part = Buffer.alloc(1024 * 1024, " ");
      const more = () => {
        while (!response.destroyed && sent < 200) {
          sent += 1;
          if (!response.write(part)) {
            response.once("drain", more);
            return;
          }
        }
        response.end();
      };
      more();
      return true;
    });
    expect(await look()).toEqual({
      status: "unavailable",
      words: "cluster production: its answer is longer than any that is read",
    });
    expect(sent).toBeLessThan(60);
  });

  it("a kubeconfig that was changed is read at the next look, before its token is refused", async () => {
    const { look, kubeconfig } = await open({ token: "first" });
    const tokens: (string | undefined)[] = [];
    server.fault = (request) => {
      tokens.push(request.headers.authorization);
      return false;
    };
    expect(await look()).toEqual(PROVEN);
    await writeFile(kubeconfig, (await readFile(kubeconfig, "utf8")).replace("first", "second"));
    expect(await look()).toEqual(PROVEN);
    expect(new Set(tokens)).toEqual(new Set(["Bearer first", "Bearer second"]));
    expect(tokens.at(-1)).toBe("Bearer second");
  });

  it.each([
    ["http://cluster.example.com:8080", "has an http address: tokens go over https only"],
    ["https://user:secret@cluster.example.com", "has credentials in an address: they belong to its users"],
    ["file:///etc/passwd", "has an address that is none of http or https"],
  ])("a kubeconfig with the address %s is not used, though it skips checks", async (url, words) => {
    const { look } = await open({ token: "first" }, 3_000, url);
    expect(await look()).toEqual({
      status: "unavailable",
      words: `cluster production: its kubeconfig ${words}`,
    });
  });

  it("credentials in an address that a tool tells of are not told", async () => {
    const { look } = await open();
    const annotations = { "argocd.argoproj.io/tracking-id": "shop:x/y:z/z" };
    const virtualService = { kind: "VirtualService", name: "checkout", namespace: "production" };
    server.put(
      {
        apiVersion: "networking.istio.io/v1",
        kind: "VirtualService",
        metadata: { name: "checkout", namespace: "production", annotations },
        spec: {},
      },
      "argocd",
    );
    const message = "cannot clone https://x-access-token:ghp_secret@github.com/acme/shop";
    server.put(
      {
        kind: "Application",
        metadata: { name: "shop", namespace: "argocd" },
        status: {
          resources: [{ ...virtualService, group: "networking.istio.io" }],
          conditions: [{ type: "ComparisonError", message }],
        },
      },
      "argocd",
    );
    const words = (await look())?.words;
    expect(words).toMatch(/ComparisonError: cannot clone https:\/\/…@github\.com\/acme\/shop$/);
  });

  it("an answer that does not come ends with the time that a look has", async () => {
    const { look } = await open({ token: "first" }, 400);
    await look();
    failing(9, () => true);
    expect(await look()).toEqual({
      status: "unavailable",
      words: "cluster production: no answer within 0.4 s",
    });
  });

  it("looks that wait for others that hang have no more time than those", async () => {
    const { look } = await open({ token: "first" }, 500);
    await look();
    failing(99, () => true);
    const began = Date.now();
    const words = (await Promise.all(Array.from({ length: 20 }, look))).map((one) => one?.words);
    expect(new Set(words)).toEqual(new Set(["cluster production: no answer within 0.5 s"]));
    expect(Date.now() - began).toBeLessThan(1_500);
  });

  const cuts: readonly (readonly [string, (response: ServerResponse) => void])[] = [
    ["cut before the answer", (response) => response.socket?.destroy()],
    [
      "half-closed in the middle of it",
      (response) => {
        response.writeHead(200, { "content-length": "5000", "content-type": "application/json" });
        response.write('{"kind":');
        setTimeout(() => response.socket?.end(), 20);
      },
    ],
    ["that answers with a page", (response) => response.end("<html>a proxy's page</html>")],
  ];
  it.each(cuts)("a connection %s is tried again, and then unavailable", async (_, cut) => {
    const { look } = await open();
    const fault: NonNullable<SmallKubernetes["fault"]> = (_, response) => {
      cut(response);
      return true;
    };
    failing(1, fault);
    expect(await look()).toEqual(PROVEN);
    failing(9, fault);
    expect(await look()).toMatchObject({
      status: "unavailable",
      words: expect.not.stringContaining("127.0.0.1"),
    });
  });

  it("one that is down is unavailable, without its address", async () => {
    const { look } = await open();
    await server.stop();
    expect(await look()).toEqual({
      status: "unavailable",
      words: "cluster production: the connection was refused",
    });
    server = await startSmallKubernetes();
  });

  it("one that nobody configured, or that is not for this repository, is unavailable", async () => {
    const cluster = createKubernetes(new Map());
    expect((await cluster.look(question)).traffic).toEqual({
      status: "unavailable",
      words: 'no cluster is called "production"; the operator configured: none',
    });
    const config = { kubeconfig: "/nowhere", context: null, timeoutMs: 300, argocdNamespace: "argocd" };
    const mine = createKubernetes(new Map([["production", { ...config, repositories: ["acme/*"] }]]));
    expect((await mine.for("evil/shop").look(question)).traffic?.words).toContain("configured: none");
    expect((await mine.for("acme/shop").look(question)).traffic?.words).toBe(
      "cluster production: its kubeconfig cannot be read",
    );
  });

  it("keeps its connections over many looks", async () => {
    const { look } = await open();
    const ports = new Set<number | undefined>();
    server.fault = (request) => {
      ports.add(request.socket.remotePort);
      return false;
    };
    for (let i = 0; i < 5; i += 1) expect(await look()).toEqual(PROVEN);
    expect(ports.size).toBeLessThanOrEqual(2);
  });
});
