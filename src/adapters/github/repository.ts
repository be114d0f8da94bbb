import { ForgeError, type Permission, type RepositoryFacts, type TeamName } from "../../ports/forge.ts";
import { statusOf } from "./errors.ts";
import type { Gateway } from "./gateway.ts";

export async function readRepository(gateway: Gateway): Promise<RepositoryFacts> {
  const { data, headers } = await gateway.read(() => gateway.octokit.rest.repos.get(gateway.repo));
  const said = Date.parse(headers.date ?? "");
  return {
    id: data.id,
    owner: data.owner.login,
    name: data.name,
    defaultBranch: data.default_branch,
    archived: data.archived,
    url: data.html_url,
    skew: Number.isNaN(said) ? null : said - Date.now(),
  };
}

/** The role at this moment. A custom role counts as the plain one that GitHub says it builds on. */
export async function readPermission(gateway: Gateway, login: string): Promise<Permission> {
  try {
    const { data } = await gateway.read(() =>
      gateway.octokit.rest.repos.getCollaboratorPermissionLevel({ ...gateway.repo, username: login }),
    );
    return roleIn(data.role_name) ?? roleIn(data.permission) ?? "none";
  } catch (error) {
    // Not a user, or none this repository knows.
    if (statusOf(error) === 404) {
      return "none";
    }
    throw error;
  }
}

/** Whoever was invited and has not accepted is no member yet. */
export async function readMembership(
  gateway: Gateway,
  { organization, slug }: TeamName,
  login: string,
): Promise<"member" | "none" | "unreadable"> {
  try {
    const { data } = await gateway.read(() =>
      gateway.octokit.rest.teams.getMembershipForUserInOrg({
        org: organization,
        team_slug: slug,
        username: login,
      }),
    );
    return data.state === "active" ? "member" : "none";
  } catch (error) {
    if (statusOf(error) === 404) return "none";
    // Without the permission, and for an organization that this installation is not of.
    if (error instanceof ForgeError && error.code === "forbidden") return "unreadable";
    throw error;
  }
}

function roleIn(name: string): Permission | null {
  switch (name) {
    case "none":
    case "read":
    case "triage":
    case "write":
    case "maintain":
    case "admin":
      return name;
    default:
      return null;
  }
}

export async function addLabels(gateway: Gateway, number: number, labels: readonly string[]): Promise<void> {
  if (labels.length > 0) {
    await gateway.write("comment", () =>
      gateway.octokit.rest.issues.addLabels({
        ...gateway.repo,
        issue_number: number,
        labels: [...labels],
      }),
    );
  }
}

/** Logins that may not be assigned are left out by GitHub without a word. */
export async function addAssignees(
  gateway: Gateway,
  number: number,
  logins: readonly string[],
): Promise<void> {
  if (logins.length > 0) {
    await gateway.write("comment", () =>
      gateway.octokit.rest.issues.addAssignees({
        ...gateway.repo,
        issue_number: number,
        assignees: [...logins],
      }),
    );
  }
}
