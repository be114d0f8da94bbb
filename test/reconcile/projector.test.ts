import { describe, expect, it } from "vitest";
import { ForgeError } from "../../src/ports/forge.ts";
import { Projector } from "../../src/reconcile/projector.ts";

function world() {
  const warnings: string[] = [];
  const projector = new Projector({ info: () => undefined, warn: (message) => warnings.push(message) });
  const sent: string[] = [];
  const send = (words: string) => async () => {
    await Promise.resolve();
    sent.push(words);
  };
  return { projector, sent, send, warnings };
}

describe("projections", () => {
  it("send only the latest of each", async () => {
    const { projector, sent, send } = world();
    projector.offer("first", send("first"));
    for (let n = 1; n <= 5; n++) projector.offer("comment", send(`comment ${n}`));
    await projector.idle();
    expect(sent).toEqual(["first", "comment 5"]);
  });

  it("are sent in turn, so that what changes all the time pushes nothing back for ever", async () => {
    const { projector, sent, send } = world();
    const busy = (n: number) => async () => {
      await send(`busy ${n}`)();
      if (n < 10) projector.offer("busy", busy(n + 1));
    };
    projector.offer("busy", busy(1));
    projector.offer("answer", send("answer"));
    await projector.idle();
    expect(sent.slice(0, 2)).toEqual(["busy 1", "answer"]);
    expect(sent.at(-1)).toBe("busy 10");
  });

  it("that fail are said in the log and stop no other", async () => {
    const { projector, sent, send, warnings } = world();
    projector.offer("check", () => Promise.reject(new Error("GitHub is away")));
    projector.offer("comment", send("comment"));
    await projector.idle();
    expect(sent).toEqual(["comment"]);
    expect(warnings).toEqual(["check could not be shown: GitHub is away"]);
  });

  it("that GitHub's limits keep from being sent are said once, and again when one was sent in between", async () => {
    const { projector, sent, send, warnings } = world();
    const limited = () => Promise.reject(new ForgeError("rate-limited", "too much"));
    for (const key of ["first", "second"]) projector.offer(key, limited);
    projector.offer("comment", send("comment"));
    for (const key of ["third", "fourth"]) projector.offer(key, limited);
    await projector.idle();
    expect(sent).toEqual(["comment"]);
    expect(warnings).toEqual(["first", "third"].map((key) => `${key} could not be shown: too much`));
  });
});
