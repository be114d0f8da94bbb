// What any Probot app costs: Probot's own server with a handler that does nothing and no log, as a process of its own.
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { pino } from "pino";
import { Probot, Server } from "probot";

const { APP_ID = "", PRIVATE_KEY = "", WEBHOOK_SECRET = "" } = process.env;
const server = new Server({
  Probot: Probot.defaults({ appId: APP_ID, privateKey: PRIVATE_KEY, secret: WEBHOOK_SECRET }),
  log: pino({ level: "silent" }),
  port: await freePort(),
  host: "127.0.0.1",
});
await server.load((app) => {
  app.onAny(() => undefined);
});
await server.start();
console.log(`Listening on http://127.0.0.1:${server.port}/api/github/webhooks`);

/** Probot takes 0 for its default. */
async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address() as AddressInfo;
  probe.close();
  return port;
}
