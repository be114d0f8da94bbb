import { ROLLOUT_NAME } from "../config/names.ts";
import type { ImageSource, Manifests, Rollout } from "../config/types.ts";
import { planCheck } from "../views/plan.ts";
import type { Errand, Happening } from "./happening.ts";
import type { Beside, Ports } from "./ports.ts";
import { CONFIG_FILE } from "./read.ts";
import { fullName, sameName } from "./repository-name.ts";
import { currentConfig } from "./rollouts.ts";
import { showCheck } from "./show.ts";

/** Code in one repository, its manifests in another: seen from the code, what it may speak to. */
export interface Apart extends Beside {
  /** `acme/deploy`, as the code's repository wrote it. */
  readonly name: string;
  /** Those that name the code's repository too. */
  readonly rollouts: readonly (Rollout & { readonly from: ImageSource })[];
}

/**
 * The rollouts that `manifests` names, as far as they name this repository as well. Of the others it is said on the
 * newest commit, in the same words whatever the reason: whether there is such a repository is not for this one to know.
 */
export async function apartOf(ports: Ports, manifests: Manifests): Promise<Apart | null> {
  const { repository: name } = manifests;
  const there = await ports.beside(name);
  const self = await fullName(ports);
  const config = there ? await currentConfig(there.ports) : null;
  const rollouts = (config?.status === "ok" ? config.config.rollouts : []).filter(
    (rollout): rollout is Apart["rollouts"][number] =>
      rollout.from !== undefined &&
      sameName(rollout.from.repository, self) &&
      manifests.rollouts.includes(rollout.name),
  );
  const refused = manifests.rollouts.filter((wanted) => !rollouts.some((rollout) => rollout.name === wanted));
  if (refused.length > 0) sayRefused(ports, name, refused);
  return there && rollouts.length > 0 ? { ...there, name, rollouts } : null;
}

function sayRefused(ports: Ports, manifests: string, rollouts: readonly string[]): void {
  const message = `${manifests} has no rollout ${rollouts.join(", ")} that takes images from this repository: its \`from\` must name this one, and the App must be installed on both, which have one owner.`;
  ports.log.info(message);
  ports.projector.offer("check of the manifests' repository", async () => {
    const { defaultBranch } = await ports.forge.repository();
    const [commit] = await ports.forge.history(defaultBranch, { limit: 1 });
    const problems = [{ file: CONFIG_FILE, line: 1, column: 1, code: "not-allowed", message }];
    if (commit) await showCheck(ports, commit.oid, "manifests", planCheck({ problems, rollouts: [] }));
  });
}

/** What something in the code's repository means for the rollouts that deliver it. */
export async function errandsApart(
  ports: Ports,
  manifests: Manifests,
  what: Happening["what"],
): Promise<readonly Errand[]> {
  const apart = await apartOf(ports, manifests);
  if (!apart) return [];
  const { where, rollouts } = apart;
  const to = (kind: ImageSource["on"]["kind"]) => rollouts.filter(({ from }) => from.on.kind === kind);
  switch (what.kind) {
    case "push":
    case "pull":
      // What is not about a merge may still be that this repository's configuration came or went.
      return rollouts.map(({ name }) => ({ where, rollout: name, cause: { kind: "push" } }));
    case "deployment":
      return to("deployment").map(({ name }) => ({ where, rollout: name, cause: { kind: "deployment" } }));
    case "check":
      return rollouts.map(({ name }) => ({ where, rollout: name, cause: { kind: "check" } }));
    case "dispatch": {
      const { dispatch } = what;
      const meant = to("dispatch").filter(
        ({ name }) => dispatch.rollout === null || dispatch.rollout === name,
      );
      const self = await fullName(ports);
      if (meant.length === 0) {
        const which =
          dispatch.rollout !== null && ROLLOUT_NAME.test(dispatch.rollout) ? ` ${dispatch.rollout}` : "";
        ports.log.warn(
          `${self}: a dispatch for${which || " any rollout"} is not followed: no rollout of ${apart.name} that names it takes one`,
        );
      }
      return meant.map(({ name }) => ({ where, rollout: name, cause: { kind: "dispatch", dispatch } }));
    }
    default:
      return [];
  }
}
