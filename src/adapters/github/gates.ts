import { z } from "zod";
import type { CheckSaid, Deployed } from "../../analysis/gates.ts";
import { isOurCheck } from "../../config/gates.ts";
import { ForgeError } from "../../ports/forge.ts";
import type { Gateway } from "./gateway.ts";

/** As whom every workflow's `GITHUB_TOKEN` acts: where Sluice does too, its login tells nobody apart. */
const SHARED_LOGIN = "github-actions[bot]";

/** Commit statuses of one commit that are read; of more it cannot be said who was the last to speak. */
const MOST_STATUSES = 1000;

/** Deployments by others of one commit to one environment; each is a request. More are no team's. */
const MOST_DEPLOYMENTS = 50;
const PAGE = 100;

/** Both are asked, as anybody may report by either. */
export async function readChecksOf(
  gateway: Gateway,
  commit: string,
  name: string,
): Promise<readonly CheckSaid[]> {
  const [runs, statuses] = await Promise.all([
    newestRuns(gateway, commit, name),
    newestStatuses(gateway, commit, name),
  ]);
  return [...runs, ...statuses];
}

/** The newest run of each suite but ours: a job that is started again stays in its suite, another workflow has another. */
async function newestRuns(gateway: Gateway, commit: string, name: string): Promise<readonly CheckSaid[]> {
  const runs = await gateway.read(() =>
    gateway.octokit.paginate(gateway.octokit.rest.checks.listForRef, {
      ...gateway.repo,
      ref: commit,
      check_name: name,
      // Of each suite; the same workflow may have run in several.
      filter: "latest",
      per_page: PAGE,
    }),
  );
  const newest = new Map<string, CheckSaid>();
  for (const run of runs.toSorted((a, b) => a.id - b.id)) {
    const login = `${run.app?.slug}[bot]`;
    const ours = login === gateway.login && (login !== SHARED_LOGIN || isOurCheck(run.name));
    if (ours || run.name !== name) continue;
    const suite = run.check_suite ? `suite ${run.check_suite.id}` : `run ${run.id}`;
    const by = run.app?.slug ?? "an unknown App";
    newest.set(suite, { by, word: run.conclusion ?? run.status, link: addressIn(run.html_url) });
  }
  return [...newest.values()];
}

/**
 * The newest by each who set one: nobody's takes the place of another's. None where we may not read them:
 * `statuses: read` is newer than the App's other permissions.
 */
async function newestStatuses(gateway: Gateway, commit: string, name: string): Promise<readonly CheckSaid[]> {
  try {
    let seen = 0;
    const statuses = await gateway.read(() => {
      seen = 0;
      return gateway.octokit.paginate(
        gateway.octokit.rest.repos.listCommitStatusesForRef,
        { ...gateway.repo, ref: commit, per_page: PAGE },
        ({ data }, done) => {
          seen += data.length;
          if (seen > MOST_STATUSES) done();
          return data.filter(({ context }) => context === name);
        },
      );
    });
    if (seen > MOST_STATUSES) throw tooMany(`the commit has more than ${MOST_STATUSES} commit statuses`);
    const newest = new Map<string, CheckSaid>();
    // GitHub lists the newest first.
    for (const { creator, state, target_url: page } of statuses) {
      const by = creator?.login ?? "ghost";
      // We set none; by the shared login workflows do.
      if ((by === gateway.login && by !== SHARED_LOGIN) || newest.has(by)) continue;
      newest.set(by, { by, word: state, link: addressIn(page) });
    }
    return [...newest.values()];
  } catch (error) {
    if (error instanceof ForgeError && error.code === "forbidden") return [];
    throw error;
  }
}

/** A job that waits for its environment's rules has the word `waiting`, which GitHub describes nowhere. */
export async function readDeploymentsOf(
  gateway: Gateway,
  commit: string,
  environment: string,
): Promise<readonly Deployed[]> {
  const { data } = await gateway.read(() =>
    gateway.octokit.rest.repos.listDeployments({ ...gateway.repo, sha: commit, environment, per_page: PAGE }),
  );
  const others = data.filter((one) => {
    const byUs = [loginOf(one), one.creator?.login].includes(gateway.login);
    return !(byUs && isOurDeployment(one)) && one.sha === commit && one.environment === environment;
  });
  if (data.length === PAGE || others.length > MOST_DEPLOYMENTS)
    throw tooMany(`the commit has more than ${MOST_DEPLOYMENTS} deployments there`);
  return Promise.all(
    others.map(async (deployment): Promise<Deployed> => {
      const { data: said } = await gateway.read(() =>
        gateway.octokit.rest.repos.listDeploymentStatuses({
          ...gateway.repo,
          deployment_id: deployment.id,
          per_page: PAGE,
        }),
      );
      // Anybody who may write may post one on anybody's deployment.
      const by = loginOf(deployment);
      const statuses = said.filter((status) => loginOf(status) === by);
      const [last] = statuses;
      const link = addressIn(last?.log_url || last?.target_url);
      return { by: by.replace(/\[bot\]$/, ""), words: statuses.map(({ state }) => state), link };
    }),
  );
}

/**
 * Whose it is. Of what a workflow does GitHub names whoever started or approved it as the creator, and the App beside;
 * an App alone is its own bot.
 */
function loginOf(made: {
  readonly creator?: { readonly login: string } | null;
  readonly performed_via_github_app?: { readonly slug?: string } | null;
}): string {
  const slug = made.performed_via_github_app?.slug;
  return slug === undefined ? (made.creator?.login ?? "ghost") : `${slug}[bot]`;
}

/**
 * As the reconciler makes them: the release's name is the description, and in the payload. Our login alone is not
 * enough: our push starts the workflow whose job is waited for, and whoever started it is the creator.
 */
function isOurDeployment({
  description,
  payload,
}: {
  description: string | null;
  payload: unknown;
}): boolean {
  const { data } = ourPayload.safeParse(payload);
  return data !== undefined && data.release === description;
}

const ourPayload = z.object({ release: z.string() });

function tooMany(what: string): ForgeError {
  return new ForgeError("invalid", `${what}, and they are not told apart`);
}

const LONGEST = 500;

/** An address that somebody else wrote: kept only where it can be one, without credentials in it. */
function addressIn(text: string | null | undefined): string | null {
  const url = text && text.length <= LONGEST ? URL.parse(text) : null;
  if (!url || !["http:", "https:"].includes(url.protocol) || url.username || url.password) return null;
  return url.href;
}
