import type { Chance } from "./chance.ts";
import { SYMLINK } from "./forge.ts";
import type { Commit } from "./git.ts";
import { type GitHub, MAIN } from "./github.ts";
import { isYaml, weightsIn, withWeights } from "./manifests.ts";
import { FAULTY } from "./mesh.ts";
import { LOUD } from "./planted.ts";
import {
  commentOf,
  configure,
  openProposal,
  openRollback,
  type Person,
  propose,
  push,
  type Scene,
  STATE,
  stateOf,
} from "./scene.ts";
import { CONFIG, ENVIRONMENT, imageIn, type Shop, versionIn, workloadText, written } from "./shop.ts";

/** Somebody does something to a shop; false: there was nothing to do, or they might not. */
export type Act = (scene: Scene, shop: Shop, chance: Chance) => boolean | Promise<boolean>;

/** A new version, good or faulty, by a pull request or straight to main. */
export function ship(scene: Scene, shop: Shop, chance: Chance): void {
  const { github } = scene;
  const number = Number(/^v(\d+)/.exec(versionIn(github.git.read(MAIN, shop.canaryFile)) ?? "")?.[1] ?? 0);
  const behaves = chance.yes(0.5) ? "good" : chance.pick(FAULTY);
  const crashes = shop.cluster !== "none" && chance.fork("crash").yes(0.2);
  const version = `v${number + 1}-${crashes ? "crash" : behaves}`;
  const image = imageIn(github.git.read(MAIN, shop.canaryFile));
  // By a variable, mostly alone; only a cluster can tell when that has come to it.
  const varies = image !== null && shop.cluster !== "none" && chance.fork("varies").yes(0.25);
  const tag = varies && chance.fork("both").yes(0.6) ? image : version;
  const text = workloadText(shop, "canary", tag, varies ? version : undefined);
  if (chance.yes(0.15)) {
    github.push(MAIN, "alice", `${shop.name} ${version} ${LOUD}`, new Map([[shop.canaryFile, text]]));
  } else {
    const title = `${shop.name} ${version} ${LOUD}`;
    const pull = propose(scene, "alice", title, new Map([[shop.canaryFile, text]]));
    if (!pull) return;
    scene.agenda.in(chance.between(1, 60) * 1000, () => github.merge(pull.number, "alice"));
  }
  if (shop.on === "deployment" || shop.on === "created") {
    scene.agenda.in(chance.between(60, 200) * 1000, () => {
      const head = github.git.head(MAIN);
      if (head === null) return;
      const made = github.deploy({ ref: head, environment: ENVIRONMENT, description: "", creator: "alice" });
      if (shop.on === "deployment")
        github.deployed(made.id, chance.yes(0.8) ? "success" : "failure", "alice");
    });
  }
  if (shop.on !== "command") return;
  const later = chance.fork("plan");
  const words = later.yes(0.4)
    ? `start at ${written(scene.agenda.now + later.between(4, 12) * 60_000)}`
    : "start";
  scene.agenda.in(chance.between(60, 120) * 1000, () => say(scene, shop, "alice", words));
}

/** A comment where the release is spoken about. */
export function say(scene: Scene, shop: Shop, who: Person, words: string): number | null {
  const { github } = scene;
  const cause = stateOf(scene, shop)?.release?.cause.pull;
  const any = [...github.pulls.values()].findLast(({ state }) => state === "merged")?.number;
  const pull = cause ?? any;
  if (pull === undefined) return null;
  const bot = who === "helper[bot]";
  // Where there is one rollout, its name may be left out.
  const alone = cause !== undefined && scene.shops.length === 1;
  const name = alone && github.comments.size % 3 === 0 ? "" : `${shop.name} `;
  return github.comment(pull, who, `/canary ${name}${words}`, { bot }).id;
}

/** Somebody waits for something, looking so often (ms), and then does what they came for; whether they did. */
function awaited(
  { agenda }: Scene,
  so: () => boolean,
  then: () => boolean,
  { within = 1_800_000, every = 5_000 } = {},
): Promise<boolean> {
  const until = agenda.now + within;
  return new Promise((resolve) => {
    const look = () => {
      if (so()) resolve(then());
      else if (agenda.now < until) agenda.in(every, look);
      else resolve(false);
    };
    look();
  });
}

const WORDS: readonly [string, ...string[]] = [
  "pause",
  "resume",
  "approve",
  "promote",
  "rollback",
  "retry",
  "status",
  "start",
  "25",
  "50",
  "0",
  "100",
  "plan",
  "rolback",
];

export const FORCED_BACK = "the state branch forced back";

/** What people do besides shipping; the number says how often, beside the others. */
export const DEEDS: Readonly<Record<string, readonly [number, Act]>> = {
  "a command by somebody": [
    14,
    (scene, shop, chance) => {
      const who = chance.pick<Person>(["alice", "alice", "bob", "bob", "mallory", "helper[bot]"]);
      return say(scene, shop, who, chance.pick(WORDS)) !== null;
    },
  ],
  "a command that names a commit": [
    5,
    (scene, shop, chance) => {
      const { git } = scene.github;
      const release = stateOf(scene, shop)?.release;
      const commits = [
        release?.shift.commit,
        release?.cause.commit,
        git.history(git.head(MAIN) ?? "", shop.canaryFile, 1)[0]?.oid,
        git.history(git.head(MAIN) ?? "")[chance.between(0, 9)]?.oid,
      ];
      const commit = commits[chance.between(0, commits.length - 1)]?.slice(0, 12);
      if (!commit) return false;
      const verb = chance.pick(["approve", "promote", "start", "50", "25"]);
      return say(scene, shop, "bob", `${verb} ${commit}`) !== null;
    },
  ],
  "a command after a failure": [
    4,
    (scene, shop, chance) => {
      if (!stateOf(scene, shop)?.release?.failure) return false;
      return say(scene, shop, "bob", chance.pick(["promote", "50", "100", "resume", "approve"])) !== null;
    },
  ],
  "a gate is passed over": [
    3,
    (scene, shop, chance) => {
      const held = () => stateOf(scene, shop)?.release?.hold?.reason === "gate";
      const who = () => chance.pick<Person>(["alice", "bob", "mallory"]);
      return awaited(scene, held, () => say(scene, shop, who(), "approve") !== null);
    },
  ],
  "two say something in one moment": [
    4,
    (scene, shop, chance) => {
      const [first, second] = chance.pick<readonly [string, string]>([
        ["promote", "promote"],
        ["100", "promote"],
        ["approve", "approve"],
        ["retry", "retry"],
        ["pause", "resume"],
      ]);
      say(scene, shop, "alice", first);
      return say(scene, shop, "bob", second) !== null;
    },
  ],
  // On another pull request than the release's, where only the delivery tells of it.
  "a command that comes late": [
    4,
    (scene, shop, chance) => {
      const { release } = stateOf(scene, shop) ?? {};
      const others = [...scene.github.pulls.values()].filter(({ state, number }) => {
        return state === "merged" && number !== release?.cause.pull;
      });
      const pull = others.at(-1)?.number;
      if (pull === undefined) return false;
      const words = chance.pick([
        "promote",
        "promote",
        "approve",
        "resume",
        "unfreeze",
        "50",
        "100",
        "retry",
      ]);
      const ago = chance.between(5, 600) * 1000;
      scene.github.comment(pull, "bob", `/canary ${shop.name} ${words}`, { ago });
      return true;
    },
  ],
  "a button that is shown": [
    8,
    ({ github }, shop, chance) => {
      const now = [...github.checks.values()].filter(({ externalId, actions = [] }) => {
        return externalId.startsWith(`${shop.name}#`) && actions.length > 0;
      });
      const run = now.at(-1);
      const [first, ...more] = github.buttons.filter(
        ({ run: id, identifier }) =>
          id === run?.id && run.actions?.some((action) => action.identifier === identifier),
      );
      if (!first) return false;
      const who = chance.pick<Person>(["alice", "alice", "bob", "bob", "mallory", "helper[bot]"]);
      github.click(chance.pick([first, ...more]), who, { bot: who === "helper[bot]" });
      return true;
    },
  ],
  "a button on a page that was never loaded again": [
    2,
    ({ github }, _, chance) => {
      const [first, ...more] = github.buttons.slice(-40);
      if (!first) return false;
      github.click(chance.pick([first, ...more]), chance.pick<Person>(["alice", "bob"]));
      return true;
    },
  ],
  "an approval": [6, (scene, shop) => say(scene, shop, "bob", "approve") !== null],
  "a resumption": [6, (scene, shop) => say(scene, shop, "bob", "resume") !== null],
  "a command that is edited at once": [
    2,
    (scene, shop, chance) => {
      const id = say(scene, shop, "alice", "status");
      if (id === null) return false;
      const body = `/canary ${shop.name} promote`;
      scene.agenda.in(chance.between(0, 900), () => scene.github.edit(id, { body, edited: true }));
      return true;
    },
  ],
  "a command in a quotation": [
    1,
    ({ github }, shop) => {
      const pull = [...github.pulls.values()].at(-1)?.number;
      if (pull === undefined) return false;
      github.comment(pull, "bob", `> /canary ${shop.name} promote\n\nno, not yet`);
      return true;
    },
  ],
  "a command by somebody who then may not write any more": [
    2,
    (scene, shop, chance) => {
      const said = say(scene, shop, "alice", chance.pick(["promote", "rollback", "pause"]));
      scene.agenda.in(chance.between(0, 3) * 100, () => scene.github.people.set("alice", "read"));
      scene.agenda.in(900_000, () => scene.github.people.set("alice", "write"));
      return said !== null;
    },
  ],
  "an impostor's comment with our marker": [
    1,
    (scene, shop, chance) => {
      const pull = stateOf(scene, shop)?.release?.cause.pull ?? [...scene.github.pulls.keys()].at(-1);
      if (pull === undefined) return false;
      const number = (stateOf(scene, shop)?.release?.number ?? 0) + chance.between(0, 1);
      const marker = `<!-- sluice:release ${shop.name}#${number} -->`;
      scene.github.comment(pull, "mallory", `${shop.name}#${number} · promoted\n${marker}`);
      return true;
    },
  ],
  "weights by hand": [
    5,
    (scene, shop, chance) => {
      const target = chance.pick(shop.targets as [Shop["targets"][number]]);
      const canary = Math.round((target.sum * chance.between(0, 10)) / 10);
      return push(scene, "bob", "traffic by hand", target.file, (text) =>
        withWeights(text, { stable: target.sum - canary, canary }),
      );
    },
  ],
  // The other keeps its weights, so the canary's highest is what it was.
  "weights of one of two files by hand, and resumed": [
    6,
    (scene, shop, chance) => {
      const [target, other] = chance.yes(0.5) ? shop.targets : shop.targets.toReversed();
      if (!target || !other) return false;
      return awaited(
        scene,
        () => stateOf(scene, shop)?.release?.shift.live != null,
        () => {
          const canary = Math.round((target.sum * chance.between(0, 4)) / 20);
          const pushed = push(scene, "bob", "less of it here", target.file, (text) =>
            withWeights(text, { stable: target.sum - canary, canary }),
          );
          scene.agenda.in(chance.between(1, 40) * 1000, () => say(scene, shop, "bob", "resume"));
          return pushed;
        },
      );
    },
  ],
  "weights set back": [
    3,
    (scene, shop) => {
      const expected = stateOf(scene, shop)?.release?.expected;
      const back = shop.targets.map((target, index) => {
        const weights = expected?.[index] ?? { stable: target.sum, canary: 0 };
        return push(scene, "bob", "as it was", target.file, (text) => withWeights(text, weights));
      });
      return back.includes(true);
    },
  ],
  "a remark in the manifest": [
    4,
    (scene, shop, chance) => {
      const { file } = chance.pick(shop.targets as [Shop["targets"][number]]);
      return push(scene, "alice", "say why", file, (text) => `${text}# seen ${chance.between(1, 999)}\n`);
    },
  ],
  "another file": [
    4,
    ({ github }, _, chance) => {
      const notes = new Map([["NOTES.md", String(chance.next())]]);
      return github.push(MAIN, "alice", "notes", notes) !== null;
    },
  ],
  "the canary set back": [
    2,
    (scene, shop) => {
      const text = scene.github.git.text(stateOf(scene, shop)?.rest.canary ?? "");
      return text !== null && push(scene, "bob", "back to what was", shop.canaryFile, () => text);
    },
  ],
  "the stable workload": [
    2,
    (scene, shop, chance) => {
      const remark = `# replicas were ${chance.between(1, 99)}\n`;
      return push(scene, "alice", "stable", shop.stableFile, (text) =>
        chance.yes(0.5) ? text + remark : text.replace(/(image: "[^":]+:)[^"]+/, "$1hotfix-good"),
      );
    },
  ],
  "the stable workload after its copy, and a rollback": [
    3,
    (scene, shop, chance) => {
      const copied = () => stateOf(scene, shop)?.release?.promotion?.copiedAt != null;
      return awaited(scene, copied, () => {
        const remark = `# replicas: ${chance.between(1, 99)}\n`;
        const pushed = push(scene, "alice", "stable", shop.stableFile, (text) => text + remark);
        scene.agenda.in(chance.between(1, 40) * 1000, () => say(scene, shop, "bob", "rollback"));
        return pushed;
      });
    },
  ],
  "the canary workload by hand, and a rollback": [
    2,
    (scene, shop, chance) => {
      if (!stateOf(scene, shop)?.release) return false;
      const remark = `# replicas: ${chance.between(1, 99)}\n`;
      const pushed = push(scene, "alice", "canary", shop.canaryFile, (text) => text + remark);
      scene.agenda.in(chance.between(1, 40) * 1000, () => say(scene, shop, "bob", "rollback"));
      return pushed;
    },
  ],
  // A rule on the branch or an archive may refuse the mend; then it comes with the recovery (`mend`).
  "a manifest broken, and mended": [
    2,
    (scene, shop, chance) => {
      // Nobody takes what is broken for what they should put back.
      if (!readable(scene, shop)) return false;
      const file = chance.pick([shop.targets[0]?.file ?? "", shop.canaryFile]);
      const before = scene.github.git.read(MAIN, file);
      const broken = push(scene, "alice", "oops", file, (text) =>
        chance.yes(0.5) ? `${text}\n  }: [` : SYMLINK,
      );
      scene.agenda.in(chance.between(30, 400) * 1000, () => {
        if (before !== null) push(scene, "alice", "mend it", file, () => before);
      });
      return broken;
    },
  ],
  "the configuration deleted, and put back": [
    1,
    (scene, _, chance) => {
      const deleted = scene.github.push(MAIN, "bob", "no more of this", new Map([[CONFIG, null]]));
      scene.agenda.in(chance.between(30, 600) * 1000, () => configure(scene, "bob", scene.shops));
      return deleted !== null;
    },
  ],
  "a rollout taken out, and put back": [
    1,
    (scene, shop, chance) => {
      const others = scene.shops.filter((other) => other !== shop);
      if (others.length === 0) return false;
      const taken = configure(scene, "bob", others);
      scene.agenda.in(chance.between(30, 600) * 1000, () => configure(scene, "bob", scene.shops));
      return taken;
    },
  ],
  "the configuration broken, and mended": [
    1,
    (scene, _, chance) => {
      const broken = push(scene, "alice", "oops", CONFIG, (text) => `${text}\nnonsense: true\n`);
      scene.agenda.in(chance.between(30, 400) * 1000, () => configure(scene, "alice", scene.shops));
      return broken;
    },
  ],
  "a shorter ladder": [
    2,
    (scene, shop, chance) => {
      const steps = shop.steps
        .slice(-1)
        .map((step) => ({ ...step, pause: 0, approval: false, route: false }));
      const shorter = { ...shop, steps, bake: 15_000, auto: false };
      const shops = scene.shops.map((other) => (other === shop ? shorter : other));
      const shortened = configure(scene, "alice", shops);
      scene.agenda.in(chance.between(30, 600) * 1000, () => configure(scene, "alice", scene.shops));
      return shortened;
    },
  ],
  "a remark in the configuration": [
    2,
    (scene, _, chance) => configure(scene, "alice", scene.shops, `# ${chance.between(1, 9999)}\n`),
  ],
  "the rollback PR closed": [
    3,
    (scene, shop) => {
      const pull = openRollback(scene, shop);
      if (pull) scene.github.close(pull.number, "bob");
      return pull !== undefined;
    },
  ],
  "the rollback PR merged": [
    3,
    (scene, shop) => {
      const pull = openRollback(scene, shop);
      return pull !== undefined && scene.github.merge(pull.number, "bob").status === "merged";
    },
  ],
  "the rollback PR given another base": [
    1,
    (scene, shop) => {
      const pull = openRollback(scene, shop);
      if (!pull) return false;
      if (scene.github.git.head("elsewhere") === null)
        scene.github.move("elsewhere", scene.github.git.head(MAIN), "alice");
      scene.github.change(pull.number, { base: "elsewhere" });
      return true;
    },
  ],
  "a push to the rollback branch": [
    1,
    (scene, shop) => {
      const { github } = scene;
      const pull = openRollback(scene, shop);
      const more = new Map([["NOTES.md", "more"]]);
      return pull !== undefined && github.push(pull.headBranch, "alice", "one more thing", more) !== null;
    },
  ],
  "a rollback branch made beforehand": [
    1,
    (scene, shop) => {
      const { github } = scene;
      const number = stateOf(scene, shop)?.release?.number ?? 1;
      const branch = `sluice/rollback/${shop.name}-${number}`;
      const head = github.git.head(MAIN);
      if (head === null || github.git.head(branch) !== null) return false;
      const evil = workloadText(shop, "canary", "evil-good");
      const change = new Map([[shop.canaryFile, evil]]);
      const { oid } = github.git.make([head], change, {
        message: "rollback",
        author: "alice",
        signed: false,
      });
      github.move(branch, oid, "alice");
      return true;
    },
  ],
  "a forged state": [
    1,
    (scene, shop, chance) => {
      const { github } = scene;
      const state = stateOf(scene, shop);
      if (!state) return false;
      const forged = chance.pick([
        { ...state, release: state.release && { ...state.release, approved: { by: "alice", at: 1 } } },
        { ...state, release: null, pending: null },
        { ...state, schema: 99 },
      ]);
      const text = `${JSON.stringify(forged)}\n`;
      const files = new Map([[`rollouts/${shop.name}.json`, text]]);
      return github.push(STATE, "alice", "a little help", files) !== null;
    },
  ],
  "an old state put back": [
    1,
    (scene, shop, chance) => {
      const { git } = scene.github;
      const path = `rollouts/${shop.name}.json`;
      const old = git.history(git.head(STATE) ?? "", path)[chance.between(1, 6)];
      const text = old && git.read(old.oid, path);
      if (!text) return false;
      return scene.github.push(STATE, "alice", "back", new Map([[path, text]])) !== null;
    },
  ],
  "the state branch deleted": [1, ({ github }) => deleteState(github)],
  "the state branch deleted before a release committed anything": [
    6,
    (scene, shop) => {
      const { release } = stateOf(scene, shop) ?? {};
      return release != null && release.shift.commit === null && deleteState(scene.github);
    },
  ],
  "the state branch deleted, and what was obeyed delivered again": [
    4,
    (scene, shop, chance) => {
      const { github, agenda } = scene;
      const obeyed = stateOf(scene, shop)?.handled.filter(({ outcome }) => outcome === "done") ?? [];
      const comments = obeyed.flatMap(({ key }) => commentOf(scene, key) ?? []);
      if (comments.length === 0 || !deleteState(github)) return false;
      for (const comment of comments)
        agenda.in(chance.between(10, 900) * 1000, () => github.deliver(comment));
      return true;
    },
  ],
  [FORCED_BACK]: [
    1,
    ({ github }, _, chance) => {
      const { git, showsLog } = github;
      const old = git.history(git.head(STATE) ?? "")[chance.between(1, 6)];
      // Where GitHub keeps its log to itself, nobody can tell who did that.
      if (!old || !showsLog) return false;
      github.move(STATE, old.oid, "bob");
      return true;
    },
  ],
  "a tag moved": [
    1,
    ({ github }) => {
      github.tag("v1", "alice");
      return true;
    },
  ],
  "main forced back": [
    1,
    ({ github }) => forceBack(github, github.git.history(github.git.head(MAIN) ?? "")[2]),
  ],
  "main forced back to before a version that a pull request of ours takes back": [
    8,
    (scene, shop) => {
      const { github } = scene;
      if (!openRollback(scene, shop)) return false;
      const cause = stateOf(scene, shop)?.release?.cause.commit;
      const history = github.git.history(github.git.head(MAIN) ?? "");
      return forceBack(github, history[history.findIndex(({ oid }) => oid === cause) + 1]);
    },
  ],
};

function deleteState(github: GitHub): boolean {
  // Where GitHub keeps its log to itself, numbers of what had committed nothing may come again.
  if (github.git.head(STATE) === null || !github.showsLog) return false;
  github.move(STATE, null, "bob");
  return true;
}

function forceBack(github: GitHub, to: Commit | undefined): boolean {
  if (!to || to.oid === github.git.head(MAIN)) return false;
  github.move(MAIN, to.oid, "bob");
  return true;
}

/** What people do with changes that wait in pull requests, where a team has them delivered so. */
export const PROPOSAL_DEEDS: Readonly<Record<string, readonly [number, Act]>> = {
  "a change approved": [
    10,
    (scene, shop) => {
      const pull = openProposal(scene, shop);
      if (pull) scene.github.approve(pull.number);
      return pull !== undefined;
    },
  ],
  "a change merged": [
    8,
    (scene, shop) => {
      const pull = openProposal(scene, shop);
      return pull !== undefined && scene.github.merge(pull.number, "bob").status === "merged";
    },
  ],
  "a change closed": [
    3,
    (scene, shop) => {
      const pull = openProposal(scene, shop);
      if (pull) scene.github.close(pull.number, "bob");
      return pull !== undefined;
    },
  ],
  "a change given another base": [
    1,
    (scene, shop) => {
      const pull = openProposal(scene, shop);
      if (!pull) return false;
      if (scene.github.git.head("elsewhere") === null)
        scene.github.move("elsewhere", scene.github.git.head(MAIN), "alice");
      scene.github.change(pull.number, { base: "elsewhere" });
      return true;
    },
  ],
  "a push to the branch of a change": [
    1,
    (scene, shop) => {
      const { github } = scene;
      const pull = openProposal(scene, shop);
      const more = new Map([["NOTES.md", "more"]]);
      return pull !== undefined && github.push(pull.headBranch, "alice", "one more thing", more) !== null;
    },
  ],
  "the branch of a change deleted": [
    1,
    (scene, shop) => {
      const pull = openProposal(scene, shop);
      if (pull) scene.github.move(pull.headBranch, null, "alice");
      return pull !== undefined;
    },
  ],
  "a change about to be merged as GitHub goes down, and another version shipped": [
    2,
    (scene, shop, chance) => {
      const { github, agenda } = scene;
      const merging = () => stateOf(scene, shop)?.pending?.effect.kind === "merge-proposal";
      return awaited(
        scene,
        merging,
        () => {
          github.downUntil = agenda.now + chance.between(90, 240) * 1000;
          ship(scene, shop, chance);
          return true;
        },
        { within: 300_000, every: 100 },
      );
    },
  ],
  "a branch for the next change made beforehand": [
    1,
    (scene, shop) => {
      const { github } = scene;
      const state = stateOf(scene, shop);
      const head = github.git.head(MAIN);
      const branch = `sluice/release/${shop.name}-${state?.release?.number ?? 1}.${(state?.effects ?? 0) + 1}`;
      if (head === null || github.git.head(branch) !== null) return false;
      const change = new Map([[shop.canaryFile, workloadText(shop, "canary", "evil-good")]]);
      const about = { message: "mine", author: "alice", signed: false };
      github.move(branch, github.git.make([head], change, about).oid, "alice");
      return true;
    },
  ],
};

/** Whether the files say what somebody can go on from. */
export function readable({ github: { git } }: Scene, shop: Shop): boolean {
  return [...legibles(shop)].every(([file, legible]) => legible(git.read(MAIN, file)));
}

/** What nobody could mend while they might not push: each file as it was when it could be read last. */
export function mend({ github }: Scene, shop: Shop): void {
  const { git } = github;
  for (const [file, legible] of legibles(shop)) {
    if (legible(git.read(MAIN, file))) continue;
    const texts = git.history(git.head(MAIN) ?? "", file).map(({ oid }) => git.read(oid, file));
    const whole = texts.find(legible);
    if (whole != null) github.push(MAIN, "alice", "mend it at last", new Map([[file, whole]]));
  }
}

/** The files of a shop, each with whether a text of it can be read. */
function legibles(shop: Shop): ReadonlyMap<string, (text: string | null) => boolean> {
  return new Map([
    ...shop.targets.map(
      (target) => [target.file, (text: string | null) => weightsIn(text, target) !== null] as const,
    ),
    ...[shop.stableFile, shop.canaryFile].map((file) => [file, isWorkload] as const),
  ]);
}

/** A version can be found in what is no YAML too, and no tool applies that. */
function isWorkload(text: string | null): boolean {
  return text !== null && versionIn(text) !== null && isYaml(text);
}
