import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const LOAD = fileURLToPath(new URL("../../bench/load.ts", import.meta.url));

it("of a small burst nothing is lost: each delivery is acknowledged, and each thing told of is seen to", async () => {
  const args = [LOAD, "--deliveries", "200", "--repositories", "6", "--at-once", "20"];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  expect(stdout).toMatch(/^load: lost 0 of 200, /m);
  expect(stdout).toMatch(/^commands without one answer +0 of 18$/m);
});
