import { createRequire } from "node:module";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { until } from "../../dev/demo/watch.ts";
import { type GitHub, startGitHub } from "../../dev/github/server.ts";
import { Person } from "../../dev/stage/person.ts";
import { deliver, levelOf, type ServerProcess, spawnServer, variablesFor } from "../e2e/server.ts";
import { configuration, shopFiles } from "../e2e/shop.ts";
import { fc } from "../fast-check.ts";
import { mutated, runs } from "./mutations.ts";

vi.setConfig({ testTimeout: 900_000 * Number(process.env["FUZZ"] ?? 1) });

const definitions: readonly { readonly name: string; readonly examples: readonly unknown[] }[] =
  createRequire(import.meta.url)("@octokit/webhooks-examples");
type Repository = Awaited<ReturnType<GitHub["createRepository"]>>;

const EVENTS = [
  "push",
  "pull_request",
  "issue_comment",
  "deployment",
  "deployment_status",
  "check_run",
  "repository_dispatch",
];
const recorded = definitions
  .filter(({ name }) => EVENTS.includes(name))
  .flatMap(({ name, examples }) => examples.map((payload) => ({ name, payload })));

/** As GitHub tells of this repository and this comment, whatever the recorded one was. */
function about({ id, owner, name }: Repository, payload: unknown): unknown {
  if (typeof payload !== "object" || payload === null) return payload;
  return {
    ...payload,
    installation: { id: github.installationId(repository) },
    repository: {
      ...("repository" in payload && Object(payload.repository)),
      id,
      name,
      owner: { login: owner.login },
    },
    ...("comment" in payload && {
      comment: { ...Object(payload.comment), id: comment, body: "/canary checkout status" },
    }),
    ...("issue" in payload && { issue: { ...Object(payload.issue), pull_request: {} } }),
  };
}

let github: GitHub;
let server: ServerProcess;
let repository: Repository;
let alice: Person;
let pull: number;
let comment: number;
let to: { url: string; secret: string };
beforeAll(async () => {
  github = await startGitHub();
  repository = await github.createRepository({
    owner: "acme",
    name: "shop",
    files: shopFiles(configuration()),
  });
  alice = new Person("alice", github, repository);
  github.setPermission(repository, "alice", "write");
  pull = await alice.propose("notes", "Notes", { "NOTES.md": "more" });
  comment = await alice.comment(pull, "/canary checkout status");
  server = spawnServer(variablesFor(github));
  to = { url: await server.listening, secret: github.app.webhookSecret };
});
afterAll(async () => {
  server.child.kill("SIGTERM");
  await server.ended;
  await github.close();
});

it("a rightly signed body of any shape has an answer, and the server lives and says nothing of it", async () => {
  await until("adoption", async () => (await repository.git.branch("sluice/state")) !== null);
  const heads = () => Promise.all(["main", "sluice/state"].map((branch) => repository.git.branch(branch)));
  const before = await heads();
  const asked = github.requests.length;
  const delivery = fc
    .constantFrom(...recorded)
    .chain(({ name, payload }) =>
      mutated(about(repository, payload)).map((body) => ({ name, body: JSON.stringify(body) ?? "" })),
    );
  await fc.assert(
    fc.asyncProperty(delivery, async ({ name, body }) => {
      expect([202, 400, 500]).toContain((await deliver(to, name, body)).status);
    }),
    runs(150),
  );
  expect(server.child.exitCode).toBeNull();
  expect((await deliver(to, "ping", "{}")).status).toBe(202);
  // They came as far as the looks: the comment was read and answered, once, and nothing else was done.
  const answers = async () =>
    (await alice.comments(pull)).filter(({ body }) => body?.includes(`sluice:reply ${comment}`)).length;
  await until("an answer", async () => (await answers()) > 0);
  expect(
    github.requests.slice(asked).filter(({ path }) => path.startsWith("/graphql")).length,
  ).toBeGreaterThan(20);
  expect(await answers()).toBe(1);
  expect(await heads()).toEqual(before);
  expect(server.lines.filter((line) => levelOf(line) > 40)).toEqual([]);
  expect(server.lines.filter((line) => line.length > 1000)).toEqual([]);
});
