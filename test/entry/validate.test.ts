import { execFile } from "node:child_process";
import {
  appendFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { jsonSchema } from "../../src/config/json-schema.ts";
import { commandsIn } from "./runner.ts";

const CLI = fileURLToPath(new URL("../../src/entry/cli.ts", import.meta.url));
const LOOP = fileURLToPath(new URL("../../examples/loop", import.meta.url));
const CONFIG = ".github/sluice.yaml";
const MESH = "mesh/reviews.yaml";
const folder = mkdtempSync(join(tmpdir(), "sluice-validate-"));
afterAll(() => rmSync(folder, { recursive: true }));

let copies = 0;
/** A copy of the example, with some of its text changed. */
function loop(changes: Readonly<Record<string, readonly [string, string]>> = {}): string {
  copies += 1;
  const copy = join(folder, String(copies));
  cpSync(LOOP, copy, { recursive: true });
  for (const [path, [before, after]] of Object.entries(changes)) {
    const text = readFileSync(join(copy, path), "utf8");
    expect(text).toContain(before);
    writeFileSync(join(copy, path), text.replaceAll(before, after));
  }
  return copy;
}

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function sluice(
  args: readonly string[],
  cwd = folder,
  env: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  return new Promise((resolve) => {
    const options = { cwd, env: { ...process.env, ...env } };
    const child = execFile(process.execPath, [CLI, ...args], options, (_, stdout, stderr) => {
      resolve({ code: child.exitCode ?? -1, stdout, stderr });
    });
  });
}

describe("sluice validate", () => {
  it("notes a part held back that is watched no longer than any other step", async () => {
    const steps = "steps: auto\n    holdback: 5%";
    const written = readFileSync(join(LOOP, CONFIG), "utf8");
    const ladder = /steps:\n(?: {6}.*\n)+/.exec(written)?.[0].trimEnd() ?? "no ladder";
    const note = "`holdback`: the last step is watched no longer than the others";
    const short = await sluice(["validate", loop({ [CONFIG]: [ladder, steps] })]);
    expect(short).toMatchObject({ code: 0, stderr: expect.stringContaining(note) });
    const watched = await sluice(["validate", loop({ [CONFIG]: [ladder, `${steps}\n    watch: 30m`] })]);
    expect(watched.code).toBe(0);
    expect(watched.stderr).not.toContain("holdback");
  });

  it("notes gates that skipped workflows leave shut, and an image of `from` that no container has", async () => {
    const gated = "      - setWeight: 50\n      - gate: { check: smoke }\n";
    const from = "    from: { repository: acme/code, on: merge, image: ghcr.io/acme/other }\n";
    const copy = loop({ [CONFIG]: ["      - setWeight: 50\n", gated] });
    const text = readFileSync(join(copy, CONFIG), "utf8");
    writeFileSync(join(copy, CONFIG), text.replace("    bake: 5m\n", `    bake: 5m\n${from}`));
    appendFileSync(join(copy, CONFIG), "commit: { skipCi: true }\n");
    const { code, stderr } = await sluice(["validate", copy]);
    expect(code).toBe(0);
    expect(stderr.split("\n")).toEqual([
      "`commit: { skipCi: true }`: no workflow runs for the commits of weights, so check `smoke` may never open.",
      "No container of `apps/reviews-v2.yaml` has the image `ghcr.io/acme/other` that `from` allows: nothing would be brought.",
      "",
    ]);
  });

  it("refuses sides that the metrics would not tell apart, and notes what they would not count", async () => {
    const names = loop({
      [CONFIG]: ["    service: reviews\n", "    service: reviews\n    metrics: { canary: reviews-v1 }\n"],
    });
    expect(await sluice(["validate", names])).toEqual({
      code: 1,
      stdout: "",
      stderr: expect.stringMatching(
        /^apps\/reviews-v2\.yaml:1:1: reviews: The metrics of `mesh: istio` cannot tell/,
      ),
    });
    const mesh = loop({ [CONFIG]: ["mesh: istio", "mesh: knative"] });
    expect(await sluice(["validate", mesh])).toMatchObject({
      code: 0,
      stderr: expect.stringContaining(`\`${MESH}\`: \`mesh: knative\` sees what is split by`),
    });
  });

  it("notes what the workloads of a rollout lack, and whose else they are", async () => {
    const pod = "apps/reviews-v2.yaml";
    const copy = loop({ [pod]: ["replicas: ", "replicas: 0 # "] });
    const text = readFileSync(join(copy, CONFIG), "utf8");
    const second = text.slice(text.indexOf("  reviews:")).replace("  reviews:", "  ratings:");
    writeFileSync(
      join(copy, CONFIG),
      text + second.replace("- file:", "- kind: VirtualService\n        file:"),
    );
    const { code, stderr } = await sluice(["validate", copy]);
    expect(code).toBe(0);
    expect(stderr).toContain(`\`${pod}\`: the Deployment reviews-v2 has \`replicas: 0\``);
    expect(stderr).toContain("belong to `ratings`, too");
    expect(stderr).toContain("belong to `reviews`, too");
  });

  it("says of a repository of code alone where its manifests are, in a line", async () => {
    const copy = loop();
    const code = "version: 1\nmanifests: { repository: acme/deploy, rollouts: [checkout, search] }\n";
    writeFileSync(join(copy, CONFIG), code);
    expect(await sluice(["validate", copy])).toEqual({
      code: 0,
      stdout: "The code of checkout and search, whose manifests are in acme/deploy: the steps are there.\n",
      stderr: "",
    });
  });

  it("means the folder somebody is in, also where npm runs it in the folder of its package", async () => {
    const copy = loop();
    const byNpm = { npm_lifecycle_event: "sluice", INIT_CWD: copy };
    expect(await sluice(["validate", "."], folder, byNpm)).toEqual(await sluice(["validate"], copy));
    const byOthers = { npm_lifecycle_event: "test", INIT_CWD: copy };
    expect(await sluice(["validate"], folder, byOthers)).toMatchObject({ code: 1, stdout: "" });
  });

  it("shows the ladder in the units of the object that carries the weights", async () => {
    const copy = loop({ [MESH]: ["weight: 100", "weight: 1000"] });
    expect(await sluice(["validate"], copy)).toEqual({
      code: 0,
      stderr: "",
      stdout: `reviews
 STEP  LIVE FOR  THEN  TARGET                                            STABLE   CANARY
  now  -         -     mesh/reviews.yaml VirtualService reviews http[0]  v1 1000  v2 0
 10 %  5m        -     mesh/reviews.yaml VirtualService reviews http[0]  v1 900   v2 100
 25 %  5m        -     mesh/reviews.yaml VirtualService reviews http[0]  v1 750   v2 250
 50 %  5m        -     mesh/reviews.yaml VirtualService reviews http[0]  v1 500   v2 500
100 %  5m        -     mesh/reviews.yaml VirtualService reviews http[0]  v1 0     v2 1000
`,
    });
  });

  it("shows the ladder of `steps: auto` without what the weights cannot say, and a holdback", async () => {
    const config = readFileSync(join(LOOP, CONFIG), "utf8");
    const listed = /steps:\n(?: {6}.*\n)+/.exec(config)?.[0] ?? "no steps";
    const copy = loop({
      [CONFIG]: [listed, 'steps: auto\n    holdback: "10%"\n    watch: 30m\n'],
      [MESH]: ["weight: 100", "weight: 10"],
    });
    const { code, stdout, stderr } = await sluice(["validate"], copy);
    expect(code).toBe(0);
    expect(stdout).toBe(`reviews
STEP  LIVE FOR  THEN  TARGET                                            STABLE  CANARY
 now  -         -     mesh/reviews.yaml VirtualService reviews http[0]  v1 10   v2 0
10 %  5m        -     mesh/reviews.yaml VirtualService reviews http[0]  v1 9    v2 1
50 %  5m        -     mesh/reviews.yaml VirtualService reviews http[0]  v1 5    v2 5
90 %  30m       -     mesh/reviews.yaml VirtualService reviews http[0]  v1 1    v2 9
`);
    expect(stderr).toMatch(
      /^`steps: auto`: a step whose harm is already excluded is skipped\.\n`steps: auto` leaves out 1 %, 5 %, 25 %: mesh\/reviews\.yaml: .*10.*\n/,
    );
  });

  it("prints the same as JSON", async () => {
    const { stdout } = await sluice(["validate", LOOP, "--json"]);
    const [ladder, ...others] = JSON.parse(stdout);
    expect(others).toEqual([]);
    expect(ladder).toMatchObject({
      rollout: "reviews",
      targets: [
        { file: MESH, kind: "VirtualService", name: "reviews", route: "http[0]", stable: "v1", canary: "v2" },
      ],
      now: [{ stable: 100, canary: 0 }],
      notes: [],
    });
    expect(ladder.rungs[1]).toEqual({
      percent: 25,
      routes: [],
      bake: 300_000,
      approval: false,
      gates: [],
      weights: [{ stable: 75, canary: 25 }],
    });
  });

  it("says what is wrong with the configuration at its line and column", async () => {
    const ended = await sluice([
      "validate",
      loop({ [CONFIG]: ["    service: reviews", "    servise: reviews"] }),
    ]);
    expect(ended).toMatchObject({ code: 1, stdout: "" });
    expect(ended.stderr).toMatch(/^\.github\/sluice\.yaml:9:5: .*`service`/m);
  });

  it("names a file that is not there", async () => {
    const copy = loop();
    renameSync(join(copy, "apps/reviews-v2.yaml"), join(copy, "apps/elsewhere.yaml"));
    expect(await sluice(["validate", copy])).toEqual({
      code: 1,
      stdout: "",
      stderr: "apps/reviews-v2.yaml:1:1: reviews names apps/reviews-v2.yaml, but there is no such file.\n",
    });
  });

  it("names a subset that does not exist, and those that do", async () => {
    const { code, stderr } = await sluice(["validate", loop({ [CONFIG]: ["canary: v2", "canary: v3"] })]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^mesh\/reviews\.yaml:\d+:1: there is no .*"v3" \(did you mean "v\d"\?\).*v1, v2/);
  });

  it("refuses every step that whole numbers cannot express, each with what would do", async () => {
    const { code, stdout, stderr } = await sluice([
      "validate",
      loop({ [MESH]: ["weight: 100", "weight: 10"], [CONFIG]: ["setWeight: 10\n", "setWeight: 15\n"] }),
    ]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    const lines = stderr.trimEnd().split("\n");
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatch(/^mesh\/reviews\.yaml:\d+:1: reviews: the step `setWeight: 15`/);
    expect(lines[1]).toContain("25 % of 10 is not a whole number; nearest are canary 2 with stable 8");
    expect(lines[1]).toContain("a sum of 4, 20 or 100 would do");
  });

  it("tells all problems of all rollouts at once", async () => {
    const copy = loop();
    const text = readFileSync(join(copy, CONFIG), "utf8");
    const second = text
      .slice(text.indexOf("  reviews:"))
      .replace("  reviews:", "  ratings:")
      .replace(MESH, "mesh/ratings.yaml")
      .replace("apps/reviews-v1.yaml", "apps/ratings-v1.yaml");
    writeFileSync(join(copy, CONFIG), text.replace("canary: v2", "canary: v3") + second);
    const { stderr } = await sluice(["validate", copy]);
    expect(
      stderr
        .trimEnd()
        .split("\n")
        .map((line) => line.split(":", 1)[0]),
    ).toEqual([MESH, "mesh/ratings.yaml", "apps/ratings-v1.yaml"]);
  });

  it("reads nothing through a symbolic link, as GitHub would not", async () => {
    const copy = loop();
    rmSync(join(copy, MESH));
    symlinkSync(join(LOOP, MESH), join(copy, MESH));
    expect((await sluice(["validate", copy])).stderr).toContain("but it is a symbolic link");
    rmSync(join(copy, "mesh"), { recursive: true });
    symlinkSync(join(LOOP, "mesh"), join(copy, "mesh"));
    expect((await sluice(["validate", copy])).stderr).toContain("but a folder above it is a symbolic link");
  });

  it("reads files only, and UTF-8 only", async () => {
    const copy = loop();
    writeFileSync(join(copy, MESH), Buffer.from([0x6b, 0xff, 0xfe]));
    rmSync(join(copy, "apps/reviews-v1.yaml"));
    mkdirSync(join(copy, "apps/reviews-v1.yaml"));
    const { stderr } = await sluice(["validate", copy]);
    expect(stderr).toContain("but it is not UTF-8 text");
    expect(stderr).toContain("but it is a directory");
  });

  it("says on stderr what will happen that may surprise, and passes", async () => {
    const copy = loop({ "apps/reviews-v2.yaml": ["- name: reviews\n", "- name: review\n"] });
    const text = readFileSync(join(copy, MESH), "utf8");
    writeFileSync(
      join(copy, MESH),
      text.replace("weight: 100", "weight: 90").replace("weight: 0", "weight: 10"),
    );
    const ended = await sluice(["validate", copy]);
    expect(ended.code).toBe(0);
    expect(ended.stderr.trimEnd().split("\n")).toEqual([
      expect.stringMatching(/^mesh\/reviews\.yaml: the canary has weight now/),
      expect.stringMatching(/^apps\/reviews-v1\.yaml: promotion copies images .* no container review here/),
    ]);
  });

  it.each([
    ["canary: v2", 'canary: "v\\e[31m\\u202e"'],
    [`file: ${MESH}`, 'file: "mesh/\\u202elmay\\u2066\\u200b.yaml"'],
  ])("lets no control or direction character of a file reach the terminal, for %s", async (before, after) => {
    const { code, stderr } = await sluice(["validate", loop({ [CONFIG]: [before, after] })]);
    expect(code).toBe(1);
    expect(stderr).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}]/u);
  });

  describe("with files whose names are commands to a runner", () => {
    const NAMES = [
      "::error title=Approved by security,file=a.js,line=1::all good ##[error]pwn",
      "::stop-commands::x",
      "::add-matcher::repository/evil.json",
      "  ::warning::y",
      "z ##[add-path]/evil",
      "##[group]all",
    ];
    /** The configuration names them as further targets, which are there or not. */
    const named = (there: string | null): string => {
      const more = NAMES.map((name) => `      - { file: ${JSON.stringify(name)}, stable: v1, canary: v2 }\n`);
      const copy = loop({ [CONFIG]: ["    workloads:\n", `${more.join("")}    workloads:\n`] });
      for (const name of there === null ? [] : NAMES) {
        mkdirSync(join(copy, name, ".."), { recursive: true });
        writeFileSync(join(copy, name), there ?? "");
      }
      return copy;
    };
    const manifest = readFileSync(join(LOOP, MESH), "utf8");
    const carrying = manifest.replace("weight: 100", "weight: 90").replace("weight: 0", "weight: 10");

    it.each([
      ["problems", 1, null, []],
      ["rows of the table", 0, manifest, []],
      ["notes", 0, carrying, []],
      ["JSON", 0, carrying, ["--json"]],
    ] as const)("prints none in %s", async (_, code, there, options) => {
      const { stdout, stderr, ...ended } = await sluice(["validate", named(there), ...options]);
      expect(ended.code, stderr).toBe(code);
      for (const word of ["pwn", "stop-commands", "evil.json", "warning", "add-path", "group"]) {
        if (code === 0) expect(stdout).toContain(word);
        if (there !== manifest) expect(stderr).toContain(word);
      }
      expect(commandsIn(stdout)).toEqual([]);
      expect(commandsIn(stderr)).toEqual([]);
      if (options.length === 0) return;
      const targets: readonly { file: string }[] = JSON.parse(stdout)[0].targets;
      expect(targets.map(({ file }) => file)).toEqual([MESH, ...NAMES]);
    });
  });

  it("says where it looked when there is nothing", async () => {
    const empty = mkdtempSync(join(folder, "empty-"));
    expect(await sluice(["validate", empty])).toMatchObject({
      code: 1,
      stderr: `.github/sluice.yaml:1:1: there is no such file in ${empty}\n`,
    });
    expect((await sluice(["validate", join(empty, "no")])).stderr).toContain("no folder that can be read");
  });
});

describe("sluice schema", () => {
  it("prints the JSON Schema of the configuration", async () => {
    const { code, stdout, stderr } = await sluice(["schema"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(JSON.parse(stdout)).toEqual(jsonSchema());
  });

  it("takes nothing", async () => {
    expect(await sluice(["schema", "x"])).toMatchObject({ code: 2, stdout: "" });
  });
});
