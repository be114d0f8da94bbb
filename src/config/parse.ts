import type { z } from "zod";
import { problemsAcross } from "./across.ts";
import type { Code } from "./codes.ts";
import { problemsOf, silent, valueAt } from "./issues.ts";
import { file as fileSchema } from "./schema.ts";
import { readSource, type Source } from "./source.ts";
import { gatesBefore, stepsOf } from "./steps.ts";
import type { Config, MetricsNames, Problem, Rollout, Target } from "./types.ts";

export type ParsedConfig =
  | { readonly ok: true; readonly config: Config }
  /** Sorted by place; never empty; at most a hundred. */
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** Nobody reads more at once. */
const MOST_PROBLEMS = 100;

/** Reads `.github/sluice.yaml`. `file` is only what problems call it. Never throws. */
export function parseConfig(file: string, text: string): ParsedConfig {
  const reading = readSource(file, text);
  if (!reading.ok) return { ok: false, problems: sorted(reading.problems) };
  const { source } = reading;

  const flaw = frameFlaw(source);
  if (flaw !== null)
    return { ok: false, problems: [{ file, ...source.place(flaw.path, "value"), ...flaw.said }] };

  const parsed = fileSchema.safeParse(source.value, silent);
  const problems = [
    ...(parsed.success ? [] : problemsOf(parsed.error.issues, source, file)),
    ...problemsAcross(source, file),
  ];
  if (!parsed.success || problems.length > 0) return { ok: false, problems: sorted(problems) };
  return { ok: true, config: configOf(parsed.data) };
}

interface FrameFlaw {
  readonly path: readonly string[];
  readonly said: { readonly code: Code; readonly message: string };
}

/** What makes every further problem pointless. */
function frameFlaw({ value }: Source): FrameFlaw | null {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    const message = "The file must be a mapping that starts with `version: 1` and has `rollouts:`.";
    return { path: [], said: { code: "wrong-type", message } };
  }
  const version = valueAt(value, ["version"]);
  if (typeof version !== "number" || !(version > 1)) return null;
  const message = `Version ${version} is newer than this Sluice, which reads version 1. Update Sluice, or write \`version: 1\`.`;
  return { path: ["version"], said: { code: "newer-version", message } };
}

function sorted(problems: readonly Problem[]): readonly Problem[] {
  const byPlace = (a: Problem, b: Problem) =>
    a.line - b.line || a.column - b.column || a.code.localeCompare(b.code);
  return [...problems].sort(byPlace).slice(0, MOST_PROBLEMS);
}

type Written = NonNullable<z.output<typeof fileSchema>["rollouts"]>[string];

function configOf(said: z.output<typeof fileSchema>): Config {
  const rollouts = Object.entries(said.rollouts ?? {}).map(
    ([name, { bake, watch, holdback, windows, metrics, from, ...rollout }]): Rollout => ({
      ...rollout,
      name,
      environment: rollout.environment ?? null,
      prometheus: rollout.prometheus ?? said.prometheus ?? "",
      cluster: rollout.cluster ?? said.cluster ?? null,
      commit: said.commit,
      ...(metrics && { metrics: namesOf(metrics) }),
      ...(from && { from }),
      targets: rollout.targets.map(targetOf),
      ...(gatesBefore(rollout.steps).length > 0 && { gates: gatesBefore(rollout.steps) }),
      steps: stepsOf(rollout.steps, { bake, watch, holdback }),
      auto: rollout.steps === "auto",
      windows: windows?.allow ?? [],
      freezes: [...said.freezes, ...rollout.freezes],
    }),
  );
  const { manifests } = said;
  return { version: 1, branch: said.branch ?? null, rollouts, ...(manifests && { manifests }) };
}

function namesOf({ own: _, ...names }: NonNullable<Written["metrics"]>): MetricsNames {
  return names;
}

function targetOf({ file, kind, name, route, stable, canary }: Written["targets"][number]): Target {
  return {
    file,
    ...(kind === undefined ? {} : { kind }),
    ...(name === undefined ? {} : { name }),
    ...(route === undefined ? {} : { route }),
    stable,
    canary,
  };
}
