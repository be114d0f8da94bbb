import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { until } from "../../dev/demo/watch.ts";
import { type GitHub, startGitHub } from "../../dev/github/server.ts";
import { deliver, levelOf, type ServerProcess, spawnServer, variablesFor } from "./server.ts";
import { CANARY, CONFIG, configuration, MESH, Shop, shopFiles, virtualService, workload } from "./shop.ts";

let github: GitHub;
let server: ServerProcess;
let url: string;

beforeAll(async () => {
  github = await startGitHub({ validate: true });
  server = spawnServer(variablesFor(github));
  url = await server.listening;
  github.setWebhook(url);
});

afterAll(async () => {
  server.child.kill("SIGTERM");
  await server.ended;
  await github.close();
});

/** Until the bot asks GitHub for nothing more. */
async function quiet(): Promise<void> {
  await github.settled();
  for (let seen = -1; seen !== github.requests.length; ) {
    seen = github.requests.length;
    await sleep(600);
  }
}

/** Everything of the App that can be seen in a repository. */
async function traces(shop: Shop, pull: number) {
  const { head, merge_commit_sha } = await shop.alice.pull(pull);
  const commits = [head.sha, ...(merge_commit_sha ? [merge_commit_sha] : [])];
  const checks = await Promise.all(commits.map((commit) => shop.alice.checks(commit)));
  const branches = (await shop.git.git("branch", "--list", "sluice/*")).trim();
  const comments = await shop.alice.comments(pull);
  return {
    checks: checks.flat().length,
    comments: comments.filter(({ user }) => user?.login !== "alice").length,
    branches,
  };
}

describe("A repository without a configuration", () => {
  it("sees nothing of the App: no check, no comment, no branch, whatever is opened, merged or said", async () => {
    const shop = await Shop.create(github, "unconfigured", shopFiles(null));
    const pull = await shop.ship("2.0.0");
    await shop.alice.comment(pull, "A remark about /canary, not a command.");
    await quiet();
    expect(await traces(shop, pull)).toEqual({ checks: 0, comments: 0, branches: "" });
    expect(await shop.ours()).toEqual([]);
  });

  it("hears why when somebody gives a command all the same", async () => {
    const shop = await Shop.create(github, "unconfigured-command", shopFiles(null));
    const pull = await shop.ship("2.0.0");
    await shop.alice.comment(pull, "/canary 25");
    const reply = await until("The reply", async () => (await shop.alice.comments(pull))[1]?.body);
    expect(reply).toContain(CONFIG);
    expect(await shop.ours()).toEqual([]);
  });
});

describe("A delivery for what GitHub does not know", () => {
  it.each([
    ["a repository", "gone"],
    ["an installation", null],
  ])("%s has no effect, one line in the log, and the next delivery works", async (_, name) => {
    const shop = await Shop.create(github, `stranger-${name ?? "installation"}`, shopFiles(configuration()));
    const { repository } = shop;
    const installation = { id: name === null ? 99_999_999 : github.installationId(repository) };
    const payload = {
      ref: "refs/heads/main",
      installation,
      repository: { id: repository.id, name: name ?? "shop", owner: { login: repository.owner.login } },
      sender: { login: "alice" },
    };
    const from = server.lines.length;
    const to = { url, secret: github.app.webhookSecret };
    expect((await deliver(to, "push", JSON.stringify(payload))).status).toBe(202);
    const told = await until("The warning", async () =>
      server.lines.slice(from).find((line) => levelOf(line) >= 40),
    );
    expect(levelOf(told)).toBe(40);
    expect(told).toContain(repository.owner.login);
    expect(await shop.state()).toBeNull();
    await deliver(
      to,
      "push",
      JSON.stringify({
        ...payload,
        installation: { id: github.installationId(repository) },
        repository: { ...payload.repository, name: "shop" },
      }),
    );
    await shop.adopted();
  });
});

describe("A configuration with a mistake", () => {
  const broken = configuration().replace("    bake: 1s", "    bake: 1s\n    minRequest: 10");

  it("fails the check of the pull request that brings it, on its line, with the nearest key", async () => {
    const shop = await Shop.create(github, "broken-pull", shopFiles(null));
    const pull = await shop.alice.propose("add-sluice", "Add Sluice", { [CONFIG]: broken });
    const check = await shop.planOf(pull);
    expect(check.conclusion).toBe("failure");
    const line = broken.split("\n").findIndex((text) => text.includes("minRequest:")) + 1;
    expect(await shop.annotationsOf(check.id)).toEqual([
      expect.objectContaining({
        path: CONFIG,
        start_line: line,
        message: expect.stringContaining("minRequests"),
      }),
    ]);
    expect(check.output.title).toContain(`${CONFIG}:${line}`);
  });

  it("fails a check on the head of the default branch when it got there, and moves nothing", async () => {
    const shop = await Shop.create(github, "broken-main", shopFiles(configuration()));
    await github.push(shop.repository, "main", { files: {}, message: "Touch" });
    await shop.adopted();
    const head = await github.push(shop.repository, "main", {
      files: { [CONFIG]: broken, [CANARY]: workload("canary", "2.0.0") },
      message: "Ship past the check",
    });
    const check = await shop.check(head, "sluice");
    expect(check.conclusion).toBe("failure");
    expect(check.output.title).toContain(CONFIG);
    const [annotation] = await shop.annotationsOf(check.id);
    expect(annotation?.message).toContain("minRequests");
    await quiet();
    expect(await shop.ours()).toEqual([]);
    expect((await shop.state())?.release).toBeNull();
  });

  it("is mended by the next push: the check succeeds and the version is released", async () => {
    const shop = await Shop.create(github, "mended", shopFiles(configuration()));
    await github.push(shop.repository, "main", { files: {}, message: "Touch" });
    await shop.adopted();
    const bad = await github.push(shop.repository, "main", { files: { [CONFIG]: broken }, message: "Break" });
    expect((await shop.check(bad, "sluice")).conclusion).toBe("failure");
    await github.push(shop.repository, "main", {
      files: { [CONFIG]: configuration(), [CANARY]: workload("canary", "2.0.0") },
      message: "Mend and ship",
    });
    await shop.weightIs(10);
  });
});

describe("A configuration that does not fit the files", () => {
  async function checkOf(owner: string, config: string, weights: readonly [number, number] = [100, 0]) {
    const shop = await Shop.create(github, owner, shopFiles(null, weights));
    const pull = await shop.alice.propose("add-sluice", "Add Sluice", { [CONFIG]: config });
    const check = await shop.planOf(pull);
    const annotations = await shop.annotationsOf(check.id);
    return { shop, pull, check, annotations, text: `${check.output.title}\n${check.output.summary}` };
  }

  it("names the file that is missing", async () => {
    const { check, annotations, text } = await checkOf(
      "missing-file",
      configuration({ targets: { file: "mesh/chekout.yaml" } }),
    );
    expect(check.conclusion).toBe("failure");
    expect(text).toMatch(/mesh\/chekout\.yaml/);
    expect(annotations.map(({ message }) => message).join()).toMatch(/no such file/);
  });

  it("names the subset that does not exist, where, and the nearest one", async () => {
    const { check, annotations, text } = await checkOf(
      "missing-subset",
      configuration({ targets: { canary: "cannary" } }),
    );
    expect(check.conclusion).toBe("failure");
    expect(text).toContain(MESH);
    expect(text).toMatch(/cannary/);
    expect(annotations.map(({ path, message }) => `${path} ${message}`).join()).toMatch(
      /mesh\/checkout\.yaml .*cannary.*canary\b/s,
    );
  });

  it("refuses 25 % of a sum of 10 before anything is merged, with the nearest weights and a sum that would do", async () => {
    const { shop, pull, check, text } = await checkOf(
      "sum-of-ten",
      configuration({ steps: [25, 100] }),
      [10, 0],
    );
    expect(check.conclusion).toBe("failure");
    expect(text).toContain(MESH);
    expect(text).toMatch(/25 % of 10/);
    expect(text).toMatch(/canary 2 with stable 8/);
    expect(text).toMatch(/canary 3 with stable 7/);
    expect(text).toMatch(/sum of .*\b20\b.*100 would do/);
    // Merged all the same, the version waits with the same words, and the file stays as it was.
    await shop.alice.merge(pull);
    await shop.adopted();
    const shipping = await shop.ship("2.0.0");
    await until("The reason", async () => (await shop.sticky(shipping))[0]?.includes("25 % of 10"));
    await sleep(1500);
    expect(await shop.git.read("main", MESH)).toBe(virtualService(10, 0));
  });

  it("says on the default branch's head what is wrong there, when the file went missing later", async () => {
    const shop = await Shop.create(github, "went-missing", shopFiles(configuration()));
    await github.push(shop.repository, "main", { files: {}, message: "Touch" });
    await shop.adopted();
    const head = await github.push(shop.repository, "main", { files: { [MESH]: null }, message: "Tidy up" });
    const check = await shop.check(head, "sluice");
    expect(check.conclusion).toBe("failure");
    expect(`${check.output.title} ${check.output.summary}`).toContain(MESH);
  });
});

describe("A branch called `sluice`, beside which git can have no `sluice/state`", () => {
  it("is said on the default branch's head, and adoption follows once it is gone", async () => {
    const shop = await Shop.create(github, "branch-in-the-way", shopFiles(null));
    const pull = await shop.alice.propose("sluice", "Add Sluice", { [CONFIG]: configuration() });
    await shop.alice.merge(pull);
    const head = (await shop.git.log("main")).at(-1)?.oid ?? "";
    const check = await shop.check(head, "sluice");
    expect(check.conclusion).toBe("failure");
    expect(`${check.output.title} ${check.output.summary}`).toContain("sluice/state");
    await github.forcePush(shop.repository, "refs/heads/sluice", null);
    await shop.adopted();
  });
});

describe("After all of that", () => {
  it("the server lives and logged no error", async () => {
    expect((await fetch(new URL("/healthz", url))).status).toBe(200);
    expect(server.lines.filter((line) => levelOf(line) > 40)).toEqual([]);
  });

  it("GitHub was asked for nothing that does not exist", () => {
    expect(github.unknown).toEqual([]);
    expect(github.violations).toEqual([]);
  });
});
