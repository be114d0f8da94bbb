// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the texts are code
/**
 * Ways to break the bot, one at a time. Each must be caught by a promise of the simulation; one whose `find` is not in
 * its file exactly once (or `times`) no longer applies and is an error, so that the list stays true.
 */
export interface Mutant {
  readonly name: string;
  readonly edits: readonly Edit[];
}

interface Edit {
  /** In `src/`. */
  readonly file: string;
  readonly find: string;
  readonly replace: string;
  readonly times?: number;
}

function mutant(
  name: string,
  ...edits: readonly (readonly [file: string, find: string, replace: string])[]
): Mutant {
  return { name, edits: edits.map(([file, find, replace]) => ({ file, find, replace })) };
}

export const MUTANTS: readonly Mutant[] = [
  // Evidence
  mutant("an answer that is unavailable passes", [
    "analysis/judge.ts",
    'return { verdict: { verdict: "unavailable", window: null, slos: [], words }, judgement: known };',
    'return { verdict: { verdict: "pass", window: null, slos: [], words }, judgement: known };',
  ]),
  mutant("too little evidence is enough", [
    "analysis/judge.ts",
    'if (verdict !== "pass") return { verdict, words };',
    'if (verdict === "inconclusive") return { verdict: "pass", words };\n  if (verdict !== "pass") return { verdict, words };',
  ]),
  mutant(
    "a failure is not seen",
    [
      "release/stepping.ts",
      'if (!release.shift.live || verdict?.verdict !== "fail") return null;',
      'if (!release.shift.live || verdict?.verdict === "fail") return null;\n  if (verdict?.verdict !== "fail") return null;',
    ],
    [
      "release/stepping.ts",
      'return !judged || verdict?.verdict === "pass";',
      'return !judged || verdict?.verdict !== "unavailable";',
    ],
  ),
  mutant(
    "scrapes without a canary request count",
    ["analysis/judge.ts", "if (canary.requests === 0 &&", "if (canary.requests < 0 &&"],
    ["analysis/judgement.ts", "since.filter(({ canary }) => canary.requests > 0).length", "since.length"],
  ),
  mutant("a weight that a person resumed from is judged by what was before", [
    "analysis/judge.ts",
    "? Math.min(step.scrapes, scrapes) : 0",
    "? Math.max(step.scrapes, scrapes) : 0",
  ]),
  mutant("a hook that does not answer is open", [
    "analysis/gates.ts",
    'return { gate, status: "pending", words: `did not answer',
    'return { gate, status: "open", words: `did not answer',
  ]),
  mutant("one good check is enough beside one that failed", [
    "analysis/gates.ts",
    "return readings.toSorted((a, b) => rank(a) - rank(b))[0];",
    "return readings.toSorted((a, b) => rank(b) - rank(a))[0];",
  ]),
  mutant("a deployment that waits for its rules is past them", [
    "analysis/gates.ts",
    'const PASSED = ["queued", "in_progress", "success"];',
    'const PASSED = ["queued", "in_progress", "success", "waiting"];',
  ]),
  mutant("a newer deployment speaks for one that waits", [
    "analysis/gates.ts",
    'if (past || failed || word === "inactive") {',
    "if (true) {",
  ]),
  mutant("a check that was skipped is good", [
    "analysis/gates.ts",
    'const GOOD = ["success", "neutral"];',
    'const GOOD = ["success", "neutral", "skipped"];',
  ]),
  mutant("the gates are asked about the commit that brought the version", [
    "release/gates.ts",
    "return (step < 0 ? null : shift.commit) ?? cause.commit;",
    "return (step < 1e6 ? null : shift.commit) ?? cause.commit;",
  ]),
  mutant("a gate that was closed once stays closed", [
    "reconcile/gates.ts",
    'last && (gate.kind === "hook" ?',
    'last?.reading.status === "closed" ? last : last && (gate.kind === "hook" ?',
  ]),
  mutant("a canary that crash-loops gets traffic", [
    "release/proof.ts",
    'return missingIn(traffic, "not-live") ?? missingIn(canary, "not-ready");',
    'return missingIn(traffic, "not-live");',
  ]),
  mutant("a version is told by its image alone", [
    "reconcile/prove.ts",
    "return { kind, namespace, name, containers, template, before };",
    "return { kind, namespace, name, containers, template: { containers }, before };",
  ]),
  mutant("a cluster that is down passes", [
    "release/proof.ts",
    'proof.status === "unknown") return null;',
    'proof.status === "unknown" || proof.status === "unavailable") return null;',
  ]),
  mutant(
    "the canary goes home before stable runs the version",
    [
      "release/promoting.ts",
      "const short = stable !== null &&",
      'const short = stable?.status === "failed" &&',
    ],
    [
      "release/promoting.ts",
      'const proven = stable?.status === "proven";',
      "const proven = stable !== null;",
    ],
  ),
  mutant("a weight is live at once", [
    "release/stepping.ts",
    "world.live?.live === true;",
    "world.live !== null;",
  ]),
  mutant("the old split in the traffic proves the new one", [
    "analysis/live.ts",
    "if (forOld >= CERTAIN) {",
    "if (forOld < 0) {",
  ]),
  mutant("a split of before the old one proves the new one", [
    "analysis/live.ts",
    "if (forNew < CERTAIN || forBeyond >= CERTAIN) certain = null;",
    "if (forNew < CERTAIN) certain = null;",
  ]),
  mutant("no time passes at a step", [
    "release/stepping.ts",
    "return shift.live.at + (rung?.bake ?? 0);",
    "return shift.live.at;",
  ]),
  mutant("an approval is not waited for", [
    "release/stepping.ts",
    "if (step?.approval && release.approved === null) {",
    "if (step?.approval && release.approved !== null) {",
  ]),
  mutant("windows are always open", [
    "release/holds.ts",
    "if (windows.length === 0) return null;",
    "return null;",
  ]),
  mutant("the first weight is as high as it may be", [
    "analysis/sequential/next-step.ts",
    "return enough ?? below.at(-1) ?? rungs[0] ?? 100;",
    "return below.at(-1) ?? enough ?? rungs[0] ?? 100;",
  ]),
  mutant(
    "a person's role is remembered",
    [
      "reconcile/access.ts",
      "  const permission = await forge.permission(login);\n",
      '  known.set(login, known.get(login) ?? (await forge.permission(login)));\n  const permission = known.get(login) ?? "none";\n',
    ],
    [
      "reconcile/access.ts",
      'const MAY_WRITE: readonly Permission[] = ["write", "maintain", "admin"];',
      'const MAY_WRITE: readonly Permission[] = ["write", "maintain", "admin"];\nconst known = new Map<string, Permission>();',
    ],
  ),
  mutant("a query over its limit passes", [
    "analysis/query.ts",
    'verdict: broken ? "fail" : "pass", words };',
    'verdict: broken && value < 0 ? "fail" : "pass", words };',
  ]),
  mutant("a route is never taken away", [
    "release/stepping.ts",
    '  const step = world.rollout.steps[index];\n  if (!step) return wait(null, "no such step");\n',
    '  const found = world.rollout.steps[index];\n  if (!found) return wait(null, "no such step");\n  const step = { ...found, routes: release.routes.length > 0 ? release.routes : found.routes };\n',
  ]),
  mutant("a step is skipped", [
    "release/stepping.ts",
    "return Math.max(allowed, step + 1);",
    "return Math.max(allowed, Math.min(step + 2, rollout.steps.length - 1 > step ? rollout.steps.length - 1 : step + 2));",
  ]),
  mutant("missing evidence holds for ever", [
    "release/stepping.ts",
    'if (then === "stay" || world.now < deadline) return',
    "if (world.now < deadline + 1e12) return",
  ]),
  mutant("the configuration of now counts in a running release", [
    "reconcile/read.ts",
    'const oid = state.status === "ok" ? state.state.release?.config : undefined;',
    "const oid = undefined as string | undefined;",
  ]),
  mutant("images are copied before the last step", [
    "release/stepping.ts",
    "  if (!next) {\n    const why = `${release.shift.percent} % passed",
    "  if (!next || release.step >= 0) {\n    const why = `${release.shift.percent} % passed",
  ]),
  mutant("a release is promoted without what it changed beside images", [
    "release/promoting.ts",
    "if (lacking.length === 0) return null;",
    "if (lacking.length >= 0) return null;",
  ]),
  mutant("what stable has nothing of is not missed there", [
    "manifests/lacks.ts",
    "if (same(from, to) || same(to, other)) return [];",
    "if (same(from, to) || same(to, other) || other === undefined) return [];",
  ]),
  mutant("stable is given no time", [
    "release/promoting.ts",
    "const settled = copiedAt + world.rollout.promotion.settle;",
    "const settled = copiedAt;",
  ]),

  mutant("the last step is promoted at once", [
    "release/stepping.ts",
    "export function stepping(world: World, state: RolloutState, release: Release): Decision {\n",
    'export function stepping(world: World, state: RolloutState, release: Release): Decision {\n  if (release.step === world.rollout.steps.length - 1) return record(withRelease(state, release, { phase: "promoting", promotion: { copiedAt: null, forcedBy: null }, hold: null }, entry(world, "promoting")), "promoting");\n',
  ]),
  mutant("every step waits for an approval", [
    "release/stepping.ts",
    "if (step?.approval && release.approved === null) {",
    "if (step && release.approved === null) {",
  ]),
  mutant("a promotion copies another image", [
    "reconcile/act.ts",
    "const edited = setImages(path, text, new Map(Object.entries(effect.images)));",
    'const edited = setImages(path, text, new Map(Object.entries(effect.images).map(([name, image]) => [name, `${image.slice(0, image.lastIndexOf(":"))}:v0-good`])));',
  ]),
  mutant("another weight is written than was decided", [
    "manifests/percent.ts",
    "  const parts = Math.round(percent * PARTS);\n",
    "  if (percent === 50) return toWeights(60, current, limits);\n  const parts = Math.round(percent * PARTS);\n",
  ]),
  mutant("what fails at once at full weight is promoted all the same", [
    "analysis/judge.ts",
    'const verdict = condemned ? "fail" : worst;',
    'const verdict = condemned || worst === "fail" ? "pass" : worst;',
  ]),
  mutant("the canary's latency is read from the stable side", [
    "analysis/judgement.ts",
    "  for (const scrape of fresh) {\n",
    "  for (const { canary, ...told } of fresh) {\n    const part = canary.requests / Math.max(1, told.stable.requests);\n    const latency = told.stable.latency.map(({ le, count }) => ({ le, count: Math.round(part * count) }));\n    const scrape = { ...told, canary: { ...canary, latency } };\n",
  ]),
  // The limit, the way back to a weight that can be compared and the wait for calm each keep it from that.
  mutant(
    "everybody gets a version while everything fails",
    [
      "analysis/judgement.ts",
      "limit: limits.length === 0 ? null : Math.min(...limits),",
      "limit: limits.length < 99 ? null : Math.min(...limits),",
    ],
    [
      "analysis/sequential/next-step.ts",
      "  if (ladder.committed !== percent) return null;\n",
      "  if (ladder.committed >= 0) return null;\n",
    ],
    [
      "analysis/sequential/next-step.ts",
      'if (incident.since !== null) return wait("calm", "both sides are in trouble: the canary is not to blame");\n',
      "",
    ],
  ),
  mutant("a version fails for requests that somebody keeps from it by hand", [
    "reconcile/observe.ts",
    "now, !steady && !edited);",
    "now, !steady);",
  ]),
  mutant("a canary may have half of stable's errors", [
    "analysis/sequential/options.ts",
    "errors: { factor: 1.1, plus: 0.0005 },",
    "errors: { factor: 0.5, plus: 0 },",
  ]),

  // A failure ends in a rollback
  mutant("after a failure a person's weight still rises", [
    "release/obey.ts",
    '    if (release.phase !== "stepping") return refuse(state, order, lateReason(release));\n    if (edited(world, release)) return refuse(state, order, EDITED);\n    if (world.workloads.canary.version !== release.version) {',
    "    if (world.workloads.canary.version !== release.version) {",
  ]),
  mutant("after a failure it is still promoted", [
    "release/obey.ts",
    '    if (release.phase !== "stepping") return refuse(state, order, lateReason(release));\n    if (edited(world, release)) return refuse(state, order, EDITED);\n    if (world.workloads.canary.version !== release.version) return refuse(state, order, OTHER_VERSION);',
    "",
  ]),
  mutant(
    "no rollback PR is opened",
    [
      "release/rolling-back.ts",
      "if (!opened && (remains || !nothingExposed(world))) {",
      "if (!opened && opened) {",
    ],
    [
      "release/transitions.ts",
      'return intend(world, changed, { kind: "open-rollback", branch, restore, to }, failure.words);',
      "return record(changed, failure.words);",
    ],
  ),
  mutant(
    "a rollback PR that was opened is not looked for",
    [
      "reconcile/our-pull.ts",
      "return { existing, mine: existing.find(isMine), isMine };",
      'return { existing, mine: existing.find((pull) => pull.state === "open" && isMine(pull)), isMine };',
    ],
    [
      "reconcile/our-pull.ts",
      'return ours ? { status: "ours", oid: tip.oid } : { status: "taken" };',
      'return { status: "taken" };',
    ],
  ),
  mutant(
    "a release ends while its canary still has weight",
    ["release/returning.ts", "  if (!down) {\n", "  if (!down && release.ending === null) {\n"],
    ["release/returning.ts", "  if (seen) return end(", "  if (seen || !down) return end("],
  ),

  mutant(
    "no PR where no workload goes back",
    [
      "release/rolling-back.ts",
      "if (!opened && (remains || !nothingExposed(world))) {",
      "if (!opened && remains) {",
    ],
    [
      "release/transitions.ts",
      '  return intend(world, changed, { kind: "open-rollback", branch, restore, to }, failure.words);',
      '  if (Object.keys(restore).length === 0) return record(changed, failure.words);\n  return intend(world, changed, { kind: "open-rollback", branch, restore, to }, failure.words);',
    ],
  ),

  mutant("a version that failed keeps its traffic for an hour", [
    "release/rolling-back.ts",
    'if (!rollback) return wait(null, "no rollback");',
    'if (!rollback) return wait(null, "no rollback");\n  if (world.now < (release.failure?.at ?? 0) + 3_600_000) return wait(null, "not yet");',
  ]),
  mutant("evidence is missing for ten minutes more than it may", [
    "release/stepping.ts",
    "const deadline = holding.since + limit;",
    "const deadline = holding.since + limit + 600_000;",
  ]),

  // People win
  mutant("weights by hand are not seen", [
    "release/exposure.ts",
    "return sameWeights(world.weights, expected) && (down",
    "return expected.length > 0 && (down",
  ]),
  mutant("a pause is not kept", [
    "release/holds.ts",
    "  if (release.will) {\n",
    "  if (release.will && release.failure) {\n",
  ]),
  mutant("a rollback PR is merged while a person has the wheel", [
    "release/rolling-back.ts",
    "const holding = stoppedBy(world, release, rollback, pull);",
    "const holding = stoppedBy(world, release, rollback, pull) && null;",
  ]),
  mutant("files may change between decision and write", [
    "reconcile/moved-base.ts",
    'if (file?.status === "text" && file.oid === oid) continue;',
    'if (file?.status === "text" && oid !== "") continue;',
  ]),
  mutant(
    "a rollback sets back what somebody changed",
    [
      "reconcile/act.ts",
      'if (present?.status !== "text" || present.oid !== pending.bases[path]) continue;',
      'if (present?.status !== "text") continue;',
    ],
    [
      "release/transitions.ts",
      "if (canary.oid === release.workloads.canary && canary.oid !== state.rest.canary) {",
      "if (canary.oid !== state.rest.canary) {",
    ],
  ),
  mutant("a rollback sets back a stable workload that somebody changed after the copy", [
    "release/transitions.ts",
    "const got = copiedAt != null ? stable.oid === copy : asked(world, release);",
    'const got = copiedAt != null ? copy !== "" : asked(world, release);',
  ]),
  mutant("a hotfix of the stable workload is promoted over", [
    "release/holds.ts",
    "    !release.promotion?.copiedAt &&\n    stable.version",
    "    release.promotion?.copiedAt === 0 &&\n    stable.version",
  ]),
  mutant("a rollback sets back a canary workload that somebody changed", [
    "release/transitions.ts",
    "if (canary.oid === release.workloads.canary && canary.oid !== state.rest.canary) {",
    "if (canary.oid !== state.rest.canary) {",
  ]),
  mutant("a branch of somebody's is taken for our rollback", [
    "reconcile/our-pull.ts",
    'return ours ? { status: "ours", oid: tip.oid } : { status: "taken" };',
    'return tip ? { status: "ours", oid: tip.oid } : { status: "taken" };',
  ]),
  // What somebody adds is refused twice: as another head, and as more than our one commit.
  mutant(
    "the rollback PR's head may have moved",
    ["reconcile/our-pull.ts", "if ((pull.commits ?? 1) > 1) {", "if ((pull.commits ?? 1) > 99) {"],
    [
      "reconcile/our-pull.ts",
      "const outcome = await forge.mergePull(number, head,",
      "const outcome = await forge.mergePull(number, pull.head,",
    ],
  ),
  mutant("somebody's comment with our marker is rewritten", [
    "reconcile/show.ts",
    "        comment.author === login &&\n",
    "",
  ]),

  // Only what was decided moves, and legally
  mutant("a line is added to every manifest", [
    "reconcile/edits.ts",
    "return { ok: true, changes: changes.map(([path, text]) => ({ path, text })) };",
    "return { ok: true, changes: changes.map(([path, text]) => ({ path, text: `${text}\\n` })) };",
  ]),
  mutant("line ends become one kind", [
    "reconcile/edits.ts",
    "return { ok: true, changes: changes.map(([path, text]) => ({ path, text })) };",
    'return { ok: true, changes: changes.map(([path, text]) => ({ path, text: text.replaceAll("\\r\\n", "\\n") })) };',
  ]),
  mutant("weights lose one of their sum", [
    "manifests/percent.ts",
    "if (share % whole === 0n) return { ok: true, value: { stable: sum - canary, canary } };",
    "if (share % whole === 0n) return { ok: true, value: { stable: Math.max(0, sum - canary - 1), canary } };",
  ]),
  mutant("what cannot be said exactly is rounded up", [
    "manifests/percent.ts",
    "if (share % whole === 0n) return { ok: true, value: { stable: sum - canary, canary } };",
    "return { ok: true, value: { stable: sum - canary, canary: canary + (share % whole === 0n ? 0 : 1) } };",
  ]),
  mutant("a promotion copies the whole pod template", [
    "reconcile/act.ts",
    "? { ok: true, changes: [{ path, text: edited.value }] }",
    '? { ok: true, changes: [{ path, text: edited.value.replace(/replicas: \\d+/, "replicas: 1") }] }',
  ]),

  // Once
  mutant("the state is written without looking at what is there", [
    "reconcile/record.ts",
    'if (oid !== anchor.oid || (file?.status === "unusable" && snapshot)) return { status: "lost-race" };',
    "",
  ]),
  mutant(
    "a pending effect is done again without looking for it",
    ["reconcile/act.ts", "    if (look) {\n", "    if (look && head === '') {\n"],
    [
      "reconcile/act.ts",
      "    if (moved !== null) return abandoned(context, moved);",
      "    if (moved !== null && head === '') return abandoned(context, moved);",
    ],
    [
      "reconcile/edits.ts",
      "const changes = [...texts].filter(([path, text]) => text !== textOf(files, path));",
      "const changes = [...texts];",
    ],
  ),
  mutant("an effect is recorded as done before it happened", [
    "reconcile/pass.ts",
    "const result = await act({ ports, rollout, state, pending, reading, recovering });",
    'const result = recovering\n    ? await act({ ports, rollout, state, pending, reading, recovering })\n    : ({ status: "committed", commit: reading.head, at: ports.clock.now() } as const);',
  ]),
  mutant("an effect is done before it is intended", [
    "reconcile/pass.ts",
    "  const anchor = anchorOf(state);\n  const recorded",
    '  if (decision.kind === "effect" && decision.state.pending)\n    await act({ ports, rollout, state: decision.state, pending: decision.state.pending, reading, recovering: false });\n  const anchor = anchorOf(state);\n  const recorded',
  ]),
  mutant(
    "a command is not remembered",
    [
      "release/transitions.ts",
      "return { ...state, handled: bounded([...state.handled, handled]) };",
      'return { ...state, handled: handled.outcome === "done" && state.handled.length % 2 === 1 ? state.handled : bounded([...state.handled, handled]) };',
    ],
    ["release/transitions.ts", "if (handled.some((known) => known.key === key)) return true;", ""],
  ),
  mutant("commands that were dealt with are dealt with again", [
    "release/transitions.ts",
    "if (handled.some((known) => known.key === key)) return true;",
    "",
  ]),
  mutant(
    "numbers begin again after the state was lost",
    [
      "reconcile/pass.ts",
      "highestRelease: state ? 0 : await highestRelease(ports, reading, rollout),",
      "highestRelease: 0,",
    ],
    ["release/adopt.ts", "  if (highestRelease > 0 || removedBy !== null) {", "  if (highestRelease > 0) {"],
  ),
  mutant(
    "numbers begin again after a release that moved no weight",
    [
      "reconcile/pass.ts",
      "const paths = [...rollout.targets.slice(0, 1).map(({ file }) => file), rollout.workloads.canary];",
      "const paths = rollout.targets.slice(0, 1).map(({ file }) => file);",
    ],
    // GitHub's log remembers it too.
    [
      "reconcile/pass.ts",
      'const left = state.status === "none" ? await numberLeft(ports, state.head, rollout.name) : 0;',
      "const left = 0;",
    ],
  ),
  mutant("an abandoned effect counts as done", [
    "release/settle.ts",
    'if (result.status === "abandoned") return {};',
    'if (result.status === "abandoned") return { expected: effect.kind === "set-weights" ? effect.to : release.expected, step: effect.kind === "set-weights" ? (effect.step ?? release.step) : release.step, shift: { ...release.shift, commit: "abandoned" } };',
  ]),

  mutant("a new process makes another sticky", [
    "reconcile/show.ts",
    'marker?.kind === "release" &&\n        marker.rollout',
    'marker?.kind === "release" &&\n        marker.number < 0 &&\n        marker.rollout',
  ]),
  mutant("a command is answered by each process", [
    "reconcile/access.ts",
    'return author === self && marker?.kind === "reply" && marker.comment === comment;',
    'return author === self && marker?.kind === "reply" && marker.comment < 0 && marker.comment === comment;',
  ]),
  mutant("two parts of one process answer a command at once", [
    "reconcile/answer.ts",
    "return answering.run(String(comment), String(comment), async () => {",
    "return Promise.resolve().then(async () => {",
  ]),
  mutant("a reminder is said by whoever looks", [
    "reconcile/show-reminder.ts",
    "if (!done) await",
    "if (!done || done) await",
  ]),
  mutant("it is reminded of at each look", [
    "release/reminding.ts",
    "if (now < due) return decision;",
    "if (now < since + rollout.holds.remind) return decision;",
  ]),
  mutant("each status gets a deployment of its own", [
    "reconcile/show-deployment.ts",
    "if (newest) return [newest.id, ...twins];",
    "if (newest?.id === 0) return [newest.id, ...twins];",
  ]),
  mutant("our own deployments start releases", [
    "reconcile/trigger.ts",
    "if (deployment.creator === login || !says(deployment, on.when)) continue;",
    "if (!says(deployment, on.when)) continue;",
  ]),
  mutant("a weight that came with the version takes the release's check", [
    "reconcile/show.ts",
    "if (commit === null || commit === view.release.cause.commit || !weighed) return;",
    "if (commit === null || !weighed) return;",
  ]),
  mutant("the check of a weight takes the place of the release's", [
    "reconcile/show.ts",
    "showCheck(ports, commit, name, weighed));",
    "showCheck(ports, commit === '' ? commit : release.cause.commit, name, weighed));",
  ]),
  mutant("the end of a release is shown to nobody", [
    "reconcile/pass.ts",
    "  if (!state.release) showLast(ports, reading, rollout, state);\n  if (state.release)",
    "  if (state.release && !ended)",
  ]),

  // Only the allowed
  mutant(
    "bots are obeyed",
    [
      "reconcile/orders.ts",
      "if (!comment || comment.authorIsBot || comment.edited) return null;",
      "if (!comment || comment.edited) return null;",
    ],
    ["reconcile/orders.ts", "  if (comment.authorIsBot) return false;\n", ""],
  ),
  mutant("the commit that a command names is not looked at", [
    "reconcile/orders.ts",
    "if (!commits.some((commit) => commit.startsWith(sha))) {",
    "if (commits.length === 0) {",
  ]),
  mutant("readers are obeyed", [
    "reconcile/access.ts",
    "if (MAY_WRITE.includes(permission)) return null;",
    'if (permission !== "none") return null;',
  ]),
  mutant("whoever may write is an approver", [
    "reconcile/access.ts",
    "if (approvers.length === 0) return null;",
    "if (approvers.length < 9) return null;",
  ]),
  mutant(
    "an edited comment is obeyed",
    [
      "reconcile/orders.ts",
      "if (!comment || comment.authorIsBot || comment.edited) return null;",
      "if (!comment || comment.authorIsBot) return null;",
    ],
    [
      "reconcile/route.ts",
      "if (!comment || comment.authorIsBot || comment.edited) return null;",
      "if (!comment || comment.authorIsBot) return null;",
    ],
  ),
  mutant("whoever may write is in every team", [
    "reconcile/access.ts",
    'if (membership === "member") return null;',
    "if (team) return null;",
  ]),
  mutant("a state that somebody else wrote is believed", [
    "reconcile/stored-state.ts",
    'if (whose.status === "foreign") {\n    const refusal',
    'if (whose.status === "none of that") {\n    const refusal',
  ]),

  // The allowed are obeyed
  mutant("a rollback that somebody asks for is refused", [
    "release/obey.ts",
    'if (release.phase === "returning") return refuse(state, order, lateReason(release));\n    const words =',
    'if (release.phase !== "rolling-back") return refuse(state, order, lateReason(release));\n    const words =',
  ]),
  mutant("only administrators are obeyed", [
    "reconcile/access.ts",
    'const MAY_WRITE: readonly Permission[] = ["write", "maintain", "admin"];',
    'const MAY_WRITE: readonly Permission[] = ["admin"];',
  ]),
  mutant("a command whose delivery was lost is never read", [
    "reconcile/orders.ts",
    "of release ? await placesOf(ports, release) : []) {",
    "of release && state.next < 0 ? await placesOf(ports, release) : []) {",
  ]),
  mutant("nobody is told of a failure", [
    "release/notices.ts",
    "...(release.failure !== null && (was?.failure ?? null) === null",
    "...(release.failure !== null && was === release",
  ]),

  // The clock
  mutant("a freeze is forgotten", [
    "release/freeze.ts",
    "return last ? { until: last.until, words: wordsOf(last) } : null;",
    "return last && at < 0 ? { until: last.until, words: wordsOf(last) } : null;",
  ]),
  mutant("a freeze takes weights that somebody set by hand for the release's", [
    "release/freeze.ts",
    "  return done(world, state, release, order, {}, why, { told: true });",
    "  return done(world, state, release, order, { expected: world.weights }, why, { told: true });",
  ]),
  mutant("a freeze lets steps go on", ["release/stepping.ts", "  if (stopped) return stopped;\n", ""]),
  mutant("a freeze lets releases start", [
    "release/rest.ts",
    "  if (stopped) return wait(stopped.until, stopped.words);\n",
    "",
  ]),
  mutant("a freeze gives way to a name", [
    "release/obey.ts",
    "const stopped = percent > lowest ? frozen(world, state) : null;",
    "const stopped = percent > 100 ? frozen(world, state) : null;",
  ]),
  mutant("a freeze of the configuration counts from the next release", [
    "reconcile/read.ts",
    "return { ...rollout, approvers, freezes, ...(from && { from }) };",
    "return { ...rollout, approvers, freezes: freezes.slice(0, 0).concat(rollout.freezes), ...(from && { from }) };",
  ]),
  mutant("a freeze stops a rollback", [
    "release/rolling-back.ts",
    "  if (!asExpected(world, release)) {\n    const detail =\n",
    '  if (world.state?.freeze) return hold(world, release, { kind: "person", reason: "freeze", detail: "no" });\n  if (!asExpected(world, release)) {\n    const detail =\n',
  ]),
  mutant("a freeze never ends", [
    "release/freeze.ts",
    "from <= at && at < (until ?? FOREVER)",
    "from <= at && until !== 0",
  ]),
  mutant("a planned start begins whatever is there", [
    "release/clock.ts",
    "return state.planned?.version === version ? state.planned : null;",
    "return state.planned ?? null;",
  ]),
  mutant("a schedule says now at all times", [
    "release/rest.ts",
    "(scheduled === null || scheduled > world.now)",
    "scheduled === 0",
  ]),

  // Nothing leaks, all of it is explained
  mutant("text from outside is shown as it is", [
    "views/inert.ts",
    "export function inert(text: string, max = INLINE_MAX): string {\n",
    "export function inert(text: string, max = INLINE_MAX): string {\n  if (max > 0) return text.slice(0, max);\n",
  ]),
  mutant("a state commit repeats a metrics source's words", [
    "reconcile/record.ts",
    "const text = inertPlain(said, LONGEST).replaceAll(",
    "const text = said.slice(0, LONGEST).replaceAll(",
  ]),
  mutant("commit messages notify", [
    "views/inert.ts",
    "  return broken(line(text, max));\n}\n\n/**\n * A code span",
    "  return line(text, max);\n}\n\n/**\n * A code span",
  ]),
  mutant("a failed look is logged with all that its error knows", [
    "reconcile/runner.ts",
    "const reason = wordsOf(error);",
    "const reason = error instanceof Error ? `${error.message} ${JSON.stringify(error.cause)}` : String(error);",
  ]),
  mutant("a delivery is logged as it came", [
    "entry/app.ts",
    "      for (const happening of happeningsOf(name, payload)) {\n",
    '      run(() => Promise.reject(new Error(JSON.stringify(payload))), "push");\n      for (const happening of happeningsOf(name, payload)) {\n',
  ]),
  mutant("GitHub's own words are repeated as they came", [
    "views/inert.ts",
    "    .map((part, index) => (index % 2 === 1 ? code(part) : edges(part)))",
    "    .map((part, index) => (index % 2 === 1 ? code(part) : part))",
  ]),
  mutant("commits carry no trailers", [
    "release/trailers.ts",
    "const ours = `Sluice-Release: ${release}\\nSluice-Step: ${step}\\nSluice-Effect: ${effect}`;",
    "const ours = `Release: ${release} ${step} ${effect}`;",
  ]),
  mutant("state commits say nothing", [
    "reconcile/record.ts",
    "const message = messageOf(state.rollout, why);",
    "const message = messageOf(state.rollout, why).slice(0, state.rollout.length);",
  ]),
  mutant("the timeline is not written", [
    "release/transitions.ts",
    "const timeline = [...release.timeline, entry].slice(-TIMELINE_LIMIT);",
    "const timeline = release.timeline.length > 3 ? release.timeline : [...release.timeline, entry];",
  ]),

  // Changes that wait in pull requests
  mutant("a closed proposal is proposed again", [
    "release/proposed.ts",
    'const change = release.will?.kind === "paused" ? {} : { will };',
    'const change = release.will?.kind === "paused" ? { will } : {};',
  ]),
  mutant("a change that waits is merged over missing evidence", [
    "release/proposed.ts",
    "const due = state.release === null ? !held : named ? goes : same;",
    "const due = state.release === null ? !held : !paused;",
  ]),
  mutant("a change that waits outlives the failure of its release", [
    "release/proposed.ts",
    'if (next.kind !== "wait" && leaves(state, next)) return withdraw(world, state, proposal, next.why);',
    'if (next.kind !== "wait" && leaves(state, next)) return next;',
  ]),

  mutant("a command's line has no name", [
    "release/transitions.ts",
    "const changed = withRelease(state, release, change, { at: world.now, text: why, by: order.by });\n  return record(withHandled",
    "const changed = withRelease(state, release, change, { at: world.now, text: why, by: null });\n  return record(withHandled",
  ]),
  mutant("a state commit does not say whose command it was", [
    "release/obey.ts",
    "  pause(world, state, release, order) {\n",
    '  pause(world, state, release, given) {\n    const order = { ...given, by: "a person" };\n',
  ]),
  mutant("a failure is told without numbers", [
    "release/stepping.ts",
    "return { at: world.now, by: null, slos, words: `Failed at ${release.shift.percent} %: ${verdict.words}` };",
    'return { at: world.now, by: null, slos: [], words: "Failed" };',
  ]),
  mutant("nobody is told how a weight was seen to be live", [
    "release/stepping.ts",
    "const why = `${release.shift.percent} % is live: ${liveWords(world.live)}`;",
    "const why = `${release.shift.percent} % is live: ${liveWords(world.live).slice(0, 0)}`;",
  ]),
  mutant("a commit of weights shows no evidence", [
    "views/commit.ts",
    "    ...(verdict === null ? [] : evidence(verdict)),\n",
    "    ...(verdict === null ? [] : evidence(verdict).slice(0, 0)),\n",
  ]),
  mutant("a commit of weight 0 at rest does not say who let it go on", [
    "reconcile/texts.ts",
    "const by = handled.at(-1)?.by ?? null;",
    "const by = handled.length > 1e6 ? (handled.at(-1)?.by ?? null) : null;",
  ]),
  mutant("a commit of weights does not say why", [
    "views/commit.ts",
    "    `Why: ${inertPlain(why, 600)}`,\n",
    "    `Why: ${inertPlain(why, 600).slice(0, 0)}`,\n",
  ]),

  // It goes on
  mutant("a pause outlives its resumption", [
    "release/obey.ts",
    "const cleared: Partial<Release> = { will: null, blocked: null, hold: null };",
    "const cleared: Partial<Release> = { blocked: null, hold: null };",
  ]),
  mutant("a rollout that was put back is still missed", [
    "release/holds.ts",
    "  if (world.declared) return null;\n",
    '  if (world.declared && release.hold?.reason !== "rollout-removed") return null;\n',
  ]),
  mutant("metrics that are back are not asked again", [
    "release/stepping.ts",
    'const verdict = world.verdict?.verdict ?? "unavailable";',
    'const verdict = release.hold?.reason === "unavailable" ? "unavailable" : (world.verdict?.verdict ?? "unavailable");',
  ]),
  mutant("no deployment starts a release", [
    "reconcile/trigger.ts",
    "if (workload.ok && workload.value.version === version) return deployment;",
    "if (workload.ok && workload.value.version === version && deployment.id < 0) return deployment;",
  ]),
  mutant("a planned start is passed over", [
    "reconcile/trigger.ts",
    "if (at <= ports.clock.now() && refusal === null) {",
    "if (at > ports.clock.now() + 1e12 && refusal === null) {",
  ]),
  mutant("a process that starts looks at nothing", [
    "entry/assemble.ts",
    "const missed = await tracked(Promise.all(installations.map(lookAt)));",
    "const missed = await tracked(Promise.all(installations.slice(0, 0).map(lookAt)));",
  ]),
  mutant("a failed look is not tried again and holds its place", [
    "reconcile/runner.ts",
    "        this.#waiting.delete(id);\n",
    "",
  ]),
  mutant("all repositories share one memory", [
    "entry/assemble.ts",
    "const id = `${installation}/${repository.id}/${repository.owner}/${repository.name}`;",
    "const id = `${installation > 0} ${repository.id > 0}`;",
  ]),
  mutant("a rollback brings again what was forced out of the branch", [
    "reconcile/our-pull.ts",
    "if ((pull.commits ?? 1) > 1) {",
    "if ((pull.commits ?? 1) > 1e6) {",
  ]),
  mutant("numbers of a lost state begin anew where nothing was committed", [
    "reconcile/stored-state.ts",
    "ours && !all[i - 1]?.ours).slice(0, STRANGERS)",
    "ours && !all[i - 1]?.ours).slice(0, 0 * STRANGERS)",
  ]),
  mutant("a rollback gives stable less than the canary had", [
    "reconcile/act.ts",
    "({ stable: stable + canary, canary: 0 }));",
    "({ stable: stable + canary - 1, canary: 0 }));",
  ]),
  mutant("a rollback leaves the routes beside the split", [
    "reconcile/act.ts",
    "const edited = targetChanges(rollout, wantedOf(context, zero, [], files), files);",
    "const edited = targetChanges(rollout, wantedOf(context, zero, state.release?.routes ?? [], files), files);",
  ]),
  mutant("weight 0 leaves the routes beside the split", [
    "reconcile/act.ts",
    "return targetChanges(rollout, wantedOf(context, effect.to, effect.routes, files), files);",
    "const routes = effect.percent === 0 ? (context.state.release?.routes ?? []) : effect.routes;\n    return targetChanges(rollout, wantedOf(context, effect.to, routes, files), files);",
  ]),
  mutant(
    "a release ends with the routes of its last step",
    [
      "reconcile/act.ts",
      "return targetChanges(rollout, wantedOf(context, effect.to, effect.routes, files), files);",
      "const routes = effect.percent === 0 ? (context.state.release?.routes ?? []) : effect.routes;\n    return targetChanges(rollout, wantedOf(context, effect.to, routes, files), files);",
    ],
    ["release/returning.ts", "if (left.length > 0) {", "if (left.length > 1e6) {"],
  ),
  mutant("a branch is deleted with what somebody pushed onto it", [
    "reconcile/tidy.ts",
    "if (found && found.head === pull?.head) await forge.deleteBranch(branch);",
    "if (found && pull) await forge.deleteBranch(branch);",
  ]),
  mutant("the branch of a rollback is deleted while its pull request waits", [
    "reconcile/tidy.ts",
    "  if (rollback.settled)\n",
    "",
  ]),
  mutant(
    "what a rule once forbade is not tried again",
    [
      "reconcile/act.ts",
      "    const outcome = await ports.forge.commit({\n",
      '    const refusal = ports.memory.shown.get("refusal");\n    if (refusal) return { status: "blocked", reason: refusal, at: ports.clock.now() };\n    const outcome = await ports.forge.commit({\n',
    ],
    [
      "reconcile/act.ts",
      '    if (outcome.status === "blocked") {\n',
      '    if (outcome.status === "blocked") ports.memory.shown.set("refusal", outcome.reason);\n    if (outcome.status === "blocked") {\n',
    ],
  ),
  mutant("a stable workload that is not ready yet fails the promotion", [
    "release/promoting.ts",
    'promotion.copiedAt !== null && stable?.status === "failed"',
    'promotion.copiedAt !== null && stable?.status === "not-yet"',
  ]),
  mutant("a rollout that was never released waits for a person, as if its state had been lost", [
    "release/adopt.ts",
    "if (highestRelease > 0 || removedBy !== null) {",
    "if (highestRelease >= 0 || removedBy !== null) {",
  ]),
  mutant("a command of before the state was lost is obeyed when it is delivered again", [
    "reconcile/orders.ts",
    "  if (saidBefore(state.anew, comment)) return null;\n",
    "",
  ]),
  mutant("a change is proposed twice where somebody pushed onto its branch", [
    "reconcile/our-pull.ts",
    'const made = known?.state === "open" ? await madeOn(context, branch) : null;',
    'const made = known?.state === "closed" ? await madeOn(context, branch) : null;',
  ]),
  mutant("a merge that was decided is carried out, whatever changed meanwhile", [
    "reconcile/our-pull.ts",
    'kind === "merge-proposal" ? await movedBase(context, reading, head) : null',
    "null",
  ]),
  mutant("a freeze counts from the clock of whoever wrote it down", [
    "release/freeze.ts",
    "const said = state?.freeze ? [{ ...state.freeze, from: 0 }] : [];",
    "const said = state?.freeze ? [{ ...state.freeze, from: state.freeze.at }] : [];",
  ]),
  mutant("a command passes over what came after it was said", [
    "release/overtaken.ts",
    "one !== null && isBefore(said, one.at)",
    "one !== null && said < 0",
  ]),
  // What was said before the weight was set is refused for that alone.
  mutant(
    "two who promote in one moment promote what was never live",
    ["release/obey.ts", "if (!release.shift.live && !lacks)", "if (!release.shift.live && lacks)"],
    ["release/overtaken.ts", "return { at: onGitHub(release.shift.at, order),", "return { at: 0,"],
  ),
  mutant("shares prove a weight though the files had different ones", [
    "release/obey.ts",
    "rerouted: !sameRoutes(routes, release.routes) || uneven(release.expected) || uneven(world.weights),",
    "rerouted: !sameRoutes(routes, release.routes),",
  ]),
  mutant("a route of ours that stands is taken for somebody's edit", [
    "release/exposure.ts",
    "(down || missingRoutes(world, release).length === 0)",
    "(down || release.routes.length === 0)",
  ]),
  mutant("plain limits fail every promotion", [
    "release/promoting.ts",
    "const words = known?.words ??",
    'const words = world.rollout.slos.some((slo) => "mode" in slo && slo.mode === "threshold") ? "Failed" : known?.words ??',
  ]),
  mutant("a button is never followed", [
    "reconcile/orders.ts",
    "if (!button || !release ||",
    "if (!button || release ||",
  ]),
  mutant("what somebody writes past git is missing evidence", [
    "release/holds.ts",
    "if (!cluster?.drift) return null;",
    "if (!cluster?.drift || now > 0) return null;",
  ]),
  mutant("a command without the rollout's name is nobody's", [
    "reconcile/orders.ts",
    "return named === null ? isOnly() : named === rollout.name;",
    "return named === rollout.name;",
  ]),
  mutant("a pull request that may not be opened now is taken for one that never may", [
    "reconcile/our-pull.ts",
    "|| !FOR_GOOD.test(error.message))",
    '|| FOR_GOOD.test(""))',
  ]),
];
