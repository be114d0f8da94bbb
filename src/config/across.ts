import type { z } from "zod";
import type { Code } from "./codes.ts";
import { quoted } from "./fields.ts";
import { rolloutNameFlaw } from "./names.ts";
import { holdback } from "./percent.ts";
import { targets } from "./schema.ts";
import { slos } from "./slos.ts";
import type { Path, Source } from "./source.ts";
import { endFlaw, type LadderFlaw, rungs } from "./steps.ts";
import type { Problem, Slo } from "./types.ts";

const MOST_ROLLOUTS = 100;

/** What concerns several keys or rollouts together. Looks at what is there, valid or not, so that all problems come at once. */
export function problemsAcross(source: Source, file: string): readonly Problem[] {
  const found: Problem[] = [];
  const add = (path: Path, part: "key" | "value", code: Code, message: string) =>
    found.push({ file, ...source.place(path, part), code, message });

  const top = entries(source.value);
  const rollouts = [...entries(top.get("rollouts"))];
  if (rollouts.length > MOST_ROLLOUTS) {
    add(
      ["rollouts"],
      "key",
      "out-of-range",
      `${rollouts.length} rollouts are too many: at most ${MOST_ROLLOUTS}.`,
    );
  }

  for (const { path, part, code, message } of frameFlaws(top)) add(path, part, code, message);

  const drivers = new Map<string, string>();
  for (const [name, value] of rollouts.slice(0, MOST_ROLLOUTS)) {
    const path = ["rollouts", name];
    const flaw = rolloutNameFlaw(name);
    if (flaw !== null) add(path, "key", "bad-name", flaw);

    const rollout = entries(value);
    if (isMapping(value) && !rollout.has("prometheus") && !top.has("prometheus")) {
      const message =
        "`prometheus` is missing: name a metrics source here, or once at the top for all rollouts.";
      add(path, "key", "missing-key", message);
    }

    for (const { path: inside, code, message } of ladderFlaws(rollout)) {
      add([...path, "steps", ...inside], "value", code, message);
    }

    const read = targets.safeParse(rollout.get("targets"));
    for (const [index, target] of read.success ? read.data.entries() : []) {
      const key = identity(target);
      const driver = drivers.get(key);
      if (driver !== undefined) {
        const who =
          driver === name
            ? "This rollout has the same target already"
            : `The rollout ${quoted(driver)} drives it already`;
        const message = `${who}. Say \`kind\`, \`name\` and \`route\` where the file has several.`;
        add([...path, "targets", index], "value", "duplicate-target", message);
      } else drivers.set(key, name);
    }
  }
  return found;
}

/** What belongs beside `manifests`: nothing, as all else is said where the rollouts are. */
function frameFlaws(top: ReadonlyMap<string, unknown>) {
  const flaw = (path: Path, part: "key" | "value", code: Code, message: string) => ({
    path,
    part,
    code,
    message,
  });
  if (!top.has("manifests")) {
    const message =
      "`rollouts` is missing: what is delivered, each under its name. In a repository of code alone say `manifests` instead.";
    return top.has("rollouts") ? [] : [flaw([], "key", "missing-key", message)];
  }
  const others = [...top.keys()].filter((key) => key !== "manifests" && key !== "version");
  return others.filter(isBesideManifests).map((key) => {
    const message = `With \`manifests\` nothing else is said here: \`${key}\` belongs into the repository that has the manifests.`;
    return flaw([key], "key", "conflict", message);
  });
}

function isBesideManifests(key: string): boolean {
  return ["branch", "prometheus", "cluster", "commit", "freezes", "rollouts"].includes(key);
}

/** What `steps` must be for `holdback` and `slos`; the paths begin at the ladder. */
function ladderFlaws(rollout: ReadonlyMap<string, unknown>): readonly LadderFlaw[] {
  const written = rollout.get("steps");
  const listed = rungs.safeParse(written);
  const kept = holdback().optional().safeParse(rollout.get("holdback"));
  const flaw = listed.success && kept.success ? endFlaw(listed.data, kept.data) : null;
  if (flaw !== null) return [flaw];
  const objectives = slos.safeParse(rollout.get("slos"));
  const weighed = (slo: Slo) => slo.kind !== "query" && slo.mode === "sequential";
  if (written !== "auto" || !objectives.success || objectives.data.some(weighed)) return [];
  const message =
    "`steps: auto` chooses by evidence, and no SLO here is weighed: add an `errorRate` or `latency` without `mode: threshold`, or list the steps.";
  return [{ path: [], code: "conflict", message }];
}

function identity({ file, kind, name, route }: z.output<typeof targets>[number]): string {
  return JSON.stringify([file, kind ?? null, name ?? null, route ?? null]);
}

function entries(value: unknown): ReadonlyMap<string, unknown> {
  return new Map(isMapping(value) ? Object.entries(value) : []);
}

function isMapping(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
