import { z } from "zod";
import { deployment, from, manifests } from "./apart.ts";
import { choice, duration, refuse, settle, text, written } from "./fields.ts";
import { FREEZES, freezes, zone } from "./freezes.ts";
import { meshFlaws } from "./mesh.ts";
import { metrics } from "./metrics.ts";
import { approver, arm, branchName, clusterName, label, metricsSource } from "./names.ts";
import { path } from "./path.ts";
import { fraction, holdback } from "./percent.ts";
import { parseCron } from "./schedule.ts";
import { slos } from "./slos.ts";
import { steps } from "./steps.ts";
import { MESHES, type Trigger } from "./types.ts";
import { parseWindow } from "./window-text.ts";

const NOT_YET = "is not available yet in this version";

const ZONE_KEY = "The time zone it goes by, such as `Europe/Berlin`; its daylight saving is followed.";
const SCHEDULE = '{ schedule: "0 9 * * 1-5", zone: Europe/Berlin }';
const target = z
  .strictObject({
    file: path().describe("The manifest that carries the weights."),
    kind: text("kind", 63)
      .optional()
      .describe("Its kind, needed only where the file has several that split traffic."),
    name: text("name", 253)
      .optional()
      .describe("Its `metadata.name`, needed only where the file has several."),
    route: text("name", 253)
      .optional()
      .describe(
        "The route's name, or its list and index such as `http[1]`; needed only where the object splits in several routes.",
      ),
    stable: arm().describe(
      "Subset, service or backend that has the stable version; or the JSON pointer of its weight, such as `/traffic/stable` in Helm values; or `rest of 100` where only the canary's weight is written.",
    ),
    canary: arm().describe(
      "Subset, service or backend that gets the new version; or the JSON pointer of its weight, such as `/traffic/canary`.",
    ),
  })
  .superRefine((said, context) => {
    if (said.stable === said.canary) {
      settle(refuse("conflict", "`stable` and `canary` are the same: traffic needs two sides."), context);
    }
  });

/** Also the measure for finding one object in two rollouts. */
export const targets = z
  .array(target)
  .min(1, { error: "At least one target is needed: the manifest that carries the weights." })
  .max(20);

const workloads = z
  .strictObject({
    stable: path().describe("File of the stable Deployment, StatefulSet or DaemonSet."),
    canary: path().describe("File of the canary's; a new pod template here is a new version."),
  })
  .superRefine((said, context) => {
    if (said.stable === said.canary) {
      settle(
        refuse("conflict", "`stable` and `canary` are the same file: give each workload its own."),
        context,
      );
    }
  });

const DEPLOYMENT = "{ deployment: { environment: production } }";
const trigger = z
  .union(
    [
      choice(["merge", "command"], {
        schedule: refuse("unknown-value", `Say when: \`on: ${SCHEDULE}\`.`),
        deployment: refuse("unknown-value", `Say which environment: \`on: ${DEPLOYMENT}\`.`),
      }),
      z
        .strictObject({
          deployment: deployment.optional().describe("A GitHub deployment of a commit that has the version."),
          schedule: written<string>({ title: "schedule" }, "Put quotes around it.", parseCron)
            .optional()
            .describe(
              "Five fields of cron: minute, hour, day, month, weekday. The newest version that is merged by then starts.",
            ),
          zone: zone().optional().describe(`With \`schedule\`. ${ZONE_KEY} \`UTC\` unless said.`),
        })
        .superRefine((said, context) => {
          const flaw = (message: string) =>
            context.addIssue({ code: "custom", params: { code: "conflict", depth: 0 }, message });
          const kinds = [said.deployment, said.schedule].filter((kind) => kind !== undefined).length;
          if (kinds !== 1) flaw(`One of them starts a release: \`${DEPLOYMENT}\` or \`${SCHEDULE}\`.`);
          else if (said.zone !== undefined && said.schedule === undefined)
            flaw("`zone` belongs to a `schedule`.");
        })
        .meta({ oneOf: [{ required: ["deployment"] }, { required: ["schedule"] }] }),
    ],
    {
      error: (issue) =>
        issue.input === undefined
          ? undefined
          : `Write \`merge\`, \`command\`, \`${DEPLOYMENT}\` or \`${SCHEDULE}\`.`,
    },
  )
  .transform((said): Trigger => {
    if (typeof said === "string") return { kind: said };
    return said.deployment === undefined
      ? { kind: "schedule", cron: said.schedule ?? "", zone: said.zone ?? "UTC" }
      : { kind: "deployment", ...said.deployment };
  });

const openingHint = "Write days, hours and a zone: `Mon-Fri 09:00-17:00 Europe/Berlin`.";
const opening = written({ title: "window" }, openingHint, parseWindow);
const windows = z.strictObject({
  allow: z
    .union([opening, z.array(opening).min(1).max(20)], {
      error: (issue) => (issue.input === undefined ? undefined : openingHint),
    })
    .transform((said) => (Array.isArray(said) ? said : [said]))
    .describe("When steps may be taken, in local time; one window or a list. Rollbacks never wait."),
});

const rollback = z
  .strictObject({
    merge: choice(["auto", "manual"])
      .prefault("auto")
      .describe("Whether Sluice merges its rollback pull request or leaves that to people."),
    revert: z.boolean().default(true).describe("Whether the canary workload's change is taken back too."),
    traffic: choice(["with-merge", "immediate"])
      .prefault("with-merge")
      .describe(
        "With `merge: manual`: `immediate` commits weight 0 at once and leaves the rest to the pull request.",
      ),
    deadline: duration()
      .prefault("30s")
      .describe(
        "A rollback pull request that is unmerged for so long is followed by a direct commit of weight 0.",
      ),
    bypass: choice(["hold", "remove"])
      .prefault("hold")
      .describe(
        "What happens to a route of your own that reaches the canary whatever the weights, such as one for mobile users: `remove` takes it out with the rollback (say the target's `route` by name: an index would become another route's); `hold` leaves it, and the release stays open and says so while it sends users to the failed version.",
      ),
  })
  .superRefine((said, context) => {
    if (said.traffic === "immediate" && said.merge === "auto") {
      const message =
        "`traffic: immediate` needs `merge: manual`: with `merge: auto` everything goes at once.";
      context.addIssue({ code: "custom", path: ["traffic"], params: { code: "conflict" }, message });
    }
  });

const strategy = choice(["copy"], {
  swap: refuse("not-available", `\`swap\` ${NOT_YET}. Write \`copy\`.`),
  none: refuse("not-available", `\`none\` ${NOT_YET}. Write \`copy\`.`),
});
const promotion = z
  .union(
    [
      strategy,
      z.strictObject({
        strategy: strategy.describe(
          "`copy`: the canary's images go to the stable workload, then the canary goes to 0. What else a release changes in the pod template a person puts into the stable workload; until then the release holds.",
        ),
        settle: duration()
          .prefault("5m")
          .describe("How long the stable workload gets to start them where nothing proves that it did."),
      }),
    ],
    {
      error: (issue) =>
        issue.input === undefined ? undefined : "Write `copy` or `{ strategy: copy, settle: 5m }`.",
    },
  )
  .transform((said) => (typeof said === "string" ? { strategy: said, settle: 300_000 } : said));

const environment = z
  .union(
    [
      text("environment", 255),
      z.strictObject({
        name: text("environment", 255).describe("The GitHub environment."),
        url: written<string>(
          { title: "address" },
          "Write an address such as `https://shop.example.com`.",
          (said) => {
            const url = URL.parse(said);
            return url?.protocol === "https:" && !url.username && !url.password
              ? { value: url.href }
              : refuse("unknown-value", "Write an address over https, without a user in it.");
          },
        ).describe("Where people see what was deployed; the Environments page links there."),
      }),
    ],
    {
      error: (issue) =>
        issue.input === undefined
          ? undefined
          : "Write its name, or `{ name: production, url: https://shop.example.com }`.",
    },
  )
  .transform((said) => (typeof said === "string" ? { name: said, url: null } : said));

const COMMIT_PLACES = ["{rollout}", "{release}", "{what}"];
const commit = z.strictObject({
  message: written<string>(
    { title: "subject" },
    "Write a subject such as `chore({rollout}): {what}`, in quotes.",
    (said) => {
      const unknown = (said.match(/\{[^}]*\}?/g) ?? []).find((place) => !COMMIT_PLACES.includes(place));
      if (unknown !== undefined)
        return refuse("unknown-value", `\`${unknown}\` is none of ${COMMIT_PLACES.join(", ")}.`);
      if (!said.includes("{what}"))
        return refuse("out-of-range", "It must have `{what}`, which says what changes.");
      if (said.length > 80 || /\p{Cc}/u.test(said))
        return refuse("out-of-range", "It must be one line of up to 80 characters.");
      return { value: said.trim() };
    },
  )
    .prefault("{rollout}: {what}")
    .describe(
      "The subject of Sluice's commits on the deployment branch: `{what}` is what changes, such as `canary 10 % → 25 %`; `{rollout}` its name, `{release}` the release's, such as `checkout#7`. `[skip ci]` in it does nothing: say `skipCi`.",
    ),
  skipCi: z
    .boolean()
    .default(false)
    .describe(
      "Ends the subject of commits of weights and images with `[skip ci]`. Not where a workflow applies the manifests when they are pushed: it would be skipped too. A rollback's branch and merge never have it, as required checks would wait for ever.",
    ),
});

const rollout = z
  .strictObject({
    mesh: choice(MESHES).describe("The data plane; picks the metric queries."),
    namespace: label("namespace").describe("Kubernetes namespace of the service."),
    service: label("service").describe(
      "The service users call; shown in plans, and used by metrics of data planes that count by service.",
    ),
    prometheus: metricsSource()
      .optional()
      .describe("Metrics source of this rollout, by the operator's name for it."),
    cluster: clusterName()
      .optional()
      .describe("Cluster that proves what is live and what runs, by the operator's name for it."),
    metrics: metrics
      .optional()
      .describe("What the metrics call things, where the rows of docs/metrics.md do not fit."),
    targets: targets.describe("The objects that carry the weights; all move together."),
    workloads: workloads.describe("The two workloads behind the split."),
    from: from
      .optional()
      .describe("The repository whose new images come into the canary workload, where the code is not here."),
    on: trigger
      .prefault("merge")
      .describe(
        "What starts a release: `merge` of a new version, `command` (`/canary start`), a GitHub deployment, or a time.",
      ),
    bake: duration({ zero: true }).prefault("1m").describe("How long every step must be live at least."),
    steps: steps.describe(
      "The ladder, in Argo Rollouts' words; or `auto`: the weights 1, 5, 10, 25, 50 and 100, of which those are skipped that the evidence makes needless.",
    ),
    watch: duration()
      .optional()
      .describe(
        "How long the last step must be live at least before the release is promoted, if that is longer than `bake` and its pauses; `bake` unless said.",
      ),
    holdback: holdback()
      .optional()
      .describe(
        "Percent that stay on the old version at the last step, over 0 % to 50 %, so that there is something to compare with while it is watched. A ladder then ends below 100 by so much.",
      ),
    slos: slos.describe("What the canary must keep at every step."),
    minRequests: z
      .int()
      .min(1)
      .max(1_000_000_000)
      .default(50)
      .describe(
        "Canary requests needed before an SLO with `mode: threshold` says anything, and before a step at weight 0 may be left.",
      ),
    confidence: z
      .strictObject({
        falseRollback: fraction()
          .refine((share) => share > 0, {
            error: "It must be over 0%: nothing can be said without any doubt.",
          })
          .prefault("1%")
          .describe(
            "Accepted probability that a release as good as stable is rolled back, over the whole release.",
          ),
      })
      .prefault({})
      .describe("How sure the judge must be."),
    live: z
      .strictObject({
        after: duration()
          .prefault("2m")
          .describe("Where traffic is too low to tell, a weight counts as live after this."),
      })
      .prefault({})
      .describe("When a committed weight counts as live."),
    holds: z
      .strictObject({
        limit: duration().prefault("30m").describe("How long missing evidence may hold a release."),
        // biome-ignore lint/suspicious/noThenProperty: plain data that nobody awaits
        then: choice(["rollback", "stay"]).prefault("rollback").describe("What happens after that."),
        remind: duration({ zero: true })
          .prefault("24h")
          .describe(
            "A release that waits for somebody says so again after this, and each time that it has waited twice as long; `0s`: never.",
          ),
      })
      .prefault({})
      .describe("Patience with missing evidence, and with people."),
    windows: windows.optional().describe("When steps may be taken; without it, always."),
    freezes: freezes.default([]).describe(FREEZES),
    rollback: rollback.prefault({}).describe("How a failed release is taken back."),
    promotion: promotion.prefault("copy").describe("How a good release ends."),
    supersede: choice(["refuse", "restart"])
      .prefault("refuse")
      .describe(
        "What a newer version does to a running release: it waits outside, or takes its place. Beside `from` it waits: `restart` is refused.",
      ),
    delivery: choice(["commit", "pull-request"])
      .prefault("commit")
      .describe(
        "How weights and images come to the branch: Sluice commits them, or each is a pull request that Sluice merges as soon as the branch's rules allow it, or a person does. A rollback is a pull request in any case.",
      ),
    environment: environment
      .optional()
      .describe(
        "A GitHub environment whose page shows the releases: Sluice makes a deployment there for each. Without it, none is made; one that starts a release with `when: created` is reported in any case.",
      ),
    approvers: z
      .array(approver())
      .max(100)
      .default([])
      .describe(
        'GitHub logins, and teams such as `"@acme/payments"`, that may give commands that change something, as they are at that moment; empty for everyone who may write. Write access is needed in any case.',
      ),
  })
  .superRefine((said, context) => {
    if (said.from !== undefined && said.on.kind === "deployment") {
      const message =
        "With `from` the deployment is one of the code's repository: say it in `from.on`. What is brought starts by `merge`, `command` or a `schedule` here.";
      context.addIssue({ code: "custom", path: ["on"], params: { code: "conflict" }, message });
    }
    if (said.from !== undefined && said.supersede === "restart") {
      const message =
        "With `from` an image waits until the release that runs has ended: nothing unjudged is put under the canary's traffic. Leave `supersede` out; to end the release sooner say `/canary rollback`.";
      context.addIssue({ code: "custom", path: ["supersede"], params: { code: "conflict" }, message });
    }
  })
  .superRefine((said, context) => {
    for (const { path, message } of meshFlaws(said.mesh, said.slos, said.metrics)) {
      context.addIssue({ code: "custom", path: [...path], params: { code: "conflict" }, message });
    }
  })
  .superRefine((said, context) => {
    const [key] = said.metrics?.own ?? [];
    if (said.mesh === "app" || key === undefined) return;
    const message = `\`${key}\` is read with \`mesh: app\` only: the metrics of ${said.mesh} have names of their own.`;
    context.addIssue({ code: "custom", path: ["metrics", key], params: { code: "conflict" }, message });
  });

/** The whole file. Validation, defaults, JSON Schema and the reference page all come from here. */
export const file = z
  .strictObject({
    version: z
      .literal(1, { error: (issue) => (issue.input === undefined ? undefined : "Write `version: 1`.") })
      .describe("Version of this format."),
    branch: branchName()
      .optional()
      .describe("The branch that is deployed; without it, the repository's default branch."),
    prometheus: metricsSource()
      .optional()
      .describe("Metrics source of every rollout that names none itself."),
    cluster: clusterName().optional().describe("Cluster of every rollout that names none itself."),
    commit: commit.prefault({}).describe("How Sluice's commits on the deployment branch are worded."),
    freezes: freezes.default([]).describe(`Those of all rollouts. ${FREEZES}`),
    manifests: manifests
      .optional()
      .describe("In a repository that has the code alone, instead of `rollouts`: where its manifests are."),
    rollouts: z
      .record(z.string(), rollout)
      .optional()
      .describe("What is delivered, each under its name: up to 40 lower-case letters, digits and dashes."),
  })
  .meta({ oneOf: [{ required: ["rollouts"] }, { required: ["manifests"] }] });
