import { execFile, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { request } from "node:https";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { z } from "zod";

const run = promisify(execFile);
const READY_WITHIN = 60_000;

/** Where `bin/kube-apiserver`, `bin/etcd` and `crds/` are; null when they are not. */
export function kubernetesFolder(): string | null {
  const folder =
    process.env["SLUICE_KUBERNETES"] ?? new URL("../../.cache/kubernetes", import.meta.url).pathname;
  const needed = ["bin/kube-apiserver", "bin/etcd", "crds"];
  return needed.every((path) => existsSync(join(folder, path))) ? folder : null;
}

export interface ApiServer {
  readonly url: string;
  /** Files with the certificate authority, and with a client certificate of the user `cert`. */
  readonly files: { readonly ca: string; readonly certificate: string; readonly key: string };
  /** As an administrator; rejects with the server's words. `body` is YAML or JSON. */
  send(method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE", path: string, body?: string): Promise<unknown>;
  /** What a user asked for since the last time this was asked: `get /api/v1/…`. */
  requests(user: string): Promise<readonly string[]>;
  stop(): Promise<void>;
}

/** A real kube-apiserver over a real etcd, on loopback, with RBAC. `tokens`: token → user name. */
export async function startApiServer(
  folder: string,
  tokens: Readonly<Record<string, string>>,
): Promise<ApiServer> {
  const dir = await mkdtemp(join(tmpdir(), "sluice-kubernetes-"));
  const stops: (() => Promise<unknown>)[] = [() => rm(dir, { recursive: true, force: true })];
  const stop = async () => {
    for (const one of stops.splice(0).reverse()) await one();
  };
  try {
    const files = await certificates(dir);
    const [store, peer, port] = await Promise.all([freePort(), freePort(), freePort()]);
    const known = Object.entries({ ...tokens, admin: "admin" }).map(
      ([token, user]) => `${token},${user},${user}${user === "admin" ? ",system:masters" : ""}`,
    );
    await writeFile(join(dir, "tokens.csv"), `${known.join("\n")}\n`);
    const audit = join(dir, "audit.log");
    await writeFile(
      join(dir, "audit.yaml"),
      "apiVersion: audit.k8s.io/v1\nkind: Policy\nomitStages: [RequestReceived]\nrules: [{ level: Metadata }]\n",
    );
    const etcd = `http://127.0.0.1:${store}`;
    stops.push(
      start(join(folder, "bin/etcd"), [
        `--data-dir=${join(dir, "etcd")}`,
        `--listen-client-urls=${etcd}`,
        `--advertise-client-urls=${etcd}`,
        `--listen-peer-urls=http://127.0.0.1:${peer}`,
        `--initial-advertise-peer-urls=http://127.0.0.1:${peer}`,
        `--initial-cluster=default=http://127.0.0.1:${peer}`,
      ]),
      start(join(folder, "bin/kube-apiserver"), [
        `--etcd-servers=${etcd}`,
        "--bind-address=127.0.0.1",
        `--secure-port=${port}`,
        "--advertise-address=127.0.0.1",
        `--tls-cert-file=${join(dir, "server.crt")}`,
        `--tls-private-key-file=${join(dir, "server.key")}`,
        `--client-ca-file=${files.ca}`,
        `--token-auth-file=${join(dir, "tokens.csv")}`,
        "--authorization-mode=RBAC",
        `--audit-policy-file=${join(dir, "audit.yaml")}`,
        `--audit-log-path=${audit}`,
        "--service-account-issuer=https://kubernetes.default.svc",
        `--service-account-signing-key-file=${join(dir, "server.key")}`,
        `--service-account-key-file=${join(dir, "server.key")}`,
        "--disable-admission-plugins=ServiceAccount",
        "--service-cluster-ip-range=10.0.0.0/24",
      ]),
    );
    const ca = await readFile(files.ca);
    const url = `https://127.0.0.1:${port}`;
    const send: ApiServer["send"] = (method, path, body) => sendAs(url, ca, method, path, body);
    const until = Date.now() + READY_WITHIN;
    while (
      !(await send("GET", "/readyz").then(
        () => true,
        () => false,
      ))
    ) {
      if (Date.now() > until) throw new Error("kube-apiserver was not ready in time");
      await sleep(200);
    }
    let told = 0;
    const requests: ApiServer["requests"] = async (user) => {
      const lines = (await readFile(audit, "utf8")).split("\n").filter((line) => line !== "");
      const fresh = lines.slice(told).map((line) => event.parse(JSON.parse(line)));
      told = lines.length;
      return fresh.filter((one) => one.user.username === user).map((one) => `${one.verb} ${one.requestURI}`);
    };
    return { url, files, send, requests, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

const event = z.object({
  verb: z.string(),
  requestURI: z.string(),
  user: z.object({ username: z.string().catch("") }),
});

/** Starts a process; what is returned ends it. */
function start(command: string, args: readonly string[]): () => Promise<unknown> {
  const child = spawn(command, args, { stdio: "ignore" });
  const kill = () => child.kill("SIGKILL");
  process.once("exit", kill);
  const ended = new Promise((resolve) => child.once("exit", resolve));
  return () => {
    process.removeListener("exit", kill);
    child.kill("SIGTERM");
    return Promise.race([ended, sleep(5_000).then(kill)]);
  };
}

function sendAs(url: string, ca: Buffer, method: string, path: string, body?: string): Promise<unknown> {
  // With a field manager it is an apply.
  const patch = path.includes("fieldManager=")
    ? "application/apply-patch+yaml"
    : "application/merge-patch+json";
  const type = method === "PATCH" ? patch : "application/yaml";
  return new Promise((resolve, reject) => {
    const headers = { authorization: "Bearer admin", accept: "application/json", "content-type": type };
    const sent = request(url + path, { method, ca, headers }, (answer) => {
      let text = "";
      answer.setEncoding("utf8");
      answer.on("data", (part: string) => {
        text += part;
      });
      answer.on("end", () => {
        if ((answer.statusCode ?? 500) >= 300) reject(new Error(`${method} ${path}: ${text.slice(0, 4000)}`));
        else resolve(text.startsWith("{") ? JSON.parse(text) : text);
      });
    });
    sent.once("error", reject);
    sent.end(body);
  });
}

async function certificates(dir: string): Promise<ApiServer["files"]> {
  const at = (name: string) => join(dir, name);
  const openssl = (...args: string[]) => run("openssl", args, { cwd: dir });
  await openssl(
    "req",
    "-x509",
    "-newkey",
    "rsa:2048",
    "-nodes",
    "-days",
    "2",
    "-subj",
    "/CN=ca",
    "-keyout",
    at("ca.key"),
    "-out",
    at("ca.crt"),
  );
  await writeFile(at("san.cnf"), "subjectAltName=IP:127.0.0.1,DNS:localhost\n");
  for (const [name, subject] of [
    ["server", "/CN=kube-apiserver"],
    ["client", "/CN=cert"],
  ] as const) {
    await openssl(
      "req",
      "-newkey",
      "rsa:2048",
      "-nodes",
      "-subj",
      subject,
      "-keyout",
      at(`${name}.key`),
      "-out",
      at(`${name}.csr`),
    );
    await openssl(
      "x509",
      "-req",
      "-days",
      "2",
      "-in",
      at(`${name}.csr`),
      "-CA",
      at("ca.crt"),
      "-CAkey",
      at("ca.key"),
      "-CAcreateserial",
      "-extfile",
      at("san.cnf"),
      "-out",
      at(`${name}.crt`),
    );
  }
  return { ca: at("ca.crt"), certificate: at("client.crt"), key: at("client.key") };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });
}
