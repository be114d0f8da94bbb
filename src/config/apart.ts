import { z } from "zod";
import { choice, pattern, refuse, text } from "./fields.ts";
import { imageName, tagPattern } from "./image.ts";
import { ROLLOUT_NAME } from "./names.ts";
import type { ImageSource } from "./types.ts";

/** Code in one repository, its manifests in another: each names the other. */

const DEPLOYMENT = "{ deployment: { environment: production } }";

/** As GitHub lets them be. */
function repositoryName() {
  return pattern(
    "repository",
    /^[A-Za-z0-9](?:[A-Za-z0-9_-]{0,37}[A-Za-z0-9])?\/(?!\.{1,2}$)[A-Za-z0-9._-]{1,100}$/,
    () => "Write owner and name, such as `acme/checkout`.",
  );
}

/** A GitHub deployment that starts a release. */
export const deployment = z.strictObject({
  environment: text("environment", 255).describe("The GitHub environment."),
  when: choice(["success", "created"])
    .prefault("success")
    .describe("`success`: once a deployment there succeeded; `created`: Sluice itself is the deployer."),
});

const trigger = z
  .union(
    [
      choice(["merge", "dispatch"], {
        deployment: refuse("unknown-value", `Say which environment: \`on: ${DEPLOYMENT}\`.`),
        command: refuse(
          "unknown-value",
          "A command starts a release and brings no image: write `on: command` in the rollout beside `from`.",
        ),
        schedule: refuse(
          "unknown-value",
          "A schedule starts a release and brings no image: write it in the rollout's own `on`, beside `from`.",
        ),
      }),
      z.strictObject({
        deployment: deployment.describe("A GitHub deployment in the code's repository."),
      }),
    ],
    {
      error: (issue) =>
        issue.input === undefined ? undefined : `Write \`merge\`, \`dispatch\` or \`${DEPLOYMENT}\`.`,
    },
  )
  .transform((said): ImageSource["on"] =>
    typeof said === "string" ? { kind: said } : { kind: "deployment", ...said.deployment },
  );

export const from = z.strictObject({
  repository: repositoryName().describe("The code's repository, of the same owner as this one."),
  on: trigger
    .prefault("merge")
    .describe(
      "What brings an image: `merge` (the newest commit of the code's default branch), `dispatch` (a `repository_dispatch` of type `sluice`), or a GitHub deployment there.",
    ),
  image: imageName().describe(
    "The one image that may be brought, without tag. Containers of the canary workload that have it get the new one.",
  ),
  tag: tagPattern()
    .prefault("{sha}")
    .describe(
      "The tag of a commit's image: `{sha}` is its SHA, `{short}` the first seven digits. A dispatch, or a deployment's payload, may name another tag or a digest.",
    ),
});

export const manifests = z.strictObject({
  repository: repositoryName().describe("Where the manifests and their rollouts are; of the same owner."),
  rollouts: z
    .array(pattern("rollout", ROLLOUT_NAME, () => "Write its name as it stands there."))
    .min(1, { error: "Name at least one rollout." })
    .max(20)
    .describe("The rollouts there that deliver this code; each must name this repository in `from`."),
});
