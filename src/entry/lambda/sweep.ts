import { createDeliveryLog } from "../../adapters/github/deliveries.ts";
import { keyId } from "../../ports/scheduler.ts";
import { wordsOf } from "../../reconcile/words-of.ts";
import { connectGitHub } from "../parts.ts";
import { connectAws } from "./aws.ts";
import { createLog } from "./log.ts";
import { timerMessage } from "./message.ts";
import { once, started } from "./start.ts";
import { redeliver } from "./sweep-deliveries.ts";
import { Fleet } from "./sweep-fleet.ts";

const log = createLog(process.env["LOG_LEVEL"]);

const start = once(async () => {
  const { env, environment } = await started();
  const calls = { rest: 0, graphql: 0 };
  const counted: typeof fetch = (input, init) => {
    calls[String(input).endsWith("/graphql") ? "graphql" : "rest"] += 1;
    return fetch(input, init);
  };
  const { clients, directory } = connectGitHub(environment, log, counted);
  return { ...(await connectAws(env)), clients, directory, calls, fleet: new Fleet() };
});

/**
 * On a schedule: deliveries that failed are sent again, and rollouts with something in hand whose timer got lost are
 * looked at. Says what it cost. Fails, after all that could be done was, when something could not, so that AWS counts
 * it.
 */
export async function handler(): Promise<void> {
  const { queue, timers, clients, directory, calls, fleet } = await start();
  Object.assign(calls, { rest: 0, graphql: 0 });
  const missed: string[] = [];
  const tried = async (what: string, work: () => Promise<void>) => {
    try {
      await work();
    } catch (error) {
      const reason = wordsOf(error);
      missed.push(`${what}: ${reason}`);
      log.warn(`${what}: ${reason}`);
    }
  };

  const deliveries = createDeliveryLog(clients.asApp);
  let mended = { repeated: 0, handedOver: 0 };
  await tried("deliveries", async () => {
    mended = await redeliver(deliveries, queue, Date.now(), log);
  });

  let [installations, repositories, changed, lost, pages] = [0, 0, 0, 0, 0];
  await tried("timers", async () => {
    // Before the states are read: what begins meanwhile has its timer already.
    const set = await timers.standing();
    pages = set.calls;
    const all = await directory.installations();
    for (const installation of all) {
      await tried(`installation ${installation}`, async () => {
        const own = await directory.repositories(installation);
        const running = await fleet.running(clients.forInstallation(installation), own);
        const late = running.rollouts.map((one) => ({ installation, ...one })).filter((key) => !set.has(key));
        await queue.send(late.map((key) => timerMessage(key, `sweep/${keyId(key)}/${minute()}`)));
        installations += 1;
        repositories += own.length;
        changed += running.changed;
        lost += late.length;
      });
    }
  });

  log.info(
    `Swept ${installations} installations, ${repositories} repositories. ` +
      `Cost: ${calls.rest} REST and ${calls.graphql} GraphQL calls of GitHub, ${pages} of EventBridge; ` +
      `${changed} states read anew. Deliveries sent again: ${mended.repeated}, handed over: ${mended.handedOver}. ` +
      `Looks without a timer: ${lost}.`,
  );
  if (missed.length > 0) throw new Error(`Not all was swept: ${missed.join("; ")}`);
}

function minute(): number {
  return Math.floor(Date.now() / 60_000);
}
