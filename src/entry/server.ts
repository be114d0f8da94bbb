import type { AddressInfo } from "node:net";
import { pino } from "pino";
import { isPassing } from "../ports/forge.ts";
import { wordsOf } from "../reconcile/words-of.ts";
import {
  type Environment,
  lacksApp,
  readEnvironment,
  readSetupEnvironment,
  type Variables,
} from "./environment.ts";
import { createHttp } from "./http.ts";
import { Setup } from "./setup/setup.ts";
import { createSluice, type Sluice } from "./sluice.ts";
import { afterwards, keepSweeping } from "./sweep.ts";
import type { Answer } from "./webhook.ts";

/** An orchestrator kills what takes longer, usually after 30 s or more; ms. What is left undone then is found again. */
const LAST_LOOKS = 25_000;
/** Between two tries to reach GitHub at the start, doubling; ms. */
const REACH = { first: 1_000, longest: 60_000 };

const read = lacksApp(process.env) ? readSetupEnvironment(process.env) : readEnvironment(process.env);
if (!read.ok) refuse(read.problems);
const { environment } = read;
const log = pino({ level: process.env["LOG_LEVEL"] || "info" });
const say = {
  debug: (message: string) => log.debug(message),
  info: (message: string) => log.info(message),
  warn: (message: string) => log.warn(message),
};

let waitingFor: string | null = "GitHub has not been reached yet.";
let bot: Sluice | null = null;
let setup: Setup | null = null;
let sweeping: { stop(): void } = { stop() {} };
let stopping = false;

const server = createHttp({
  webhookPath: environment.webhookPath,
  // GitHub does not repeat what is turned away; the first look at everything finds what it said.
  webhook: (delivery) => bot?.receive(delivery) ?? Promise.resolve(NOT_YET),
  notReady: () => waitingFor,
  failed: (error) => log.warn(error instanceof Error ? error.message : "A delivery failed."),
  pages: async (request) => (await setup?.answer(request)) ?? null,
});
const NOT_YET: Answer = { status: 503, message: "This server does not serve an App yet." };

server.once("error", (error) => {
  console.error(`Sluice does not start: HOST and PORT cannot be listened on: ${error.message}`);
  process.exit(1);
});
server.listen(environment.port, environment.host, () => {
  const { port } = server.address() as AddressInfo;
  const address = `http://${environment.host}:${port}`;
  log.info(`Listening on ${address}${environment.webhookPath}`);
  if ("appId" in environment) {
    void serve(environment);
    return;
  }
  const { githubUrl, webhookPath, publicUrl } = environment;
  waitingFor = "There is no App yet: its set-up page is in the log.";
  setup = new Setup({ githubUrl, webhookPath, publicUrl, envFile: ".env", created });
  // It opens the door once, to whoever may read this log; it is no credential of the App.
  log.warn(`No App is configured. Create one: ${publicUrl ?? address}${setup.entrance}`);
});

/** From no App to serving one, without a restart. */
async function created(variables: Variables): Promise<string> {
  const now = readEnvironment({ ...process.env, ...variables });
  if (!now.ok) return `Start the server again; first mend: ${now.problems.join(" ")}`;
  log.info(`The App ${now.environment.appId} was created.`);
  void serve(now.environment);
  return "This server serves it from now on; nothing has to be started again.";
}

async function serve(of: Environment): Promise<void> {
  bot = await reach(of);
  if (bot === null) return;
  if (of.sources.size === 0) log.info("No metrics source is configured: releases will hold as unavailable.");
  const { recover } = bot;
  sweeping = keepSweeping(() => recover(), {
    succeeded() {
      if (waitingFor !== null) log.info("Every rollout was looked at; timers are set.");
      waitingFor = null;
    },
    failed(error, nextIn) {
      if (waitingFor !== null) waitingFor = "GitHub could not be read yet; the log says why.";
      log.warn(
        `Not every rollout was looked at: ${wordsOf(error)}; trying again in ${Math.ceil(nextIn / 1000)} s`,
      );
    },
  });
}

/** As often as it takes while GitHub does not answer; credentials that it refuses end the process. */
async function reach(of: Environment): Promise<Sluice | null> {
  for (let wait = REACH.first; !stopping; wait = Math.min(2 * wait, REACH.longest)) {
    try {
      return await createSluice(of, say);
    } catch (error) {
      if (!isPassing(error)) refuse([wordsOf(error)]);
      waitingFor = "GitHub could not be reached yet; the log says why.";
      log.warn(`GitHub could not be reached: ${wordsOf(error)}; trying again in ${wait / 1000} s`);
      await new Promise<void>((resolve) => afterwards(wait, resolve));
    }
  }
  return null;
}

function refuse(problems: readonly string[]): never {
  const [only = ""] = problems;
  console.error(
    problems.length === 1 && "appId" in (read.ok ? read.environment : {})
      ? `Sluice does not start: ${only}`
      : ["Sluice does not start:", ...problems.map((problem) => `- ${problem}`)].join("\n"),
  );
  process.exit(1);
}

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  process.once(signal, () => {
    stopping = true;
    waitingFor = "Shutting down.";
    sweeping.stop();
    server.close();
    server.closeIdleConnections();
    afterwards(LAST_LOOKS, () => {
      log.warn("The looks in hand take too long; the next process finds what they began.");
      process.exit(1);
    });
    Promise.resolve(bot?.stop()).then(
      () => process.exit(0),
      () => process.exit(1),
    );
  });
}
