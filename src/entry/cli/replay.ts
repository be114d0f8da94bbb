import { createPrometheus } from "../../adapters/prometheus/prometheus.ts";
import { parseDuration } from "../../config/duration.ts";
import { type Command, type Input, type Outcome, textOption } from "./command.ts";
import { nameOf, readText } from "./files.ts";
import { replay as replayWindow } from "./replay/looks.ts";
import { type PastRelease, readRelease } from "./replay/release-file.ts";
import { firstOf, toJson } from "./replay/report.ts";
import { findRollout } from "./replay/rollout.ts";
import { toText } from "./replay/text.ts";
import { type Move, oneRelease, readTime, readWeights } from "./replay/times.ts";
import { openSources } from "./sources.ts";

/** More looks than a week has at one a minute are a slip of the keyboard. */
const MOST_LOOKS = 10_080;

export const replay: Command = {
  name: "replay",
  usage: "[DIR] --from TIME --to TIME --weights TIME=PERCENT,… | [DIR] --release FILE",
  summary:
    "judge a past window from a metrics source as a release would have been judged, under DIR's configuration",
  operands: { min: 0, max: 1 },
  options: {
    rollout: { type: "string", help: "NAME: which rollout of DIR, where it has several" },
    from: { type: "string", help: "TIME: the first look, such as 2026-05-04T10:00:00Z" },
    to: { type: "string", help: "TIME: the last look; like all others also from the first on, such as +40m" },
    weights: {
      type: "string",
      help: "TIME=PERCENT,…: which canary weight was committed when, such as +0s=10,+5m=25",
    },
    release: {
      type: "string",
      help: "FILE: releases/NAME/N.json of the branch sluice/state, which says all of these; - for stdin",
    },
    source: { type: "string", help: "NAME: a source of the environment; the rollout's own unless said" },
    every: { type: "string", help: "DURATION: between two looks; 15s unless said" },
    json: {
      type: "boolean",
      help: "print { rollout, from, to, weights, first, deeds, looks, scrapes, last }; times in milliseconds",
    },
  },
  async run(input) {
    const past = await pastRelease(input);
    if (!past.ok) return past.outcome;
    const { release } = past;
    const asked = question(input, release);
    if ("ok" in asked) return asked;
    const { moves, from, to, every } = asked;

    const [folder = "."] = input.operands;
    const found = await findRollout(folder, textOption(input, "rollout") ?? release?.rollout ?? null);
    if (!found.ok) return found;
    const { declared } = found;
    const { rollout } = declared;
    const opened = openSources();
    if (!opened.ok) return opened;
    const source = textOption(input, "source") ?? rollout.prometheus;
    const judged = { ...declared, rollout: { ...rollout, prometheus: source } };
    const replayed = await replayWindow(createPrometheus(opened.sources), judged, moves, { from, to, every });
    if (!replayed.ok) return { ok: false, problems: [`source ${source}: ${replayed.reason}`] };
    const report = {
      rollout: rollout.name,
      number: release?.number ?? null,
      source,
      window: { from, to, every },
      moves,
      slos: rollout.slos,
      first: firstOf(replayed.value.looks),
      replayed: replayed.value,
    };
    const stdout = input.options["json"] === true ? toJson(report) : toText(report);
    const routes = rollout.steps.some((step) => step.routes.length > 0);
    return { ok: true, stdout, notes: notes(release, declared.config, routes) };
  },
};

type Past =
  | { readonly ok: true; readonly release: PastRelease | null }
  | { readonly ok: false; readonly outcome: Outcome };

async function pastRelease(input: Input): Promise<Past> {
  const path = textOption(input, "release");
  if (path === undefined) return { ok: true, release: null };
  const problem = (reason: string): Past => ({
    ok: false,
    outcome: { ok: false, problems: [`${nameOf(path)}:1:1: ${reason}`] },
  });
  const reading = await readText(path);
  if (!reading.ok) return problem(reading.reason);
  const release = readRelease(reading.text);
  return release.ok ? { ok: true, release: release.value } : problem(release.reason);
}

interface Question {
  readonly moves: readonly Move[];
  readonly from: number;
  readonly to: number;
  readonly every: number;
}

function question(input: Input, release: PastRelease | null): Question | Outcome {
  const wrong = (message: string): Outcome => ({ ok: "usage", message });
  const said = {
    from: textOption(input, "from"),
    to: textOption(input, "to"),
    weights: textOption(input, "weights"),
  };
  for (const [name, text] of Object.entries(said)) {
    if (text === undefined && release === null)
      return wrong(`replay needs --${name}, or a --release FILE that says it`);
  }
  const from = said.from === undefined ? null : readTime(said.from, null);
  if (from?.ok === false) return wrong(`--from: ${from.reason}`);
  const begin = from?.value ?? release?.from ?? 0;
  const to = said.to === undefined ? null : readTime(said.to, begin);
  if (to?.ok === false) return wrong(`--to: ${to.reason}`);
  const end = to?.value ?? release?.to ?? 0;
  if (end <= begin) return wrong("--to is not after --from: the window has no length");
  if (end > Date.now()) return wrong("--to is yet to come: only what has happened can be replayed");
  const written = said.weights === undefined ? null : readWeights(said.weights, begin);
  if (written?.ok === false) return wrong(`--weights: ${written.reason}`);
  const moves = oneRelease(written?.value ?? release?.moves ?? [], begin, end);
  if (!moves.ok) return wrong(moves.reason);
  const every = parseDuration(textOption(input, "every") ?? "15s");
  if (every === null || every < 1000)
    return wrong("--every is a duration of a second or more, such as 15s or 1m");
  const looks = Math.ceil((end - begin) / every);
  if (looks > MOST_LOOKS) {
    return wrong(
      `${looks} looks are too many, at most ${MOST_LOOKS} are done: say a longer --every or a shorter window`,
    );
  }
  return { moves: moves.value, from: begin, to: end, every };
}

/** Where the past was not quite as it is judged here. */
function notes(release: PastRelease | null, config: string, routes: boolean): readonly string[] {
  const other =
    release !== null && release.config !== config
      ? [
          `This is judged under another configuration than the release ran by; that one is: git cat-file blob ${release.config}`,
        ]
      : [];
  const beside = routes
    ? [
        "Steps of this rollout set routes too; which of them stood is not known here, only weights are replayed.",
      ]
    : [];
  return [...other, ...beside];
}
