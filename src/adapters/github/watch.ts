import type { Octokit } from "@octokit/rest";
import { z } from "zod";
import type { Stamp, StampWindow, Wanted } from "../../ports/forge.ts";
import { revisionOf } from "./files.ts";
import { held, type Read } from "./gateway.ts";

/** What a waiting release rests on, of one repository. */
export interface Watched {
  readonly owner: string;
  readonly name: string;
  readonly wanted: Wanted;
  /** Its pull request, on which people may speak. */
  readonly pull: number | null;
}

/** Looks of one query. Each has a handful of objects and a connection of one comment, so that a query costs one point. */
const AT_ONCE = 100;

const answers = z.record(
  z.string(),
  z
    .looseObject({
      isArchived: z.boolean(),
      defaultBranchRef: z.object({ name: z.string() }).nullable(),
      pull: z.object({ comments: z.object({ nodes: z.array(z.object({ id: z.string() })) }) }).nullish(),
    })
    .nullable(),
);

interface Known extends Watched {
  /** By whoever asks: when it was asked for last, and how old an answer may be. Epoch ms, ms. */
  asked: number;
  patience: number;
  found: Stamp | null;
}

/**
 * Asks for all waiting releases of one installation together: whoever needs to know first asks for everybody who has
 * asked lately, and the others find their answer there. So what waiting costs grows by one query for a hundred.
 */
export class Watch {
  readonly #octokit: Octokit;
  readonly #read: Read;
  readonly #known = new Map<string, Known>();
  #round: Promise<unknown> | null = null;

  constructor(octokit: Octokit, read: Read) {
    this.#octokit = octokit;
    this.#read = read;
  }

  /** Rejects as a read does. */
  async stamp(watched: Watched, { since, now }: StampWindow): Promise<Stamp> {
    const key = JSON.stringify([watched.owner, watched.name, watched.wanted, watched.pull]);
    const known: Known = this.#known.get(key) ?? { ...watched, asked: now, patience: 0, found: null };
    this.#known.set(key, known);
    known.asked = Math.max(known.asked, now);
    known.patience = now - since;
    for (;;) {
      const { found } = known;
      if (found !== null && found.at >= since) return found;
      this.#round ??= this.#ask(now).finally(() => {
        this.#round = null;
      });
      await this.#round;
    }
  }

  async #ask(now: number): Promise<void> {
    // Those that ask in the same moment are in it too.
    await Promise.resolve();
    for (const [key, { asked, patience }] of this.#known) {
      // It waits no more, or for something else.
      if (now - asked > 2 * patience + FORGOTTEN) this.#known.delete(key);
    }
    // What is about to get old is asked for too, so that all come to be asked for in one moment; what is new is not
    // asked for again because of a release that has just begun to wait.
    const all = [...this.#known.values()].filter(
      ({ found, patience }) => found === null || now - found.at >= patience / 2,
    );
    const rounds = Array.from({ length: Math.ceil(all.length / AT_ONCE) }, (_, at) =>
      this.#askFor(all.slice(at * AT_ONCE, (at + 1) * AT_ONCE), now),
    );
    await Promise.all(rounds);
  }

  async #askFor(some: readonly Known[], now: number): Promise<void> {
    const { document, variables } = questionFor(some);
    const answer = await this.#read(async () => {
      try {
        return await this.#octokit.graphql<unknown>(document, variables);
      } catch (error) {
        return partOf(error);
      }
    });
    const found = held(answers, answer);
    for (const [at, known] of some.entries()) {
      const repository = found[`r${at}`] ?? null;
      known.found = { at: now, stamp: repository && JSON.stringify(repository) };
    }
  }
}

/** A release whose looks are late is not forgotten for that, ms. */
const FORGOTTEN = 60_000;

const partial = z.object({
  name: z.literal("GraphqlResponseError"),
  data: z.record(z.string(), z.unknown()),
  errors: z.array(z.object({ type: z.literal("NOT_FOUND") })).min(1),
});

/** One repository that is gone is no reason to know nothing of the others. */
function partOf(error: unknown): unknown {
  const parsed = partial.safeParse(error);
  if (!parsed.success) throw error;
  return parsed.data.data;
}

function questionFor(some: readonly Watched[]): {
  readonly document: string;
  readonly variables: Readonly<Record<string, string | number>>;
} {
  const variables: Record<string, string | number> = {};
  const declared: string[] = [];
  const variable = (name: string, type: string, value: string | number) => {
    variables[name] = value;
    declared.push(`$${name}: ${type}!`);
    return `$${name}`;
  };
  const fields = some.map(({ owner, name, wanted, pull }, at) => {
    const paths = wanted.flatMap(({ branch, paths: own }) =>
      own.map((path) => `${revisionOf(branch)}:${path}`),
    );
    const objects = paths.map(
      (path, index) =>
        `o${index}: object(expression: ${variable(`x${at}_${index}`, "String", path)}) { oid }`,
    );
    const said =
      pull === null
        ? ""
        : ` pull: pullRequest(number: ${variable(`p${at}`, "Int", pull)}) { comments(last: 1) { nodes { id } } }`;
    const [of, named] = [variable(`w${at}`, "String", owner), variable(`n${at}`, "String", name)];
    return `r${at}: repository(owner: ${of}, name: ${named}) {
      isArchived defaultBranchRef { name } ${objects.join(" ")}${said}
    }`;
  });
  return { document: `query waiting(${declared.join(", ")}) { ${fields.join(" ")} }`, variables };
}
