import type { Result, Split, Workload } from "../manifests/types.ts";
import { plainReader, type Reader, selectorOf } from "./facts.ts";

/**
 * Understands each text once for each thing that is looked for in it, however many rollouts name it. When `most`
 * are known, all are forgotten.
 */
export function rememberingReader(most: number): Reader {
  const splits = new Map<string, Result<Split>>();
  const workloads = new Map<string, Result<Workload>>();
  return {
    split: (target, oid, text) =>
      once(most, splits, JSON.stringify([target.file, oid, selectorOf(target)]), () =>
        plainReader.split(target, oid, text),
      ),
    workload: (file, oid, text) =>
      once(most, workloads, JSON.stringify([file, oid]), () => plainReader.workload(file, oid, text)),
  };
}

function once<T>(most: number, known: Map<string, T>, key: string, make: () => T): T {
  const found = known.get(key) ?? make();
  if (known.size >= most) known.clear();
  known.set(key, found);
  return found;
}
