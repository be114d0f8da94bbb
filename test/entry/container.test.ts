import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { until } from "../../dev/demo/watch.ts";
import { type GitHub, startGitHub } from "../../dev/github/server.ts";
import { deliver, variablesFor } from "../e2e/server.ts";

// No container engine runs here: the steps of the Containerfile are gone through one by one in a folder.
const ROOT = new URL("../../", import.meta.url).pathname;
const read = (path: string) => readFile(join(ROOT, path), "utf8");
const recipe = (await read("Containerfile")).replace(/\\\n\s*/g, "");
const last = recipe.slice(recipe.lastIndexOf("\nFROM ")).split("\n");
const instruction = (name: string) =>
  last.flatMap((line) => (line.startsWith(`${name} `) ? [line.slice(name.length + 1)] : []));
const command = (text = "") => z.array(z.string()).parse(JSON.parse(text.slice(text.indexOf("["))));
const uid = process.getuid?.() === 0 ? Number(instruction("USER")[0]?.split(":")[0]) : null;

let github: GitHub;
let app: string;

beforeAll(async () => {
  github = await startGitHub();
  app = await mkdtemp(join(tmpdir(), "sluice-container-"));
  await chmod(app, 0o755);
  for (const copied of instruction("COPY")) {
    const sources = copied.split(" ").filter((word) => !word.startsWith("--"));
    const to = sources.pop() ?? ".";
    if (copied.startsWith("--from=packages")) await copyPackages();
    else
      for (const one of sources)
        await cp(join(ROOT, one), join(app, to === "./" ? one : to), { recursive: true });
  }
  await readOnly(app);
});
afterAll(async () => {
  await github.close();
  await writable(app);
  await rm(app, { recursive: true, force: true });
});

/** What `npm ci --omit=dev --omit=optional --ignore-scripts` installs, taken from what is installed here. */
async function copyPackages(): Promise<void> {
  const { packages } = lockfile.parse(JSON.parse(await read("package-lock.json")));
  for (const [path, { dev, optional, devOptional }] of Object.entries(packages)) {
    if (path === "" || dev || optional || devOptional) continue;
    await mkdir(dirname(join(app, path)), { recursive: true });
    const nested = join(ROOT, path, "node_modules");
    await cp(join(ROOT, path), join(app, path), { recursive: true, filter: (from) => from !== nested });
  }
}

const lockfile = z.object({
  packages: z.record(
    z.string(),
    z.object({
      dev: z.boolean().optional(),
      optional: z.boolean().optional(),
      devOptional: z.boolean().optional(),
    }),
  ),
});

const readOnly = (path: string) => everyFolder(path, 0o555);
const writable = (path: string) => everyFolder(path, 0o755);
async function everyFolder(path: string, mode: number): Promise<void> {
  const entries = await readdir(path, { withFileTypes: true });
  await chmod(path, 0o755);
  for (const entry of entries) if (entry.isDirectory()) await everyFolder(join(path, entry.name), mode);
  await chmod(path, mode);
}

/** As the image does, as its user where we may become another one; Node itself refuses whatever is not in the tree, and every write. */
function run(words: readonly string[], environment: Readonly<Record<string, string>>) {
  const [node = "", ...rest] = words;
  expect(node).toBe("node");
  const image = Object.fromEntries(
    (instruction("ENV")[0] ?? "").split(" ").map((pair) => pair.split("=") as [string, string]),
  );
  const child = spawn(process.execPath, ["--permission", `--allow-fs-read=${app}`, ...rest], {
    cwd: app,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...image, ...environment },
    ...(uid !== null && { uid, gid: uid }),
  });
  process.once("exit", () => child.kill("SIGKILL"));
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => lines.push(String(text)));
  const ended = once(child, "close").then(([code]) => (typeof code === "number" ? code : null));
  return { child, lines, ended };
}

describe("The image of the Containerfile", () => {
  it("runs as another user on files that nobody may change, and writes none: answers, takes a webhook, ends with 0", async () => {
    const variables = { ...variablesFor(github), HOST: "127.0.0.1" };
    const server = run(command(instruction("CMD")[0]), variables);
    const url = await until(
      "The address",
      async () =>
        /Listening on (http:[^"\s]+)/.exec(server.lines.join(""))?.[1] ??
        (server.child.exitCode !== null && server.lines.join("")),
    );
    expect(url).toMatch(/^http/);
    const health = run(command(instruction("HEALTHCHECK")[0]), { PORT: new URL(url).port });
    expect(await health.ended, health.lines.join("")).toBe(0);
    const nobody = run(command(instruction("HEALTHCHECK")[0]), { PORT: "9" });
    expect(await nobody.ended).toBe(1);
    await until("Readiness", async () => (await fetch(new URL("/readyz", url))).status === 200);
    expect((await deliver({ url, secret: github.app.webhookSecret }, "ping", "{}")).status).toBe(202);
    server.child.kill("SIGTERM");
    expect(await server.ended).toBe(0);
    expect(server.lines.join("")).not.toMatch(/ERR_ACCESS_DENIED|ENOENT|EACCES/);
  });

  it("has no more in it than runs: no package of development, no test, no secret", async () => {
    expect((await readdir(app)).toSorted()).toEqual([
      "LICENSE",
      "app.yml",
      "node_modules",
      "package.json",
      "src",
    ]);
    expect(await readdir(join(app, "node_modules"))).not.toContain("vitest");
    const ignored = await read(".containerignore");
    expect(ignored.split("\n")).toContain("*");
    const allowed = ignored.split("\n").flatMap((line) => (line.startsWith("!") ? [line.slice(1)] : []));
    const copied = [...recipe.matchAll(/^COPY (?!--from)(.+) \.\/(?:src)?$/gm)].flatMap(([, files = ""]) =>
      files.split(" "),
    );
    expect(new Set(allowed)).toEqual(new Set(copied));
    expect(await read(".dockerignore")).toBe(ignored);
  });

  it("is made from an exact base and started as a person without rights", async () => {
    expect(recipe).toMatch(/^ARG NODE=\S+:\d+\.\d+\.\d+-slim$/m);
    expect(recipe.match(/^FROM \$\{NODE\}( AS packages)?$/gm)).toHaveLength(2);
    expect(recipe.match(/^FROM /gm)).toHaveLength(2);
    expect(Number(instruction("USER")[0]?.split(":")[0])).toBeGreaterThan(0);
    expect(command(instruction("CMD")[0])).toEqual(
      z
        .object({ scripts: z.object({ start: z.string() }) })
        .parse(JSON.parse(await read("package.json")))
        .scripts.start.replace(" --env-file-if-exists=.env", "")
        .split(" "),
    );
  });
});

describe("deploy/kubernetes", () => {
  const yaml = async (file: string): Promise<unknown> => parse(await read(`deploy/kubernetes/${file}`));

  it("says everywhere the same: replicas, ports, user, time to end", async () => {
    const { spec } = deployment.parse(await yaml("deployment.yaml"));
    const [container] = spec.template.spec.containers;
    expect(container.env.find(({ name }) => name === "REPLICAS")?.value).toBe(String(spec.replicas));
    expect(container.ports[0]?.containerPort).toBe(Number(instruction("EXPOSE")[0]));
    expect(String(spec.template.spec.securityContext.runAsUser)).toBe(instruction("USER")[0]?.split(":")[0]);
    const pause = Number(/}, (\d+)\)/.exec(container.lifecycle.preStop.exec.command[2] ?? "")?.[1]);
    const looks = Number(
      /LAST_LOOKS = ([\d_]+)/.exec(await read("src/entry/server.ts"))?.[1]?.replace("_", ""),
    );
    expect(1000 * spec.template.spec.terminationGracePeriodSeconds).toBeGreaterThan(pause + looks);
  });

  it("gives the pod no right that it has no use for", async () => {
    const { template } = deployment.parse(await yaml("deployment.yaml")).spec;
    expect(template.spec.automountServiceAccountToken).toBe(false);
    expect(template.spec.securityContext).toMatchObject({
      runAsNonRoot: true,
      seccompProfile: { type: "RuntimeDefault" },
    });
    expect(template.spec.containers[0].securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    });
  });

  it("lists every manifest but the example, and its role is the documented one", async () => {
    const { resources } = z
      .object({ resources: z.array(z.string()) })
      .parse(await yaml("kustomization.yaml"));
    const there = (await readdir(join(ROOT, "deploy/kubernetes"))).filter(
      (file) => file.endsWith(".yaml") && !["kustomization.yaml", "secret.example.yaml"].includes(file),
    );
    expect(resources.toSorted()).toEqual(there.toSorted());
    const page = await read("docs/cluster.md");
    expect(await yaml("cluster-proof/clusterrole.yaml")).toEqual(
      parse(/```yaml\n(apiVersion: rbac[\s\S]*?)```/.exec(page)?.[1] ?? ""),
    );
  });
});

const container = z.object({
  env: z.array(z.object({ name: z.string(), value: z.string() })),
  ports: z.array(z.object({ containerPort: z.number() })),
  lifecycle: z.object({ preStop: z.object({ exec: z.object({ command: z.array(z.string()) }) }) }),
  securityContext: z.unknown(),
});
const deployment = z.object({
  spec: z.object({
    replicas: z.number(),
    template: z.object({
      spec: z.object({
        automountServiceAccountToken: z.boolean(),
        terminationGracePeriodSeconds: z.number(),
        securityContext: z.looseObject({ runAsUser: z.number() }),
        containers: z.tuple([container]),
      }),
    }),
  }),
});
