import type { Drift, Proof } from "../../analysis/types.ts";
import { chooseSplit, setWeights } from "../../manifests/index.ts";
import type { Split } from "../../manifests/types.ts";
import type { TargetQuestion } from "../../ports/cluster.ts";
import { wordOf } from "./controllers.ts";
import { clock, type Live } from "./object.ts";
import { difference, fieldName, managerOf, writtenAt } from "./owners.ts";
import type { Reader } from "./reader.ts";
import type { ToolWord } from "./tools.ts";

/** What one target's live object shows. */
export interface TargetReading {
  readonly proof: Proof;
  readonly drift: Drift | null;
  /** When it was last written, where it has the weights of git. */
  readonly appliedAt: number | null;
}

/** What applies an object, asked only where the object itself does not tell. */
export type AskTool = (live: Live | null) => Promise<ToolWord>;

export async function readTarget(
  reader: Reader,
  target: TargetQuestion,
  namespace: string,
  askTool: AskTool,
): Promise<TargetReading> {
  const { kind, name, arms } = target;
  const title = `${kind} ${name}`;
  const byPath = arms.stable.startsWith("/") || arms.canary.startsWith("/");
  // What has no group is no object that carries weights: values, a router's own file.
  const grouped = target.apiVersion.includes("/");
  const read = grouped
    ? await reader.object(target.apiVersion, kind, target.namespace ?? namespace, name)
    : ({ status: "missing", known: false } as const);
  if (read.status === "unavailable") return reading({ status: "unavailable", words: read.words });
  if (read.status === "missing" && !read.known && (byPath || !grouped)) {
    const tool = await askTool(null);
    const is = `${title} is a file and no object of the cluster`;
    // Nothing else shows that what it says has come to the cluster.
    if (tool.status === "behind") return reading({ status: "not-yet", words: `${is}; ${tool.words}` });
    return reading(byTool(tool, is));
  }
  if (read.status === "missing") {
    const words = read.known
      ? `there is no ${title} in namespace ${target.namespace ?? namespace}`
      : `the cluster knows no ${kind} of ${target.apiVersion}: its CRD is not installed`;
    return reading({ status: "not-yet", words });
  }
  const { live } = read;
  const split = splitOf(live, target);
  const { weights } = target;
  if (split === null) {
    const words = await withTool(
      `${title} has no split between ${arms.stable} and ${arms.canary} yet`,
      askTool,
      live,
    );
    return reading({ status: "not-yet", words });
  }
  const has = weightsIn(split, arms);
  if (has.stable !== weights.stable || has.canary !== weights.canary) {
    const drift = driftOf(live, target, title);
    const found = `${title} has ${has.stable}/${has.canary}, git says ${weights.stable}/${weights.canary}`;
    const words = await withTool(found, askTool, live);
    return { proof: { status: "not-yet", words }, drift, appliedAt: null };
  }
  const shown = `${weights.stable}/${weights.canary}`;
  const word = wordOf(target.apiVersion, kind, live);
  const appliedAt = writtenAt(live.metadata);
  switch (word.status) {
    case "taken":
      return { ...reading({ status: "proven", words: `${title} ${word.words}, ${shown}` }), appliedAt };
    case "pending":
    case "refused": {
      const refused = word.status === "refused" ? "is refused: " : "has the weights, but ";
      const words = await withTool(`${title} ${refused}${word.words}`, askTool, live);
      return { ...reading({ status: "not-yet", words }), appliedAt };
    }
    case "silent": {
      const proof = byTool(await askTool(live), `${title} has ${shown}, ${word.words}`);
      return { ...reading(proof), appliedAt };
    }
  }
}

function reading(proof: Proof): TargetReading {
  return { proof, drift: null, appliedAt: null };
}

/** Where the object tells nothing of its controller, the tool that applied it may. */
function byTool(tool: ToolWord, otherwise: string): Proof {
  if (tool.status === "applied") return { status: "proven", words: `${tool.words}; ${otherwise}` };
  const words = tool.words === null ? otherwise : `${otherwise}; ${tool.words}`;
  return { status: "unknown", words };
}

async function withTool(words: string, askTool: AskTool, live: Live): Promise<string> {
  const tool = await askTool(live);
  return tool.words === null ? words : `${words}; ${tool.words}`;
}

/** An object of the cluster is read as a file of the repository is. */
function splitOf(live: Live, target: TargetQuestion): Split | null {
  const chosen = chooseSplit("live", textOf(live), selectorOf(target));
  return chosen.ok ? chosen.value : null;
}

function selectorOf({ kind, name, route, arms }: TargetQuestion) {
  return { kind, name, ...(route !== null && { route }), arms: [arms.stable, arms.canary] };
}

function textOf({ body }: Live): string {
  return JSON.stringify(body);
}

function weightsIn(split: Split, arms: TargetQuestion["arms"]) {
  const weight = (wanted: string) => split.arms.find(({ name }) => name === wanted)?.weight ?? 0;
  return { stable: weight(arms.stable), canary: weight(arms.canary) };
}

/** The field that differs: what git's weights would change in the live object. */
function driftOf(live: Live, target: TargetQuestion, title: string): Drift | null {
  const { arms, weights } = target;
  const wanted = new Map([
    [arms.stable, weights.stable],
    [arms.canary, weights.canary],
  ]);
  const text = textOf(live);
  const mended = setWeights("live", text, selectorOf(target), wanted);
  const found = mended.ok ? difference(JSON.parse(text), JSON.parse(mended.value)) : null;
  const owner = found && managerOf(live.metadata, live.body, found.path);
  const since = found ? (owner?.time ?? null) : writtenAt(live.metadata);
  if (since === null) return null;
  const what = found
    ? `${fieldName(found.path)} is ${String(found.live)}, git says ${String(found.wanted)}`
    : "its weights are others than git's";
  const who = owner ? `; \`${owner.manager}\` wrote it at ${clock(since)}` : "";
  return { words: `${title}: ${what}${who}`, since };
}
