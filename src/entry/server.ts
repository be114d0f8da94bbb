import type { AddressInfo } from "node:net";
import { pino } from "pino";
import { readEnvironment } from "./environment.ts";
import { createHttp } from "./http.ts";
import { createSluice } from "./sluice.ts";
import { keepSweeping } from "./sweep.ts";

const read = readEnvironment(process.env);
if (!read.ok) {
  console.error(["Sluice does not start:", ...read.problems.map((problem) => `- ${problem}`)].join("\n"));
  process.exit(1);
}
const { environment } = read;
const log = pino({ level: process.env["LOG_LEVEL"] || "info" });
const say = {
  debug: (message: string) => log.debug(message),
  info: (message: string) => log.info(message),
  warn: (message: string) => log.warn(message),
};

let waitingFor: string | null = "GitHub has not been reached yet.";
const bot = await createSluice(environment, say).catch((error: unknown) => {
  console.error(`Sluice does not start: ${error instanceof Error ? error.message : String(error)}`);
  process.exit(1);
});
const server = createHttp({
  webhookPath: environment.webhookPath,
  webhook: (delivery) => bot.receive(delivery),
  notReady: () => waitingFor,
  failed: (error) => log.warn(error instanceof Error ? error.message : "A delivery failed."),
});
server.once("error", (error) => {
  console.error(`Sluice does not start: HOST and PORT cannot be listened on: ${error.message}`);
  process.exit(1);
});
server.listen(environment.port, environment.host, () => {
  const { port } = server.address() as AddressInfo;
  log.info(`Listening on http://${environment.host}:${port}${environment.webhookPath}`);
});
const sweeping = keepSweeping(() => bot.recover(), {
  succeeded() {
    if (waitingFor !== null) log.info("Every rollout was looked at; timers are set.");
    waitingFor = null;
  },
  failed(error, nextIn) {
    if (waitingFor !== null) waitingFor = "GitHub could not be read yet; the log says why.";
    const reason = error instanceof Error ? error.message : String(error);
    log.warn(`Not every rollout was looked at: ${reason}; trying again in ${Math.ceil(nextIn / 1000)} s`);
  },
});

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  process.once(signal, () => {
    waitingFor = "Shutting down.";
    sweeping.stop();
    server.close();
    server.closeIdleConnections();
    bot.stop().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  });
}
