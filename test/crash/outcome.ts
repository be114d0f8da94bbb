import type { RolloutState } from "../../src/release/state.ts";
import { CANARY, MESH, type Shop, STABLE } from "../e2e/shop.ts";

const BOT = "sluice[bot]";

export type Outcome = Awaited<ReturnType<typeof outcomeOf>>;

/** What a release leaves behind, without what differs from run to run: ids, times and measured numbers. */
export async function outcomeOf(shop: Shop) {
  const { git, pulls, comments, checkRuns, deployments } = shop.repository;
  const state = await stateOf(shop);
  const log = await shop.git.log("main");
  const commits = log.map(({ author, subject }) => `${author}: ${subject}`);
  const subjects = new Map(log.map(({ oid, subject }) => [oid, subject]));
  // What our own pull request would do is said of it while it stands open: a moment, where it is merged at once.
  const own = new Set(
    [...pulls.values()].filter(({ author }) => author.login === BOT).map(({ head }) => head),
  );
  return {
    state: state && { ...state, last: state.last && { ...state.last, at: null }, took: state.took?.length },
    manifests: await manifests(shop),
    commits,
    branches: (await git.refs("refs/heads/")).map(({ ref }) => ref),
    pulls: [...pulls.values()].map(({ headBranch, state, merged, labels, assignees }) => {
      const found = [...labels.map(({ name }) => name), ...assignees.map(({ login }) => login)];
      return [headBranch, merged ? "merged" : state, ...found].join(", ");
    }),
    // Their first line says how things stand.
    comments: [...comments.values()].map(({ issue, body }) => `#${issue}: ${body.split("\n")[0]}`),
    // Checks of weights may come in another order than those of the release.
    checks: [...checkRuns.values()]
      .filter(({ sha, name }) => !(name === "sluice" && own.has(sha)))
      .map(({ name, status, conclusion, sha }) => {
        const on = subjects.get(sha) ?? "a pull request";
        return `${name} on ${on}: ${status}, ${conclusion}`;
      })
      .sort(),
    deployments: [...deployments.values()].map(
      ({ environment, statuses }) => `${environment}: ${statuses.at(-1)?.state}`,
    ),
  };
}

/** The state document; null before there is one. */
export async function stateOf({ repository }: Shop): Promise<RolloutState | null> {
  const found = await repository.git.object("sluice/state:rollouts/checkout.json");
  return found && JSON.parse(found.content.toString("utf8"));
}

/** What the manifests on main said, commit by commit along the first parents, repetitions aside. */
async function manifests({ repository: { git } }: Shop): Promise<readonly string[]> {
  const said: string[] = [];
  let oid = await git.branch("main");
  while (oid) {
    const at = oid;
    const files = await Promise.all([MESH, STABLE, CANARY].map((path) => git.object(`${at}:${path}`)));
    const text = files.map((file) => file?.content.toString("utf8")).join("\n");
    if (text !== said[0]) said.unshift(text);
    oid = (await git.commit(at))?.parents[0] ?? null;
  }
  return said;
}
