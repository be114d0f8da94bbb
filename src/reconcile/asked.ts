import { commitIn, imageAt, isImageOf } from "../config/image.ts";
import type { ImageSource, Rollout } from "../config/types.ts";
import { type DeploymentFacts, ForgeError, isPassing } from "../ports/forge.ts";
import type { Offer, RolloutState } from "../release/state.ts";
import type { World } from "../release/world.ts";
import type { Cause, Dispatch, Ports } from "./ports.ts";
import type { Reading } from "./read.ts";
import { CONFIG_FILE, knownConfig } from "./read.ts";
import { fullName, sameName } from "./repository-name.ts";
import { showCheck, showProblems } from "./show.ts";

/** Deployments looked through for the newest one that counts. */
const RECENT = 10;
/** So far back the last commit that was asked for is looked for behind the next one. */
const DEPTH = 500;
/** A dispatch that says it was sent later than this from now (ms) would keep all others out until then. */
const AHEAD = 300_000;

/** What a dispatch asks for, or why that is not followed: one sentence. */
type Heard =
  | { readonly status: "offer"; readonly offer: Offer }
  | { readonly status: "none" }
  | { readonly status: "refused"; readonly reason: string };

/**
 * What the code's repository asks of a rollout now. That repository is read again each time, so an event that is lost,
 * doubled or late means nothing; a dispatch alone is what it says, as GitHub keeps none.
 */
export async function askedBy(
  ports: Ports,
  rollout: Rollout,
  state: RolloutState,
  reading: Reading,
  cause: Cause | null,
): Promise<World["source"]> {
  const { from } = rollout;
  if (!from || !cause) return null;
  // GitHub tells at any time which is the newest: while nothing could be brought, it need not be asked.
  if (state.release !== null && from.on.kind !== "dispatch") return null;
  const dispatch = cause.dispatch ?? null;
  const asked = {
    repository: from.repository,
    on: from.on.kind,
    ...(from.on.kind === "deployment" && { environment: from.on.environment }),
  };
  if (from.on.kind === "dispatch" && !dispatch && state.source) return { ...asked, offer: null };
  try {
    const code = await codeOf(ports, from, reading, rollout.name);
    if (typeof code === "string") {
      ports.log.warn(`${rollout.name}: ${code}`);
      if (!state.release) {
        const problem = { file: CONFIG_FILE, line: 1, column: 1, code: "not-allowed", message: code };
        showProblems(ports, reading.head, [problem]);
      }
      return null;
    }
    if (from.on.kind === "merge" && (await isBehind(code, from, state))) return { ...asked, offer: null };
    if (from.on.kind !== "dispatch") return { ...asked, offer: await newest(code, from, from.on) };
    if (!dispatch) return { ...asked, offer: null };
    const heard = await hear(ports, code, from, state, dispatch);
    if (heard.status === "offer") return { ...asked, offer: heard.offer };
    if (heard.status === "refused") sayRefused(ports, code, rollout.name, dispatch, heard.reason);
    return { ...asked, offer: null };
  } catch (error) {
    // The release that runs does not depend on the code's repository; an event that waits is tried again.
    const again = isPassing(error) && (state.release === null || dispatch !== null);
    if (again || !(error instanceof ForgeError)) throw error;
    ports.log.warn(`${rollout.name}: ${from.repository} cannot be read: ${error.message}`);
    return null;
  }
}

interface Code {
  readonly ports: Ports;
  readonly defaultBranch: string;
  readonly head: string;
}

/** The code's repository, if it names this one too; else why not. */
async function codeOf(
  ports: Ports,
  { repository }: ImageSource,
  reading: Reading,
  rollout: string,
): Promise<Code | string> {
  const { owner, name } = reading.repository;
  const self = `${owner}/${name}`;
  const beside = await ports.beside(repository);
  const none = `\`from\` of ${rollout} names ${repository}, which is no repository of ${owner} that the App is installed on.`;
  if (!beside) return none;
  const { forge } = beside.ports;
  const { defaultBranch } = await forge.repository();
  const snapshot = (await forge.snapshot([{ branch: defaultBranch, paths: [CONFIG_FILE] }])).get(
    defaultBranch,
  );
  const config = knownConfig(beside.ports, snapshot?.files.get(CONFIG_FILE));
  const names = config.status === "ok" ? config.config.manifests : undefined;
  if (!snapshot || !names || !sameName(names.repository, self) || !names.rollouts.includes(rollout)) {
    return `\`from\` of ${rollout} names ${repository}, whose ${CONFIG_FILE} does not name this repository: it needs \`manifests: { repository: ${self}, rollouts: [${rollout}] }\` on its default branch.`;
  }
  return { ports: beside.ports, defaultBranch, head: snapshot.head };
}

async function newest(code: Code, from: ImageSource, on: ImageSource["on"]): Promise<Offer | null> {
  if (on.kind !== "deployment") return merged(code, from, code.head);
  const { forge } = code.ports;
  const { login } = await forge.identity();
  const deployments = await forge.deployments(on.environment, RECENT);
  const counts = ({ creator, state }: DeploymentFacts) =>
    creator !== login && (on.when === "created" || state === "success");
  const found = deployments.filter(counts).sort((a, b) => b.id - a.id)[0];
  if (!found) return null;
  const image = found.image ?? imageAt(from.image, from.tag, found.commit);
  if (!isImageOf(from.image, image)) {
    code.ports.log.warn(`${from.repository}: deployment ${found.id} asks for an image that is not allowed`);
    return null;
  }
  const pull = await pullOf(code, found.commit);
  return {
    image,
    commit: found.commit,
    pull: pull?.number ?? null,
    actor: found.creator,
    deployment: found.id,
    at: null,
  };
}

async function merged(code: Code, from: ImageSource, commit: string): Promise<Offer> {
  const pull = await pullOf(code, commit);
  const image = imageAt(from.image, from.tag, commit);
  const { number = null, author: actor = null } = pull ?? {};
  return { image, commit, pull: number, actor, deployment: null, at: null };
}

/** The merged pull request that brought a commit to the default branch. */
async function pullOf({ ports, defaultBranch }: Code, commit: string) {
  const pulls = await ports.forge.pullsOf(commit);
  return pulls.find(({ state, base }) => state === "merged" && base === defaultBranch) ?? null;
}

async function hear(
  ports: Ports,
  code: Code,
  from: ImageSource,
  { source }: RolloutState,
  { image, sha, at, by }: Dispatch,
): Promise<Heard> {
  if (!isImageOf(from.image, image)) {
    return refused(`its \`image\` must be ${from.image} with a tag or a digest, and nothing else`);
  }
  const commit = sha ?? commitIn(from.image, from.tag, image);
  if (commit === null || !/^[0-9a-f]{40}$/.test(commit)) {
    return refused("its `sha` must be the whole SHA of the commit the image was built from");
  }
  const sent = at === null ? null : at * 1000;
  if (sent !== null && sent > ports.clock.now() + AHEAD) {
    return refused("its `at` is in the future: it is the time of sending, in seconds since 1970");
  }
  if (!(await exists(code, commit))) return refused(`there is no commit ${commit.slice(0, 10)}`);
  const last = source?.waits ?? source?.last ?? null;
  if (last && last.commit === commit && last.image === image && last.at === sent) return { status: "none" };
  if (last && !(await isNewer(code, { commit, at: sent }, last))) {
    return refused(
      `it is not newer than ${last.commit.slice(0, 10)}, which came before it: to go back send \`at\`, the time of sending`,
    );
  }
  const pull = await pullOf(code, commit);
  return {
    status: "offer",
    offer: { image, commit, pull: pull?.number ?? null, actor: by, deployment: null, at: sent },
  };
}

/** By the times of sending where both say one, else by descent: what comes late is never put back over what is newer. */
async function isNewer({ ports }: Code, next: Pick<Offer, "commit" | "at">, last: Offer): Promise<boolean> {
  if (next.at !== null && last.at !== null) return next.at > last.at;
  const behind = await ports.forge.history(next.commit, { limit: DEPTH });
  return behind.some(({ oid }) => oid === last.commit);
}

/** The branch was read as it was once, or set back: what came after is there already. */
async function isBehind(
  { ports, head }: Code,
  from: ImageSource,
  { source }: RolloutState,
): Promise<boolean> {
  const known = source?.waits ?? source?.last ?? null;
  if (source?.on !== "merge" || source.repository !== from.repository) return false;
  if (known === null || known.commit === head) return false;
  try {
    return (await ports.forge.history(known.commit, { limit: DEPTH })).some(({ oid }) => oid === head);
  } catch (error) {
    // History that was written anew is another one.
    if (error instanceof ForgeError && error.code === "not-found") return false;
    throw error;
  }
}

async function exists({ ports }: Code, commit: string): Promise<boolean> {
  try {
    return (await ports.forge.history(commit, { limit: 1 })).length > 0;
  } catch (error) {
    if (error instanceof ForgeError && error.code === "not-found") return false;
    throw error;
  }
}

function refused(reason: string): Heard {
  return { status: "refused", reason };
}

/** In the log, and on the commit where it names one. */
function sayRefused(ports: Ports, code: Code, rollout: string, { sha }: Dispatch, reason: string): void {
  const summary = `A dispatch of type \`sluice\` for \`${rollout}\` was not followed: ${reason}.`;
  ports.projector.offer(`refused dispatch of ${rollout}`, async () => {
    ports.log.warn(`${await fullName(code.ports)}: ${summary}`);
    if (sha === null || !/^[0-9a-f]{40}$/.test(sha) || !(await exists(code, sha))) return;
    await showCheck(code.ports, sha, `dispatch to ${rollout}`, {
      name: `sluice / ${rollout}`,
      status: "completed",
      conclusion: "neutral",
      title: "Not followed",
      summary,
      annotations: [],
    });
  });
}
