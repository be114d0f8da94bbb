import type { ServerResponse } from "node:http";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  answer,
  failure,
  type SmallKubernetes,
  startSmallKubernetes,
} from "../../../dev/kubernetes/server.ts";
import { createKubernetes } from "../../../src/adapters/kubernetes/kubernetes.ts";
import { type Kubeconfigs, makeKubeconfigs, PROVEN, question, startCheckout } from "./checkout.ts";

const OBJECT = "/virtualservices/checkout";

let server: SmallKubernetes;
let kubeconfigs: Kubeconfigs;

beforeAll(async () => {
  kubeconfigs = await makeKubeconfigs();
});
afterAll(() => kubeconfigs.remove());
beforeEach(async () => {
  server = await startCheckout();
});
afterEach(() => server.stop());

const open = (user?: Record<string, unknown>, timeoutMs?: number) =>
  kubeconfigs.open(server.url, user, timeoutMs);

/** The first `times` requests for the object go wrong. */
function failing(times: number, fault: NonNullable<SmallKubernetes["fault"]>): void {
  let left = times;
  server.fault = (request, response) => {
    if (!request.url?.includes(OBJECT) || left === 0) return false;
    left -= 1;
    return fault(request, response);
  };
}

describe("a cluster whose answers go wrong", () => {
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

  it.each([
    ["https://x-access-token:ghp_secret@github.com/acme/shop", "https://…@github.com/acme/shop"],
    ["https://bot:p@ss:word@registry.example/shop", "https://…@registry.example/shop"],
    ["postgres://app:s3cr/et@db", "postgres://…@db"],
  ])("credentials in an address that a tool tells of are not told: %s", async (address, shown) => {
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
    const message = `cannot clone ${address}`;
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
    const words = (await look())?.words ?? "";
    expect(words.slice(words.indexOf("ComparisonError"))).toBe(`ComparisonError: cannot clone ${shown}`);
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
