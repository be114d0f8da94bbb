import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { type Runner, startRunner } from "../../dev/actions/runner.ts";
import { Screen } from "../../dev/demo/screen.ts";
import { FILES, own, tell } from "../../dev/demo/story.ts";
import { TRAFFIC } from "../../dev/demo/traffic.ts";
import { verify } from "../../dev/demo/verify.ts";
import { type Stage, startStage } from "../../dev/stage/stage.ts";

/** The demo's two releases in jobs of GitHub Actions, by the workflow that users copy and nothing else of Sluice's. */
describe("on GitHub Actions alone", () => {
  let stage: Stage;
  let runner: Runner;
  beforeAll(async () => {
    vi.spyOn(console, "log").mockImplementation(() => undefined);
    stage = await startStage({
      files: Object.fromEntries(Object.values(FILES).map((path) => [path, own(path)])),
      meshFiles: FILES,
      behaviour: (image) => ({ errorRate: image.endsWith(":3.0.0") ? 0.2 : 0, latencyMs: 5 }),
      perSecond: TRAFFIC,
      validate: true,
      async start({ github, repository, prometheus, env = {} }) {
        runner = await startRunner({
          github,
          repository,
          vars: { SLUICE_PROMETHEUS_URL: prometheus ?? "" },
          env: { WRITE_SECONDS: "0", ...env },
          every: 10_000,
        });
        return runner;
      },
    });
  });
  afterAll(async () => {
    vi.restoreAllMocks();
    await stage?.stop();
  });

  it("a good version is promoted and a bad one rolled back: the commits and pull requests that the server makes", async () => {
    const seen = await tell(stage, new Screen()).catch((error: unknown) => {
      throw new Error(`${String(error)}\n${runner.log.slice(-25).join("\n")}`);
    });
    expect(await verify(stage, seen)).toEqual([]);
    expect(stage.github.violations).toEqual([]);
  });

  it("every run ended well, those that GitHub dropped were missed by nobody, and nobody was offered a button", async () => {
    // The schedule's follow one another, on a slow machine without a pause.
    const running = () =>
      runner.runs.filter(({ state, event }) => state === "running" && event !== "schedule");
    await vi.waitFor(() => expect(running()).toEqual([]), { timeout: 240_000, interval: 100 });
    const ended = runner.runs.filter(({ state }) => state === "done");
    expect(ended.filter(({ code }) => code !== 0)).toEqual([]);
    expect(runner.runs.filter(({ state }) => state === "dropped")).not.toEqual([]);
    expect([...stage.repository.checkRuns.values()].flatMap(({ actions }) => actions)).toEqual([]);
    const errors = runner.log.filter((line) => line.includes("::error"));
    expect(errors).toEqual([expect.stringContaining("checkout#2 failed at 10 %25")]);
  });
});
