import type { Account, JsonObject } from "../model.ts";
import { iso, nodeId } from "./basics.ts";

/** `simple-user`. */
export function userJson(url: string, account: Account): JsonObject {
  const api = `${url}/users/${encodeURIComponent(account.login)}`;
  return {
    login: account.login,
    id: account.id,
    node_id: nodeId(account.type === "Bot" ? "BOT" : "U", account.id),
    avatar_url: `${url}/avatars/u/${account.id}`,
    gravatar_id: "",
    url: api,
    html_url:
      account.type === "Bot"
        ? `${url}/apps/${account.login.replace("[bot]", "")}`
        : `${url}/${account.login}`,
    followers_url: `${api}/followers`,
    following_url: `${api}/following{/other_user}`,
    gists_url: `${api}/gists{/gist_id}`,
    starred_url: `${api}/starred{/owner}{/repo}`,
    subscriptions_url: `${api}/subscriptions`,
    organizations_url: `${api}/orgs`,
    repos_url: `${api}/repos`,
    events_url: `${api}/events{/privacy}`,
    received_events_url: `${api}/received_events`,
    type: account.type,
    site_admin: false,
    user_view_type: "public",
  };
}

/** `public-user`. */
export function publicUserJson(url: string, account: Account): JsonObject {
  return {
    ...userJson(url, account),
    name: account.name,
    company: null,
    blog: "",
    location: null,
    email: null,
    hireable: null,
    bio: null,
    public_repos: 0,
    public_gists: 0,
    followers: 0,
    following: 0,
    created_at: iso(account.createdAt),
    updated_at: iso(account.createdAt),
  };
}

/** `organization-simple`. */
export function organizationJson(url: string, account: Account): JsonObject {
  const api = `${url}/orgs/${account.login}`;
  return {
    login: account.login,
    id: account.id,
    node_id: nodeId("O", account.id),
    url: api,
    repos_url: `${api}/repos`,
    events_url: `${api}/events`,
    hooks_url: `${api}/hooks`,
    issues_url: `${api}/issues`,
    members_url: `${api}/members{/member}`,
    public_members_url: `${api}/public_members{/member}`,
    avatar_url: `${url}/avatars/u/${account.id}`,
    description: null,
  };
}
