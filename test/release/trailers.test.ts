import { describe, expect, it } from "vitest";
import type { Pending } from "../../src/release/state.ts";
import { readTrailers, releaseNumber, trailersOf, writeTrailers } from "../../src/release/trailers.ts";
import { fc } from "../fast-check.ts";
import { at, Story } from "./world.ts";

const ours = { release: "checkout#7", step: "2", effect: "checkout#7.3" };

describe("trailers", () => {
  it("are read back from any message that ends with them", () => {
    const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,20}$/);
    fc.assert(
      fc.property(name, fc.nat(), fc.nat(), fc.string(), (rollout, number, step, prose) => {
        const release = `${rollout}#${number}`;
        const trailers = { release, step: String(step), effect: `${release}.1` };
        const message = `canary at 25 %\n\n${prose}\n\n${writeTrailers(trailers)}\n`;
        expect(readTrailers(message)).toEqual(trailers);
        expect(releaseNumber(message, rollout)).toBe(number);
      }),
    );
  });

  it("survive CRLF and a co-author", () => {
    const text = `canary at 25 %\n\nbecause\n\n${writeTrailers(ours)}\nCo-authored-by: Ada <ada@example.com>\n`;
    expect(readTrailers(text.replaceAll("\n", "\r\n"))).toEqual(ours);
  });

  it("in somebody's prose are not read", () => {
    const forged = writeTrailers(ours);
    expect(readTrailers(`${forged}\n\nThat is what they look like.`)).toBeNull();
    expect(readTrailers(`Look:\n${forged}`)).toBeNull();
    expect(readTrailers(`Fix\n\nthe commit said\n${forged}\nand I reverted it`)).toBeNull();
  });

  it("of another rollout, or none, give no number", () => {
    expect(releaseNumber(`x\n\n${writeTrailers(ours)}`, "cart")).toBeNull();
    expect(releaseNumber("x", "checkout")).toBeNull();
    expect(readTrailers("x\n\nSluice-Release: checkout#7")).toBeNull();
  });

  it("name the release, the step that begins, and the effect", () => {
    const story = at(10);
    if (!story.state) throw new Error("no state");
    const [from, to] = [story.weights, story.weights];
    const pending: Pending = {
      id: "checkout#1.2",
      effect: { kind: "set-weights", percent: 25, step: 1, from, to, routes: [] },
      head: "",
      bases: {},
      at: 0,
    };
    expect(trailersOf(story.state, pending)).toEqual({
      release: "checkout#1",
      step: "2",
      effect: "checkout#1.2",
    });
    const rest = new Story();
    rest.rest();
    if (rest.state) expect(trailersOf(rest.state, pending).release).toBe("checkout#0");
  });
});
