import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Those that wait for whole releases begin first, so that none is left alone at the end. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLong = ({ moduleId }: TestSpecification) => /\/test\/(?:e2e|crash)\//.test(moduleId);
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}

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
    sequence: { sequencer: LongestFirst },
  },
});
