import type { Gate } from "../config/types.ts";

/** Where a gate stands: `pending` may open by itself, at `closed` somebody must do something. */
export interface GateReading {
  readonly gate: Gate;
  readonly status: "open" | "pending" | "closed";
  /** What it said; may quote text from outside. */
  readonly words: string;
  /** Where more of it is told, an http or https address from outside; null where that is not known. */
  readonly link: string | null;
}

/** What somebody says of a commit by a check run or a commit status. */
export interface CheckSaid {
  /** The App's slug, or the login of whoever set the status. */
  readonly by: string;
  /** GitHub's own word: the conclusion, and where it stands while it has none. */
  readonly word: string;
  readonly link: string | null;
}

/** A deployment of a commit to an environment. */
export interface Deployed {
  /** The App's slug, or the login of whoever made it. */
  readonly by: string;
  /** GitHub's own words by whoever made it, newest first; none before the first status. */
  readonly words: readonly string[];
  readonly link: string | null;
}

/** What a hook answered, or why its answer is none. */
export type HookAnswer =
  | { readonly status: "open"; readonly reason: string | null }
  | { readonly status: "waits"; readonly reason: string | null }
  | { readonly status: "unexpected"; readonly why: string }
  /** The operator has configured none of this name for this repository. */
  | { readonly status: "unknown" };

const GOOD = ["success", "neutral"];
/** What was skipped has not run: it says nothing of the commit. */
const UNFINISHED = ["queued", "in_progress", "pending", "waiting", "requested", "expected", "skipped"];

/** Each who speaks by this name must agree; whatever word is not known to be good needs a person. */
export function checkGate(gate: Gate, said: readonly CheckSaid[]): GateReading {
  const readings = said.map(({ by, word, link }): GateReading => {
    const status = GOOD.includes(word) ? "open" : UNFINISHED.includes(word) ? "pending" : "closed";
    const words = word === "skipped" ? `skipped by ${by}, so it has not run` : `${word}, by ${by}`;
    return { gate, status, words, link };
  });
  return worstOf(readings) ?? { gate, status: "pending", words: "nobody has reported it yet", link: null };
}

/** Words of a deployment whose job has got past the rules of its environment. */
const PASSED = ["queued", "in_progress", "success"];
const FAILED = ["failure", "error"];

/**
 * `deployed` newest first. Each one that waits keeps it shut: nothing newer speaks for it. Of those that are through, one
 * way or the other, the newest of each who deploys there counts, as a job that is started again makes a new one.
 */
export function environmentGate(gate: Gate, deployed: readonly Deployed[]): GateReading {
  const through = new Set<string>();
  const readings = deployed.flatMap(({ by, words, link }): GateReading[] => {
    const [word = "no status yet"] = words;
    // What another took the place of was past the rules, if it ever said so.
    const past = PASSED.includes(word) || (word === "inactive" && words.some((one) => PASSED.includes(one)));
    const failed = FAILED.includes(word);
    const status = failed ? "closed" : past ? "open" : "pending";
    if (past || failed || word === "inactive") {
      if (through.has(by)) return [];
      through.add(by);
    }
    return [{ gate, status, words: `deployment by ${by}: ${word}`, link }];
  });
  return (
    worstOf(readings) ?? {
      gate,
      status: "pending",
      words: "this commit has no deployment there yet",
      link: null,
    }
  );
}

const WORST_FIRST: readonly GateReading["status"][] = ["closed", "pending", "open"];

function worstOf(readings: readonly GateReading[]): GateReading | undefined {
  const rank = ({ status }: GateReading) => WORST_FIRST.indexOf(status);
  return readings.toSorted((a, b) => rank(a) - rank(b))[0];
}

export function hookGate(gate: Gate, answer: HookAnswer): GateReading {
  switch (answer.status) {
    case "open":
      return { gate, status: "open", words: answer.reason ?? "open", link: null };
    case "waits":
      return { gate, status: "pending", words: answer.reason ?? "not open, without a reason", link: null };
    case "unexpected":
      return { gate, status: "pending", words: `did not answer as expected: ${answer.why}`, link: null };
    case "unknown":
      return {
        gate,
        status: "closed",
        words: "the operator has configured no hook of this name for this repository",
        link: null,
      };
  }
}
