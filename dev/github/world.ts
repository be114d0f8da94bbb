import { randomBytes } from "node:crypto";
import { HttpError, notFound } from "./errors.ts";
import { Manifests } from "./manifests.ts";
import type { Account, Actor, AppFacts, Installation, Permissions } from "./model.ts";
import type { Repository } from "./repository.ts";
import type { Webhooks } from "./webhooks.ts";

/** Everything the server knows. One instance a server; the resources read and change it. */
export class World {
  readonly app: AppFacts;
  readonly bot: Account;
  /** Whoever acts with the token of a workflow's job. */
  readonly actions: Account;
  readonly now: () => number;
  readonly webhooks: Webhooks;
  readonly tokenLifetime: number;
  /** Set once the port is known. */
  url = "";
  /** Apps that people are registering. */
  readonly manifests = new Manifests();
  readonly accounts = new Map<string, Account>();
  readonly repositories: Repository[] = [];
  /** `acme/payments` → login in lower case → whether they have accepted. */
  readonly teams = new Map<string, ReadonlyMap<string, "active" | "pending">>();
  readonly installations = new Map<string, Installation>();
  readonly #tokens = new Map<string, { readonly actor: Actor; readonly expiresAt: number | null }>();
  #nextId = 1000;

  constructor(options: {
    app: AppFacts;
    now: () => number;
    tokenLifetime: number;
    webhooks: (world: World) => Webhooks;
  }) {
    this.app = options.app;
    this.now = options.now;
    this.tokenLifetime = options.tokenLifetime;
    this.bot = this.addAccount(`${options.app.slug}[bot]`, "Bot");
    this.actions = this.addAccount("github-actions[bot]", "Bot");
    this.addAccount("github", "Organization");
    this.addAccount("ghost", "User");
    this.webhooks = options.webhooks(this);
  }

  id(): number {
    this.#nextId += 1;
    return this.#nextId;
  }

  addAccount(login: string, type: Account["type"]): Account {
    const existing = this.accounts.get(login.toLowerCase());
    if (existing !== undefined) return existing;
    const id = this.id();
    const account: Account = {
      id,
      login,
      type,
      name: type === "User" ? login.slice(0, 1).toUpperCase() + login.slice(1) : null,
      email: `${id}+${login}@users.noreply.github.com`,
      createdAt: this.now(),
    };
    this.accounts.set(login.toLowerCase(), account);
    return account;
  }

  account(login: string): Account {
    const found = this.accounts.get(login.toLowerCase());
    if (found === undefined) throw notFound();
    return found;
  }

  /** The account that git data names, by its noreply or account address. */
  accountByEmail(email: string): Account | null {
    for (const account of this.accounts.values()) if (account.email === email) return account;
    return null;
  }

  installationOf(owner: Account): Installation {
    const existing = this.installations.get(owner.login);
    if (existing !== undefined) return existing;
    const made = { id: this.id(), account: owner, createdAt: this.now() };
    this.installations.set(owner.login, made);
    return made;
  }

  /** The repository when the actor may see it. */
  repository(actor: Actor, owner: string, name: string): Repository {
    const wanted = `${owner}/${name}`.toLowerCase();
    const found = this.repositories.find((repository) => repository.fullName.toLowerCase() === wanted);
    if (found === undefined || !this.sees(actor, found)) throw notFound();
    return found;
  }

  sees(actor: Actor, repository: Repository): boolean {
    if (actor.kind === "user") return repository.roleOf(actor.account.login) !== "none";
    if (actor.kind === "app") return true;
    return (
      actor.installation.account.id === repository.owner.id &&
      (actor.repositories === null || actor.repositories.has(repository.id))
    );
  }

  userToken(account: Account): string {
    const token = `ghp_${randomBytes(18).toString("hex")}`;
    this.#tokens.set(token, { actor: { kind: "user", account }, expiresAt: null });
    return token;
  }

  installationToken(
    installation: Installation,
    permissions: Permissions,
    repositories: ReadonlySet<number> | null,
  ): { token: string; expiresAt: number } {
    const token = `ghs_${randomBytes(18).toString("hex")}`;
    const expiresAt = this.now() + this.tokenLifetime;
    const actor: Actor = {
      kind: "installation",
      installation,
      account: this.bot,
      app: "sluice",
      permissions,
      repositories,
    };
    this.#tokens.set(token, { actor, expiresAt });
    return { token, expiresAt };
  }

  /** What a workflow's job gets as `GITHUB_TOKEN`: for one repository. */
  actionsToken(repository: Repository, permissions: Permissions): string {
    const token = `ghs_${randomBytes(18).toString("hex")}`;
    const actor: Actor = {
      kind: "installation",
      installation: { id: this.id(), account: repository.owner, createdAt: this.now() },
      account: this.actions,
      app: "github-actions",
      permissions: { metadata: "read", ...permissions },
      repositories: new Set([repository.id]),
    };
    this.#tokens.set(token, { actor, expiresAt: null });
    return token;
  }

  tokenActor(token: string): Actor {
    const found = this.#tokens.get(token);
    if (found === undefined || (found.expiresAt !== null && found.expiresAt <= this.now())) {
      throw new HttpError(401, "Bad credentials");
    }
    return found.actor;
  }
}
