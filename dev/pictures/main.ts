import { mkdir, readFile, writeFile } from "node:fs/promises";
import { optionsOf } from "../command-line.ts";
import { Browser, chromiumPath, NO_CHROMIUM } from "./browser.ts";
import { SHOTS, shotOf } from "./shots.ts";

/**
 * Draws what GitHub shows of a release, light and dark, into docs/pictures. Fails where something is cut off or not
 * drawn.
 */
optionsOf(import.meta.url, {});

const FOLDER = new URL("../../docs/pictures/", import.meta.url);

const path = chromiumPath();
if (path === null) {
  console.error(NO_CHROMIUM);
  process.exit(1);
}
const browser = await Browser.start(path);
let failed = false;
try {
  await mkdir(FOLDER, { recursive: true });
  for (const shot of SHOTS) {
    const golden = await readFile(
      new URL(`../../test/views/golden/${shot.golden}.txt`, import.meta.url),
      "utf8",
    );
    for (const theme of ["light", "dark"] as const) {
      const { png, charts, faults } = await browser.shoot(shotOf(shot, golden, theme), theme);
      await writeFile(new URL(`${shot.golden}-${theme}.png`, FOLDER), png);
      console.log(`${shot.golden} ${theme}: ${Math.round(png.length / 1024)} kB, ${charts} charts`);
      for (const fault of faults) console.error(`  ${fault}`);
      failed ||= faults.length > 0;
    }
  }
} finally {
  await browser.stop();
}
if (failed) process.exitCode = 1;
