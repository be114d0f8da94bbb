import { describe, expect, it } from "vitest";
import type { DeploymentState } from "../../src/ports/forge.ts";
import type { Process, Team } from "./inside.ts";
import { lookUntil, openShop, ship } from "./shop.ts";
import { useInside } from "./use-inside.ts";

const inside = useInside();

const ENVIRONMENT = "production";

async function look(team: Team, bot: Process): Promise<void> {
  for (let second = 0; second < 3; second++) {
    await team.second();
    await bot.look({ kind: "push" });
  }
}

/** Version 2.0.0 merged into a shop whose releases start with such a deployment, and what people deploy there. */
async function deploying(when: "created" | "success") {
  const team = await openShop(inside, { on: { deployment: { environment: ENVIRONMENT, when } } });
  await ship(team, "2.0.0");
  const where = { owner: team.repository.owner.login, repo: team.repository.name };
  const rest = team.alice.octokit.rest.repos;
  return {
    team,
    bot: team.process(),
    async deploy(state: DeploymentState | null): Promise<number> {
      const { data } = await rest.createDeployment({
        ...where,
        ref: "main",
        environment: ENVIRONMENT,
        auto_merge: false,
        required_contexts: [],
      });
      if (!("id" in data)) throw new Error("GitHub made no deployment");
      if (state !== null) await rest.createDeploymentStatus({ ...where, deployment_id: data.id, state });
      return data.id;
    },
  };
}

describe("on: deployment", () => {
  it("starts by somebody's deployment, not by one that Sluice made for another rollout of the environment", async () => {
    const { team, bot, deploy } = await deploying("success");
    const ref = (await team.repository.git.branch("main")) ?? "";
    const payload = { release: "search#4" };
    const own = await team.forge.createDeployment({
      ref,
      environment: ENVIRONMENT,
      description: "search#4",
      payload,
    });
    const status = {
      state: "success",
      description: "search#4 · promoted",
      url: null,
      retires: false,
    } as const;
    await team.forge.deploymentStatus(own.id, status);
    await look(team, bot);
    expect((await team.state())?.release).toBeNull();
    const theirs = await deploy("success");
    const { release } = await lookUntil(team, bot, (state) => state.release !== null);
    expect(release?.cause).toMatchObject({ kind: "deployment", actor: "alice", deployment: theirs });
  });

  it.each(["failure", "error", "inactive"] as const)(
    "that was created, and is %s by now, starts nothing",
    async (state) => {
      const { team, bot, deploy } = await deploying("created");
      await deploy(state);
      await look(team, bot);
      expect((await team.state())?.release).toBeNull();
      const theirs = await deploy(null);
      const { release } = await lookUntil(team, bot, (found) => found.release !== null);
      expect(release?.cause).toMatchObject({ kind: "deployment", deployment: theirs });
    },
  );
});

describe("on: merge", () => {
  it("names the pull request into the deployment branch, not one that carried the version on to another", async () => {
    const team = await openShop(inside);
    const files = { "STAGING.md": "For tries\n" };
    await inside.github.push(team.repository, "staging", { files, message: "Staging", from: "main" });
    const pull = await ship(team, "2.0.0");
    const { data: further } = await team.alice.octokit.rest.pulls.create({
      owner: team.repository.owner.login,
      repo: team.repository.name,
      title: "Main into staging",
      head: "main",
      base: "staging",
    });
    await team.alice.merge(further.number);
    const { release } = await lookUntil(team, team.process(), (state) => state.release !== null);
    expect(release?.cause).toMatchObject({ kind: "merge", pull, actor: "alice" });
  });
});
