import type { Octokit } from "@octokit/rest";
import { createEmulator, type Emulator } from "emulate";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createClients } from "../../../src/adapters/github/client.ts";
import { createDirectory } from "../../../src/adapters/github/directory.ts";
import { blobOid, MODES } from "../../../src/adapters/github/files.ts";
import { createForge } from "../../../src/adapters/github/forge.ts";
import { createGateway, type Gateway } from "../../../src/adapters/github/gateway.ts";
import { commitByGitData, headOf } from "../../../src/adapters/github/git-data.ts";
import type { CommitOutcome, Forge } from "../../../src/ports/forge.ts";

/** The REST half of the adapter against a GitHub that nobody of this project wrote. */

const APP = 12345;
const self = { login: "sluice[bot]" };
let emulator: Emulator;
let octokit: Octokit;
let forge: Forge;
let gateway: Gateway;
let directory: ReturnType<typeof createDirectory>;

beforeAll(async () => {
  emulator = await createEmulator({
    service: "github",
    port: 0,
    seed: {
      github: {
        users: [{ login: "acme" }],
        repos: [{ owner: "acme", name: "shop", auto_init: true }],
        apps: [
          {
            app_id: APP,
            slug: "sluice",
            name: "Sluice",
            permissions: {
              contents: "write",
              issues: "write",
              pull_requests: "write",
              checks: "write",
              metadata: "read",
            },
            events: [],
            installations: [{ installation_id: 100, account: "acme", repository_selection: "all" }],
          },
        ],
      },
    },
  });
  const privateKey = emulator.generatedSecrets.find(({ kind }) => kind === "github.app_private_key")?.value;
  const clients = createClients({
    appId: APP,
    privateKey: privateKey ?? "",
    baseUrl: emulator.url,
    writeIntervalMs: 0,
    log: { debug() {}, warn() {} },
  });
  directory = createDirectory(clients);
  octokit = clients.forInstallation(100);
  const queue = clients.queueFor(100);
  const repository = { id: 1, owner: "acme", name: "shop" };
  forge = createForge({ octokit, queue, repository, self });
  gateway = createGateway({ octokit, queue, repository, login: self.login });
});

afterAll(() => emulator.close());

describe("against an independent emulator of GitHub", () => {
  it("the App finds itself and its installation", async () => {
    expect(await directory.self()).toMatchObject({
      login: "sluice[bot]",
      permissions: { contents: "write" },
    });
    expect(await directory.installationOf("acme", "shop")).toBe(100);
    expect(await directory.installationOf("acme", "nowhere")).toBeNull();
    expect(await directory.installations()).toEqual([100]);
  });

  it("a branch begins with a commit without parents, once", async () => {
    const files = [{ path: "rollouts/checkout.json", text: "{}\n" }];
    const made = await forge.createOrphan("sluice/state", "Adopt", files);
    if (made.status !== "committed") {
      throw new Error(made.status);
    }
    expect(await headOf(gateway, "sluice/state")).toBe(made.oid);
    const { data } = await octokit.rest.git.getCommit({ ...gateway.repo, commit_sha: made.oid });
    expect(data.parents).toEqual([]);
    expect(await forge.createOrphan("sluice/state", "Adopt", files)).toEqual({ status: "stale" });
  });

  it("an executable file keeps its mode and its neighbours through a commit by git's objects", async () => {
    const made = await forge.createOrphan("modes", "Begin", [{ path: "other.yaml", text: "a: 1\n" }]);
    const expectedHead = made.status === "committed" ? made.oid : "";
    const { data: before } = await octokit.rest.git.getCommit({ ...gateway.repo, commit_sha: expectedHead });
    const text = "weight: 10 # für alle\n";
    const outcome = await commitByGitData(gateway, {
      branch: "modes",
      expectedHead,
      message: "Weights",
      priority: "weight",
      files: [],
      baseTree: before.tree.sha,
      changes: [{ path: "mesh.yaml", text, mode: MODES.executable }],
    });
    expect(outcome.status).toBe("committed");
    const head = await headOf(gateway, "modes");
    const { data: tree } = await octokit.rest.git.getTree({ ...gateway.repo, tree_sha: head ?? "" });
    expect(tree.tree.map(({ path, mode }) => [path, mode])).toEqual([
      ["mesh.yaml", "100755"],
      ["other.yaml", "100644"],
    ]);
    const oid = tree.tree[0]?.sha ?? "";
    expect(oid).toBe(blobOid(text));
    expect(await forge.blob(oid)).toBe(text);
  });

  it("of eight commits on one head exactly one lands, and the others are stale", async () => {
    const made = await forge.createOrphan("race", "Begin", [{ path: "a", text: "0" }]);
    const expectedHead = made.status === "committed" ? made.oid : "";
    const { data: base } = await octokit.rest.git.getCommit({ ...gateway.repo, commit_sha: expectedHead });
    const outcomes = await Promise.all(
      Array.from(
        { length: 8 },
        (_, index): Promise<CommitOutcome> =>
          commitByGitData(gateway, {
            branch: "race",
            expectedHead,
            message: `Racer ${index}`,
            priority: "weight",
            files: [],
            baseTree: base.tree.sha,
            changes: [{ path: "a", text: String(index), mode: MODES.executable }],
          }),
      ),
    );
    expect(outcomes.map(({ status }) => status).toSorted()).toEqual([
      "committed",
      ...Array.from({ length: 7 }, () => "stale"),
    ]);
  });

  it("a branch is made once and deleted for good", async () => {
    const head = (await headOf(gateway, "sluice/state")) ?? "";
    expect(await forge.createBranch("sluice/rollback/checkout-7", head)).toBe("created");
    expect(await forge.createBranch("sluice/rollback/checkout-7", head)).toBe("exists");
    await forge.deleteBranch("sluice/rollback/checkout-7");
    await forge.deleteBranch("sluice/rollback/checkout-7");
    expect(await headOf(gateway, "sluice/rollback/checkout-7")).toBeNull();
  });

  it("a comment is made, changed and found again", async () => {
    const head = (await headOf(gateway, "race")) ?? "";
    await forge.createBranch("topic", head);
    const pull = await forge.openPull({ branch: "topic", base: "race", title: "T", body: "B" });
    expect(pull).toMatchObject({ state: "open", base: "race", headBranch: "topic", author: self.login });
    const comment = await forge.createComment(pull.number, "first");
    await forge.updateComment(comment.id, "second");
    const found = await forge.comments(pull.number, null);
    expect(found).toMatchObject([{ id: comment.id, pull: pull.number, body: "second" }]);
    expect(await forge.comment(999_999)).toBeNull();
  });
});
