import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { Browser, chromiumPath, NO_CHROMIUM } from "../../dev/pictures/browser.ts";
import { pageOf } from "../../dev/pictures/page.ts";
import { SHOTS, shotOf } from "../../dev/pictures/shots.ts";

const path = chromiumPath();
if (path === null) console.warn(`Pictures are not drawn here. ${NO_CHROMIUM}`);

describe.skipIf(path === null)("In a real browser", () => {
  it("each page fits, and each chart is drawn", async () => {
    const browser = await Browser.start(path ?? "");
    try {
      for (const shot of SHOTS) {
        const golden = await readFile(new URL(`../views/golden/${shot.golden}.txt`, import.meta.url), "utf8");
        const { faults, charts } = await browser.shoot(shotOf(shot, golden, "light"), "light");
        expect(faults, shot.golden).toEqual([]);
        expect(charts, shot.golden).toBe(golden.match(/^```mermaid$/gm)?.length ?? 0);
      }
    } finally {
      await browser.stop();
    }
  });

  it("what does not fit, or is no chart, is found", async () => {
    const browser = await Browser.start(path ?? "");
    try {
      const bad = ["```", "x".repeat(500), "```", "", "```mermaid", "xychart-beta", "  line [", "```"];
      const frame = { kind: "comment" } as const;
      const page = pageOf({ frame, markdown: bad.join("\n"), theme: "dark", open: false });
      const { faults } = await browser.shoot(page, "dark");
      expect(faults.join("\n")).toMatch(/Mermaid: /);
      expect(faults.join("\n")).toMatch(/PRE is wider than its place/);
    } finally {
      await browser.stop();
    }
  });
});
