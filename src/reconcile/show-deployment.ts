import type { Release } from "../release/state.ts";
import { releaseName } from "../release/state.ts";
import { percent } from "../views/format.ts";
import { outcomeWords, type ReleaseView } from "../views/standing.ts";
import type { Ports } from "./ports.ts";
import { changed } from "./shown.ts";

const STATES = {
  promoted: "success",
  "rolled-back": "failure",
  superseded: "inactive",
  cancelled: "inactive",
} as const;

/** Deployments of an environment looked through for our own. */
const RECENT = 30;
const REMEMBERED = 100;

/** The Environments page tells the same story: on the deployment we carry out, else on one of our own where that is wanted. */
export async function showDeployment(
  ports: Ports,
  view: ReleaseView,
  ordered = orderedHere(view),
): Promise<void> {
  const { release, rollout, ended } = view;
  const { environment } = rollout;
  if (ordered === null && environment === null) return;
  const state = ended ? STATES[ended.outcome] : "in_progress";
  const name = releaseName(rollout.name, release.number);
  // One status a step: each is kept for ever, and workflows may run on it.
  const description = `${name} · ${ended ? outcomeWords(ended.outcome) : percent(release.shift.percent)}`;
  const url = environment?.url ?? null;
  await changed(ports, `deployment:${name}`, `${state} ${description}`, async () => {
    const [id, ...twins] =
      ordered === null ? await ownDeployments(ports, environment?.name ?? "", release, name) : [ordered];
    await ports.forge.deploymentStatus(id, { state, description, url, retires: ordered !== null });
    for (const twin of twins) await replaced(ports, twin, name);
    if (ordered === null && state === "success" && environment) {
      await retire(ports, environment.name, rollout.name, id);
    }
  });
}

/** With `when: success` another tool carries the deployment out, and reports it. */
function orderedHere({ release, rollout: { on } }: ReleaseView): number | null {
  return on.kind === "deployment" && on.when === "created" ? release.cause.deployment : null;
}

/**
 * The newest of those that tell of the release, and the others that do: two processes that look at the same
 * moment both find none and each make one, of which one would be in progress for ever.
 */
async function ownDeployments(
  { forge, memory }: Ports,
  environment: string,
  release: Release,
  name: string,
): Promise<readonly [number, ...number[]]> {
  const { login } = await forge.identity();
  const [newest, ...older] = (await forge.deployments(environment, RECENT)).filter(
    ({ creator, description }) => creator === login && description === name,
  );
  const twins = older.filter(({ state }) => state !== "inactive").map(({ id }) => id);
  if (newest) return [newest.id, ...twins];
  const known = memory.deployments.get(name);
  if (known !== undefined) return [known];
  const ref = release.cause.commit;
  const made = await forge.createDeployment({
    ref,
    environment,
    description: name,
    payload: { release: name },
  });
  if (memory.deployments.size > REMEMBERED) memory.deployments.clear();
  memory.deployments.set(name, made.id);
  return [made.id];
}

/** What ran before runs no more. GitHub would take other rollouts that share the environment for it, and leaves production out. */
async function retire(ports: Ports, environment: string, rollout: string, id: number): Promise<void> {
  const { forge } = ports;
  const { login } = await forge.identity();
  for (const deployment of await forge.deployments(environment, RECENT)) {
    const { creator, description, state } = deployment;
    const before = creator === login && description.startsWith(`${rollout}#`) && state === "success";
    if (!before || deployment.id === id) continue;
    await replaced(ports, deployment.id, description);
  }
}

function replaced({ forge }: Ports, deployment: number, name: string): Promise<void> {
  const description = `${name} · replaced`;
  return forge.deploymentStatus(deployment, { state: "inactive", description, url: null, retires: false });
}
