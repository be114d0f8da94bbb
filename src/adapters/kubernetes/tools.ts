import type { ClusterQuestion } from "../../ports/cluster.ts";
import type { Live } from "./object.ts";
import type { Reader } from "./reader.ts";
import { argoCd } from "./tools/argo-cd.ts";
import { fluxHelmRelease, fluxKustomization } from "./tools/flux.ts";
import { shortCommit, type Tool, type ToolSettings } from "./tools/tool.ts";

/** Every GitOps tool that can be read: a further one is a file and a row. */
const TOOLS: readonly Tool[] = [fluxHelmRelease, fluxKustomization, argoCd];

/** A tool may be applied by another one. */
const DEEPEST = 3;

/** What the tool that applies an object says of the commit of the weights. */
export type ToolWord =
  | { readonly status: "applied"; readonly words: string }
  | { readonly status: "behind"; readonly words: string }
  /** No tool says that it applies the object, or it cannot be read. */
  | { readonly status: "silent"; readonly words: string | null };

export async function toolWord(
  reader: Reader,
  object: Live,
  settings: ToolSettings,
  contains: ClusterQuestion["contains"],
  depth = 0,
): Promise<ToolWord> {
  for (const tool of TOOLS) {
    const owner = tool.owner(object.metadata, settings);
    if (owner === null || depth >= DEEPEST) continue;
    const title = `${tool.title} ${owner.name}`;
    const read = await reader.applier(tool.apiVersion, tool.kind, owner.namespace, owner.name);
    if (read.status === "unavailable") return { status: "silent", words: `${title}: ${read.words}` };
    // Anybody may write a tool's label on an object: what it says is told to those whose object it applies.
    const its = read.status === "ok" && (tool.lists(read.live, object) ?? reader.mayRead(owner.namespace));
    if (read.status === "missing" || !its)
      return {
        status: "silent",
        words: `there is no ${title} that lists ${object.kind} ${object.metadata.name}`,
      };
    const { status, revisions, words } = tool.state(read.live);
    const said = `${title}: ${words}`;
    if (status !== "done") return { status: "behind", words: said };
    // What applies no commit itself is as new as what applies it.
    if (revisions.length === 0) {
      const above = await toolWord(reader, read.live, settings, contains, depth + 1);
      return { ...above, words: above.words === null ? said : `${said}; ${above.words}` };
    }
    const answers = await Promise.all(revisions.map(contains));
    if (answers.includes(true)) return { status: "applied", words: said };
    if (answers.includes(null))
      return { status: "silent", words: `${said}; whether that has the weights cannot be told` };
    return { status: "behind", words: `${said}: ${shortCommit(revisions)} is older than the weights` };
  }
  return { status: "silent", words: null };
}
