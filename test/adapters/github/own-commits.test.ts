import { afterAll, beforeAll, expect, it } from "vitest";
import type { CommitRequest } from "../../../src/ports/forge.ts";
import { startWorld, type World } from "./world.ts";

/** Several writes that were decided on the same head, as releases that step at once make them. */

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

async function shop(name: string) {
  const files = { "a.yaml": "1\n", "b.yaml": "1\n", "c.yaml": "1\n" };
  const repository = await world.github.createRepository({ owner: "acme", name, files });
  const expectedHead = (await repository.git.branch("main")) ?? "";
  const request = (path: string, restsOn?: readonly string[]): CommitRequest => ({
    branch: "main",
    expectedHead,
    message: `change ${path}`,
    files: [{ path, text: "2\n" }],
    priority: "weight",
    ...(restsOn && { restsOn }),
  });
  return { repository, expectedHead, request };
}

it("commits of our own to other files are stepped over", async () => {
  const { repository, expectedHead, request } = await shop("other-files");
  const forge = world.forgeOf(repository);
  const [a, b] = await Promise.all([
    forge.commit(request("a.yaml", [])),
    forge.commit(request("b.yaml", [])),
  ]);
  expect(a).toMatchObject({ status: "committed" });
  expect(b).toMatchObject({ status: "committed", base: a.status === "committed" ? a.oid : "" });
  expect(a).not.toHaveProperty("base");
  expect(await repository.git.branch("main")).not.toBe(expectedHead);
});

it("those that changed a file which the write rests on are not, nor is anything for a write that names none", async () => {
  const { repository, request } = await shop("same-files");
  const forge = world.forgeOf(repository);
  await forge.commit(request("a.yaml", []));
  expect(await forge.commit(request("a.yaml", []))).toEqual({ status: "stale" });
  expect(await forge.commit(request("b.yaml", ["a.yaml"]))).toEqual({ status: "stale" });
  expect(await forge.commit(request("b.yaml"))).toEqual({ status: "stale" });
});

it("a branch that was forced back to before our own commits is written to again", async () => {
  const { repository, expectedHead, request } = await shop("forced-back");
  const forge = world.forgeOf(repository);
  await forge.commit(request("a.yaml", []));
  await world.github.forcePush(repository, "refs/heads/main", expectedHead, "acme");
  expect(await forge.commit(request("b.yaml", []))).toEqual({ status: "stale" });
  expect(await forge.commit(request("b.yaml", []))).toMatchObject({ status: "committed" });
});

it("a commit of anybody else's is never stepped over", async () => {
  const { repository, request } = await shop("another");
  const forge = world.forgeOf(repository);
  await forge.commit(request("a.yaml", []));
  await world.github.push(repository, "main", { files: { "c.yaml": "9\n" }, message: "by hand" });
  expect(await forge.commit(request("b.yaml", []))).toEqual({ status: "stale" });
  // Nor one of another process of ours, of which this one knows nothing.
  const racer = world.racer(repository);
  expect(await racer.commit(request("b.yaml", []))).toEqual({ status: "stale" });
});
