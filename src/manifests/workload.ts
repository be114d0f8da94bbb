import { createHash } from "node:crypto";
import { canonicalJson } from "./canonical.ts";
import { startOf } from "./graph.ts";
import { listed } from "./listed.ts";
import { at, itemsOf, objectsOf, type Place, textOf } from "./place.ts";
import { failure, success } from "./result.ts";
import { readSource, type Source } from "./source.ts";
import type { Result, Selector, Workload } from "./types.ts";

const KINDS: readonly string[] = ["Deployment", "StatefulSet", "DaemonSet"];

/** Hex digits of a version: 48 bits, short enough to read out. */
const VERSION_LENGTH = 12;

/** Which workload of a file, by the same words as a split. */
export type WorkloadSelector = Pick<Selector, "kind" | "name" | "namespace">;

/** The one workload of a file, or the one that a selector means. */
export function readWorkload(file: string, text: string, selector: WorkloadSelector = {}): Result<Workload> {
  const source = readSource(file, text, mayHoldWorkload(selector));
  if (!source.ok) return source;
  const object = chooseWorkload(source.value, selector);
  if (!object.ok) return object;
  const template = at(object.value, "spec", "template");
  const json = template === null ? null : canonicalJson(template, ["metadata", "labels"]);
  const whole = template === null ? null : canonicalJson(template, []);
  if (template === null || json === null || whole === null) {
    const what =
      template === null
        ? "has no pod template"
        : "has a pod template that is too large once its aliases are followed";
    return failure(problemOn(object.value, "no-template", `${titleOf(object.value)} ${what}`));
  }
  const containers: { name: string; image: string }[] = [];
  for (const container of containersOf(object.value)) {
    const name = textOf(at(container, "name"));
    const image = textOf(at(container, "image"));
    if (name === null || image === null) {
      const message = `a container of ${titleOf(object.value)} has no ${name === null ? "name" : "image"}`;
      return failure(problemOn(container, "bad-container", message));
    }
    containers.push({ name, image });
  }
  return success({
    file,
    kind: textOf(at(object.value, "kind")) ?? "",
    namespace: textOf(at(object.value, "metadata", "namespace")),
    name: textOf(at(object.value, "metadata", "name")) ?? "",
    replicas: replicasOf(object.value),
    version: createHash("sha256").update(json).digest("hex").slice(0, VERSION_LENGTH),
    template: JSON.parse(whole),
    containers,
  });
}

/** Whether a document's text can hold the workload that is meant; only asked in a very long file. */
export function mayHoldWorkload({ name = "" }: WorkloadSelector): (document: string) => boolean {
  return (document) => document.includes(name) && KINDS.some((kind) => document.includes(kind));
}

export function chooseWorkload(source: Source, selector: WorkloadSelector): Result<Place> {
  const workloads = objectsOf(source).filter(isWorkload);
  const fitting = workloads.filter((object) => fits(object, selector));
  const only = fitting[0];
  if (only !== undefined && fitting.length === 1) return success(only);
  if (only !== undefined) {
    const choices = listed(
      fitting.map((object) => `${titleOf(object)} (line ${source.lineOf(startOf(object.node))})`),
    );
    return failure(
      problemOn(
        only,
        "ambiguous",
        `${fitting.length} workloads match; choose one by kind or name: ${choices}`,
      ),
    );
  }
  const there = workloads.length === 0 ? "none at all" : listed(workloads.map(titleOf));
  const message = `there is no such ${listed(KINDS)} here; there is ${there}`;
  return failure({ file: source.file, line: 1, column: 1, code: "no-workload", message });
}

/** Init containers first. */
export function containersOf(object: Place): readonly Place[] {
  const pod = at(object, "spec", "template", "spec");
  return [...itemsOf(at(pod, "initContainers")), ...itemsOf(at(pod, "containers"))];
}

function replicasOf(object: Place): number | null {
  const written = textOf(at(object, "spec", "replicas")) ?? "";
  return /^\d{1,9}$/.test(written) ? Number(written) : null;
}

function isWorkload(object: Place): boolean {
  return (
    KINDS.includes(textOf(at(object, "kind")) ?? "") &&
    textOf(at(object, "apiVersion"))?.startsWith("apps/") === true
  );
}

function fits(object: Place, { kind, name, namespace }: WorkloadSelector): boolean {
  const own = textOf(at(object, "metadata", "namespace"));
  return (
    (kind === undefined || textOf(at(object, "kind"))?.toLowerCase() === kind.toLowerCase()) &&
    (name === undefined || textOf(at(object, "metadata", "name")) === name) &&
    (namespace === undefined || own === null || own === namespace)
  );
}

function titleOf(object: Place): string {
  return `${textOf(at(object, "kind"))} ${textOf(at(object, "metadata", "name")) ?? "without a name"}`;
}

function problemOn(place: Place, code: string, message: string) {
  return place.source.problemAt(startOf(place.node), code, message);
}
