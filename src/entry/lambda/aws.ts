import type { Variables } from "../environment.ts";
import { timerMessage } from "./message.ts";
import { needed } from "./start.ts";

/** The queue and the timers that the deployment made. AWS' libraries are loaded here, and not before. */
export async function connectAws(env: Variables) {
  const [{ createSqsQueue }, { createEventBridge }] = await Promise.all([
    import("../../adapters/aws/sqs.ts"),
    import("../../adapters/aws/eventbridge-scheduler.ts"),
  ]);
  const queue = createSqsQueue(needed(env, "QUEUE_URL"));
  const timers = createEventBridge({
    group: needed(env, "SCHEDULE_GROUP"),
    queueArn: needed(env, "QUEUE_ARN"),
    roleArn: needed(env, "SCHEDULE_ROLE_ARN"),
    queue,
    timerOf: timerMessage,
    now: Date.now,
  });
  return { queue, timers };
}
