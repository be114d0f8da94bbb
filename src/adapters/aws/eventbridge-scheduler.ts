import { createHash } from "node:crypto";
import {
  ConflictException,
  CreateScheduleCommand,
  type CreateScheduleCommandInput,
  DeleteScheduleCommand,
  ListSchedulesCommand,
  ResourceNotFoundException,
  SchedulerClient,
  UpdateScheduleCommand,
} from "@aws-sdk/client-scheduler";
import type { Queue, Waiting } from "../../ports/queue.ts";
import { keyId, type RolloutKey, type Scheduler } from "../../ports/scheduler.ts";

/** In a schedule's input AWS puts the number of the call in its place, so that no two calls have one id. */
const EXECUTION_ID = "<aws.scheduler.execution-id>";

/** A time that is past when the schedule is made might never come, ms. */
const AHEAD = 2_000;
const LONGEST_NAME = 64;

interface Options {
  /** The schedule group, all of it ours. */
  readonly group: string;
  readonly queueArn: string;
  /** What AWS acts as when it sends to the queue. */
  readonly roleArn: string;
  /** For what is due already. */
  readonly queue: Queue;
  /** The message of a rollout's timer. `id` goes into its body. */
  readonly timerOf: (key: RolloutKey, id: string) => Waiting;
  readonly now: () => number;
}

interface EventBridgeScheduler extends Scheduler {
  /** Sends the message at `at`, epoch ms; deferred twice, it is sent once, at the later time. */
  defer(message: Waiting, at: number): Promise<void>;
  /** All schedules there are, read by 100 a call. */
  standing(): Promise<{ readonly has: (key: RolloutKey) => boolean; readonly calls: number }>;
}

/**
 * Timers as one-off schedules of AWS' own, one a rollout, to the second and rounded up; AWS calls within the minute
 * that follows. Each is gone once it was carried out, so that what is at rest costs nothing.
 */
export function createEventBridge(options: Options, client = new SchedulerClient({})): EventBridgeScheduler {
  const { group: GroupName, queue, now } = options;

  async function put(Name: string, { group, body }: Waiting, at: number): Promise<void> {
    const schedule: CreateScheduleCommandInput = {
      Name,
      GroupName,
      ScheduleExpression: `at(${inWholeSeconds(Math.max(at, now() + AHEAD))})`,
      ScheduleExpressionTimezone: "UTC",
      FlexibleTimeWindow: { Mode: "OFF" },
      ActionAfterCompletion: "DELETE",
      Target: {
        Arn: options.queueArn,
        RoleArn: options.roleArn,
        Input: body,
        SqsParameters: { MessageGroupId: group },
      },
    };
    try {
      // Usually there is none: the one before was carried out.
      await client.send(new CreateScheduleCommand(schedule));
    } catch (error) {
      if (!(error instanceof ConflictException)) throw error;
      try {
        await client.send(new UpdateScheduleCommand(schedule));
      } catch (late) {
        // It was carried out, and taken away, in between.
        if (!(late instanceof ResourceNotFoundException)) throw late;
        await client.send(new CreateScheduleCommand(schedule));
      }
    }
  }

  return {
    schedule(key, at) {
      if (at > now()) return put(scheduleName(key), options.timerOf(key, EXECUTION_ID), at);
      return queue.send([options.timerOf(key, `${keyId(key)}@${now()}`)]);
    },

    async cancel(key) {
      try {
        await client.send(new DeleteScheduleCommand({ Name: scheduleName(key), GroupName }));
      } catch (error) {
        if (!(error instanceof ResourceNotFoundException)) throw error;
      }
    },

    defer: (message, at) => put(`later.${digest(`${message.group} ${message.id}`)}`, message, at),

    async standing() {
      const names = new Set<string>();
      let calls = 0;
      let NextToken: string | undefined;
      do {
        const page = await client.send(
          new ListSchedulesCommand({ GroupName, MaxResults: 100, ...(NextToken && { NextToken }) }),
        );
        for (const { Name } of page.Schedules ?? []) if (Name !== undefined) names.add(Name);
        NextToken = page.NextToken;
        calls += 1;
      } while (NextToken);
      return { has: (key) => names.has(scheduleName(key)), calls };
    },
  };
}

/** Readable in AWS' console where it fits. */
export function scheduleName(key: RolloutKey): string {
  const name = keyId(key).replaceAll("/", ".");
  return name.length <= LONGEST_NAME ? name : digest(name);
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 40);
}

function inWholeSeconds(at: number): string {
  return new Date(Math.ceil(at / 1000) * 1000).toISOString().slice(0, 19);
}
