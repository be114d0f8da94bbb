import { createRequire } from "node:module";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { type GitHub, startGitHub } from "../../dev/github/server.ts";
import { deliver, levelOf, type ServerProcess, spawnServer, variablesFor } from "../e2e/server.ts";
import { fc } from "../fast-check.ts";
import { mutated, runs } from "./mutations.ts";

vi.setConfig({ testTimeout: 60_000 * Number(process.env["FUZZ"] ?? 1) });

const definitions: readonly { readonly name: string; readonly examples: readonly unknown[] }[] =
  createRequire(import.meta.url)("@octokit/webhooks-examples");
const EVENTS = ["push", "pull_request", "issue_comment", "deployment", "deployment_status", "check_run"];
const recorded = definitions
  .filter(({ name }) => EVENTS.includes(name))
  .flatMap(({ name, examples }) => examples.map((payload) => ({ name, payload })));

let github: GitHub;
let server: ServerProcess;
let to: { url: string; secret: string };
beforeAll(async () => {
  github = await startGitHub();
  server = spawnServer(variablesFor(github));
  to = { url: await server.listening, secret: github.app.webhookSecret };
});
afterAll(async () => {
  server.child.kill("SIGTERM");
  await server.ended;
  await github.close();
});

it("a rightly signed body of any shape has an answer, and the server lives and says nothing of it", async () => {
  const delivery = fc
    .constantFrom(...recorded)
    .chain(({ name, payload }) =>
      mutated(payload).map((body) => ({ name, body: JSON.stringify(body) ?? "" })),
    );
  await fc.assert(
    fc.asyncProperty(delivery, async ({ name, body }) => {
      expect([202, 400, 500]).toContain((await deliver(to, name, body)).status);
    }),
    runs(150),
  );
  expect(server.child.exitCode).toBeNull();
  expect((await deliver(to, "ping", "{}")).status).toBe(202);
  expect(server.lines.filter((line) => levelOf(line) > 40)).toEqual([]);
  expect(server.lines.filter((line) => line.length > 1000)).toEqual([]);
});
