import type { CheckSaid, Deployed } from "../../analysis/gates.ts";
import { ForgeError } from "../../ports/forge.ts";
import type { Gateway } from "./gateway.ts";

/** Statuses of one commit that are looked through for one context. GitHub keeps 1,000 of each. */
const MOST_STATUSES = 1000;

/** Both are asked, as anybody may report by either. */
export async function readChecksOf(
  gateway: Gateway,
  commit: string,
  name: string,
): Promise<readonly CheckSaid[]> {
  const [runs, status] = await Promise.all([
    newestRuns(gateway, commit, name),
    statusOf(gateway, commit, name),
  ]);
  return [...runs, ...status];
}

/** The newest run of each App but ours: one that was started again stands in the place of what failed before. */
async function newestRuns(gateway: Gateway, commit: string, name: string): Promise<readonly CheckSaid[]> {
  const runs = await gateway.read(() =>
    gateway.octokit.paginate(gateway.octokit.rest.checks.listForRef, {
      ...gateway.repo,
      ref: commit,
      check_name: name,
      // Of each suite; the same workflow may have run in several.
      filter: "latest",
      per_page: 100,
    }),
  );
  const newest = new Map<string, CheckSaid>();
  for (const run of runs.toSorted((a, b) => a.id - b.id)) {
    const by = run.app?.slug ?? "an unknown App";
    if (`${by}[bot]` === gateway.login || run.name !== name) continue;
    newest.set(by, { by, word: run.conclusion ?? run.status, link: addressIn(run.html_url) });
  }
  return [...newest.values()];
}

/** At most one. None where we may not read them: `statuses: read` is newer than the App's other permissions. */
async function statusOf(gateway: Gateway, commit: string, name: string): Promise<readonly CheckSaid[]> {
  try {
    const statuses = await gateway.read(() => {
      let seen = 0;
      return gateway.octokit.paginate(
        gateway.octokit.rest.repos.listCommitStatusesForRef,
        { ...gateway.repo, ref: commit, per_page: 100 },
        ({ data }, done) => {
          seen += data.length;
          const ours = data.filter(({ context }) => context === name);
          if (ours.length > 0 || seen >= MOST_STATUSES) done();
          return ours;
        },
      );
    });
    // GitHub lists the newest first.
    const [newest] = statuses.filter(({ creator }) => creator?.login !== gateway.login);
    if (!newest) return [];
    return [
      {
        by: newest.creator?.login ?? "ghost",
        word: newest.state,
        link: addressIn(newest.target_url),
      },
    ];
  } catch (error) {
    if (error instanceof ForgeError && error.code === "forbidden") return [];
    throw error;
  }
}

/** Who deploys one commit to one environment; more are no team's. */
const MOST_DEPLOYERS = 5;

/** A job that waits for its environment's rules has the word `waiting`, which GitHub describes nowhere. */
export async function readDeploymentsOf(
  gateway: Gateway,
  commit: string,
  environment: string,
): Promise<readonly Deployed[]> {
  const { data } = await gateway.read(() =>
    gateway.octokit.rest.repos.listDeployments({ ...gateway.repo, sha: commit, environment, per_page: 100 }),
  );
  const newest = new Map<string, number>();
  // Whoever started a workflow is the creator of what its jobs deploy; GitHub lists the newest first.
  for (const { id, creator, sha, environment: there, performed_via_github_app: app } of data) {
    const by = app?.slug ?? creator?.login ?? "ghost";
    if (creator?.login === gateway.login || `${by}[bot]` === gateway.login) continue;
    if (sha === commit && there === environment && !newest.has(by)) newest.set(by, id);
  }
  return Promise.all(
    [...newest].slice(0, MOST_DEPLOYERS).map(async ([by, id]): Promise<Deployed> => {
      const { data: statuses } = await gateway.read(() =>
        gateway.octokit.rest.repos.listDeploymentStatuses({
          ...gateway.repo,
          deployment_id: id,
          per_page: 100,
        }),
      );
      const [last] = statuses;
      const link = addressIn(last?.log_url || last?.target_url);
      return { by, words: statuses.map(({ state }) => state), link };
    }),
  );
}

const LONGEST = 500;

/** An address that somebody else wrote: kept only where it can be one, without credentials in it. */
function addressIn(text: string | null | undefined): string | null {
  const url = text && text.length <= LONGEST ? URL.parse(text) : null;
  if (!url || !["http:", "https:"].includes(url.protocol) || url.username || url.password) return null;
  return url.href;
}
