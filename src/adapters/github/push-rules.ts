import type { Octokit } from "@octokit/rest";
import { z } from "zod";
import type { PushRule } from "../../ports/forge.ts";
import type { RepositoryId } from "../../ports/scheduler.ts";
import { called } from "./directory.ts";
import type { Gateway } from "./gateway.ts";

/** Rules of rulesets that a commit made through the API breaks; signatures it has, and it is no merge. */
const FORBID: Readonly<Record<string, string>> = {
  pull_request: "changes must be made through a pull request",
  merge_queue: "changes must be made through the merge queue",
  required_status_checks: "status checks are required",
  required_deployments: "deployments are required",
  update: "updates are restricted",
};

/** Whoever may go around a ruleset, also without a pull request. */
const PASSES: ReadonlySet<string | undefined> = new Set(["always", "exempt"]);

const updateRule = z.object({
  viewerCanPush: z.boolean(),
  requiredApprovingReviewCount: z.number().nullable(),
  requiresCodeOwnerReviews: z.boolean(),
});

const classic = z.object({
  repository: z.object({ ref: z.object({ refUpdateRule: updateRule.nullable() }).nullable() }),
});

type Forbidden = Extract<PushRule, { readonly status: "forbidden" }>;

/** By rulesets, and by classic protection as far as GitHub tells it to whoever is no admin. */
export async function readPushRule(gateway: Gateway, branch: string): Promise<PushRule> {
  const found = [await bySomeRuleset(gateway, branch), await byProtection(gateway, branch)];
  const [first, ...more] = found.filter((rule) => rule !== null);
  if (!first) return { status: "free" };
  return { ...first, reviews: Math.max(first.reviews, ...more.map(({ reviews }) => reviews)) };
}

async function bySomeRuleset({ octokit, repo, read }: Gateway, branch: string): Promise<Forbidden | null> {
  const { data: rules } = await read(() =>
    octokit.rest.repos.getBranchRules({ ...repo, branch, per_page: 100 }),
  );
  const bypass = new Map<number, string | undefined>();
  let found: Forbidden | null = null;
  for (const rule of rules) {
    const reason = FORBID[rule.type];
    const id = rule.ruleset_id;
    if (reason === undefined || id === undefined) continue;
    if (!bypass.has(id)) {
      const { data } = await read(() => octokit.rest.repos.getRepoRuleset({ ...repo, ruleset_id: id }));
      bypass.set(id, data.current_user_can_bypass);
    }
    if (PASSES.has(bypass.get(id))) continue;
    found ??= { status: "forbidden", reason, reviews: 0 };
    // Who may go around it in pull requests needs nobody's approval there.
    if (rule.type !== "pull_request" || bypass.get(id) === "pull_requests_only") continue;
    const { required_approving_review_count: count, require_code_owner_review: byOwners } =
      rule.parameters ?? {};
    const reviews = reviewsOf(count, byOwners);
    found = { ...found, reviews: Math.max(found.reviews, reviews) };
  }
  return found;
}

async function byProtection(gateway: Gateway, branch: string): Promise<Forbidden | null> {
  const { repository } = await gateway.query(
    `query pushRule($owner: String!, $repo: String!, $ref: String!) {
      repository(owner: $owner, name: $repo) {
        ref(qualifiedName: $ref) { refUpdateRule { viewerCanPush requiredApprovingReviewCount requiresCodeOwnerReviews } }
      }
    }`,
    { ref: `refs/heads/${branch}` },
    classic,
  );
  const rule = repository.ref?.refUpdateRule;
  if (!rule || rule.viewerCanPush) return null;
  const reviews = reviewsOf(rule.requiredApprovingReviewCount, rule.requiresCodeOwnerReviews);
  return { status: "forbidden", reason: "the branch is protected", reviews };
}

/** The types of the rules that rulesets have for a branch, whether it exists or not. Failures are ForgeErrors. */
export async function rulesOf(
  octokit: Octokit,
  { owner, name }: RepositoryId,
  branch: string,
): Promise<ReadonlySet<string>> {
  const { data } = await called(() =>
    octokit.rest.repos.getBranchRules({ owner, repo: name, branch, per_page: 100 }),
  );
  return new Set(data.map(({ type }) => type));
}

/** A code owner's review is one at least. */
function reviewsOf(count: number | null | undefined, byOwners: boolean | undefined): number {
  return Math.max(count ?? 0, byOwners === true ? 1 : 0);
}
