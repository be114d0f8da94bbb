/**
 * How long a process of each packaged Lambda function takes to load its bundle, beside a bare Node and the import of
 * Probot as it is installed; all in turns, so that what else the machine does troubles all alike. Then the time from
 * the start of a process to its first answer: a signed delivery in the queue, a message worked on, on an AWS account
 * and a GitHub of this machine. `npm run bench:cold -- --runs 30` for more runs than 15.
 *
 * Goals: webhook within 1.5 times a bare Node, worker within 3 times.
 */
import { spawnSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startAccount } from "../dev/aws/account.ts";
import { startFunction } from "../dev/aws/function.ts";
import { optionsOf, whole } from "../dev/command-line.ts";
import { startGitHub } from "../dev/github/server.ts";
import { packageFunctions } from "../dev/package.ts";
import { deliveryHeaders, signature } from "../test/e2e/server.ts";

const { runs } = optionsOf(import.meta.url, { runs: { type: "string", default: "15" } });
const RUNS = whole(runs, "--runs");
const FIRSTS = 5;

const folder = await mkdtemp(join(tmpdir(), "sluice-cold-"));
try {
  const packaged = await packageFunctions(folder);
  const bundles = Object.fromEntries(packaged.map(({ name, entry }) => [name, entry]));
  for (const { name, loaded, whole: all } of packaged) {
    console.log(`${name.padEnd(8)} ${kilobytes(loaded)} at the start, ${kilobytes(all)} in all`);
  }

  const contenders: Readonly<Record<string, readonly string[]>> = {
    "bare Node": ["-e", "0"],
    ...Object.fromEntries(packaged.map(({ name, entry }) => [name, [entry]])),
    "import probot": ["--input-type=module", "-e", 'import "probot"'],
  };
  const times = new Map(Object.keys(contenders).map((name) => [name, [] as number[]]));
  for (let run = 0; run <= RUNS; run++) {
    for (const [name, args] of Object.entries(contenders)) {
      const began = performance.now();
      const { status } = spawnSync(process.execPath, args, { stdio: "ignore" });
      if (status !== 0) throw new Error(`${name} ended with ${status}`);
      // The first of each warms the file cache.
      if (run > 0) times.get(name)?.push(performance.now() - began);
    }
  }
  const bare = median(times.get("bare Node") ?? []);
  const ratio = (name: string) => median(times.get(name) ?? []) / bare;
  console.log(`\nA process that loads it, median of ${RUNS}:`);
  for (const [name, all] of times) {
    console.log(`${name.padEnd(14)} ${median(all).toFixed(0).padStart(5)} ms  ${ratio(name).toFixed(2)}x`);
  }

  console.log(`\nFrom the start of a process to its first answer, median of ${FIRSTS}:`);
  const github = await startGitHub({});
  const account = await startAccount(github);
  try {
    const repository = { id: 1, name: "shop", owner: { login: "acme" } };
    const body = JSON.stringify({ installation: { id: 1 }, repository, sender: { login: "ada" } });
    const delivery = () => ({
      headers: deliveryHeaders("push", signature(github.app.webhookSecret, body)),
      requestContext: { http: { method: "POST" } },
      body,
      isBase64Encoded: false,
    });
    // Of a repository that is not there: GitHub is asked, and there is no release to look at.
    const message = (messageId: string) => ({
      Records: [{ messageId, body: account.queue.bodies()[0], attributes: { MessageGroupId: "1/1" } }],
    });
    const events = { webhook: delivery, worker: () => message("1") };
    for (const [name, event] of Object.entries(events)) {
      const firsts: number[] = [];
      for (let run = 0; run < FIRSTS; run++) {
        const began = performance.now();
        const one = startFunction(bundles[name] ?? "", account.env[name as keyof typeof events]);
        await one.invoke(event());
        firsts.push(performance.now() - began);
        await one.stop();
      }
      console.log(`${name.padEnd(14)} ${median(firsts).toFixed(0).padStart(5)} ms`);
    }
  } finally {
    await account.stop();
    await github.close();
  }
  console.log(`\ncold: webhook ${ratio("webhook").toFixed(2)}x worker ${ratio("worker").toFixed(2)}x`);
} finally {
  await rm(folder, { recursive: true, force: true });
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;
}

function kilobytes(bytes: number): string {
  return `${Math.round(bytes / 1024).toLocaleString("en")} KB`.padStart(9);
}
