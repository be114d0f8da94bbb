import { createAppAuth } from "@octokit/auth-app";
import { Octokit } from "@octokit/rest";
import { createEmulator } from "emulate";
import { expect, it } from "vitest";
import { startGitHub } from "../../../dev/github/server.ts";
import { base64, statusOf } from "./helpers.ts";

interface Place {
  readonly url: string;
  readonly appId: number;
  readonly privateKey: string;
  readonly close: () => Promise<void>;
}
const R = { owner: "acme", repo: "shop" };
const appId = 4711;

async function ours(): Promise<Place> {
  const github = await startGitHub({ validate: true });
  await github.createRepository({ ...R, name: R.repo, files: { "README.md": "# shop\n" } });
  const close = async () => {
    expect(github.violations).toEqual([]);
    expect(github.unknown).toEqual([]);
    await github.close();
  };
  return { url: github.url, appId, privateKey: github.app.privateKey, close };
}

async function emulated(): Promise<Place> {
  const permissions = {
    contents: "write",
    issues: "write",
    checks: "write",
    pull_requests: "write",
    metadata: "read",
  };
  const emulator = await createEmulator({
    service: "github",
    port: 0,
    seed: {
      github: {
        users: [{ login: "acme" }],
        repos: [{ owner: "acme", name: "shop", auto_init: true }],
        apps: [
          {
            app_id: appId,
            slug: "sluice",
            permissions,
            events: [],
            installations: [{ installation_id: 99, account: "acme", repository_selection: "all" }],
          },
        ],
      },
    },
  });
  const key = emulator.generatedSecrets.find((secret) => secret.id === String(appId));
  if (key === undefined) throw new Error("emulate made no key for the App");
  return { url: emulator.url, appId, privateKey: key.value, close: () => emulator.close() };
}

/** The same calls to either; what comes back is what both must agree on. */
async function script({ url, privateKey }: Place): Promise<Record<string, unknown>> {
  const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
  const common = { baseUrl: url, authStrategy: createAppAuth, log };
  const itself = new Octokit({ ...common, auth: { appId, privateKey } });
  const installation = (await itself.rest.apps.getRepoInstallation(R)).data;
  const auth = { appId, privateKey, installationId: installation.id };
  const { git, repos, pulls, issues, checks } = new Octokit({ ...common, auth }).rest;
  const nobody = new Octokit({ baseUrl: url, log });
  const facts: Record<string, unknown> = {
    app: installation.app_slug,
    anonymous: await statusOf(nobody.rest.git.createBlob({ ...R, content: "x" })),
  };

  const head = (await git.getRef({ ...R, ref: "heads/main" })).data.object.sha;
  const base = (await git.getCommit({ ...R, commit_sha: head })).data.tree.sha;
  const commitOn = async (text: string) => {
    const blob = await git.createBlob({ ...R, content: base64(text), encoding: "base64" });
    const item = { path: "mesh/run.sh", mode: "100755" as const, type: "blob" as const, sha: blob.data.sha };
    const tree = await git.createTree({ ...R, base_tree: base, tree: [item] });
    facts[`blob ${text}`] = blob.data.sha;
    return (await git.createCommit({ ...R, message: text, tree: tree.data.sha, parents: [head] })).data.sha;
  };
  const [first, second] = [await commitOn("one"), await commitOn("two")];
  const ref = { ...R, ref: "heads/main", force: false };
  facts["first write"] = await statusOf(git.updateRef({ ...ref, sha: first }));
  facts["write on an old head"] = await statusOf(git.updateRef({ ...ref, sha: second }));
  facts["head is the first"] = (await git.getRef({ ...R, ref: "heads/main" })).data.object.sha === first;
  const whole = await git.getTree({ ...R, tree_sha: first, recursive: "1" });
  facts["mode"] = whole.data.tree.find((item) => item.path === "mesh/run.sh")?.mode;
  facts["existing ref"] = await statusOf(git.createRef({ ...R, ref: "refs/heads/main", sha: first }));
  facts["missing ref"] = await statusOf(git.getRef({ ...R, ref: "heads/none" }));

  const file = { ...R, path: "notes.txt", message: "m", branch: "side" };
  await git.createRef({ ...R, ref: "refs/heads/side", sha: first });
  const made = await repos.createOrUpdateFileContents({ ...file, content: base64("1\n") });
  facts["new file"] = [made.status, made.data.content?.sha];
  const sha = made.data.content?.sha ?? "";
  const put = (content: string, known?: string) =>
    statusOf(
      repos.createOrUpdateFileContents({
        ...file,
        content: base64(content),
        ...(known === undefined ? {} : { sha: known }),
      }),
    );
  facts["changed file"] = await put("2\n", sha);
  facts["stale sha"] = await put("3\n", sha);
  facts["no sha"] = await put("3\n");
  facts["no branch"] = await statusOf(
    repos.createOrUpdateFileContents({ ...file, branch: "none", content: base64("3\n") }),
  );

  const pull = (await pulls.create({ ...R, head: "side", base: "main", title: "T" })).data;
  facts["pull"] = [pull.state, pull.head.ref, pull.base.ref];
  const comment = await issues.createComment({ ...R, issue_number: pull.number, body: "first" });
  const updated = await issues.updateComment({ ...R, comment_id: comment.data.id, body: "second" });
  facts["comment"] = [comment.status, updated.status, updated.data.body, comment.data.user?.login];
  const listed = await issues.listComments({ ...R, issue_number: pull.number });
  facts["comments"] = listed.data.map((item) => item.body);

  const run = await checks.create({ ...R, name: "sluice", head_sha: first, status: "in_progress" });
  const done = await checks.update({
    ...R,
    check_run_id: run.data.id,
    status: "completed",
    conclusion: "success",
    output: { title: "t", summary: "s" },
  });
  facts["check"] = [
    run.status,
    run.data.status,
    done.data.status,
    done.data.conclusion,
    done.data.output.title,
  ];
  const runs = await checks.listForRef({ ...R, ref: first, check_name: "sluice" });
  facts["checks"] = runs.data.total_count;
  return facts;
}

it("agrees with an emulator of GitHub that somebody else wrote, where that one is right", async () => {
  const [mine, other] = await Promise.all([ours(), emulated()]);
  try {
    const [here, there] = [await script(mine), await script(other)];
    expect(here).toEqual(there);
    expect(here).toMatchObject({
      "first write": 200,
      "write on an old head": 422,
      "stale sha": 409,
      mode: "100755",
    });
  } finally {
    await mine.close();
    await other.close();
  }
});
