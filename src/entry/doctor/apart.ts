import type { Config, Manifests } from "../../config/types.ts";
import { CONFIG_FILE, readConfig } from "../../reconcile/read.ts";
import { sameName } from "../../reconcile/repository-name.ts";
import { listed } from "../../views/format.ts";
import { type Finding, findingsAbout } from "./finding.ts";
import type { Seen } from "./repository.ts";

/** Code in one repository, its manifests in another: does each name the other? */

/** Of a repository that has the code alone. */
export async function examineCode(
  seen: Seen,
  { repository, rollouts }: Manifests,
): Promise<readonly Finding[]> {
  const { ok, problem } = findingsAbout(seen.name);
  const said = ok(
    `${CONFIG_FILE} is in order: the code of ${listed(rollouts)}, whose manifests are in ${repository}.`,
  );
  if (!seen.beside) return [said];
  const other = await seen.beside(repository);
  if (!other) return [said, problem(strange("manifests", repository), INSTALL)];
  const config = await configOf(other);
  const findings = rollouts.map((name) => {
    const from = config?.rollouts.find((rollout) => rollout.name === name)?.from;
    return from && sameName(from.repository, seen.name)
      ? ok(`${name} in ${repository} takes its image from here.`)
      : problem(
          `${name} in ${repository} does not name this repository: nothing is brought.`,
          `Say \`from: { repository: ${seen.name} }\` there, on its default branch.`,
        );
  });
  return [said, ...findings];
}

/** Of a repository with manifests: whence its rollouts take images. */
export async function examineFrom(seen: Seen, { rollouts }: Config): Promise<readonly Finding[]> {
  const findings = rollouts.map(async ({ name, from }): Promise<readonly Finding[]> => {
    if (!from || !seen.beside) return [];
    const { ok, problem } = findingsAbout(`${seen.name} ${name}`);
    const { repository } = from;
    const other = await seen.beside(repository);
    if (!other) return [problem(strange("from", repository), INSTALL)];
    const names = (await configOf(other))?.manifests;
    return names && sameName(names.repository, seen.name) && names.rollouts.includes(name)
      ? [ok(`${repository} names it back: its images are brought.`)]
      : [
          problem(
            `${repository}, which \`from\` names, does not name it back: nothing is brought.`,
            `Say \`manifests: { repository: ${seen.name}, rollouts: [${name}] }\` in its ${CONFIG_FILE}, on its default branch.`,
          ),
        ];
  });
  return (await Promise.all(findings)).flat();
}

const INSTALL = "Install it there, or look for a slip in the name; both must have one owner.";

function strange(key: string, repository: string): string {
  return `\`${key}\` names ${repository}, which is no repository of this owner that the App is installed on.`;
}

async function configOf(forge: Seen["forge"]): Promise<Config | null> {
  const { defaultBranch } = await forge.repository();
  const snapshot = await forge.snapshot([{ branch: defaultBranch, paths: [CONFIG_FILE] }]);
  const config = readConfig(snapshot.get(defaultBranch)?.files.get(CONFIG_FILE));
  return config.status === "ok" ? config.config : null;
}
