import { startFauxqs } from "fauxqs";

/** Where nobody checks who asks; what the SDK wants to hear all the same. */
export const ANYBODY = {
  AWS_REGION: "eu-central-1",
  AWS_ACCESS_KEY_ID: "local",
  AWS_SECRET_ACCESS_KEY: "local",
} as const;

export interface LocalQueue {
  readonly url: string;
  readonly arn: string;
  /** Where messages go that could not be worked on. */
  readonly deadUrl: string;
  /** The address for the SDK. */
  readonly endpoint: string;
  /** Bodies that wait, with those somebody is working on. */
  bodies(of?: "queue" | "dead"): readonly string[];
  stop(): Promise<void>;
}

/** A FIFO queue with one for dead letters behind it, as serverless.yml makes them. */
export async function startQueue(
  options: { readonly visibilitySeconds?: number; readonly receives?: number } = {},
): Promise<LocalQueue> {
  const server = await startFauxqs({ port: 0, logger: false, defaultRegion: ANYBODY.AWS_REGION });
  const fifo = { FifoQueue: "true", ContentBasedDeduplication: "true" };
  const dead = server.createQueue("dead.fifo", { attributes: fifo });
  const redrive = { deadLetterTargetArn: dead.queueArn, maxReceiveCount: options.receives ?? 3 };
  const queue = server.createQueue("sluice.fifo", {
    attributes: {
      ...fifo,
      VisibilityTimeout: String(options.visibilitySeconds ?? 30),
      RedrivePolicy: JSON.stringify(redrive),
    },
  });
  const endpoint = `http://127.0.0.1:${server.port}`;
  // Its own address has a name that not every machine knows.
  const local = (url: string) => `${endpoint}${new URL(url).pathname}`;
  return {
    url: local(queue.queueUrl),
    arn: queue.queueArn,
    deadUrl: local(dead.queueUrl),
    endpoint,
    bodies(of = "queue") {
      const found = server.inspectQueue(of === "queue" ? "sluice.fifo" : "dead.fifo")?.messages;
      const inHand = (found?.inflight ?? []).map(({ message }) => message);
      return [...(found?.ready ?? []), ...inHand].map(({ body }) => body);
    },
    stop: () => server.stop(),
  };
}
