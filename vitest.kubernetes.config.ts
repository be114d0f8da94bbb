import { defineConfig } from "vitest/config";

/** `npm run test:kubernetes`: against a real kube-apiserver; see CONTRIBUTING.md. */
export default defineConfig({
  test: { include: ["test/kubernetes/**/*.test.ts"], testTimeout: 60_000, hookTimeout: 120_000 },
});
