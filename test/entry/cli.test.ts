import { execFile } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { ANYBODY, startQueue } from "../../dev/aws/queue.ts";
import { createSqsQueue } from "../../src/adapters/aws/sqs.ts";
import { clientFor } from "../adapters/aws/aws.ts";

const CLI = fileURLToPath(new URL("../../src/entry/cli.ts", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "sluice-cli-"));
afterAll(() => rmSync(folder, { recursive: true }));

const MANIFEST = `\uFEFFapiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: checkout, namespace: production}
spec:
  http:
    - name: web   # the shop\r
      route:
        - destination: {host: checkout, subset: stable}
          weight: 90
        - destination: {host: checkout, subset: canary}
          weight: 10`;
const THREE = MANIFEST.replace("canary}", "canary}\n          weight: 5\n        - destination: {host: old}");
const SMI = `apiVersion: split.smi-spec.io/v1alpha2
kind: TrafficSplit
metadata: {name: pay}
spec:
  backends: [{service: pay, weight: 9}, {service: canary, weight: 1}]
`;

let files = 0;
function file(text: string): string {
  files += 1;
  const path = join(folder, `${files}.yaml`);
  writeFileSync(path, text);
  return path;
}

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function sluice(
  args: readonly string[],
  stdin = "",
  env: Readonly<Record<string, string | undefined>> = {},
): Promise<Ended> {
  return new Promise((resolve) => {
    const options = { env: { ...process.env, ...env } };
    const child = execFile(process.execPath, [CLI, ...args], options, (_, stdout, stderr) => {
      resolve({ code: child.exitCode ?? -1, stdout, stderr });
    });
    child.stdin?.end(stdin);
  });
}

describe("sluice weights", () => {
  it("prints the splits as JSON with exactly these keys", async () => {
    const path = file(`${SMI}---\n${MANIFEST.slice(1)}`);
    const ended = await sluice(["weights", path, "--json"]);
    expect(ended).toMatchObject({ code: 0, stderr: "" });
    expect(JSON.parse(ended.stdout)).toStrictEqual([
      {
        file: path,
        apiVersion: "split.smi-spec.io/v1alpha2",
        kind: "TrafficSplit",
        namespace: null,
        name: "pay",
        route: null,
        arms: [
          { name: "pay", weight: 9 },
          { name: "canary", weight: 1 },
        ],
      },
      {
        file: path,
        apiVersion: "networking.istio.io/v1",
        kind: "VirtualService",
        namespace: "production",
        name: "checkout",
        route: "web",
        arms: [
          { name: "stable", weight: 90 },
          { name: "canary", weight: 10 },
        ],
      },
    ]);
  });

  it("prints a table for people", async () => {
    const { stdout } = await sluice(["weights", "-"], MANIFEST);
    expect(stdout).toBe(`KIND            NAME                 ROUTE  ARM     WEIGHT  SHARE
VirtualService  production/checkout  web    stable      90   90 %
                                            canary      10   10 %
`);
  });

  it("prints an empty list where nothing is split, and says so", async () => {
    const path = file("kind: Service\n");
    expect(await sluice(["weights", path, "--json"])).toEqual({
      code: 0,
      stdout: "[]\n",
      stderr: `${path} splits no traffic by weight between two destinations\n`,
    });
  });

  it("puts problems on stderr as file:line:column and exits with 1", async () => {
    const broken = file("a: [1\nb: 2\n");
    expect(await sluice(["weights", broken])).toMatchObject({ code: 1, stdout: "" });
    expect((await sluice(["weights", broken])).stderr).toMatch(
      new RegExp(`^${broken}:2:\\d+: this is not valid YAML`),
    );
    const loop = await sluice(["weights", file(MANIFEST.replace("10", "$weight"))]);
    expect(loop).toMatchObject({ code: 1 });
    expect(loop.stderr).toContain(':11:19: no weight for "canary": `$weight` is a shell template');
    const missing = join(folder, "missing.yaml");
    expect(await sluice(["weights", missing])).toMatchObject({
      code: 1,
      stderr: `${missing}:1:1: there is no such file\n`,
    });
    expect((await sluice(["weights", folder])).stderr).toContain("this is a folder");
    const latin = join(folder, "latin.yaml");
    writeFileSync(latin, Buffer.from([0x61, 0x3a, 0x20, 0xe9]));
    expect((await sluice(["weights", latin])).stderr).toContain("not UTF-8");
  });
});

describe("sluice set", () => {
  const edited = MANIFEST.replace("90", "75").replace("10", "25");

  it("prints the edited text byte for byte and leaves the file alone", async () => {
    const path = file(MANIFEST);
    const ended = await sluice(["set", path, "--canary", "canary", "--weight", "25"]);
    expect(ended).toEqual({ code: 0, stdout: edited, stderr: `${path}: canary 10 → 25, stable 90 → 75\n` });
    expect(readFileSync(path, "utf8")).toBe(MANIFEST);
  });

  it("reads standard input", async () => {
    expect((await sluice(["set", "-", "--canary", "canary", "--weight", "25"], MANIFEST)).stdout).toBe(
      edited,
    );
  });

  it("writes in place with --write", async () => {
    const path = file(MANIFEST);
    expect(await sluice(["set", path, "--canary=canary", "--weight=25", "--write"])).toMatchObject({
      code: 0,
      stdout: "",
    });
    expect(readFileSync(path, "utf8")).toBe(edited);
    chmodSync(path, 0o444);
    const again = await sluice(["set", path, "--canary=canary", "--weight=25", "--write"]);
    expect(again).toMatchObject({ code: 0, stderr: `${path}: nothing to change\n` });
  });

  it("chooses among several by --kind, --name, --route or the canary's name, and lists them when it cannot", async () => {
    const path = file(`${MANIFEST}\n---\n${SMI}`);
    const ambiguous = await sluice(["set", path, "--canary", "canary", "--weight", "0"]);
    expect(ambiguous).toMatchObject({ code: 1, stdout: "" });
    expect(ambiguous.stderr).toContain("VirtualService production/checkout route web");
    expect(ambiguous.stderr).toContain("TrafficSplit pay");
    const smi = SMI.replace("weight: 9", "weight: 10").replace("weight: 1}]", "weight: 0}]");
    for (const choice of [
      ["--kind", "TrafficSplit"],
      ["--name", "pay"],
      ["--stable", "pay"],
    ]) {
      const ended = await sluice(["set", path, "--canary", "canary", "--weight", "0", ...choice]);
      expect(ended).toMatchObject({ code: 0, stdout: `${MANIFEST}\n---\n${smi}` });
    }
    const route = await sluice(["set", path, "--canary", "canary", "--weight", "25", "--route", "web"]);
    expect(route.stdout).toBe(`${edited}\n---\n${SMI}`);
  });

  it("keeps the sum of stable and canary; with three arms somebody must say who is stable", async () => {
    const path = file(THREE);
    const unsaid = await sluice(["set", path, "--canary", "canary", "--weight", "7"]);
    expect(unsaid.stderr).toContain("say with --stable which one gives or takes (stable, old)");
    const said = await sluice(["set", path, "--canary", "canary", "--weight", "7", "--stable", "old"]);
    expect(said.stdout).toBe(THREE.replace("weight: 5", "weight: 7").replace("weight: 10", "weight: 8"));
    const beyond = await sluice(["set", path, "--canary", "canary", "--weight", "16", "--stable", "old"]);
    expect(beyond).toMatchObject({ code: 1, stdout: "" });
    expect(beyond.stderr).toContain('more than "old" and "canary" have together, which is 15');
    expect(
      (await sluice(["set", path, "--canary", "canary", "--weight", "1", "--stable", "canary"])).code,
    ).toBe(1);
  });

  it("names the nearest arm", async () => {
    const { code, stderr } = await sluice(["set", file(MANIFEST), "--canary", "canry", "--weight", "1"]);
    expect(code).toBe(1);
    expect(stderr).toContain('(did you mean "canary"?)');
  });
});

describe("a manifest that would steer the terminal", () => {
  const STEERING = /(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;
  const ANY = "\\e[31m\\x9b2J\\u202e\\u2066\\u200b\\U000e0041\\u2028";
  const hostile = MANIFEST.slice(1)
    .replace("subset: stable", `subset: "st\\e[2Jable${ANY}"`)
    .replace("name: checkout,", 'name: "r\\e]0;pwn\\a",');
  const twice = file(`"a${ANY}": 1\n"a${ANY}": 2\n`);
  const path = file(hostile);
  const three = file(
    hostile.replace("canary}", `canary}\n          weight: 5\n        - destination: {host: "o${ANY}"}`),
  );

  it.each([
    ["weights", 0, ["weights", path]],
    ["weights --json", 0, ["weights", path, "--json"]],
    ["weights of a key that is there twice", 1, ["weights", twice]],
    ["set of an arm that is not there", 1, ["set", path, "--canary", "nope", "--weight", "3"]],
    ["set of one among three", 1, ["set", three, "--canary", "canary", "--weight", "3"]],
    ["set of too much", 1, ["set", path, "--canary", "canary", "--weight", "300"]],
    ["set --write", 0, ["set", path, "--canary", "canary", "--weight", "10", "--write"]],
    [
      "set --write of another weight",
      0,
      ["set", file(hostile), "--canary", "canary", "--weight", "3", "--write"],
    ],
    ["set of a name that is none", 1, ["set", path, "--canary", "c\u001b[2J\u202e", "--weight", "3"]],
    ["a command that there is not", 2, ["x\u001b[2J\u202e"]],
    ["a file that is not there", 1, ["weights", join(folder, "x\u001b[2J\u202e")]],
  ])("says nothing that a terminal obeys or hides: %s", async (_, code, args) => {
    const ended = await sluice(args);
    expect(ended.code).toBe(code);
    expect(ended.stdout + ended.stderr).not.toBe("");
    expect(ended.stdout).not.toMatch(STEERING);
    expect(ended.stderr).not.toMatch(STEERING);
  });

  it("has its names as they are in JSON", async () => {
    const { stdout } = await sluice(["weights", path, "--json"]);
    expect(JSON.parse(stdout)[0]).toMatchObject({
      name: "r\u001b]0;pwn\u0007",
      arms: [
        { name: "st\u001b[2Jable\u001b[31m\u009b2J\u202e\u2066\u200b\u{e0041}\u2028", weight: 90 },
        { name: "canary", weight: 10 },
      ],
    });
  });

  it("is printed by set byte for byte, whatever is in it", async () => {
    const text = `# \u001b[31m \u202e \u2028 ::error::x ##[error]y\r\n::stop-commands::x: 1\n${hostile}`;
    const { code, stdout } = await sluice(["set", file(text), "--canary", "canary", "--weight", "25"]);
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: text.replace("90", "75").replace("weight: 10", "weight: 25"),
    });
  });
});

describe("sluice redrive", () => {
  const empty = file("");
  const aws = { AWS_CONFIG_FILE: empty, AWS_SHARED_CREDENTIALS_FILE: empty };

  it("says how many messages are back, each of which it prints", async () => {
    const queue = await startQueue();
    const client = clientFor.sqs(queue.endpoint);
    const dead = createSqsQueue(queue.deadUrl, client);
    const env = { ...aws, ...ANYBODY, AWS_ENDPOINT_URL: queue.endpoint };
    const again = () => sluice(["redrive", queue.deadUrl, queue.url], "", env);
    try {
      await dead.send([{ id: "a", group: "1/2", body: "a" }]);
      expect(await again()).toEqual({
        code: 0,
        stdout: "a\n",
        stderr: "1 message is in the queue again.\n",
      });
      await dead.send(["b", "c"].map((body) => ({ id: body, group: "1/2", body })));
      expect(await again()).toMatchObject({
        stdout: "b\nc\n",
        stderr: "2 messages are in the queue again.\n",
      });
    } finally {
      client.destroy();
      await queue.stop();
    }
  });

  it("says what to do where neither the address nor the environment has a region", async () => {
    const address = "http://127.0.0.1:9/000000000000/dead.fifo";
    const ended = await sluice(["redrive", address, address], "", {
      ...aws,
      ...ANYBODY,
      AWS_REGION: undefined,
      AWS_DEFAULT_REGION: undefined,
    });
    expect(ended.code).toBe(1);
    expect(ended.stderr).toContain("DEAD_LETTERS_URL names no region, and AWS_REGION is not set: take both");
  });
});

describe("called wrongly, it exits with 2 and says what would do", () => {
  it.each([
    [[], "say what to do"],
    [["wieghts", "f"], 'there is no command "wieghts" (did you mean weights?)'],
    [["weights"], "weights needs a FILE"],
    [["query"], "query needs a PROMQL"],
    [["redrive"], "redrive needs a DEAD_LETTERS_URL"],
    [["redrive", "https://sqs.eu-west-1.amazonaws.com/1/dead.fifo"], "redrive needs a QUEUE_URL"],
    [["redrive", "a", "https://b"], "DEAD_LETTERS_URL is no http or https address: take both addresses from"],
    [["redrive", "https://a", "b"], "QUEUE_URL is no http or https address: take both addresses from"],
    [["weights", "a", "b"], 'weights does not take "b"'],
    [["weights", "a", "--jsno"], "weights has no option --jsno (did you mean --json?)"],
    [["weights", "a", "--json=1"], "--json takes no value"],
    [["set", "a", "--weight", "1"], "set needs --canary NAME"],
    [["set", "a", "--canary", "c"], "set needs --weight N"],
    [["set", "a", "--canary"], "--canary needs a value"],
    [["set", "a", "--canary", "c", "--canary", "d"], "--canary is given twice"],
    [["set", "a", "--canary", "c", "--weight", "1.5"], "--weight must be a whole number"],
    [["set", "a", "--canary", "c", "--weight=-1"], "--weight must be a whole number"],
    [["set", "-", "--canary", "c", "--weight", "1", "--write"], "--write needs a file"],
    [["help", "st"], 'there is no command "st" (did you mean set?)'],
  ])("%j", async (args, words) => {
    const ended = await sluice(args);
    expect(ended).toMatchObject({ code: 2, stdout: "" });
    expect(ended.stderr).toContain(words);
  });
});

it("help lists the commands, and each command's options", async () => {
  for (const args of [["help"], ["--help"], ["-h"]]) {
    const { code, stdout } = await sluice(args);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^ {2}weights +show/m);
    expect(stdout).toMatch(/^ {2}set +print/m);
  }
  for (const args of [
    ["help", "set"],
    ["set", "--help"],
  ]) {
    expect((await sluice(args)).stdout).toMatch(/^Usage: sluice set FILE --canary NAME --weight N/);
  }
});
