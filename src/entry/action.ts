import { createTokenClient } from "../adapters/github/client.ts";
import { loginOf } from "../adapters/github/directory.ts";
import { saidSince } from "../adapters/github/said.ts";
import { limitsOfToken } from "../adapters/github/token-limits.ts";
import { InProcessScheduler } from "../adapters/in-process/scheduler.ts";
import { STATE_BRANCH } from "../reconcile/state-document.ts";
import { wordsOf } from "../reconcile/words-of.ts";
import { type ActionEnvironment, readActionEnvironment } from "./action/environment.ts";
import { errandOf, INSTALLATION } from "./action/errand.ts";
import { appendSummary, bothOf, createActionLog, summaryOf } from "./action/report.ts";
import { watchOver } from "./action/watch.ts";
import { assemble } from "./assemble.ts";
import { partsOn } from "./parts.ts";

/** Between two runs that the schedule starts, where GitHub is not late. ms */
const SCHEDULE = 5 * 60_000;

const log = createActionLog((line) => process.stdout.write(`${line}\n`));
const stopped = new AbortController();
// A cancelled run gets SIGINT, and a few seconds later SIGTERM.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => stopped.abort());

const read = readActionEnvironment(process.env);
if (!read.ok) {
  for (const problem of read.problems) log.error(problem);
  process.exit(1);
}
const code = await run(read.environment).catch((error: unknown) => {
  log.error(wordsOf(error));
  return 1;
});
process.exit(code);

/** One job: what it was started for, then a look at everything, and a stay beside what runs. The exit code. */
async function run(environment: ActionEnvironment): Promise<number> {
  const { repository, event, token, githubUrl: baseUrl, writeInterval, watch, readEvery } = environment;
  const errand = errandOf(event, repository);
  if (errand.kind === "nothing") {
    log.info(errand.why);
    return 0;
  }
  const client = createTokenClient({ token, baseUrl, writeIntervalMs: writeInterval, log });
  const { octokit } = client;
  const { parts, notifications } = await partsOn(
    {
      self: async () => ({ login: await loginOf(octokit) }),
      directory: {
        installations: async () => [INSTALLATION],
        repositories: async () => [repository],
        // A job's token reaches no other repository.
        installationOf: async (owner, name) =>
          owner === repository.owner && name === repository.name ? INSTALLATION : null,
      },
      clientFor: () => client,
    },
    environment,
    log,
  );
  const bot = assemble({
    ...parts,
    notifierFor: (where) => bothOf(parts.notifierFor(where), log),
    settings: { ...parts.settings, late: SCHEDULE, buttons: "none" },
    schedulerFor: (due) => new InProcessScheduler(due),
  });
  const states = () => bot.bot.states({ installation: INSTALLATION, repository });

  let well = true;
  if (errand.kind === "plan") {
    for (const happening of errand.happenings) await bot.bot.happened(happening);
    await bot.idle();
  } else {
    const now = Date.now;
    const said = (since: number) => saidSince(octokit, repository, since);
    const { login: self } = parts;
    well = await watchOver({
      bot,
      repository,
      self,
      told: errand.said,
      said,
      states,
      watch,
      readEvery,
      now,
      stopped: stopped.signal,
      log,
    });
  }
  await bot.stop();
  await notifications.idle();
  if (!well) log.error("Not all of GitHub could be read; the warnings say why. The next run looks again.");
  if (errand.kind === "look") await summarize(event.name === "workflow_dispatch");
  return well ? 0 : 1;

  /** A run that somebody started by hand also says what the token cannot do. */
  async function summarize(asked: boolean): Promise<void> {
    const { data } = await octokit.rest.repos.get({ owner: repository.owner, repo: repository.name });
    const branches = [data.default_branch, STATE_BRANCH];
    const findings = asked ? await limitsOfToken(client, repository, parts.login, branches) : [];
    for (const { what, fix } of findings) log.info(`${what} ${fix}`);
    appendSummary(environment.summary, summaryOf(await states(), findings));
  }
}
