import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CommitOutcome, Forge } from "../../../src/ports/forge.ts";
import { must, type Repository, startWorld, type World } from "./world.ts";

const MESH = "weight: 10 # für alle\r\n";
const BINARY = Buffer.from([0, 1, 2, 255]);
const LATIN1 = Buffer.from("f\xfcr", "latin1");

let world: World;
let repository: Repository;
let forge: Forge;

beforeAll(async () => {
  world = await startWorld();
  repository = await world.github.createRepository({
    owner: "acme",
    name: "shop",
    files: { "mesh/checkout.yaml": MESH, "mesh/notes.txt": "n", "app.bin": BINARY, "latin1.txt": LATIN1 },
  });
  await world.github.push(repository, "main", {
    files: { "bin/run.sh": "#!/bin/sh\n", link: "mesh/checkout.yaml" },
    modes: { "bin/run.sh": "100755", link: "120000" },
    message: "Modes",
    author: "alice",
  });
  forge = world.forgeOf(repository);
});

afterAll(() => world.close());

async function headOf(branch: string): Promise<string> {
  return must((await forge.snapshot([{ branch, paths: [] }])).get(branch), branch).head;
}

async function committed(outcome: Promise<CommitOutcome>): Promise<string> {
  const settled = await outcome;
  if (settled.status !== "committed") {
    throw new Error(`the commit is ${settled.status}`);
  }
  return settled.oid;
}

async function branch(name: string): Promise<string> {
  const head = await headOf("main");
  expect(await forge.createBranch(name, head)).toBe("created");
  return head;
}

const write = (path: string, text: string | null) => [{ path, text }];
const urgent = { priority: "weight" as const };

describe("reading git through GitHub", () => {
  it("gives heads and files of several branches in one request, and leaves out what is not there", async () => {
    const before = world.github.requests.length;
    const found = await forge.snapshot([
      { branch: "main", paths: ["mesh/checkout.yaml", "nowhere.yaml"] },
      { branch: "sluice/state", paths: ["rollouts/checkout.json"] },
    ]);
    expect(world.github.requests.length - before).toBeLessThanOrEqual(2); // one, and a token the first time
    expect([...found.keys()]).toEqual(["main"]);
    const main = must(found.get("main"));
    expect(main.files.get("mesh/checkout.yaml")).toMatchObject({ status: "text", text: MESH });
    expect(main.files.get("nowhere.yaml")).toEqual({ status: "missing" });
  });

  it.each([
    ["link", "symbolic link"],
    ["mesh", "directory"],
    ["app.bin", "binary"],
    ["latin1.txt", "not UTF-8"],
  ])("says why %s cannot be used", async (path, reason) => {
    const reading = await forge.file("main", path);
    expect(reading).toEqual({ status: "unusable", reason: expect.stringContaining(reason) });
  });

  it("reads a file of a branch and of a commit, and its text by its id", async () => {
    const head = await headOf("main");
    const reading = await forge.file("main", "mesh/checkout.yaml");
    expect(await forge.file(head, "mesh/checkout.yaml")).toEqual(reading);
    expect(reading.status === "text" && (await forge.blob(reading.oid))).toBe(MESH);
    await expect(forge.file("no-such-branch", "x")).rejects.toMatchObject({ code: "not-found" });
  });

  it("lists the files directly in a folder", async () => {
    expect(await forge.list("main", "mesh")).toEqual(["mesh/checkout.yaml", "mesh/notes.txt"]);
    expect(await forge.list("main", "nowhere")).toEqual([]);
    expect(await forge.list("nowhere", "mesh")).toEqual([]);
  });

  it("gives the history of a file, newest first, and whose each commit is", async () => {
    const expectedHead = await branch("history");
    const ours = await committed(
      forge.commit({
        branch: "history",
        expectedHead,
        message: "Weights to 25\n\nWhy.\n\nSluice-Step: 1",
        files: write("mesh/checkout.yaml", "weight: 25\n"),
        ...urgent,
      }),
    );
    const forged = await world.github.push(repository, "history", {
      files: { "mesh/checkout.yaml": "weight: 100\n" },
      message: "Weights to 100\n\nSluice-Step: 2",
      authorLine: { name: "sluice[bot]", email: "77+sluice[bot]@users.noreply.github.com" },
    });
    const commits = await forge.history("history", { path: "mesh/checkout.yaml", limit: 10 });
    expect(commits.map(({ oid }) => oid).slice(0, 2)).toEqual([forged, ours]);
    expect(commits[0]).toMatchObject({ ours: false });
    expect(commits[1]).toMatchObject({ ours: true, author: "sluice[bot]" });
    expect(commits[1]?.message.trim()).toBe("Weights to 25\n\nWhy.\n\nSluice-Step: 1");
    expect(await forge.history("history", { limit: 1 })).toHaveLength(1);
    expect(await forge.history(ours, { limit: 1 })).toMatchObject([{ oid: ours }]);
    await expect(forge.history("nowhere", { limit: 1 })).rejects.toMatchObject({ code: "not-found" });
  });
});

describe("committing through GitHub", () => {
  it("changes, adds and deletes files in one commit, and nothing else", async () => {
    const expectedHead = await branch("several");
    await committed(
      forge.commit({
        branch: "several",
        expectedHead,
        message: "Several",
        files: [
          ...write("mesh/checkout.yaml", "weight: 50\n"),
          ...write("new/file.txt", "new"),
          ...write("mesh/notes.txt", null),
          ...write("never/was.txt", null),
        ],
        ...urgent,
      }),
    );
    const paths = ["mesh/checkout.yaml", "new/file.txt", "mesh/notes.txt", "bin/run.sh"];
    const files = must((await forge.snapshot([{ branch: "several", paths }])).get("several")).files;
    expect(paths.map((path) => files.get(path))).toMatchObject([
      { text: "weight: 50\n" },
      { text: "new" },
      { status: "missing" },
      { text: "#!/bin/sh\n" },
    ]);
    expect((await repository.git.entry(await headOf("several"), "bin/run.sh"))?.mode).toBe("100755");
  });

  it("leaves an executable file executable, under a signature of GitHub's", async () => {
    const expectedHead = await branch("modes");
    const oid = await committed(
      forge.commit({
        branch: "modes",
        expectedHead,
        message: "Run",
        files: [...write("bin/run.sh", "#!/bin/bash\n"), ...write("mesh/notes.txt", null)],
        ...urgent,
      }),
    );
    expect(await headOf("modes")).toBe(oid);
    expect((await repository.git.entry(oid, "bin/run.sh"))?.mode).toBe("100755");
    expect((await repository.git.entry(oid, "mesh/checkout.yaml"))?.mode).toBe("100644");
    expect(await repository.git.entry(oid, "mesh/notes.txt")).toBeNull();
    expect(await forge.history("modes", { limit: 1 })).toMatchObject([{ oid, ours: true }]);
  });

  it("refuses to write through a symbolic link", async () => {
    const expectedHead = await headOf("main");
    const request = { branch: "main", expectedHead, message: "Link", files: write("link", "x"), ...urgent };
    await expect(forge.commit(request)).rejects.toMatchObject({
      code: "invalid",
      message: expect.stringContaining("link cannot be written: it is a symbolic link"),
    });
  });

  it.each([
    ["a plain file", "mesh/checkout.yaml"],
    ["an executable file", "bin/run.sh"],
  ])(
    "lets exactly one of eight racers change %s, and tells the others that they are late",
    async (_, path) => {
      const name = `race/${path.replaceAll("/", "-")}`;
      const expectedHead = await branch(name);
      const outcomes = await Promise.all(
        Array.from({ length: 8 }, (_racer, index) =>
          // Each its own queue, as eight processes would have.
          world.racer(repository).commit({
            branch: name,
            expectedHead,
            message: `Racer ${index}`,
            files: write(path, `${index}\n`),
            ...urgent,
          }),
        ),
      );
      expect(outcomes.map(({ status }) => status).toSorted()).toEqual([
        "committed",
        ...Array.from({ length: 7 }, () => "stale"),
      ]);
      const winner = outcomes.findIndex(({ status }) => status === "committed");
      expect(await forge.file(name, path)).toMatchObject({ text: `${winner}\n` });
      expect((await forge.history(name, { limit: 2 }))[1]?.oid).toBe(expectedHead);
    },
  );

  it.each([
    ["a plain file", "mesh/checkout.yaml"],
    ["an executable file", "bin/run.sh"],
  ])("is blocked by a rule with GitHub's sentence, for %s", async (_, path) => {
    const name = `protected/${path.replaceAll("/", "-")}`;
    const expectedHead = await branch(name);
    world.github.protectBranch(repository, name, { requirePullRequest: true });
    const outcome = await forge.commit({
      branch: name,
      expectedHead,
      message: "No",
      files: write(path, "no\n"),
      ...urgent,
    });
    expect(outcome).toEqual({
      status: "blocked",
      reason: expect.stringMatching(/pull request|protected/i),
    });
    expect(await headOf(name)).toBe(expectedHead);
  });

  it("is stale on a head that nobody has, and an error on a branch that is gone", async () => {
    const request = { branch: "main", message: "x", files: write("x", "x"), ...urgent };
    expect(await forge.commit({ ...request, expectedHead: "0123456789".repeat(4) })).toEqual({
      status: "stale",
    });
    const gone = { ...request, branch: "gone", expectedHead: await headOf("main") };
    await expect(forge.commit(gone)).rejects.toMatchObject({ code: "not-found" });
  });

  it("whose answer is lost is an error, and its effect is there to be found", async () => {
    const expectedHead = await branch("lost");
    world.github.fault(({ body }) => JSON.stringify(body).includes("createCommitOnBranch"), "drop-after");
    const request = {
      branch: "lost",
      expectedHead,
      message: "Weights\n\nSluice-Effect: checkout#7/1",
      files: write("mesh/checkout.yaml", "weight: 25\n"),
      ...urgent,
    };
    await expect(forge.commit(request)).rejects.toMatchObject({ code: "network" });
    const [newest] = await forge.history("lost", { limit: 1 });
    expect(newest).toMatchObject({ ours: true, message: expect.stringContaining("checkout#7/1") });
    expect(await forge.commit(request)).toEqual({ status: "stale" });
  });
});

describe("branches through GitHub", () => {
  it("begin without a past, once", async () => {
    const files = [{ path: "rollouts/checkout.json", text: "{}\n" }];
    const oid = await committed(forge.createOrphan("sluice/state", "Adopt", files));
    expect(await forge.history("sluice/state", { limit: 9 })).toMatchObject([{ oid, ours: true }]);
    expect(await forge.list("sluice/state", "rollouts")).toEqual(["rollouts/checkout.json"]);
    expect(await forge.createOrphan("sluice/state", "Adopt", files)).toEqual({ status: "stale" });
  });

  it("are made once and deleted for good", async () => {
    const head = await branch("sluice/rollback/checkout-7");
    expect(await forge.createBranch("sluice/rollback/checkout-7", head)).toBe("exists");
    await forge.deleteBranch("sluice/rollback/checkout-7");
    await forge.deleteBranch("sluice/rollback/checkout-7");
    expect((await forge.snapshot([{ branch: "sluice/rollback/checkout-7", paths: [] }])).size).toBe(0);
    await expect(forge.createBranch("bad", "0123456789".repeat(4))).rejects.toMatchObject({
      code: "invalid",
    });
  });
});
