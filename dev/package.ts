// What AWS Lambda gets: `npm run package` writes dist/FUNCTION, tree-shaken and minified, with what is loaded late in
// files of its own, and the source maps apart in dist/maps.
import { mkdir, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, type Plugin } from "esbuild";
import { optionsOf } from "./command-line.ts";

export const FUNCTIONS = ["webhook", "worker", "sweep"] as const;
const ROOT = fileURLToPath(new URL("../", import.meta.url));

export interface Packaged {
  readonly name: (typeof FUNCTIONS)[number];
  /** The file that AWS loads. */
  readonly entry: string;
  /** What loading it loads, and all there is; bytes. */
  readonly loaded: number;
  readonly whole: number;
}

/** Into `to`, or dist. */
export async function packageFunctions(to = join(ROOT, "dist")): Promise<readonly Packaged[]> {
  return Promise.all(FUNCTIONS.map((name) => packageOne(name, to)));
}

/** zod brings its messages in forty languages, and holds on to all of them; ours are our own. */
const ENGLISH: Plugin = {
  name: "english",
  setup({ onResolve }) {
    onResolve({ filter: /\/locales\/index\.js$/ }, ({ importer, resolveDir }) =>
      importer.includes("/zod/") ? { path: join(resolveDir, "../locales/en.js") } : undefined,
    );
  },
};

async function packageOne(name: Packaged["name"], to: string): Promise<Packaged> {
  const outdir = join(to, name);
  const maps = join(to, "maps", name);
  await rm(outdir, { recursive: true, force: true });
  await rm(maps, { recursive: true, force: true });
  const { metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: { index: `src/entry/lambda/${name}.ts` },
    outdir,
    bundle: true,
    splitting: true,
    minify: true,
    format: "esm",
    platform: "node",
    target: "node24",
    // Modules first: of those unused parts can be left out.
    mainFields: ["module", "main"],
    outExtension: { ".js": ".mjs" },
    plugins: [ENGLISH],
    sourcemap: "external",
    metafile: true,
    logLevel: "warning",
    // For packages that are no modules and ask for Node's own.
    banner: {
      js: 'import{createRequire as sluiceRequire}from"node:module";const require=sluiceRequire(import.meta.url);',
    },
  });
  await mkdir(maps, { recursive: true });
  for (const file of await readdir(outdir)) {
    if (file.endsWith(".map")) await rename(join(outdir, file), join(maps, file));
  }
  const outputs = new Map(Object.entries(metafile.outputs).filter(([path]) => !path.endsWith(".map")));
  const first = [...outputs.keys()].filter((path) => path.endsWith("/index.mjs"));
  const loaded = new Set<string>();
  for (const waiting = [...first]; waiting.length > 0; ) {
    const path = waiting.pop() ?? "";
    if (loaded.has(path)) continue;
    loaded.add(path);
    for (const { kind, path: next } of outputs.get(path)?.imports ?? []) {
      if (kind === "import-statement" && outputs.has(next)) waiting.push(next);
    }
  }
  const bytes = (paths: Iterable<string>) =>
    [...paths].reduce((sum, path) => sum + (outputs.get(path)?.bytes ?? 0), 0);
  return { name, entry: join(outdir, "index.mjs"), loaded: bytes(loaded), whole: bytes(outputs.keys()) };
}

if (import.meta.main) {
  optionsOf(import.meta.url, {});
  for (const { name, loaded, whole } of await packageFunctions()) {
    const kb = (bytes: number) => `${Math.round(bytes / 1024).toLocaleString("en")} KB`;
    console.log(`dist/${name}: ${kb(loaded)} at the start, ${kb(whole)} in all`);
  }
}
