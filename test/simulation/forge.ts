import { OwnCommits } from "../../src/adapters/github/own-commits.ts";
import type {
  BranchSnapshot,
  CommitFacts,
  CommitOutcome,
  FileReading,
  Forge,
  MergeOutcome,
  PullFacts,
} from "../../src/ports/forge.ts";
import { ForgeError } from "../../src/ports/forge.ts";
import type { SimulatedGates } from "./gates.ts";
import type { Commit } from "./git.ts";
import { BOT, type GitHub, MAIN } from "./github.ts";
import { LOUD } from "./planted.ts";

/** Carries a call to GitHub and its answer back, or not. `apply` is given the time that a read is of. */
export type Call = <T>(name: keyof Forge, writes: boolean, apply: (at: number) => T) => Promise<T>;

/** GitHub's log of pushes follows the branches this much later, ms. */
const LOG_LAG = 200;
/** Moves of the log that GitHub gives at once. */
const PAGE = 100;

/** A file whose text begins so stands for one that is none. */
export const SYMLINK = "\0symlink";

/**
 * The Forge of one process on a simulated repository, outcome by outcome as the adapter of the real one gives them.
 * `baseMoves`: whether the base moves in the moment of a merge.
 */
export function createForge(
  github: GitHub,
  gates: SimulatedGates,
  call: Call,
  skew: () => number,
  baseMoves: () => boolean = () => false,
): Forge {
  const { git } = github;
  const own = new OwnCommits();
  const read = <T>(name: keyof Forge, apply: (at: number) => T) => call(name, false, apply);
  const write = <T>(name: keyof Forge, apply: () => T) =>
    call(name, true, () => {
      if (github.archived)
        throw new ForgeError("forbidden", "Repository was archived so is read-only.", { status: 403 });
      return apply();
    });
  const commitOf = (ref: string, at: number): Commit => {
    const found = git.commit(git.head(ref, at) ?? ref);
    if (!found) throw new ForgeError("not-found", `There is no branch or commit ${ref}`, { status: 404 });
    return found;
  };
  const pullOf = (number: number, at: number) => {
    const pull = github.pulls.was(number, at);
    if (!pull) throw new ForgeError("not-found", `There is no pull request ${number}`, { status: 404 });
    return pull;
  };
  const pulls = (at: number, wanted: (pull: PullFacts) => boolean) =>
    github.pulls.all(at).filter(wanted).reverse();

  return {
    identity: async () => ({ login: BOT }),
    repository: () =>
      read("repository", () => ({
        id: github.id,
        owner: github.owner,
        name: github.name,
        defaultBranch: MAIN,
        archived: github.archived,
        url: github.url,
        skew: skew(),
      })),

    snapshot: (wanted) =>
      read("snapshot", (at) => {
        const found = new Map<string, BranchSnapshot>();
        for (const { branch, paths } of wanted) {
          const head = git.head(branch, at);
          if (head === null) continue;
          const files = new Map(paths.map((path) => [path, reading(github, head, path)]));
          found.set(branch, { branch, head, files });
        }
        return found;
      }),
    stamp: (wanted, pull, { now: asked }) =>
      read("stamp", (at) => ({
        at: asked,
        stamp: JSON.stringify([
          github.archived,
          wanted.map(({ branch, paths }) => {
            const files = git.commit(git.head(branch, at) ?? "")?.files;
            return paths.map((path) => files?.get(path) ?? null);
          }),
          github.comments.all(at).findLast((comment) => comment.pull === pull)?.id ?? null,
        ]),
      })),
    list: (branch, folder) =>
      read("list", (at) => {
        const files = git.commit(git.head(branch, at) ?? "")?.files.keys() ?? [];
        return [...files].filter((path) => path.slice(0, path.lastIndexOf("/")) === folder);
      }),
    blob: (oid) =>
      read("blob", () => {
        const text = git.text(oid);
        if (text === null) throw new ForgeError("not-found", `There is no object ${oid}`, { status: 404 });
        return text;
      }),
    file: (ref, path) => read("file", (at) => reading(github, git.head(ref, at) ?? ref, path)),
    history: (from, { path, limit }) =>
      read("history", (at) =>
        git.history(commitOf(from, at).oid, path, limit).map((commit) => factsOf(github, commit)),
      ),

    moves: (branch, until) =>
      read("moves", (at) => {
        if (!github.showsLog) return null;
        const log = (github.pushes.get(branch) ?? []).filter(({ seen }) => seen <= at - LOG_LAG).reverse();
        const last = log.findIndex(until);
        // What comes with the same page is there too.
        return { moves: last === -1 ? log : log.slice(0, PAGE * Math.ceil((last + 1) / PAGE)), cut: false };
      }),

    pushRule: (branch) =>
      read("pushRule", () => {
        const forbidden = github.protectedBranches.has(branch) || (github.reviewed && branch === MAIN);
        const reason = "changes must be made through a pull request";
        return forbidden
          ? { status: "forbidden", reason, reviews: github.reviewed ? 1 : 0 }
          : { status: "free" };
      }),
    commit: ({ branch, expectedHead, message, files, restsOn }) =>
      call("commit", true, (): CommitOutcome => {
        if (github.archived) return { status: "blocked", reason: "Repository was archived so is read-only." };
        const paths = files.map(({ path }) => path);
        const base = restsOn ? own.after(branch, expectedHead, [...paths, ...restsOn]) : expectedHead;
        if (git.head(branch) !== base) {
          own.forget(branch);
          return { status: "stale" };
        }
        const changes = new Map(files.map(({ path, text }) => [path, text]));
        const oid = github.push(branch, BOT, message, changes, { signed: true });
        if (oid === null) return refused(github);
        own.note(branch, base, oid, paths);
        return { status: "committed", oid, url: `${github.url}/commit/${oid}`, base };
      }),
    createBranch: (branch, oid) =>
      write("createBranch", () => {
        if (git.head(branch) !== null) return "exists";
        github.move(branch, oid, BOT);
        return "created";
      }),
    createOrphan: (branch, message, files) =>
      write("createOrphan", (): CommitOutcome => {
        if (git.head(branch) !== null) return { status: "stale" };
        const changes = new Map(files.map(({ path, text }) => [path, text]));
        const oid = github.push(branch, BOT, message, changes, { signed: true });
        return oid === null
          ? refused(github)
          : { status: "committed", oid, url: `${github.url}/commit/${oid}` };
      }),
    deleteBranch: (branch) =>
      write("deleteBranch", () => {
        if (git.head(branch) !== null) github.move(branch, null, BOT);
      }),

    pull: (number) =>
      read("pull", (at) => {
        const pull = pullOf(number, at);
        return { ...pull, mergeable: github.mergeable(pull), commits: github.commitsOf(pull) };
      }),
    pullsOf: (commit) =>
      read("pullsOf", (at) =>
        pulls(
          at,
          ({ mergeCommit, head }) =>
            mergeCommit === commit ||
            (mergeCommit !== null && git.history(head).some(({ oid }) => oid === commit)),
        ).sort((a, b) =>
          a.mergeCommit === commit ? -1 : b.mergeCommit === commit ? 1 : a.number - b.number,
        ),
      ),
    pullsFrom: (branch) => read("pullsFrom", (at) => pulls(at, ({ headBranch }) => headBranch === branch)),
    openPulls: (base) =>
      read("openPulls", (at) => pulls(at, (pull) => pull.state === "open" && pull.base === base)),
    pullFiles: (number) =>
      read("pullFiles", (at) => {
        const { base, head } = pullOf(number, at);
        const from = git.commit(git.mergeBase(git.head(base) ?? "", head) ?? "")?.files ?? new Map();
        const to = git.commit(head)?.files ?? new Map();
        const paths = new Set([...from.keys(), ...to.keys()]);
        return [...paths].filter((path) => from.get(path) !== to.get(path));
      }),
    openPull: (request) =>
      write("openPull", () => {
        const open = pulls(Infinity, ({ state, headBranch, base }) => {
          return state === "open" && headBranch === request.branch && base === request.base;
        })[0];
        if (open) return open;
        const head = git.head(request.branch);
        if (head === null) throw new ForgeError("invalid", `There is no ${request.branch}`, { status: 422 });
        if (git.mergeBase(git.head(request.base) ?? "", head) === head) {
          throw new ForgeError("invalid", `No commits between ${request.base} and ${request.branch}`, {
            status: 422,
          });
        }
        return github.open({ ...request, author: BOT });
      }),
    updatePull: (number, { body, state }) =>
      write("updatePull", () => {
        if (body !== undefined) github.change(number, { body });
        if (body !== undefined) github.hear("a pull request", body);
        if (state === "closed") github.close(number, BOT);
      }),
    mergePull: (number, sha, { title, body }) =>
      write("mergePull", (): MergeOutcome => {
        const pull = pullOf(number, Number.POSITIVE_INFINITY);
        if (pull.state === "merged" && pull.head === sha) {
          return { status: "merged", oid: pull.mergeCommit ?? sha };
        }
        if (pull.state === "open" && pull.head === sha && baseMoves()) return { status: "base-moved" };
        return github.merge(number, BOT, { sha, message: `${title}\n\n${body}` });
      }),
    label: (number, labels) => write("label", () => github.change(number, { labels })),
    assign: (number, assignees) => write("assign", () => github.change(number, { assignees })),

    comment: (id) => read("comment", (at) => github.comments.was(id, at) ?? null),
    comments: (pull, since) =>
      read("comments", (at) =>
        github.comments
          .all(at)
          .filter((comment) => comment.pull === pull && (since === null || comment.createdAt >= since - 1000))
          // A list tells an edit by its second, as GitHub's times do; the comment itself tells each.
          .map((comment) => ({
            ...comment,
            edited: comment.edited && comment.editedAt !== comment.createdAt,
          })),
      ),
    createComment: (pull, body) =>
      write("createComment", () => github.comment(pull, BOT, body, { bot: true })),
    updateComment: (id, body) => write("updateComment", () => github.rewrite(id, body)),
    react: (id, reaction) =>
      write("react", () => {
        const reactions = github.comments.get(id)?.reactions ?? [];
        const fresh = !reactions.includes(reaction);
        if (fresh) github.edit(id, { reactions: [...reactions, reaction] });
        return fresh;
      }),

    permission: (login) => read("permission", (at) => github.permission(login, at)),
    membership: ({ slug }, login) => read("membership", () => github.membership(slug, login)),

    check: (run) =>
      write("check", () => {
        github.hear("a check", [run.title, run.summary].join("\n\n"));
        for (const { message } of run.annotations) github.hear("an annotation", message);
        return github.show(run);
      }),
    deployments: (environment, limit) =>
      read("deployments", (at) =>
        github.deployments
          .all(at)
          .filter((deployment) => deployment.environment === environment)
          .reverse()
          .slice(0, limit),
      ),
    checksOf: (commit, name) => read("checksOf", (at) => gates.checks(commit, name, at)),
    deploymentsOf: (commit, environment) =>
      read("deploymentsOf", (at) => gates.deployments(commit, environment, at)),
    createDeployment: ({ ref, environment, description }) =>
      write("createDeployment", () => github.deploy({ ref, environment, description, creator: BOT })),
    deploymentStatus: (id, { state, description }) =>
      write("deploymentStatus", () => {
        github.hear("a deployment", description);
        github.deployed(id, state, BOT);
      }),
  };
}

const RULE = `Changes must be made through a pull request. ${LOUD}`;

function refused(github: GitHub): CommitOutcome {
  github.refuse(RULE);
  return { status: "blocked", reason: RULE };
}

function reading({ git }: GitHub, commit: string, path: string): FileReading {
  const oid = git.commit(commit)?.files.get(path);
  const text = oid === undefined ? null : git.text(oid);
  if (oid === undefined || text === null) return { status: "missing" };
  if (text.startsWith(SYMLINK)) return { status: "unusable", reason: "it is a symbolic link" };
  return { status: "text", oid, text };
}

function factsOf({ url }: GitHub, { oid, message, author, signed, at }: Commit): CommitFacts {
  const committedAt = Math.floor(at / 1000) * 1000;
  return { oid, message, author, ours: signed && author === BOT, committedAt, url: `${url}/commit/${oid}` };
}
