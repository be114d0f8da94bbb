import { Octokit } from "@octokit/rest";
import type { GitHub } from "../github/server.ts";

type Repository = Awaited<ReturnType<GitHub["createRepository"]>>;

/** Somebody with a GitHub account, who uses the same API as everybody. */
export class Person {
  readonly octokit: Octokit;
  readonly login: string;
  readonly #github: GitHub;
  readonly #repository: Repository;

  constructor(login: string, github: GitHub, repository: Repository) {
    this.login = login;
    this.#github = github;
    this.#repository = repository;
    github.addUser(login);
    this.octokit = new Octokit({ auth: github.tokenFor(login), baseUrl: github.url });
  }

  get #where() {
    return { owner: this.#repository.owner.login, repo: this.#repository.name };
  }

  /** A pull request with one commit; its number. */
  async propose(
    branch: string,
    title: string,
    files: Readonly<Record<string, string>>,
    body = "",
  ): Promise<number> {
    await this.#github.push(this.#repository, branch, { files, message: title, author: this.login });
    const { data } = await this.octokit.rest.pulls.create({
      ...this.#where,
      title,
      head: branch,
      base: "main",
      body,
    });
    return data.number;
  }

  async merge(number: number): Promise<void> {
    await this.octokit.rest.pulls.merge({ ...this.#where, pull_number: number });
  }

  async close(number: number): Promise<void> {
    await this.octokit.rest.pulls.update({ ...this.#where, pull_number: number, state: "closed" });
  }

  /** The comment's id. */
  async comment(number: number, body: string): Promise<number> {
    const { data } = await this.octokit.rest.issues.createComment({
      ...this.#where,
      issue_number: number,
      body,
    });
    return data.id;
  }

  async pull(number: number) {
    return (await this.octokit.rest.pulls.get({ ...this.#where, pull_number: number })).data;
  }

  async pulls() {
    return (await this.octokit.rest.pulls.list({ ...this.#where, state: "all" })).data;
  }

  async comments(number: number) {
    return (await this.octokit.rest.issues.listComments({ ...this.#where, issue_number: number })).data;
  }

  async reactions(comment: number) {
    const { data } = await this.octokit.rest.reactions.listForIssueComment({
      ...this.#where,
      comment_id: comment,
    });
    return data.map(({ content }) => content);
  }

  async checks(commit: string) {
    return (await this.octokit.rest.checks.listForRef({ ...this.#where, ref: commit })).data.check_runs;
  }
}
