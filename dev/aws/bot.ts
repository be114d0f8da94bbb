import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { packageFunctions } from "../package.ts";
import type { BotOptions, RunningBot } from "../stage/bot.ts";
import { type Account, startAccount } from "./account.ts";
import { startEventSource } from "./event-source.ts";
import { type LocalFunction, startFunction } from "./function.ts";
import { startUrl } from "./url.ts";

export interface BotOnAws extends Pick<RunningBot, "url" | "log" | "stop"> {
  readonly account: Account;
  readonly functions: Readonly<Record<"webhook" | "worker" | "sweep", LocalFunction>>;
}

/** The functions as they are deployed, on an AWS account of this machine. */
export async function startBotOnAws({ github, prometheus, env = {} }: BotOptions): Promise<BotOnAws> {
  const folder = await mkdtemp(join(tmpdir(), "sluice-functions-"));
  const packaged = await packageFunctions(folder);
  const account = await startAccount(github, {
    env: { ...(prometheus === null ? {} : { PROMETHEUS_URL: prometheus }), WRITE_SECONDS: "0", ...env },
  });
  const start = (name: keyof BotOnAws["functions"]) => {
    const entry = packaged.find((one) => one.name === name)?.entry ?? "";
    return startFunction(entry, account.env[name]);
  };
  const functions = { webhook: start("webhook"), worker: start("worker"), sweep: start("sweep") };
  const source = startEventSource(account.queue, functions.worker.invoke);
  const url = await startUrl(functions.webhook.invoke);
  return {
    url: url.url,
    account,
    functions,
    get log() {
      return Object.values(functions).flatMap(({ log }) => log);
    },
    async stop() {
      await url.stop();
      await source.stop();
      for (const one of Object.values(functions)) await one.stop();
      await account.stop();
      await rm(folder, { recursive: true, force: true });
      return 0;
    },
  };
}
