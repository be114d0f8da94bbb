// `node dev/actions/lint.ts`: GitHub's own reading of the workflows and of action.yml, offline, and that what they use
// is pinned. Exits with 1 where anything is wrong.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { fileURLToPath } from "node:url";
import { TextDocument } from "vscode-languageserver-textdocument";
import { isMap, isScalar, parseDocument, visit } from "yaml";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

// The library is written for bundlers, which take JSON without being told that it is.
registerHooks({
  load: (url, context, next) =>
    next(url, url.endsWith(".json") ? { ...context, importAttributes: { type: "json" } } : context),
});
const { validate } = await import("@actions/languageservice");

/** `owner/name@40 hex digits`, or what is in this repository. */
const PINNED = /^(?:[\w.-]+\/[\w./-]+@[0-9a-f]{40}|\.\/[\w./-]*)$/;

let reads = 0;

/** What is wrong with a workflow or an action, as `file:line: what`. Its name tells which of the two it is. */
export async function lint(file: string, text: string): Promise<readonly string[]> {
  const isAction = /(?:^|\/)action\.ya?ml$/.test(file);
  // What was read under an address is remembered.
  reads += 1;
  const uri = `file:///${reads}/${isAction ? "" : ".github/workflows/"}${file.split("/").at(-1)}`;
  const found = await validate(TextDocument.create(uri, "yaml", 1, text));
  const own = [...unpinned(text), ...(isAction ? undeclared(text) : unlimited(text)), ...interpolated(text)];
  return [
    ...found.map(({ range, message }) => ({ line: range.start.line + 1, message })),
    ...own.map(({ at, message }) => ({ line: text.slice(0, at).split("\n").length, message })),
  ].map(({ line, message }) => `${file}:${line}: ${message}`);
}

interface Own {
  /** Offset in the text. */
  readonly at: number;
  readonly message: string;
}

/** Who can move a tag can change what runs; a comment says which version the id is. */
function unpinned(text: string): readonly Own[] {
  const all: Own[] = [];
  visit(parseDocument(text), {
    Pair(_, { key, value }) {
      if (!isScalar(key) || key.value !== "uses" || !isScalar(value)) return;
      const at = value.range?.[0] ?? 0;
      const used = String(value.value);
      if (!PINNED.test(used)) all.push({ at, message: `${used} is not pinned to a full commit id` });
      else if (!used.startsWith("./") && !/^ v?\d+\.\d+\.\d+/.test(value.comment ?? "")) {
        all.push({ at, message: `${used} has no comment that says its version` });
      }
    },
  });
  return all;
}

/** An input that is not declared is empty, and nobody says so. */
function undeclared(text: string): readonly Own[] {
  const inputs = parseDocument(text).get("inputs");
  return [...text.matchAll(/\binputs\.([\w-]+)/g)].flatMap(({ index, 1: name = "" }) =>
    isMap(inputs) && inputs.has(name) ? [] : [{ at: index, message: `there is no input ${name}` }],
  );
}

/** Without `permissions` a job gets whatever the repository's settings say. */
function unlimited(text: string): readonly Own[] {
  const root = parseDocument(text).contents;
  return isMap(root) && root.has("permissions") ? [] : [{ at: 0, message: "`permissions` are not said" }];
}

/** What an expression gives becomes part of the script: it goes by `env` instead. */
function interpolated(text: string): readonly Own[] {
  const all: Own[] = [];
  visit(parseDocument(text), {
    Pair(_, { key, value }) {
      if (!isScalar(key) || key.value !== "run" || !isScalar(value)) return;
      if (!String(value.value).includes("${{")) return;
      all.push({ at: value.range?.[0] ?? 0, message: "an expression in `run` is part of a shell script" });
    },
  });
  return all;
}

/** Every workflow and action of this repository. */
export function workflowFiles(): readonly string[] {
  const folders = ["workflows", ".github/workflows"].filter((folder) => existsSync(`${ROOT}/${folder}`));
  const inside = folders.flatMap((folder) =>
    readdirSync(`${ROOT}/${folder}`).map((name) => `${folder}/${name}`),
  );
  return ["action.yml", ...inside.filter((file) => /\.ya?ml$/.test(file))];
}

if (import.meta.main) {
  const files = workflowFiles();
  const problems: string[] = [];
  for (const file of files) problems.push(...(await lint(file, readFileSync(`${ROOT}/${file}`, "utf8"))));
  if (problems.length > 0) {
    console.error(problems.join("\n"));
    process.exitCode = 1;
  } else console.log(`Workflows: ${files.length} files, nothing wrong.`);
}
