import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BrowserContext, chromium } from "playwright-core";
import type { Theme } from "./page.ts";

const MERMAID = createRequire(import.meta.url).resolve("mermaid/dist/mermaid.min.js");
const WIDTH = 920;
/** Without these it looks up hosts of its own at every start. */
const QUIET = [
  ...["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"],
  ...["--disable-background-networking", "--disable-component-update", "--disable-sync"],
  // Grey edges of letters, which are the same everywhere and make smaller pictures.
  "--disable-lcd-text",
];

/** Where Chromium is: `CHROMIUM`, else Debian's; null where there is none. */
export function chromiumPath(): string | null {
  const path = process.env["CHROMIUM"] ?? "/usr/bin/chromium";
  return existsSync(path) ? path : null;
}

export const NO_CHROMIUM =
  "Chromium is not here. On Debian: apt-get install chromium. Elsewhere set CHROMIUM to its path.";

export interface Shot {
  readonly png: Buffer;
  /** What nobody should have to look at: text beyond its edge, a chart that Mermaid could not draw. */
  readonly faults: readonly string[];
  readonly charts: number;
}

export class Browser {
  readonly #context: BrowserContext;
  readonly #profile: string;

  private constructor(context: BrowserContext, profile: string) {
    this.#context = context;
    this.#profile = profile;
  }

  static async start(executablePath: string): Promise<Browser> {
    const profile = await mkdtemp(join(tmpdir(), "sluice-chromium-"));
    const context = await chromium.launchPersistentContext(profile, {
      executablePath,
      headless: true,
      args: QUIET,
      viewport: { width: WIDTH, height: 600 },
    });
    return new Browser(context, profile);
  }

  async shoot(html: string, theme: Theme): Promise<Shot> {
    const page = await this.#context.newPage();
    try {
      await page.setContent(html);
      await page.addScriptTag({ path: MERMAID });
      // Runs in the page, where Mermaid has put itself.
      const errors: readonly string[] = await page.evaluate(draw, theme === "dark" ? "dark" : "default");
      const { charts, beyond } = await page.evaluate(look);
      const png = await page.screenshot({ fullPage: true });
      return { png, charts, faults: [...errors, ...beyond] };
    } finally {
      await page.close();
    }
  }

  async stop(): Promise<void> {
    await this.#context.close();
    await rm(this.#profile, { recursive: true, force: true });
  }
}

interface Mermaid {
  initialize(config: { readonly startOnLoad: boolean; readonly theme: string }): void;
  run(): Promise<void>;
}

async function draw(theme: string): Promise<readonly string[]> {
  // The one global that the bundle defines.
  const { mermaid } = globalThis as unknown as { readonly mermaid: Mermaid };
  mermaid.initialize({ startOnLoad: false, theme });
  try {
    await mermaid.run();
    return [];
  } catch (error) {
    return [`Mermaid: ${String(error)}`];
  }
}

interface Element {
  readonly scrollWidth: number;
  readonly clientWidth: number;
  readonly tagName: string;
  readonly textContent: string | null;
}

function look(): { readonly charts: number; readonly beyond: readonly string[] } {
  // What of a page's own global is used; it does not exist where this is compiled.
  const { document } = globalThis as unknown as {
    readonly document: {
      querySelectorAll(selector: string): Iterable<Element> & { readonly length: number };
    };
  };
  const beyond = [...document.querySelectorAll("body, table, pre, p, li, summary, .head, h1")]
    .filter((element) => element.scrollWidth > element.clientWidth + 1 && element.clientWidth > 0)
    .map((element) => `${element.tagName} is wider than its place: ${element.textContent?.slice(0, 80)}`);
  return { charts: document.querySelectorAll("pre.mermaid svg").length, beyond };
}
