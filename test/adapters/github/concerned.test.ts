import { afterAll, beforeAll, expect, it } from "vitest";
import { concerned } from "../../../src/adapters/github/heads.ts";
import { startWorld, type World } from "./world.ts";

const what = { file: ".github/sluice.yaml", branch: "sluice/state" };

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

it("of many repositories those are looked at that declare something or are remembered, for two queries", async () => {
  const open = async (name: string, files: Readonly<Record<string, string>>) => {
    const repository = await world.github.createRepository({ owner: "acme", name, files });
    return { repository, id: { id: repository.id, owner: "acme", name } };
  };
  const declares = await open("declares", { [what.file]: "version: 1\n" });
  const remembers = await open("remembers", { "README.md": "here it was once\n" });
  await world.github.push(remembers.repository, what.branch, { files: { "x.json": "{}" }, message: "state" });
  const others = await Promise.all(
    Array.from({ length: 5 }, (_, at) => open(`other-${at}`, { "README.md": "nothing\n" })),
  );
  const all = [...others, declares, remembers].map(({ id }) => id);
  const octokit = world.clients.forInstallation(world.github.installationId(declares.repository));
  await octokit.rest.repos.get({ owner: "acme", repo: "declares" });

  const from = world.github.requests.length;
  expect(await concerned(octokit, all, what)).toEqual([declares.id, remembers.id]);
  expect(world.github.requests.slice(from)).toHaveLength(2);

  // One that is gone by now must not keep the others from being looked at.
  const gone = { id: 1, owner: "acme", name: "gone" };
  expect(await concerned(octokit, [gone, ...all], what)).toEqual([gone, ...all]);
});
