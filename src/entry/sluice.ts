import { Probot } from "probot";
import { InProcessScheduler } from "../adapters/in-process/scheduler.ts";
import { type Assembled, assemble } from "./assemble.ts";
import type { Environment } from "./environment.ts";
import { createParts, type Log } from "./parts.ts";
import { type Answer, type Delivery, receive } from "./webhook.ts";

/** The whole bot in one process, on GitHub and Prometheus, with webhooks as they come from GitHub. */
export interface Sluice extends Pick<Assembled, "recover" | "idle" | "stop"> {
  receive(delivery: Delivery): Promise<Answer>;
}

/** Whoever carries on with a release has looked twice by then, and shown what it did; ms. */
const STAND_BY = 10_000;

export async function createSluice(environment: Environment, log: Log): Promise<Sluice> {
  const { appId, key, githubUrl, webhookSecret, replicas, lookEvery } = environment;
  const { parts, notifications } = await createParts(environment, log);
  const { app, recover, idle, stop } = assemble({
    ...parts,
    ...(replicas > 1 && { settings: { ...parts.settings, standBy: Math.max(2 * lookEvery, STAND_BY) } }),
    schedulerFor: (due) => new InProcessScheduler(due),
  });
  const probot = new Probot({
    appId,
    // It asks GitHub for nothing; a key must stand here all the same.
    privateKey: key.kind === "pem" ? key.pem : "kept by KMS",
    secret: webhookSecret,
    baseUrl: githubUrl,
    // It would log a failed delivery with its payload; `receive` throws it for us to say in our own words.
    logLevel: "fatal",
  });
  await probot.load(app);
  return {
    receive: (delivery) => receive(probot, webhookSecret, delivery),
    recover,
    async idle() {
      await idle();
      await notifications.idle();
    },
    async stop() {
      notifications.stop();
      await stop();
      await notifications.idle();
    },
  };
}
