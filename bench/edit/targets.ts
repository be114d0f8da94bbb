// Where the weights of a split are written, by the places that our own reader gives.
import { isMap, isScalar, isSeq } from "yaml";
import { splice } from "../../src/manifests/changes.ts";
import { chooseIn } from "../../src/manifests/find.ts";
import { keyOf, startOf } from "../../src/manifests/graph.ts";
import type { LocatedArm } from "../../src/manifests/locate.ts";
import { mattersTo } from "../../src/manifests/matters.ts";
import { bytesOf, textOf } from "../../src/manifests/place.ts";
import { readSource, type Source } from "../../src/manifests/source.ts";
import type { Selector } from "../../src/manifests/types.ts";

type Path = readonly (string | number)[];

export interface Target {
  /** Index of the document in the file. */
  readonly document: number;
  /** Keys and indexes down to the scalar that holds the weight. */
  readonly path: Path;
  /** What it is to hold: the weight in the object's own way of writing it. */
  readonly value: number | string;
  /** First and last line of the scalar; start at 1. */
  readonly lines: readonly [number, number];
}

/** The scalars that must change for a split to have other weights; null when one of them is not there. */
export function targetsOf(
  file: string,
  text: string,
  selector: Selector,
  next: ReadonlyMap<string, number>,
): readonly Target[] | null {
  const source = readSource(file, text, mattersTo(selector));
  const chosen = source.ok ? chooseIn(source.value, selector) : source;
  if (!source.ok || !chosen.ok) return null;
  const { arms, split, format } = chosen.value;
  const before = arms.map(({ written }) => written);
  const targets: Target[] = [];
  for (const [index, arm] of arms.entries()) {
    const weight = next.get(arm.name) ?? split.arms[index]?.weight ?? 0;
    if (weight === split.arms[index]?.weight || arm.carrier.in === "rest") continue;
    const target = targetOf(source.value, arm, format.write(weight, before, index));
    if (target === null) return null;
    targets.push(target);
  }
  return targets;
}

function targetOf(source: Source, { carrier, weight }: LocatedArm, text: string): Target | null {
  const node = weight?.node;
  if (weight === null || !isScalar(node) || carrier.in === "rest") return null;
  const document = source.documents.indexOf(weight.document);
  const path = pathTo(weight.document.root, node);
  if (path === null) return null;
  const first = source.lineOf(startOf(node));
  const lines = [first, first + (bytesOf(weight).trimEnd().match(/\n/g)?.length ?? 0)] as const;
  if (carrier.in === "text") {
    return { document, path, lines, value: splice(textOf(weight) ?? "", [{ ...carrier, text }]) };
  }
  const isNumber = typeof node.value === "number" && /^[0-9.]+$/.test(text);
  return { document, path, lines, value: isNumber ? Number(text) : text };
}

/** The way down to a node; null when it is not below the other. */
function pathTo(from: unknown, node: unknown): Path | null {
  if (from === node) return [];
  const inside: readonly (readonly [string | number, unknown])[] = isMap(from)
    ? from.items.map((pair) => [keyOf(pair) ?? "", pair.value])
    : isSeq(from)
      ? from.items.map((item, index) => [index, item])
      : [];
  for (const [key, one] of inside) {
    const path = pathTo(one, node);
    if (path !== null) return [key, ...path];
  }
  return null;
}
