import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { violationsOf } from "../../../dev/github/contract.ts";
import { routes } from "../../../dev/github/dispatch.ts";
import { defaultEvents } from "../../../dev/github/json/app.ts";
import type { Repository } from "../../../dev/github/repository.ts";
import { templatePattern } from "../../../dev/github/router.ts";
import { type GitHub, startGitHub } from "../../../dev/github/server.ts";
import { asApp, asAppItself, base64, headOf, receiver, statusOf, withToken } from "./helpers.ts";

let github: GitHub;
let shop: Repository;
let hook: Awaited<ReturnType<typeof receiver>>;
const R = { owner: "acme", repo: "shop" };

beforeAll(async () => {
  github = await startGitHub({ validate: true, events: [...defaultEvents, "create", "delete"] });
  hook = await receiver();
  shop = await github.createRepository({
    owner: "acme",
    name: "shop",
    files: { "README.md": "hello\n", "mesh/checkout.yaml": "weight: 90\n", "bin/run": "#!/bin/sh\n" },
  });
  github.setWebhook(hook.url);
  github.setPermission(shop, "alice", "maintain");
  github.setPermission(shop, "bob", "read");
});
afterAll(async () => {
  await github.close();
  await hook.close();
});

describe("every endpoint, driven by octokit and held to GitHub's OpenAPI description", () => {
  it("the App", async () => {
    const app = asAppItself(github);
    expect((await app.rest.apps.getAuthenticated()).data?.slug).toBe("sluice");
    const [installation] = (await app.rest.apps.listInstallations()).data;
    const id = installation?.id ?? 0;
    expect((await app.rest.apps.getRepoInstallation(R)).data.id).toBe(id);
    expect((await app.rest.apps.getInstallation({ installation_id: id })).data.app_slug).toBe("sluice");
    const token = await app.rest.apps.createInstallationAccessToken({
      installation_id: id,
      repositories: ["shop"],
    });
    expect(token.data.repository_selection).toBe("selected");
    const listed = await asApp(github, shop).rest.apps.listReposAccessibleToInstallation();
    expect(listed.data.repositories.map((repository) => repository.full_name)).toEqual(["acme/shop"]);
    expect((await asApp(github, shop).rest.rateLimit.get()).data.rate.limit).toBe(5000);
    await github.settled();
    expect((await app.rest.apps.getWebhookConfigForApp()).data.url).toBe(hook.url);
    const [first] = (await app.rest.apps.listWebhookDeliveries()).data;
    const one = await app.rest.apps.getWebhookDelivery({ delivery_id: first?.id ?? 0 });
    expect(one.data.guid).toBe(first?.guid);
    const again = app.rest.apps.redeliverWebhookDelivery({ delivery_id: first?.id ?? 0 });
    expect(await statusOf(again)).toBe(202);
  });

  it("the repository and its people", async () => {
    const app = asApp(github, shop);
    expect((await app.rest.repos.get(R)).data.default_branch).toBe("main");
    expect((await app.request(`GET /repositories/${shop.id}`)).data.full_name).toBe("acme/shop");
    expect((await app.rest.repos.listBranches(R)).data.map((branch) => branch.name)).toEqual(["main"]);
    expect((await app.rest.repos.getBranch({ ...R, branch: "main" })).data.protected).toBe(false);
    const alice = await app.rest.repos.getCollaboratorPermissionLevel({ ...R, username: "alice" });
    expect(alice.data).toMatchObject({
      permission: "write",
      role_name: "maintain",
      user: { login: "alice" },
    });
    expect((await app.rest.users.getByUsername({ username: "alice" })).data.type).toBe("User");
    github.setTeam("acme", "payments", { alice: "active" });
    const team = { org: "acme", team_slug: "payments", username: "alice" };
    expect((await app.rest.teams.getMembershipForUserInOrg(team)).data.state).toBe("active");
  });

  it("what a job of GitHub Actions does with its token, and the settings of Actions", async () => {
    const permissions = { contents: "write", issues: "write", checks: "write", actions: "read" } as const;
    const job = withToken(github, github.actionsToken(shop, permissions));
    github.setActions(shop, { workflows: { ".github/workflows/sluice.yml": "active" } });
    const { workflows } = (await job.rest.actions.listRepoWorkflows(R)).data;
    expect(workflows).toMatchObject([{ path: ".github/workflows/sluice.yml", state: "active" }]);
    const settings = job.rest.actions.getGithubActionsDefaultWorkflowPermissionsRepository(R);
    expect(await statusOf(settings)).toBe(403);
    const { url } = github;
    github.setPermission(shop, "root", "admin");
    const asked = await withToken(github, github.tokenFor("root")).request(
      "GET /repos/{owner}/{repo}/actions/permissions/workflow",
      { ...R, baseUrl: url },
    );
    expect(asked.data.can_approve_pull_request_reviews).toBe(true);
    const head_sha = await headOf(shop);
    const { data: run } = await job.rest.checks.create({
      ...R,
      name: "sluice",
      head_sha,
      external_id: "job",
    });
    expect(run.app?.slug).toBe("github-actions");
    expect((await job.rest.issues.listCommentsForRepo({ ...R, sort: "updated" })).data).toEqual([]);
  });

  it("rules of a branch, and who may go around them", async () => {
    const { repos } = asApp(github, shop).rest;
    const rule = { requiredReviews: 1, requiredChecks: ["tests"], mergeQueue: true, ruleset: true } as const;
    github.protectBranch(shop, "ruled", { ...rule, bypass: ["sluice[bot]"] });
    const rules = (await repos.getBranchRules({ ...R, branch: "ruled" })).data;
    expect(rules.map(({ type }) => type)).toEqual(["pull_request", "required_status_checks", "merge_queue"]);
    const ruleset = async (id = 0) => (await repos.getRepoRuleset({ ...R, ruleset_id: id })).data;
    expect((await ruleset(rules[0]?.ruleset_id)).current_user_can_bypass).toBe("always");
    github.protectBranch(shop, "ruled", rule);
    const [strict] = (await repos.getBranchRules({ ...R, branch: "ruled" })).data;
    expect((await ruleset(strict?.ruleset_id)).current_user_can_bypass).toBe("never");
    github.protectBranch(shop, "ruled", null);
    expect((await repos.getBranchRules({ ...R, branch: "ruled" })).data).toEqual([]);
  });

  it("git data", async () => {
    const { git } = asApp(github, shop).rest;
    const head = (await git.getRef({ ...R, ref: "heads/main" })).data.object.sha;
    const parent = (await git.getCommit({ ...R, commit_sha: head })).data;
    const blob = (await git.createBlob({ ...R, content: base64("weight: 75\n"), encoding: "base64" })).data;
    expect(
      Buffer.from((await git.getBlob({ ...R, file_sha: blob.sha })).data.content, "base64").toString(),
    ).toBe("weight: 75\n");
    const tree = await git.createTree({
      ...R,
      base_tree: parent.tree.sha,
      tree: [
        { path: "mesh/checkout.yaml", mode: "100644", type: "blob", sha: blob.sha },
        { path: "bin/run", mode: "100755", type: "blob", content: "#!/bin/sh\necho\n" },
      ],
    });
    const whole = await git.getTree({ ...R, tree_sha: tree.data.sha, recursive: "1" });
    expect(whole.data.tree.find((item) => item.path === "bin/run")?.mode).toBe("100755");
    const commit = await git.createCommit({ ...R, message: "75", tree: tree.data.sha, parents: [head] });
    expect(commit.data.verification.verified).toBe(true);
    await git.updateRef({ ...R, ref: "heads/main", sha: commit.data.sha, force: false });
    await git.createRef({ ...R, ref: "refs/heads/side", sha: head });
    const found = await git.listMatchingRefs({ ...R, ref: "heads/si" });
    expect(found.data.map((item) => item.ref)).toEqual(["refs/heads/side"]);
    expect(await statusOf(git.deleteRef({ ...R, ref: "heads/side" }))).toBe(204);
    expect(await statusOf(git.getRef({ ...R, ref: "heads/side" }))).toBe(404);
  });

  it("contents and commits", async () => {
    const { repos } = asApp(github, shop).rest;
    const readme = await repos.getContent({ ...R, path: "README.md" });
    const sha = Array.isArray(readme.data) ? "" : readme.data.sha;
    const put = await repos.createOrUpdateFileContents({
      ...R,
      path: "README.md",
      message: "Say more",
      content: base64("hello, world\n"),
      sha,
    });
    expect(put.status).toBe(200);
    const fresh = { ...R, path: "docs/new page.md", message: "New", content: base64("x\n"), branch: "main" };
    expect(await statusOf(repos.createOrUpdateFileContents(fresh))).toBe(201);
    expect(await statusOf(repos.createOrUpdateFileContents({ ...fresh, sha }))).toBe(409);
    expect((await repos.getContent({ ...R, path: "docs" })).data).toHaveLength(1);
    expect((await repos.getContent({ ...R, path: "", ref: "main" })).data).toHaveLength(4);
    const listed = await repos.listCommits({ ...R, path: "README.md", per_page: 1 });
    expect(listed.headers.link).toContain('rel="next"');
    const commit = await repos.getCommit({ ...R, ref: listed.data[0]?.sha ?? "" });
    expect(commit.data.files?.[0]).toMatchObject({ filename: "README.md", status: "modified", additions: 1 });
    const compared = await repos.compareCommitsWithBasehead({ ...R, basehead: `${commit.data.sha}...main` });
    expect(compared.data).toMatchObject({ status: "ahead", ahead_by: 1, behind_by: 0 });
    expect(compared.data.files?.[0]?.patch).toBe("@@ -0,0 +1 @@\n+x");
  });

  it("pull requests, their comments, labels and assignees", async () => {
    await github.push(shop, "feature", { files: { "new.txt": "1\n" }, message: "One", author: "alice" });
    const app = asApp(github, shop);
    const { pulls, issues, reactions } = app.rest;
    const pull = (await pulls.create({ ...R, head: "feature", base: "main", title: "A title", body: "Why" }))
      .data;
    const at = { ...R, pull_number: pull.number };
    const issue = { ...R, issue_number: pull.number };
    expect(pull).toMatchObject({ mergeable: true, mergeable_state: "clean", changed_files: 1, commits: 1 });
    expect((await pulls.list({ ...R, head: "acme:feature", state: "all" })).data).toHaveLength(1);
    await pulls.update({ ...at, title: "Another", body: "Because" });
    expect((await pulls.listFiles(at)).data.map((file) => file.filename)).toEqual(["new.txt"]);
    expect((await issues.get(issue)).data.pull_request?.url).toContain("/pulls/");
    expect((await issues.addLabels({ ...issue, labels: ["sluice"] })).data[0]?.name).toBe("sluice");
    expect((await issues.listLabelsOnIssue(issue)).data).toHaveLength(1);
    expect((await issues.listLabelsForRepo(R)).data).toHaveLength(1);
    await issues.removeLabel({ ...issue, name: "sluice" });
    expect(
      (await issues.addAssignees({ ...issue, assignees: ["alice", "bob"] })).data.assignees,
    ).toHaveLength(1);
    const comment = (await issues.createComment({ ...issue, body: "first" })).data;
    expect(comment.performed_via_github_app?.slug).toBe("sluice");
    const said = { ...R, comment_id: comment.id };
    await issues.updateComment({ ...said, body: "second" });
    expect((await issues.getComment(said)).data.body).toBe("second");
    expect((await issues.listComments({ ...issue, since: "2020-01-01T00:00:00Z" })).data).toHaveLength(1);
    const first = await reactions.createForIssueComment({ ...said, content: "eyes" });
    expect(first.status).toBe(201);
    expect(await statusOf(reactions.createForIssueComment({ ...said, content: "eyes" }))).toBe(200);
    expect((await reactions.listForIssueComment(said)).data).toHaveLength(1);
    await reactions.deleteForIssueComment({ ...said, reaction_id: first.data.id });
    await issues.deleteComment(said);
    await github.push(shop, "feature", { files: { "new.txt": "2\n" }, message: "Two", author: "alice" });
    const brought = await app.rest.repos.listPullRequestsAssociatedWithCommit({
      ...R,
      commit_sha: pull.head.sha,
    });
    expect(brought.data.map((item) => item.number)).toEqual([pull.number]);
    await pulls.update({ ...at, state: "closed" });
    await pulls.update({ ...at, state: "open" });
    const { sha } = (await pulls.get(at)).data.head;
    expect((await pulls.merge({ ...at, sha })).data.merged).toBe(true);
    expect((await pulls.get(at)).data).toMatchObject({ state: "closed", merged: true });
  });

  it("the log of who moved which branch", async () => {
    const first = await github.push(shop, "logged", { files: { a: "1" }, message: "One", author: "alice" });
    const second = await github.push(shop, "logged", { files: { a: "2" }, message: "Two", author: "bob" });
    await github.forcePush(shop, "refs/heads/logged", first, "bob");
    await github.forcePush(shop, "refs/heads/logged", null, "bob");
    const app = asApp(github, shop);
    const log = await app.paginate(app.rest.repos.listActivities, { ...R, ref: "logged", per_page: 1 });
    expect(log.map(({ activity_type: type, after, actor }) => [type, after, actor?.login])).toEqual([
      ["branch_deletion", "0".repeat(40), "bob"],
      ["force_push", first, "bob"],
      ["push", second, "bob"],
      ["branch_creation", first, "alice"],
    ]);
  });

  it("check runs", async () => {
    const { checks } = asApp(github, shop).rest;
    const head_sha = await headOf(shop);
    const run = await checks.create({ ...R, name: "sluice / checkout", head_sha, status: "in_progress" });
    const at = { ...R, check_run_id: run.data.id };
    const annotation = { path: "README.md", start_line: 1, end_line: 1, message: "m" };
    await checks.update({
      ...at,
      conclusion: "success",
      output: { title: "t", summary: "s", annotations: [{ ...annotation, annotation_level: "notice" }] },
    });
    expect((await checks.get(at)).data).toMatchObject({ status: "completed", conclusion: "success" });
    expect((await checks.listAnnotations(at)).data).toHaveLength(1);
    const listed = await checks.listForRef({ ...R, ref: "main", check_name: "sluice / checkout" });
    expect(listed.data.total_count).toBe(1);
  });

  it("check runs of other Apps, and commit statuses", async () => {
    const app = asApp(github, shop).rest;
    const commit = await headOf(shop);
    await github.checkBy(shop, "github-actions", { commit, name: "smoke", conclusion: "success" });
    const { data } = await app.checks.listForRef({ ...R, ref: commit, check_name: "smoke" });
    expect(data.check_runs.map(({ app, conclusion }) => [app?.slug, conclusion])).toEqual([
      ["github-actions", "success"],
    ]);
    const alice = withToken(github, github.tokenFor("alice")).rest;
    const status = { ...R, sha: commit, context: "legacy/ci" };
    await alice.repos.createCommitStatus({
      ...status,
      state: "pending",
      target_url: "https://ci.example.com/1",
    });
    await alice.repos.createCommitStatus({ ...status, state: "success" });
    const listed = await app.repos.listCommitStatusesForRef({ ...R, ref: commit });
    expect(listed.data.map(({ state, creator }) => [state, creator?.login])).toEqual([
      ["success", "alice"],
      ["pending", "alice"],
    ]);
    expect(await statusOf(app.repos.createCommitStatus({ ...status, state: "success" }))).toBe(403);
  });

  it("deployments of workflows' jobs, waiting for the rules of their environment", async () => {
    const commit = await headOf(shop);
    const job = { commit, environment: "staging" };
    for (const state of [null, "waiting", "queued"]) github.jobDeployment(shop, { ...job, state });
    const { repos } = asApp(github, shop).rest;
    const { data } = await repos.listDeployments({ ...R, sha: commit, environment: "staging" });
    expect(data.map(({ creator }) => creator?.login)).toEqual(["github-actions[bot]"]);
    const statuses = await repos.listDeploymentStatuses({ ...R, deployment_id: data[0]?.id ?? 0 });
    expect(statuses.data.map(({ state }) => state)).toEqual(["queued", "waiting"]);
  });

  it("deployments", async () => {
    const { repos } = asApp(github, shop).rest;
    const made = await repos.createDeployment({
      ...R,
      ref: "main",
      required_contexts: [],
      payload: { a: "b" },
    });
    const deployment_id = "id" in made.data ? made.data.id : 0;
    const at = { ...R, deployment_id };
    await repos.createDeploymentStatus({ ...at, state: "in_progress", description: "10 %" });
    await repos.createDeploymentStatus({ ...at, state: "success" });
    await repos.createDeploymentStatus({ ...at, state: "inactive" });
    expect((await repos.listDeploymentStatuses(at)).data.map((status) => status.state)).toEqual([
      "inactive",
      "success",
      "in_progress",
    ]);
    expect((await repos.getDeployment(at)).data.payload).toEqual({ a: "b" });
    expect((await repos.listDeployments({ ...R, environment: "production" })).data).toHaveLength(1);
    expect((await repos.listDeployments({ ...R, environment: "nowhere" })).data).toHaveLength(0);
  });

  it("a dispatch, which is handed on", async () => {
    const { repos } = asApp(github, shop).rest;
    const event = { ...R, event_type: "sluice", client_payload: { image: "checkout:2" } };
    expect((await repos.createDispatchEvent(event)).status).toBe(204);
  });

  it("left nothing out and breached nothing", async () => {
    await github.settled();
    const reached = (method: string, template: string) =>
      github.requests.some(
        (request) =>
          request.method === method && templatePattern(template).test(request.path.split("?")[0] ?? ""),
      );
    const missed = routes.filter((route) => !reached(route.method, route.template));
    expect(missed.map((route) => `${route.method} ${route.template}`)).toEqual([]);
    expect(github.violations).toEqual([]);
    expect(github.unknown).toEqual([]);
    const events = new Set(hook.received.map((item) => item.headers["x-github-event"]));
    expect([...events].sort()).toEqual([
      "check_run",
      "create",
      "delete",
      "deployment",
      "deployment_status",
      "issue_comment",
      "ping",
      "pull_request",
      "push",
      "repository_dispatch",
    ]);
  });
});

describe("what is not GitHub's is seen", () => {
  it("an endpoint that is missing answers 404 aloud and is remembered", async () => {
    const other = await startGitHub();
    const repository = await other.createRepository({ owner: "acme", name: "shop" });
    other.setPermission(repository, "alice", "admin");
    const alice = withToken(other, other.tokenFor("alice"));
    expect(await statusOf(alice.rest.repos.listTags(R))).toBe(404);
    expect(other.unknown).toEqual(["GET /repos/acme/shop/tags"]);
    await other.close();
  });

  it("a body that lacks a required field is a violation, and so is an undescribed status", () => {
    expect(
      violationsOf("GET", "/repos/acme/shop/git/ref/heads/main", 200, { ref: "refs/heads/main" }),
    ).toHaveLength(1);
    expect(violationsOf("DELETE", "/repos/acme/shop/git/refs/heads/x", 200, {})).toHaveLength(1);
    expect(violationsOf("GET", "/no/such/thing", 200, {})).toHaveLength(1);
  });

  it("a request that GitHub would not understand is a violation", async () => {
    const other = await startGitHub({ validate: true });
    const repository = await other.createRepository({ owner: "acme", name: "shop" });
    const app = asApp(other, repository);
    const sent = app.request("POST /repos/acme/shop/check-runs", {
      name: 5,
      head_sha: await headOf(repository),
    });
    expect(await statusOf(sent)).toBe(422);
    expect(other.violations.map((violation) => violation.kind)).toContain("request");
    await other.close();
  });
});
