import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { z } from "zod";
import { FUNCTIONS, type Packaged, packageFunctions } from "../../../dev/package.ts";

const run = promisify(execFile);
const resource = z.looseObject({
  Type: z.string(),
  Properties: z.record(z.string(), z.unknown()).optional(),
});
const template = z.object({ Resources: z.record(z.string(), resource) });
const policies = z.array(
  z.object({
    PolicyDocument: z.object({
      Statement: z.array(
        z.object({ Action: z.union([z.string(), z.array(z.string())]), Resource: z.unknown() }),
      ),
    }),
  }),
);

let folder: string;
let packaged: readonly Packaged[];
let resources: z.infer<typeof template>["Resources"];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "sluice-package-"));
  packaged = await packageFunctions();
  // No account, no region, and where the machine can take it away no network either.
  const osls = ["node_modules/.bin/osls", "package", "--package", folder];
  const alone = await run("unshare", ["-rn", "true"]).then(
    () => true,
    () => false,
  );
  const [command = "", ...args] = alone ? ["unshare", "-rn", ...osls] : osls;
  const env = { PATH: process.env["PATH"], HOME: folder, SLS_NOTIFICATIONS_MODE: "off" };
  await run(command, args, { env });
  const text = await readFile(join(folder, "cloudformation-template-update-stack.json"), "utf8");
  resources = template.parse(JSON.parse(text)).Resources;
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function properties(name: string): Readonly<Record<string, unknown>> {
  return resources[name]?.Properties ?? {};
}

/** What a role may do, on what. */
function mayDo(role: string): readonly (readonly [string, string])[] {
  return policies
    .parse(properties(role)["Policies"])
    .flatMap(({ PolicyDocument }) => PolicyDocument.Statement)
    .flatMap(({ Action, Resource }) =>
      [Action].flat().map((action) => [action, JSON.stringify(Resource)] as const),
    );
}

it("every function is packaged for a Node that runs it, and each acts as itself", () => {
  for (const name of FUNCTIONS) {
    const title = `${name[0]?.toUpperCase()}${name.slice(1)}`;
    expect(properties(`${title}LambdaFunction`)).toMatchObject({
      Runtime: "nodejs24.x",
      Handler: `dist/${name}/index.handler`,
      Role: { "Fn::GetAtt": [`${title}Role`, "Arn"] },
    });
  }
});

it("the webhook's role can send and read its own secrets, and nothing of the key, the timers or other messages", () => {
  expect(mayDo("WebhookRole").map(([action]) => action)).toEqual([
    "sqs:SendMessage",
    "ssm:GetParametersByPath",
    "logs:CreateLogStream",
    "logs:PutLogEvents",
  ]);
  const [, secrets] = mayDo("WebhookRole").find(([action]) => action.startsWith("ssm:")) ?? [];
  expect(secrets).toMatch(/parameter\/sluice\/webhook"/);
});

it("no role may do everything of anything, nor reach beyond what is Sluice's", () => {
  for (const role of ["TimerRole", "WebhookRole", "WorkerRole", "SweepRole"]) {
    for (const [action, on] of mayDo(role)) {
      expect(action).toMatch(/^[a-z]+:[A-Za-z]+$/);
      expect(on).not.toBe('"*"');
    }
  }
});

it("what cannot be worked on is kept apart, somebody hears of it, and one message cannot fail its neighbours", () => {
  expect(properties("Queue")).toMatchObject({
    FifoQueue: true,
    ContentBasedDeduplication: true,
    RedrivePolicy: { deadLetterTargetArn: { "Fn::GetAtt": ["DeadLetters", "Arn"] } },
  });
  expect(properties("DeadLettersAlarm")).toMatchObject({ AlarmActions: [{ Ref: "Alarms" }] });
  expect(properties("WorkerEventSourceMappingSQSQueue")).toMatchObject({
    FunctionResponseTypes: ["ReportBatchItemFailures"],
  });
  const { VisibilityTimeout } = properties("Queue");
  const { Timeout } = properties("WorkerLambdaFunction");
  expect(Number(VisibilityTimeout)).toBeGreaterThan(Number(Timeout));
});

it("GitHub reaches the webhook at an address of its own", () => {
  expect(properties("WebhookLambdaFunctionUrl")).toMatchObject({ AuthType: "NONE" });
});

it("the archives have the bundles and no source map", async () => {
  for (const name of FUNCTIONS) {
    // Names of files stand in an archive as they are.
    const archive = (await readFile(join(folder, `${name}.zip`))).toString("latin1");
    expect(archive).toContain(`dist/${name}/index.mjs`);
    expect(archive).not.toContain(".map");
    expect(archive).not.toContain("node_modules");
  }
});

it("the webhook's bundle has nothing that speaks to GitHub or knows a key", async () => {
  const maps = new URL("../../../dist/maps/webhook/", import.meta.url);
  const { sources } = z
    .object({ sources: z.array(z.string()) })
    .parse(JSON.parse(await readFile(new URL("index.mjs.map", maps), "utf8")));
  expect(sources.some((source) => source.includes("src/entry/happenings.ts"))).toBe(true);
  expect(sources.filter((source) => /octokit|probot|adapters\/github|\/zod\//.test(source))).toEqual([]);
  for (const { name, loaded } of packaged) {
    expect({ name, small: loaded < (name === "webhook" ? 50_000 : 600_000) }).toEqual({ name, small: true });
  }
});
