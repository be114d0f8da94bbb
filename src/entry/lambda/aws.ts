import { createEventBridge } from "../../adapters/aws/eventbridge-scheduler.ts";
import { createSqsQueue } from "../../adapters/aws/sqs.ts";
import type { Variables } from "../environment.ts";
import { timerMessage } from "./message.ts";
import { needed } from "./start.ts";

/** The queue and the timers that the deployment made. */
export function connectAws(env: Variables) {
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
