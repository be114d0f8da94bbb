import type { GitHub } from "../github/server.ts";
import { type LocalParameters, startParameters } from "./parameters.ts";
import { ANYBODY, type LocalQueue, startQueue } from "./queue.ts";
import { type LocalScheduler, startScheduler } from "./scheduler.ts";

/** What a deployment finds in its AWS account, on loopback. */
export interface Account {
  readonly queue: LocalQueue;
  readonly scheduler: LocalScheduler;
  readonly parameters: LocalParameters;
  /** Each function's environment, as serverless.yml has it. */
  readonly env: Readonly<Record<"webhook" | "worker" | "sweep", Readonly<Record<string, string>>>>;
  stop(): Promise<void>;
}

const GROUP = "sluice";

export async function startAccount(
  github: GitHub,
  options: {
    readonly env?: Readonly<Record<string, string>>;
    readonly queue?: Parameters<typeof startQueue>[0];
  } = {},
): Promise<Account> {
  const queue = await startQueue(options.queue);
  const scheduler = await startScheduler(GROUP, queue);
  const parameters = await startParameters({
    "/sluice/webhook/WEBHOOK_SECRET": github.app.webhookSecret,
    "/sluice/webhook/APP_SLUG": github.app.slug,
    "/sluice/worker/APP_ID": String(github.app.appId),
    "/sluice/worker/PRIVATE_KEY": github.app.privateKey,
  });
  const common = {
    ...ANYBODY,
    AWS_ENDPOINT_URL_SQS: queue.endpoint,
    AWS_ENDPOINT_URL_SCHEDULER: scheduler.endpoint,
    AWS_ENDPOINT_URL_SSM: parameters.endpoint,
    QUEUE_URL: queue.url,
  };
  const bot = {
    ...common,
    SLUICE_SECRETS: "ssm:/sluice/worker/",
    QUEUE_ARN: queue.arn,
    SCHEDULE_GROUP: GROUP,
    SCHEDULE_ROLE_ARN: "arn:aws:iam::000000000000:role/sluice-timers",
    GITHUB_API_URL: github.url,
    ...options.env,
  };
  return {
    queue,
    scheduler,
    parameters,
    env: {
      webhook: { ...common, SLUICE_SECRETS: "ssm:/sluice/webhook/" },
      worker: bot,
      sweep: bot,
    },
    async stop() {
      await scheduler.stop();
      await parameters.stop();
      await queue.stop();
    },
  };
}
