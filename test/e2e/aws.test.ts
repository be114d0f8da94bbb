import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { type BotOnAws, startBotOnAws } from "../../dev/aws/bot.ts";
import { Screen } from "../../dev/demo/screen.ts";
import { FILES, own, tell } from "../../dev/demo/story.ts";
import { TRAFFIC } from "../../dev/demo/traffic.ts";
import { verify } from "../../dev/demo/verify.ts";
import { type Stage, startStage } from "../../dev/stage/stage.ts";

/** The demo's two releases on the functions as they are packaged: webhook → SQS → worker → GitHub, timers of AWS' own. */
describe("on AWS Lambda", () => {
  let stage: Stage;
  let bot: BotOnAws;
  beforeAll(async () => {
    vi.spyOn(console, "log").mockImplementation(() => undefined);
    stage = await startStage({
      files: Object.fromEntries(Object.values(FILES).map((path) => [path, own(path)])),
      meshFiles: FILES,
      behaviour: (image) => ({ errorRate: image.endsWith(":3.0.0") ? 0.2 : 0, latencyMs: 5 }),
      perSecond: TRAFFIC,
      validate: true,
      async start(options) {
        bot = await startBotOnAws(options);
        return bot;
      },
    });
  });
  afterAll(async () => {
    vi.restoreAllMocks();
    await stage?.stop();
  });

  it("a good version is promoted and a bad one rolled back: the commits and pull requests that the server makes", async () => {
    const seen = await tell(stage, new Screen()).catch((error: unknown) => {
      throw new Error(`${String(error)}\n${bot.log.slice(-15).join("\n")}`);
    });
    expect(await verify(stage, seen)).toEqual([]);
    expect(stage.github.violations).toEqual([]);
  });

  it("nothing is left over: no schedule, no message, no dead letter", async () => {
    await vi.waitFor(
      () => {
        expect([...bot.account.scheduler.schedules.keys()]).toEqual([]);
        expect(bot.account.queue.bodies()).toEqual([]);
      },
      { timeout: 240_000, interval: 200 },
    );
    expect(bot.account.queue.bodies("dead")).toEqual([]);
    expect(bot.account.scheduler.calls.filter((call) => call.includes("ValidationException"))).toEqual([]);
  });
});
