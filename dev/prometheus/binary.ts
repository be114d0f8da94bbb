import { execFile } from "node:child_process";
import { constants } from "node:fs";
import { access, mkdir, mkdtemp, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const CACHE = fileURLToPath(new URL("../../.cache/", import.meta.url));
const HOME = join(CACHE, "prometheus");
const LOCK = join(CACHE, "prometheus.lock");
/** A fetch takes seconds; nobody keeps the lock for longer than this, ms. */
const STALE_AFTER = 120_000;
const HOW_TO_GET_IT =
  "Prometheus is needed and was not found: put `prometheus` on PATH (Debian or Ubuntu: apt-get install prometheus; macOS: brew install prometheus; elsewhere: https://prometheus.io/download/).";

/**
 * Path of a Prometheus server that runs here: `prometheus` from PATH, else Debian's package fetched
 * into `.cache/prometheus` without root. Safe to call from several processes at once.
 * Throws an error of one line that says how to get it.
 */
export async function prometheusBinary(): Promise<string> {
  for (const folder of (process.env["PATH"] ?? "").split(delimiter)) {
    if (folder && (await runnable(join(folder, "prometheus")))) return join(folder, "prometheus");
  }
  const cached = join(HOME, "prometheus");
  if (await runnable(cached)) return cached;
  await mkdir(CACHE, { recursive: true });
  const release = await lock();
  try {
    if (!(await runnable(cached))) await fetchFromDebian();
  } catch (cause) {
    const why = cause instanceof Error ? cause.message.split("\n")[0] : String(cause);
    throw new Error(`${HOW_TO_GET_IT} Fetching Debian's package failed: ${why}`, { cause });
  } finally {
    await release();
  }
  return cached;
}

async function runnable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

/** Lists, status and archives of our own: neither root nor an earlier `apt-get update` is needed, and nothing of the system's is touched. */
async function fetchFromDebian(): Promise<void> {
  const work = await mkdtemp(join(CACHE, "prometheus-"));
  try {
    await mkdir(join(work, "lists", "partial"), { recursive: true });
    await mkdir(join(work, "archives", "partial"), { recursive: true });
    await writeFile(join(work, "status"), "");
    const settings = [
      `Dir::State=${work}`,
      `Dir::State::Lists=${join(work, "lists")}`,
      `Dir::State::status=${join(work, "status")}`,
      `Dir::Cache=${work}`,
      `Dir::Cache::Archives=${join(work, "archives")}`,
      "APT::Sandbox::User=root",
      "Acquire::Languages=none",
    ].flatMap((setting) => ["-o", setting]);
    // One broken source among many makes `update` fail while the rest is good: the download decides.
    await run("apt-get", [...settings, "-q", "update"], { cwd: work }).catch(() => undefined);
    await run("apt-get", [...settings, "-q", "download", "prometheus"], { cwd: work });
    await run("sh", ["-c", "dpkg -x prometheus_*.deb root"], { cwd: work });
    const kept = join(work, "kept");
    await mkdir(kept);
    for (const name of ["prometheus", "promtool"]) {
      await rename(join(work, "root", "usr", "bin", name), join(kept, name));
    }
    await rm(HOME, { recursive: true, force: true });
    await rename(kept, HOME);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** One fetch at a time; a lock whose owner is gone is taken over. */
async function lock(): Promise<() => Promise<void>> {
  for (;;) {
    try {
      await writeFile(LOCK, String(process.pid), { flag: "wx" });
      return () => rm(LOCK, { force: true });
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
    }
    if (await stale()) await rm(LOCK, { force: true });
    else await sleep(100);
  }
}

/** Its owner is dead, or it is old: whoever was killed before it wrote its id left an empty one. */
async function stale(): Promise<boolean> {
  const found = await stat(LOCK).catch(() => null);
  if (!found) return false;
  const owner = Number(await readFile(LOCK, "utf8").catch(() => ""));
  return (owner > 0 && !alive(owner)) || Date.now() - found.mtimeMs > STALE_AFTER;
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
