import { afterAll, beforeAll, expect, it } from "vitest";
import { Person } from "../../../dev/stage/person.ts";
import { createRead } from "../../../src/adapters/github/gateway.ts";
import { Watch } from "../../../src/adapters/github/watch.ts";
import { type Repository, startWorld, type World } from "./world.ts";

/** Stamps of what waiting releases rest on, against GitHub's own schema. */

const MINUTE = 60_000;
const PATH = "mesh/checkout.yaml";
const wanted = [{ branch: "main", paths: [PATH, "missing.yaml"] }];

let world: World;
let now = MINUTE;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

let count = 0;
async function shop(): Promise<Repository> {
  count += 1;
  const repository = await world.github.createRepository({
    owner: "acme",
    name: `shop-${count}`,
    files: { [PATH]: "weight: 10\n" },
  });
  world.github.setPermission(repository, "alice", "write");
  return repository;
}

function watchOf(repository: Repository): Watch {
  const installation = world.github.installationId(repository);
  return new Watch(
    world.clients.forInstallation(installation),
    createRead(world.clients.queueFor(installation)),
  );
}

async function ask(watch: Watch, { owner, name }: Repository, pull: number | null = null) {
  const from = world.github.requests.length;
  const answer = await watch.stamp({ owner: owner.login, name, wanted, pull }, { since: now - MINUTE, now });
  const queries = world.github.requests.slice(from).filter(({ path }) => path === "/graphql").length;
  return { ...answer, queries };
}

it("repositories that wait are asked for together, and again when what is known is too old", async () => {
  const [one, other] = [await shop(), await shop()];
  const watch = watchOf(one);
  await ask(watch, one);
  await ask(watch, other);
  now += MINUTE + 1;
  const first = await ask(watch, one);
  expect(first).toMatchObject({ at: now, queries: 1 });
  expect(await ask(watch, other)).toMatchObject({ at: now, queries: 0 });
  now += MINUTE;
  expect(await ask(watch, one)).toEqual({ ...first, queries: 0 });
  now += 1;
  expect(await ask(watch, one)).toMatchObject({ at: now, stamp: first.stamp, queries: 1 });
});

it("a stamp changes with a file and with a comment, and with nothing else", async () => {
  const repository = await shop();
  const alice = new Person("alice", world.github, repository);
  const pull = await alice.propose("next", "next", { "README.md": "next\n" });
  const watch = watchOf(repository);
  const stamp = async () => {
    now += MINUTE + 1;
    return (await ask(watch, repository, pull)).stamp;
  };
  const before = await stamp();
  await world.github.push(repository, "main", { files: { "other.md": "x\n" }, message: "other" });
  expect(await stamp()).toBe(before);
  await alice.comment(pull, "/canary pause");
  const said = await stamp();
  expect(said).not.toBe(before);
  await world.github.push(repository, "main", { files: { [PATH]: "weight: 20\n" }, message: "by hand" });
  expect(await stamp()).not.toBe(said);
});

it("a repository that is gone has no stamp, and the others have theirs", async () => {
  const repository = await shop();
  const watch = watchOf(repository);
  const gone = { owner: "acme", name: "gone", wanted, pull: null };
  now += MINUTE + 1;
  const [lost, there] = await Promise.all([
    watch.stamp(gone, { since: now, now }),
    watch.stamp({ ...gone, name: repository.name }, { since: now, now }),
  ]);
  expect(lost.stamp).toBeNull();
  expect(there.stamp).toContain("main");
});
