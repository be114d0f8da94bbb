import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { SmallKubernetes } from "../../../dev/kubernetes/server.ts";
import { type Kubeconfigs, makeKubeconfigs, PROVEN, startCheckout } from "./checkout.ts";

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

describe("signing in", () => {
  it("401: the command for credentials is asked again, and the look goes on with the new token", async () => {
    const counter = join(kubeconfigs.dir, "count");
    await writeFile(counter, "");
    const script = join(kubeconfigs.dir, "token.mjs");
    await writeFile(
      script,
      `import { appendFileSync, readFileSync } from "node:fs";
appendFileSync(${JSON.stringify(counter)}, "x");
const token = "token-" + readFileSync(${JSON.stringify(counter)}, "utf8").length;
console.log(JSON.stringify({ kind: "ExecCredential", apiVersion: "client.authentication.k8s.io/v1", status: { token } }));`,
    );
    const exec = { apiVersion: "client.authentication.k8s.io/v1", command: process.execPath, args: [script] };
    const { look } = await kubeconfigs.open(server.url, { exec }, 20_000);
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
    const { look } = await kubeconfigs.open(server.url, { exec }, 20_000);
    const words =
      "cluster production: there are no credentials to be had: the command or the file of its kubeconfig failed";
    expect(await look()).toEqual({ status: "unavailable", words });
  });

  it("a kubeconfig that was changed is read at the next look, before its token is refused", async () => {
    const { look, kubeconfig } = await kubeconfigs.open(server.url);
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
    const { look } = await kubeconfigs.open(url);
    expect(await look()).toEqual({
      status: "unavailable",
      words: `cluster production: its kubeconfig ${words}`,
    });
  });
});
