import { optionsOf } from "../command-line.ts";
import { type Stage, startStage } from "../stage/stage.ts";
import { GitReader } from "./git.ts";
import { Screen } from "./screen.ts";
import { FILES, own, type Seen, tell } from "./story.ts";
import { TRAFFIC } from "./traffic.ts";
import { verify } from "./verify.ts";
import { watch } from "./watch.ts";

/**
 * The main job on real parts: `npm run demo`. Exit code 0 only when git and GitHub show that all of it happened.
 * `--keep` leaves everything running until Ctrl-C.
 */
const { keep } = optionsOf(import.meta.url, { keep: { type: "boolean", default: false } });
const screen = new Screen();
const began = Date.now();
const interrupted = new AbortController();
// Listened for to the end, so that an impatient second Ctrl-C does not cut the cleaning up short.
const stopped = new Promise<null>((resolve) => {
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => {
      interrupted.abort();
      resolve(null);
    });
  }
});

screen.tell("Starting GitHub, a mesh, Prometheus and the bot on this machine ...");
const starting = startStage({
  files: Object.fromEntries(Object.values(FILES).map((path) => [path, own(path)])),
  meshFiles: FILES,
  behaviour: (image) => ({ errorRate: image.endsWith(":3.0.0") ? 0.2 : 0, latencyMs: 5 }),
  perSecond: TRAFFIC,
});
let code = 1;
try {
  const stage = await Promise.race([starting, stopped]);
  if (stage) code = await show(stage);
} catch (error) {
  screen.plain(`\n${error instanceof Error ? error.message : String(error)}`);
} finally {
  interrupted.abort();
  // Also what only came up after the interruption is taken down.
  await starting.then(
    (stage) => stage.stop(),
    () => undefined,
  );
}
process.exit(code);

/** The whole story; the exit code. */
async function show(stage: Stage): Promise<number> {
  const git = new GitReader(stage.repository.git.dir);
  screen.detail([
    `GitHub      ${stage.github.url}  REST and GraphQL over git in ${stage.repository.git.dir}`,
    `mesh        ${stage.mesh.url}  ${TRAFFIC} requests a second`,
    `Prometheus  ${stage.prometheus.url}  scraping each second`,
    `bot         ${stage.bot.url}  npm start, told these addresses`,
  ]);
  const told = new AbortController();
  const watching = watch(git, screen, AbortSignal.any([interrupted.signal, told.signal]));
  try {
    const seen = await Promise.race([tell(stage, screen), stopped]);
    if (!seen) return 1;
    const wrong = await verify(stage, seen);
    await summary(stage, git, seen);
    for (const what of wrong) screen.plain(`Not as told: ${what}`);
    screen.plain(wrong.length === 0 ? "\nAll of it was read back from git and GitHub." : "");
    if (keep) {
      screen.plain("Left running; Ctrl-C ends it.");
      await stopped;
    }
    return wrong.length === 0 ? 0 : 1;
  } catch (error) {
    screen.detail(stage.bot.log.slice(-15));
    throw error;
  } finally {
    told.abort();
    await watching.catch(() => undefined);
  }
}

async function summary(stage: Stage, git: GitReader, seen: Seen): Promise<void> {
  const pull = stage.repository.pulls.get(seen.rollback);
  screen.heading(`The rollback pull request #${seen.rollback}`);
  screen.plain(pull?.body ?? "");
  screen.heading("git log main");
  screen.plain((await git.git("log", "--first-parent", "--format=%h %<(14,trunc)%an %s", "main")).trimEnd());
  screen.heading("git log sluice/state");
  screen.plain((await git.git("log", "--format=%h %s", "sluice/state")).trimEnd());
  screen.heading("In numbers");
  const { ok, failed } = stage.load.counts();
  screen.plain(`Requests users sent                          ${(ok + failed).toLocaleString("en")}`);
  screen.plain(`Failed requests they saw of the bad version  ${seen.failed}`);
  screen.plain(
    `First of them to canary 0 % on main          ${(seen.lasted / 1000).toFixed(1)} s, by git's whole seconds`,
  );
  screen.plain(`The whole run                                ${((Date.now() - began) / 1000).toFixed(0)} s`);
}
