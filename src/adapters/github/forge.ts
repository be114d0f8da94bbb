import type { Octokit } from "@octokit/rest";
import type { Forge } from "../../ports/forge.ts";
import type { RepositoryId } from "../../ports/scheduler.ts";
import { createBranch, deleteBranch } from "./branches.ts";
import { showCheck } from "./checks.ts";
import { createComment, react, readComment, readComments, updateComment } from "./comments.ts";
import { commitFiles } from "./commit.ts";
import { createDeployment, readDeployments, setDeploymentStatus } from "./deployments.ts";
import { readChecksOf, readDeploymentsOf } from "./gates.ts";
import { createGateway } from "./gateway.ts";
import { commitOrphan } from "./git-data.ts";
import { readHistory } from "./history.ts";
import { readMoves } from "./moves.ts";
import { OwnCommits } from "./own-commits.ts";
import {
  mergePull,
  openPull,
  readOpenPulls,
  readPull,
  readPullFiles,
  readPullsFrom,
  readPullsOf,
  updatePull,
} from "./pulls.ts";
import { readPushRule } from "./push-rules.ts";
import type { WriteQueue } from "./queue.ts";
import { addAssignees, addLabels, readMembership, readPermission, readRepository } from "./repository.ts";
import { listFolder, readBlob, readFile, readSnapshot } from "./snapshot.ts";
import { Watch } from "./watch.ts";

/**
 * The Forge of one repository on GitHub. `octokit` and `queue` are its installation's. What a rollback is made of
 * (its branch, its pull request, the merge) is written before all else; `commit` goes by its request's priority.
 */
export function createForge(options: {
  readonly octokit: Octokit;
  readonly queue: WriteQueue;
  readonly repository: RepositoryId;
  /** Who the octokit acts as, such as `sluice[bot]`. */
  readonly self: { readonly login: string };
  /** Shared by the repositories of the installation. */
  readonly watch?: Watch;
  readonly now?: () => number;
}): Forge {
  const { login } = options.self;
  const { owner, name } = options.repository;
  const gateway = createGateway({ ...options, login });
  const watch = options.watch ?? new Watch(options.octokit, gateway.read);
  const own = new OwnCommits();
  return {
    identity: async () => ({ login }),
    repository: () => readRepository(gateway),

    snapshot: (wanted) => readSnapshot(gateway, wanted),
    stamp: (wanted, pull, window) => watch.stamp({ owner, name, wanted, pull }, window),
    list: (branch, folder) => listFolder(gateway, branch, folder),
    blob: (oid) => readBlob(gateway, oid),
    file: (ref, path) => readFile(gateway, ref, path),
    history: (from, limits) => readHistory(gateway, from, limits),
    moves: (branch, until) => readMoves(gateway, branch, until),

    pushRule: (branch) => readPushRule(gateway, branch),
    commit: (request) => commitFiles(gateway, own, request),
    createBranch: (branch, oid) => createBranch(gateway, branch, oid),
    createOrphan: (branch, message, files) => commitOrphan(gateway, branch, message, files),
    deleteBranch: (branch) => deleteBranch(gateway, branch),

    pull: (number) => readPull(gateway, number),
    pullsOf: (commit) => readPullsOf(gateway, commit),
    pullsFrom: (branch) => readPullsFrom(gateway, branch),
    openPulls: (base) => readOpenPulls(gateway, base),
    pullFiles: (number) => readPullFiles(gateway, number),
    openPull: (request) => openPull(gateway, request),
    updatePull: (number, change) => updatePull(gateway, number, change),
    mergePull: (number, sha, message) => mergePull(gateway, number, sha, message),
    label: (number, labels) => addLabels(gateway, number, labels),
    assign: (number, logins) => addAssignees(gateway, number, logins),

    comment: (id) => readComment(gateway, id),
    comments: (pull, since) => readComments(gateway, pull, since),
    createComment: (pull, body) => createComment(gateway, pull, body),
    updateComment: (id, body) => updateComment(gateway, id, body),
    react: (comment, reaction) => react(gateway, comment, reaction),

    permission: (person) => readPermission(gateway, person),
    membership: (team, person) => readMembership(gateway, team, person),

    check: (run) => showCheck(gateway, run),
    deployments: (environment, limit) => readDeployments(gateway, environment, limit),
    checksOf: (commit, name) => readChecksOf(gateway, commit, name),
    deploymentsOf: (commit, environment) => readDeploymentsOf(gateway, commit, environment),
    createDeployment: (request) => createDeployment(gateway, request),
    deploymentStatus: (id, status) => setDeploymentStatus(gateway, id, status),
  };
}
