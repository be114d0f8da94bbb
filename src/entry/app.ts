import type { Probot } from "probot";
import { parseCommand } from "../commands/parse.ts";
import type { Bot, Repository } from "../reconcile/bot.ts";

/**
 * Registers what each webhook event means. Handlers only hand a cause over, so GitHub has its answer at once; and no
 * payload with it, as many may wait.
 */
export function sluice(
  bot: Bot,
  options: { readonly self: string; readonly run: (work: () => Promise<unknown>, what: string) => void },
) {
  const { self } = options;
  const run = (work: () => Promise<unknown>, what: string, { repository }: Repository) =>
    options.run(work, `${repository.owner}/${repository.name}: ${what}`);

  return (probot: Probot): void => {
    probot.on("push", ({ payload }) => {
      if (payload.sender?.login === self) return;
      const where = repositoryOf(payload);
      if (where) run(() => bot.repositoryChanged(where, { kind: "push" }), "push", where);
    });

    probot.on(
      ["pull_request.opened", "pull_request.reopened", "pull_request.synchronize", "pull_request.edited"],
      ({ payload }) => {
        // Of what can be edited, only another base changes what merging does.
        if (payload.action === "edited" && payload.changes?.base === undefined) return;
        const where = repositoryOf(payload);
        const { number } = payload.pull_request;
        if (where) run(() => bot.pullChanged(where, number), "pull request", where);
      },
    );

    probot.on("pull_request.closed", ({ payload }) => {
      const where = repositoryOf(payload);
      if (where) run(() => bot.repositoryChanged(where, { kind: "pull" }), "pull request", where);
    });

    probot.on("issue_comment.created", ({ payload }) => {
      const where = repositoryOf(payload);
      const { comment, issue } = payload;
      if (!where || !issue.pull_request || comment.user?.type === "Bot") return;
      if (parseCommand(comment.body).kind === "none") return;
      const { id } = comment;
      run(() => bot.commented(where, id), "comment", where);
    });

    probot.on("deployment.created", ({ payload }) => {
      const where = repositoryOf(payload);
      if (where && payload.deployment.creator?.login !== self)
        run(() => bot.repositoryChanged(where, { kind: "deployment" }), "deployment", where);
    });

    probot.on("deployment_status.created", ({ payload }) => {
      const where = repositoryOf(payload);
      if (where && payload.deployment_status.creator?.login !== self) {
        run(() => bot.repositoryChanged(where, { kind: "deployment" }), "deployment status", where);
      }
    });

    probot.on("check_run.requested_action", ({ payload }) => {
      const where = repositoryOf(payload);
      const { check_run: check, requested_action: action, sender } = payload;
      // Bots are never obeyed. GitHub tells this App of its own runs only.
      if (!where || !action?.identifier || !check.external_id || sender.type !== "User") return;
      const click = {
        run: check.id,
        release: check.external_id,
        action: action.identifier,
        by: sender.login,
      };
      run(() => bot.clicked(where, click), "button", where);
    });

    probot.on("check_run.rerequested", ({ payload }) => {
      const where = repositoryOf(payload);
      if (!where) return;
      run(() => bot.repositoryChanged(where, { kind: "check" }), "check run", where);
      for (const { number } of payload.check_run.pull_requests ?? [])
        run(() => bot.pullChanged(where, number), "check run", where);
    });
  };
}

interface Payload {
  readonly installation?: { readonly id: number } | undefined;
  readonly repository?:
    | { readonly id: number; readonly name: string; readonly owner: { readonly login: string } | null }
    | undefined;
}

/** null for a delivery outside an installation: there is no token to act with. */
function repositoryOf({ installation, repository }: Payload): Repository | null {
  if (!installation || !repository?.owner) return null;
  const { id, name, owner } = repository;
  return { installation: installation.id, repository: { id, owner: owner.login, name } };
}
