import { defineConfig } from "vitest/config";
import { COMPILED } from "./dev/compiled.ts";

/** Rooms whose tests wait for processes, scrapes and bakes. */
const WAITING = [
  "test/{bench,crash,dev,e2e,entry,examples,reconcile,simulation}/**/*.test.ts",
  "test/adapters/**/*.test.ts",
  "test/fuzz/webhooks.test.ts",
];
/** A command of its own: `npm run test:kubernetes`. */
const APART = "test/kubernetes/**";

export default defineConfig({
  test: {
    // The long ones wait rather than compute.
    maxWorkers: 3,
    env: COMPILED,
    expect: { poll: { timeout: 60_000 } },
    projects: [
      {
        extends: true,
        test: {
          name: "waiting",
          include: WAITING,
          // How long real parts take is the machine's: this only ends what hangs.
          testTimeout: 900_000,
          hookTimeout: 300_000,
        },
      },
      {
        extends: true,
        test: {
          name: "alone",
          include: ["test/**/*.test.ts"],
          exclude: [...WAITING, APART],
          testTimeout: 30_000,
        },
      },
    ],
  },
});
