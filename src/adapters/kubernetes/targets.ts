import type { Drift, Proof } from "../../analysis/types.ts";
import { chooseSplit, setWeights } from "../../manifests/index.ts";
import type { Split } from "../../manifests/types.ts";
import type { TargetQuestion } from "../../ports/cluster.ts";
import { wordOf } from "./controllers.ts";
import { clock, type Live, short } from "./object.ts";
import { type Difference, difference, fieldName, managerOf, writtenAt } from "./owners.ts";
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
  const { live, ahead } = read;
  /** A time of the cluster's, by our clock. */
  const ours = (at: number) => Math.min(at - ahead, Date.now());
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
    const drift = driftOf(live, target, title, ours);
    const found = `${title} has ${has.stable}/${has.canary}, git says ${weights.stable}/${weights.canary}`;
    const words = await withTool(found, askTool, live);
    return { proof: { status: "not-yet", words }, drift, appliedAt: null };
  }
  const shown = `${weights.stable}/${weights.canary}`;
  const word = wordOf(target.apiVersion, kind, live);
  const written = weightsWrittenAt(live, target, has);
  const appliedAt = written === null ? null : ours(written);
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

/** What other weights would change in the live object; null where it cannot have them. */
function changeTo(live: Live, target: TargetQuestion, weights: TargetQuestion["weights"]): Difference | null {
  const { arms } = target;
  const wanted = new Map([
    [arms.stable, weights.stable],
    [arms.canary, weights.canary],
  ]);
  const text = textOf(live);
  const changed = setWeights("live", text, selectorOf(target), wanted);
  return changed.ok ? difference(JSON.parse(text), JSON.parse(changed.value)) : null;
}

/**
 * When whoever manages the weights last wrote, epoch ms by the cluster's clock. Others may write labels or annotations
 * for ever.
 */
function weightsWrittenAt(
  live: Live,
  target: TargetQuestion,
  { stable, canary }: TargetQuestion["weights"],
): number | null {
  const sum = stable + canary;
  const other = canary === 0 ? { stable: 0, canary: sum } : { stable: sum, canary: 0 };
  const found = changeTo(live, target, other);
  const owner = found && managerOf(live.metadata, live.body, found.path);
  return owner?.time ?? writtenAt(live.metadata);
}

/** The field that differs: what git's weights would change in the live object. */
function driftOf(
  live: Live,
  target: TargetQuestion,
  title: string,
  ours: (at: number) => number,
): Drift | null {
  const found = changeTo(live, target, target.weights);
  const owner = found && managerOf(live.metadata, live.body, found.path);
  const written = found ? (owner?.time ?? null) : writtenAt(live.metadata);
  if (written === null) return null;
  const since = ours(written);
  const what = found
    ? `${fieldName(found.path)} is ${part(found.live, found.wanted)}, git says ${part(found.wanted, found.live)}`
    : "its weights are others than git's";
  const who = owner ? `; \`${owner.manager}\` wrote it at ${clock(since)}` : "";
  return { words: `${title}: ${what}${who}`, since };
}

/** Characters of a value that are shown, and of those how many are the same in the other one. */
const SHOWN = 60;
const SAME = 15;

/** A value that differs from another, from a little before the place where they part. */
function part(value: unknown, other: unknown): string {
  const [text, against] = [String(value), String(other)];
  if (text.length <= SHOWN) return text;
  const parts = [...text].findIndex((letter, index) => letter !== against[index]);
  const from = Math.max(0, parts - SAME);
  return `${from > 0 ? "…" : ""}${short(text.slice(from), SHOWN)}`;
}
