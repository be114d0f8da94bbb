import { afterAll, beforeAll, expect, it } from "vitest";
import { Person } from "../../../dev/stage/person.ts";
import { saidSince } from "../../../src/adapters/github/said.ts";
import { type Repository, startWorld, type World } from "./world.ts";

const MINUTE = 60_000;
const START = Date.UTC(2026, 4, 4, 10);

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

let count = 0;
/** A pull request on which so many comments were made, each `apart` ms after the one before. */
async function discussed(many: number, apart: number): Promise<Repository> {
  count += 1;
  const files = { "a.txt": "a" };
  const repository = await world.github.createRepository({ owner: "acme", name: `talk-${count}`, files });
  world.github.setPermission(repository, "alice", "write");
  const alice = new Person("alice", world.github, repository);
  const pull = await alice.propose("talk", "Talk", { "b.txt": "b" });
  const first = repository.comments.get(await alice.comment(pull, "0"));
  if (!first) throw new Error("no comment was made");
  repository.comments.clear();
  for (let index = 0; index < many; index += 1) {
    const at = START + index * apart;
    const one = { ...first, id: first.id + index, createdAt: at, updatedAt: at, body: String(index) };
    repository.comments.set(one.id, one);
  }
  return repository;
}

/** `meanwhile`: after the first page. */
async function read(repository: Repository, since: number, meanwhile = () => {}) {
  const octokit = world.octokitOf(world.github.tokenFor("alice"));
  let pages = 0;
  octokit.hook.after("request", () => {
    pages += 1;
    if (pages === 1) meanwhile();
  });
  const where = { id: repository.id, owner: repository.owner.login, name: repository.name };
  const { comments, until } = await saidSince(octokit, where, since);
  return { bodies: comments.map(({ body }) => Number(body)), until, pages };
}

const upTo = (many: number) => Array.from({ length: many }, (_, index) => index);

it("is all there is, oldest first, in one request where it fits into one", async () => {
  const repository = await discussed(40, 1000);
  expect(await read(repository, START)).toEqual({ bodies: upTo(40), until: null, pages: 1 });
  const later = await read(repository, START + 30_000);
  expect(later.bodies.at(0)).toBeLessThanOrEqual(30);
  expect(later.bodies.slice(-10)).toEqual([30, 31, 32, 33, 34, 35, 36, 37, 38, 39]);
});

it("more than is read at once is said to be cut, and read on from there none is left out", async () => {
  const repository = await discussed(2300, 900);
  const seen = new Set<number>();
  const cuts: (number | null)[] = [];
  let most = 0;
  for (let since: number | null = START; since !== null; ) {
    const part = await read(repository, since);
    for (const body of part.bodies) seen.add(body);
    cuts.push(part.until);
    most = Math.max(most, part.pages);
    since = part.until;
  }
  expect([...seen].sort((a, b) => a - b)).toEqual(upTo(2300));
  expect(cuts).toHaveLength(3);
  expect(most).toBeLessThanOrEqual(10);
});

it("leaves out none of a second in which more was said than a page has", async () => {
  const repository = await discussed(1250, 1);
  expect(await read(repository, START)).toMatchObject({ bodies: upTo(1250), until: null });
});

it("leaves out none because another, read before, is edited while it reads", async () => {
  const repository = await discussed(350, 1000);
  const { bodies } = await read(repository, START, () => {
    for (const comment of [...repository.comments.values()].slice(0, 20)) {
      comment.updatedAt = START + 10 * MINUTE;
    }
  });
  expect(bodies.filter((body) => body >= 20)).toEqual(upTo(350).slice(20));
});
