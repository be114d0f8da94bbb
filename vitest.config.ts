import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    // A command of its own: `npm run test:kubernetes`.
    exclude: ["test/kubernetes/**"],
    // Real git, Prometheus and HTTP take their time on a small machine.
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // The long ones wait for scrapes, bakes and processes rather than for a processor.
    maxWorkers: 3,
  },
});
