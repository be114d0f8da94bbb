import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { z } from "zod";
import { readBody } from "../github/http.ts";
import { ANYBODY, type LocalQueue } from "./queue.ts";

/** What AWS takes of those fields that we use, by its API reference; anything else is refused. */
const name = z.string().regex(/^[0-9a-zA-Z-_.]{1,64}$/);
const schedule = z.strictObject({
  GroupName: name,
  ScheduleExpression: z.string().regex(/^at\(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\)$/),
  ScheduleExpressionTimezone: z.literal("UTC"),
  FlexibleTimeWindow: z.strictObject({ Mode: z.literal("OFF") }),
  ActionAfterCompletion: z.enum(["NONE", "DELETE"]),
  ClientToken: z
    .string()
    .regex(/^[a-zA-Z0-9-_]{1,64}$/)
    .optional(),
  Target: z.strictObject({
    Arn: z.string().regex(/^arn:aws:sqs:[a-z0-9-]+:\d{12}:[\w-]+\.fifo$/),
    RoleArn: z.string().regex(/^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]+$/),
    Input: z
      .string()
      .min(1)
      .max(256 * 1024),
    SqsParameters: z.strictObject({ MessageGroupId: z.string().min(1).max(128) }),
  }),
});

interface Standing {
  readonly expression: string;
  readonly target: z.infer<typeof schedule>["Target"];
  readonly timer: NodeJS.Timeout | null;
}

export interface LocalScheduler {
  readonly endpoint: string;
  /** By name: when it is due, and what it sends. */
  readonly schedules: ReadonlyMap<string, Standing>;
  /** `CreateSchedule name` and so on, in order; refused ones with the reason. */
  readonly calls: readonly string[];
  /** All schedules are lost. */
  lose(): void;
  stop(): Promise<void>;
}

/** One schedule group of EventBridge Scheduler. Calls at the second; one that was past when it was made never comes. */
export async function startScheduler(group: string, queue: LocalQueue): Promise<LocalScheduler> {
  const schedules = new Map<string, Standing>();
  const calls: string[] = [];
  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  const sqs = new SQSClient({ region: ANYBODY.AWS_REGION, endpoint: queue.endpoint, credentials });

  function stand(id: string, { ScheduleExpression: expression, Target: target }: z.infer<typeof schedule>) {
    drop(id);
    const wait = Date.parse(`${expression.slice(3, -1)}Z`) - Date.now();
    // Longer than anything here runs.
    const comes = wait >= 0 && wait < 86_400_000;
    const timer = comes ? setTimeout(() => carryOut(standing).catch(() => undefined), wait) : null;
    const standing = { expression, target, timer };
    schedules.set(id, standing);

    async function carryOut({ target: { Input, SqsParameters } }: Standing): Promise<void> {
      // Gone before it is heard of, so that whoever hears of it may make another.
      if (schedules.get(id) === standing) schedules.delete(id);
      await sqs.send(
        new SendMessageCommand({
          QueueUrl: queue.url,
          MessageBody: Input.replaceAll("<aws.scheduler.execution-id>", randomUUID()),
          MessageGroupId: SqsParameters.MessageGroupId,
        }),
      );
    }
  }

  function lose(): void {
    for (const id of [...schedules.keys()]) drop(id);
  }

  function drop(id: string): boolean {
    clearTimeout(schedules.get(id)?.timer ?? undefined);
    return schedules.delete(id);
  }

  async function answer(request: IncomingMessage): Promise<{ status: number; type?: string; body: object }> {
    const url = new URL(request.url ?? "/", "http://local");
    const body = await readBody(request);
    const id = decodeURIComponent(url.pathname.replace(/^\/schedules\/?/, ""));
    const [asked] = [`${VERBS[request.method ?? ""] ?? request.method} ${id}`.trim()];
    const refuse = (status: number, type: string, Message: string) => {
      calls.push(`${asked}: ${type}`);
      return { status, type, body: { Message } };
    };
    if (!url.pathname.startsWith("/schedules") || !/AWS4-HMAC/.test(request.headers.authorization ?? ""))
      return refuse(403, "AccessDeniedException", "Not signed, or no such path.");
    if (request.method === "GET") {
      if (url.searchParams.get("ScheduleGroup") !== group)
        return refuse(404, "ResourceNotFoundException", "No such group.");
      calls.push("ListSchedules");
      const size = Number(url.searchParams.get("MaxResults") ?? 50);
      const from = Number(url.searchParams.get("NextToken") ?? 0);
      const all = [...schedules.keys()].slice(from, from + size).map((Name) => ({ Name, GroupName: group }));
      const next = from + size < schedules.size ? { NextToken: String(from + size) } : {};
      return { status: 200, body: { Schedules: all, ...next } };
    }
    if (!name.safeParse(id).success) return refuse(400, "ValidationException", "Name does not fit.");
    const there = schedules.has(id);
    if (request.method === "DELETE") {
      if (url.searchParams.get("groupName") !== group || !drop(id))
        return refuse(404, "ResourceNotFoundException", `Schedule ${id} does not exist.`);
      calls.push(asked);
      return { status: 200, body: {} };
    }
    const read = schedule.safeParse(JSON.parse(body));
    if (!read.success) return refuse(400, "ValidationException", z.prettifyError(read.error));
    if (read.data.GroupName !== group) return refuse(404, "ResourceNotFoundException", "No such group.");
    if (request.method === "POST" && there) return refuse(409, "ConflictException", `${id} already exists.`);
    if (request.method === "PUT" && !there)
      return refuse(404, "ResourceNotFoundException", `Schedule ${id} does not exist.`);
    stand(id, read.data);
    calls.push(asked);
    return { status: 200, body: { ScheduleArn: `arn:aws:scheduler:::schedule/${group}/${id}` } };
  }

  const server = createServer((request, response) => {
    answer(request).then(({ status, type, body }) => {
      response.writeHead(status, {
        "content-type": "application/json",
        ...(type && { "x-amzn-errortype": type }),
      });
      response.end(JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    schedules,
    calls,
    lose,
    async stop() {
      lose();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      sqs.destroy();
    },
  };
}

const VERBS: Readonly<Record<string, string>> = {
  POST: "CreateSchedule",
  PUT: "UpdateSchedule",
  DELETE: "DeleteSchedule",
};
