import type { Octokit } from "@octokit/rest";
import type { CheckRun } from "../../ports/forge.ts";
import type { Gateway } from "./gateway.ts";
import { CHECK_TEXT_BYTES, oneLine, withinBytes } from "./text.ts";

type Rest = Octokit["rest"];
type Known = Awaited<ReturnType<Rest["checks"]["listForRef"]>>["data"]["check_runs"][number];
type Conclusion = Exclude<CheckRun["conclusion"], null>;

interface Annotation {
  path: string;
  start_line: number;
  end_line: number;
  annotation_level: "notice" | "warning" | "failure";
  message: string;
}

type Action = NonNullable<CheckRun["actions"]>[number];

/** What GitHub takes in one request. */
const ANNOTATIONS_PER_CALL = 50;
const TITLE_LIMIT = 255;
const ACTIONS = 3;
const ACTION_LIMITS = { label: 20, description: 40 } as const;
const ANNOTATION_BYTES = 60_000;

/**
 * Makes the commit's run of this name and external id say this, with as few writes as it takes: none when it does.
 *
 * GitHub appends annotations and never takes one away, nor reopens a completed run for certain; where that would
 * be needed a new run is made, which stands in the old one's place for its name.
 */
export async function showCheck(gateway: Gateway, run: CheckRun): Promise<void> {
  gateway.afford("check");
  const wanted = wantedOf(run);
  const known = await findRun(gateway, run);
  if (known === null) {
    return createRun(gateway, run, wanted);
  }
  const shown = await annotationsOf(gateway, known);
  const missing = wanted.annotations.filter((annotation) => !shown.has(keyOf(annotation)));
  const extra = shown.size > wanted.annotations.length - missing.length;
  if (extra || (known.status === "completed" && wanted.status !== "completed")) {
    return createRun(gateway, run, wanted);
  }
  if (missing.length > 0 || !saysTheSame(known, wanted)) {
    await updateRun(gateway, known.id, wanted, missing);
  }
}

interface Wanted {
  readonly status: CheckRun["status"];
  readonly conclusion: Conclusion | null;
  readonly title: string;
  readonly summary: string;
  readonly annotations: readonly Annotation[];
  readonly actions?: readonly Action[];
}

function wantedOf(run: CheckRun): Wanted {
  const { actions } = run;
  const conclusion = run.status === "completed" ? (run.conclusion ?? "neutral") : null;
  const level = conclusion === "failure" || conclusion === "action_required" ? "failure" : "warning";
  const annotations = new Map<string, Annotation>();
  for (const { path, line: at, message } of run.annotations) {
    const annotation: Annotation = {
      path,
      start_line: at,
      end_line: at,
      annotation_level: level,
      message: withinBytes(message, ANNOTATION_BYTES),
    };
    annotations.set(keyOf(annotation), annotation);
  }
  return {
    status: run.status,
    conclusion,
    title: oneLine(run.title, TITLE_LIMIT),
    summary: withinBytes(run.summary, CHECK_TEXT_BYTES),
    annotations: [...annotations.values()],
    ...(actions && { actions: actions.slice(0, ACTIONS).map(fitted) }),
  };
}

/** An identifier that was cut would be another's: such a button is a mistake of ours, which GitHub refuses. */
function fitted({ label, description, identifier }: Action): Action {
  return {
    label: oneLine(label, ACTION_LIMITS.label),
    description: oneLine(description, ACTION_LIMITS.description),
    identifier,
  };
}

async function findRun(gateway: Gateway, run: CheckRun): Promise<Known | null> {
  const runs = await gateway.read(() =>
    gateway.octokit.paginate(gateway.octokit.rest.checks.listForRef, {
      ...gateway.repo,
      ref: run.commit,
      check_name: run.name,
      // "latest" would keep one run a name, and several releases may share a commit.
      filter: "all",
      per_page: 100,
    }),
  );
  // Any App may use our name and id; only our own runs can be updated, and only they speak for us.
  const ours = runs.filter(
    (known) => known.external_id === run.externalId && `${known.app?.slug}[bot]` === gateway.login,
  );
  return ours.toSorted((a, b) => b.id - a.id)[0] ?? null;
}

async function annotationsOf(gateway: Gateway, known: Known): Promise<ReadonlySet<string>> {
  if (known.output.annotations_count === 0) {
    return new Set();
  }
  const shown = await gateway.read(() =>
    gateway.octokit.paginate(gateway.octokit.rest.checks.listAnnotations, {
      ...gateway.repo,
      check_run_id: known.id,
      per_page: 100,
    }),
  );
  return new Set(
    shown.map(({ path, start_line, annotation_level, message }) =>
      keyOf({ path, start_line, annotation_level: annotation_level ?? "", message: message ?? "" }),
    ),
  );
}

function keyOf(annotation: {
  path: string;
  start_line: number;
  annotation_level: string;
  message: string;
}): string {
  const { path, start_line: at, annotation_level: level, message } = annotation;
  return JSON.stringify([path, at, level, plain(message)]);
}

/** GitHub gives no buttons back. They follow from what the words say, so the same words have the same ones. */
function saysTheSame(known: Known, wanted: Wanted): boolean {
  return (
    known.status === wanted.status &&
    known.conclusion === wanted.conclusion &&
    plain(known.output.title ?? "") === plain(wanted.title) &&
    plain(known.output.summary ?? "") === plain(wanted.summary)
  );
}

/** GitHub may give line ends and outer space back otherwise than it got them; that alone is worth no write. */
function plain(text: string): string {
  return text.replaceAll("\r\n", "\n").trim();
}

async function createRun(gateway: Gateway, run: CheckRun, wanted: Wanted): Promise<void> {
  const { annotations } = wanted;
  const { data } = await gateway.write("check", () =>
    gateway.octokit.rest.checks.create({
      ...gateway.repo,
      name: run.name,
      head_sha: run.commit,
      external_id: run.externalId,
      ...stateOf(wanted),
      ...actionsOf(wanted),
      output: { ...outputOf(wanted), annotations: annotations.slice(0, ANNOTATIONS_PER_CALL) },
    }),
  );
  const rest = annotations.slice(ANNOTATIONS_PER_CALL);
  if (rest.length > 0) {
    await updateRun(gateway, data.id, wanted, rest);
  }
}

async function updateRun(
  gateway: Gateway,
  id: number,
  wanted: Wanted,
  annotations: readonly Annotation[],
): Promise<void> {
  for (let from = 0; from === 0 || from < annotations.length; from += ANNOTATIONS_PER_CALL) {
    await gateway.write("check", () =>
      gateway.octokit.rest.checks.update({
        ...gateway.repo,
        check_run_id: id,
        ...stateOf(wanted),
        ...actionsOf(wanted),
        output: {
          ...outputOf(wanted),
          annotations: annotations.slice(from, from + ANNOTATIONS_PER_CALL),
        },
      }),
    );
  }
}

function outputOf({ title, summary }: Wanted): { title: string; summary: string } {
  return { title, summary };
}

function actionsOf({ actions }: Wanted): { actions?: Action[] } {
  return actions === undefined ? {} : { actions: [...actions] };
}

/** A conclusion makes a run completed, so an unfinished one must not name any. */
function stateOf({
  conclusion,
}: Wanted): { status: "completed"; conclusion: Conclusion } | { status: "in_progress" } {
  return conclusion === null ? { status: "in_progress" } : { status: "completed", conclusion };
}
