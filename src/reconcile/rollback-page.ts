import { sums } from "../analysis/track.ts";
import type { Rollout } from "../config/types.ts";
import { type Release, type RolloutState, releaseName } from "../release/state.ts";
import { readTrailers, writeTrailers } from "../release/trailers.ts";
import type { RollbackMerge, RollbackView } from "../views/rollback.ts";
import { rollbackPull } from "../views/rollback.ts";
import { factsOf } from "./facts.ts";
import type { Ports } from "./ports.ts";
import type { Reading } from "./read.ts";
import { trackOf } from "./show.ts";
import { changed } from "./shown.ts";
import { targetWeights } from "./target-weights.ts";
import { wordsOf } from "./words-of.ts";

/** Commits looked through for those between the last good version and the failed one. */
const COMMITS = 10;

/** The rollback PR in words, as things stand; null where the files cannot be read. */
export async function rollbackPage(
  ports: Ports,
  reading: Pick<Reading, "files" | "repository">,
  rollout: Rollout,
  state: RolloutState,
  release: Release,
): Promise<{ readonly title: string; readonly body: string } | null> {
  const outcome = factsOf(rollout, reading.files, ports.memory.reader);
  const { rollback } = release;
  if (!outcome.ok || !rollback) return null;
  const { facts } = outcome;
  const track = trackOf(ports, rollout.name, release);
  const hit = track === null ? null : sums(track).canary;
  const restored = Object.keys(rollback.restore);
  const moves = rollback.direct !== "done";
  return rollbackPull({
    rollout,
    release,
    before: targetWeights(rollout, facts),
    after: targetWeights(rollout, facts, rollback.to),
    hit: hit && hit.requests > 0 ? hit : null,
    track,
    changes: await changesOf(ports, rollout, state, release),
    queries: queriesOf(ports, rollout, release),
    files: [...new Set([...(moves ? rollout.targets.map(({ file }) => file) : []), ...restored])],
    reverted: restored.includes(rollout.workloads.canary),
    merge: mergeOf(rollout, release),
    repositoryUrl: reading.repository.url,
    pages: ports.pages.pagesOf(rollout, release, null),
  });
}

function mergeOf(rollout: Rollout, { rollback, hold, shift }: Release): RollbackMerge {
  if (rollback?.direct === "done") return { how: "rest", commit: shift.commit ?? "" };
  if (rollback?.blocked != null) return { how: "blocked", reason: rollback.blocked };
  if (hold?.kind === "person") return { how: "blocked", reason: hold.detail };
  return { how: rollout.rollback.merge };
}

/** Since the version that was good. A rollback does not wait for what only explains it. */
async function changesOf(
  { forge, log }: Ports,
  rollout: Rollout,
  state: RolloutState,
  { cause }: Release,
): Promise<RollbackView["changes"]> {
  const path = rollout.workloads.canary;
  const found: { oid: string; subject: string; author: string | null }[] = [];
  try {
    for (const { oid, message, author } of await forge.history(cause.commit, { path, limit: COMMITS })) {
      const file = await forge.file(oid, path);
      if (file.status === "text" && file.oid === state.rest.canary) break;
      found.push({ oid, subject: message.split("\n")[0] ?? "", author });
    }
  } catch (error) {
    log.warn(`Commits of ${rollout.name}: ${wordsOf(error)}`);
  }
  return found;
}

/**
 * While it stands open because a rule, a person or a direct commit came between, it says so. The effect it carries
 * stays written in it, as that is how it is known again.
 */
export function showRollback(ports: Ports, reading: Reading, rollout: Rollout, state: RolloutState): void {
  const { release } = state;
  const pull = release?.rollback?.pull;
  if (!release || !pull || release.rollback?.settled || mergeOf(rollout, release).how === "auto") return;
  const name = releaseName(rollout.name, release.number);
  ports.projector.offer(`rollback PR of ${name}`, async () => {
    const page = await rollbackPage(ports, reading, rollout, state, release);
    if (!page) return;
    await changed(ports, `rollback:${name}`, page.body, async () => {
      const { login } = await ports.forge.identity();
      const present = await ports.forge.pull(pull.number);
      const trailers = readTrailers(present.body);
      if (present.state !== "open" || present.author !== login || !trailers) return;
      const body = `${page.body}\n\n${writeTrailers(trailers)}\n`;
      if (body.trim() !== present.body.trim()) await ports.forge.updatePull(pull.number, { body });
    });
  });
}

/** What was asked, with an address where the operator gave one for people. */
function queriesOf(
  { memory, metrics }: Ports,
  rollout: Rollout,
  { failure, startedAt }: Release,
): RollbackView["queries"] {
  const asked = memory.verdicts.get(rollout.name)?.asked ?? [];
  const window = { from: startedAt, to: failure?.at ?? startedAt };
  // A page for people draws a series, not the samples of a stretch of it.
  const drawn = (query: string) => query.replace(/\[[^\]]*\](?: @ [\d.]+)?$/, "");
  return asked.map((query) => ({ query, link: metrics.link(rollout.prometheus, drawn(query), window) }));
}
