import { stringify } from "yaml";
import type { Gate } from "../../src/config/types.ts";
import type { Chance } from "./chance.ts";
import { type Kind, splitText } from "./manifests.ts";

/** What a team of the simulation delivers: drawn from the seed, written as its repository has it. */
export interface Shop {
  readonly name: string;
  readonly targets: readonly TargetSpec[];
  readonly stableFile: string;
  readonly canaryFile: string;
  /** Asked before the first step. */
  readonly gates: readonly Gate[];
  /** Durations are ms. */
  readonly steps: readonly StepSpec[];
  readonly bake: number;
  /** What its routes beside the split do: show the canary to testers, or send it copies. */
  readonly beside: "testers" | "copies";
  /** The evidence chooses among the steps; none is skipped otherwise. */
  readonly auto: boolean;
  /** Percent of the old version that the last step keeps. */
  readonly holdback: number;
  readonly on: "merge" | "command" | "deployment" | "created" | "schedule";
  /** Between two times of its schedule, ms: a part of an hour. */
  readonly every: number;
  /** Of the configuration; epoch ms, full minutes. */
  readonly freezes: readonly { readonly from: number; readonly to: number }[];
  /** Whether its releases are shown as deployments. */
  readonly environment: boolean;
  readonly supersede: "refuse" | "restart";
  readonly delivery: "commit" | "pull-request";
  /** UTC hours; null: always. */
  readonly window: { readonly from: number; readonly to: number } | null;
  readonly rollback: {
    readonly merge: "auto" | "manual";
    readonly revert: boolean;
    readonly traffic: "immediate" | "with-merge";
    readonly deadline: number;
  };
  readonly holds: { readonly limit: number; readonly then: "rollback" | "stay" };
  readonly liveAfter: number;
  readonly settle: number;
  readonly approvers: readonly string[];
  /** They are written as a team. */
  readonly team: boolean;
  readonly threshold: boolean;
  readonly latency: boolean;
  readonly query: boolean;
  /** Requests a second, both sides together. */
  readonly rate: number;
  /** Whether a cluster can be read, and whether its routes' controller writes a status. */
  readonly cluster: "none" | "status" | "no status";
}

export interface TargetSpec {
  readonly kind: Kind;
  readonly file: string;
  readonly sum: number;
  readonly stable: string;
  readonly canary: string;
  readonly style: number;
}

export interface StepSpec {
  readonly weight: number;
  readonly pause: number;
  readonly approval: boolean;
  /** A route beside the split that stands during the step. */
  readonly route: boolean;
  readonly gates: readonly Gate[];
}

const MINUTE = 60_000;
export const CONFIG = ".github/sluice.yaml";
export const ENVIRONMENT = "production";

export function drawShop(name: string, chance: Chance, begin: number): Shop {
  const calendar = chance.fork("calendar");
  const frozenFrom = begin + calendar.between(5, 40) * MINUTE;
  const tens = chance.yes(0.2);
  const kinds: readonly [Kind, ...Kind[]] = ["VirtualService", "HTTPRoute", "TrafficSplit"];
  const kind = chance.pick(kinds);
  const targets = Array.from({ length: chance.yes(0.25) ? 2 : 1 }, (_, index): TargetSpec => {
    const istio = kind === "VirtualService";
    return {
      kind,
      file: `mesh/${name}${index === 0 ? "" : `-${index + 1}`}.yaml`,
      sum: istio ? 100 : tens ? 10 : chance.pick([100, 1000]),
      stable: istio ? "stable" : `${name}-stable`,
      canary: istio ? "canary" : `${name}-canary`,
      style: chance.between(0, 2),
    };
  });
  const ladders: readonly [readonly number[], ...(readonly number[])[]] = tens
    ? [[10, 50, 100], [20, 100], [100]]
    : [
        [10, 50, 100],
        [5, 25, 100],
        [25, 50, 75, 100],
        [50, 100],
        [1, 10, 100],
      ];
  const threshold = chance.yes(0.15);
  const auto = !threshold && chance.yes(0.15);
  const holdback = chance.yes(0.15) ? (tens ? 10 : 5) : 0;
  const listed = auto ? (tens ? [10, 50, 100] : [1, 5, 10, 25, 50, 100]) : chance.pick(ladders);
  const weights = listed.map((weight) => Math.min(weight, 100 - holdback));
  const gated = chance.fork("gates");
  const hasGates = !auto && gated.yes(0.35);
  const gates = () => (hasGates && gated.yes(0.5) ? drawGates(gated) : []);
  const routed = kind === "VirtualService" && !auto && chance.yes(0.2);
  const steps = weights.map(
    (weight, index): StepSpec => ({
      weight,
      pause: !auto && chance.yes(0.2) ? chance.between(30, 300) * 1000 : 0,
      approval: !auto && chance.yes(0.1),
      route: routed && index < weights.length - 1,
      gates: gates(),
    }),
  );
  return {
    name,
    targets,
    stableFile: `apps/${name}/stable.yaml`,
    canaryFile: `apps/${name}/canary.yaml`,
    gates: gates(),
    steps,
    beside: chance.fork("beside").yes(0.3) ? "copies" : "testers",
    bake: chance.between(15, 60) * 1000,
    auto,
    holdback,
    on: drawTrigger(chance, calendar),
    every: calendar.pick([5, 10, 20]) * MINUTE,
    freezes: calendar.yes(0.15)
      ? [{ from: frozenFrom, to: frozenFrom + calendar.between(7, 25) * MINUTE }]
      : [],
    environment: chance.fork("environment").yes(0.25),
    supersede: chance.pick(["refuse", "restart"]),
    delivery: chance.fork("delivery").yes(0.25) ? "pull-request" : "commit",
    window: chance.yes(0.15) ? { from: 9, to: chance.pick([9.25, 12]) } : null,
    rollback: {
      merge: chance.yes(0.8) ? "auto" : "manual",
      revert: chance.yes(0.7),
      traffic: chance.pick(["immediate", "with-merge"]),
      deadline: chance.pick([30_000, 60_000]),
    },
    holds: {
      limit: chance.pick([600_000, 1_800_000]),
      // biome-ignore lint/suspicious/noThenProperty: a word of the configuration
      then: chance.yes(0.85) ? "rollback" : "stay",
    },
    liveAfter: 120_000,
    settle: chance.pick([60_000, 300_000]),
    approvers: chance.yes(0.15) ? ["bob"] : [],
    team: calendar.yes(0.4),
    threshold,
    latency: chance.yes(0.5),
    query: chance.yes(0.15),
    rate: chance.pick([2, 40, 400, 3000]),
    cluster: chance.fork("cluster").weighted({ none: 6, status: 3, "no status": 1 }),
  };
}

const GATES: readonly [Gate, ...Gate[]] = [
  { kind: "check", name: "e2e / smoke" },
  { kind: "environment", name: "staging" },
  { kind: "hook", name: "loadtest" },
];

function drawGates(chance: Chance): readonly Gate[] {
  const first = chance.pick(GATES);
  return chance.yes(0.2) ? [first, ...GATES.filter((gate) => gate !== first).slice(0, 1)] : [first];
}

function drawTrigger(chance: Chance, calendar: Chance): Shop["on"] {
  const on = chance.weighted({ merge: 8, command: 1, deployment: 1, created: 1 });
  return calendar.yes(0.12) ? "schedule" : on;
}

/** `.github/sluice.yaml` with these rollouts. */
export function configText(shops: readonly Shop[]): string {
  const rollouts = Object.fromEntries(shops.map((shop) => [shop.name, rolloutOf(shop)]));
  return stringify({ version: 1, prometheus: "production", rollouts });
}

function rolloutOf(shop: Shop): object {
  const mode = shop.threshold ? { mode: "threshold" } : {};
  const { window } = shop;
  return {
    mesh: shop.targets[0]?.kind === "VirtualService" ? "istio" : "linkerd",
    namespace: "production",
    service: shop.name,
    ...(shop.cluster !== "none" && { cluster: "production" }),
    targets: shop.targets.map(({ file, stable, canary }) => ({ file, stable, canary })),
    workloads: { stable: shop.stableFile, canary: shop.canaryFile },
    ...(shop.on === "command" && { on: "command" }),
    ...(shop.on === "schedule" && { on: { schedule: `*/${shop.every / MINUTE} * * * *` } }),
    ...(shop.freezes.length > 0 && {
      freezes: shop.freezes.map(({ from, to }) => ({ from: written(from), until: written(to) })),
    }),
    ...(shop.on === "deployment" && { on: { deployment: { environment: ENVIRONMENT, when: "success" } } }),
    ...(shop.on === "created" && { on: { deployment: { environment: ENVIRONMENT, when: "created" } } }),
    ...(shop.environment && { environment: ENVIRONMENT }),
    bake: seconds(shop.bake),
    minRequests: 20,
    steps: shop.auto
      ? "auto"
      : [
          ...shop.gates.map(gateLine),
          ...shop.steps.flatMap((step, index) => stepLines(shop, step, shop.steps[index - 1])),
        ],
    ...(shop.holdback > 0 && { holdback: `${shop.holdback}%` }),
    slos: [
      { errorRate: { max: "5%", ...mode } },
      ...(shop.latency ? [{ latency: { quantile: 0.99, max: "500ms", ...mode } }] : []),
      ...(shop.query ? [{ query: "sum(rate(overflow_total[1m]))", max: 0 }] : []),
    ],
    live: { after: seconds(shop.liveAfter) },
    holds: {
      limit: seconds(shop.holds.limit),
      // biome-ignore lint/suspicious/noThenProperty: a word of the configuration
      then: shop.holds.then,
      remind: seconds(shop.holds.limit),
    },
    ...(window && { windows: { allow: `Mon-Sun ${clock(window.from)}-${clock(window.to)} UTC` } }),
    rollback: {
      merge: shop.rollback.merge,
      revert: shop.rollback.revert,
      ...(shop.rollback.merge === "manual" && { traffic: shop.rollback.traffic }),
      ...(shop.rollback.merge === "auto" && { deadline: seconds(shop.rollback.deadline) }),
    },
    promotion: { strategy: "copy", settle: seconds(shop.settle) },
    supersede: shop.supersede,
    ...(shop.delivery === "pull-request" && { delivery: shop.delivery }),
    ...(shop.approvers.length > 0 && { approvers: shop.team ? ["@team/payments"] : shop.approvers }),
  };
}

function stepLines({ beside }: Shop, step: StepSpec, before: StepSpec | undefined): readonly object[] {
  const testers = { name: "testers", match: [{ headerName: "x-tester", headerValue: { exact: "yes" } }] };
  const [put, taken] =
    beside === "testers"
      ? [{ setHeaderRoute: testers }, { setHeaderRoute: { name: "testers" } }]
      : [{ setMirrorRoute: { name: "copies", percentage: 10 } }, { setMirrorRoute: { name: "copies" } }];
  return [
    { setWeight: step.weight },
    ...(before?.route && !step.route ? [taken] : []),
    ...(step.route && !before?.route ? [put] : []),
    ...(step.pause > 0 ? [{ pause: { duration: seconds(step.pause) } }] : []),
    ...(step.approval ? [{ pause: { until: "approved" } }] : []),
    ...step.gates.map(gateLine),
  ];
}

function gateLine({ kind, name }: Gate): object {
  return { gate: { [kind]: name } };
}

/** How long a step is held at least, ms. */
export function bakeOf(shop: Shop, step: StepSpec): number {
  return Math.max(shop.bake, step.pause);
}

/** Every file a shop has before Sluice, with the canary at `canary` of the sum. */
export function filesOf(shop: Shop, version: string): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  for (const target of shop.targets) files.set(target.file, splitText(target, shop.name, target.sum, 0));
  files.set(shop.stableFile, workloadText(shop, "stable", version));
  files.set(shop.canaryFile, workloadText(shop, "canary", version));
  return files;
}

/** `variable`: a version that the image does not tell. */
export function workloadText(
  shop: Shop,
  side: "stable" | "canary",
  version: string,
  variable?: string,
): string {
  return `# ${side} of ${shop.name}; ask @the-team before you touch this
apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${shop.name}-${side}
  namespace: production
spec:
  replicas: 3
  selector:
    matchLabels: { app: ${shop.name}, track: ${side} }
  template:
    metadata:
      labels: { app: ${shop.name}, track: ${side}, version: ${side} }
    spec:
      containers:
        - name: app
          image: "registry.example/${shop.name}:${version}" # pinned
          ports: [{ containerPort: 8080 }]
${variable === undefined ? "" : `          env: [{ name: BEHAVES, value: ${variable} }]\n`}`;
}

/** The variable that makes a version without its image; null where a text has none. */
export function variableIn(text: string | null): string | null {
  return /name: BEHAVES, value: ([^ }]+)/.exec(text ?? "")?.[1] ?? null;
}

/** The same text with this variable, or without one, by a person's hand. */
export function withVariable(text: string, variable: string | null): string {
  const line = variable === null ? "" : `          env: [{ name: BEHAVES, value: ${variable} }]\n`;
  return text.replace(/( +ports: .*\n)( +env: .*\n)?/, (_, ports: string) => `${ports}${line}`);
}

/** The version that a workload's text runs; null where it cannot be told. */
export function versionIn(text: string | null): string | null {
  return variableIn(text) ?? imageIn(text);
}

/** The same of a pod template, JSON. */
export function versionOf(template: unknown): string | null {
  const json = JSON.stringify(template) ?? "";
  const variable = /"name":"BEHAVES","value":"([^"]+)"/.exec(json);
  return (variable ?? /"image":"[^":]+:([^"]+)"/.exec(json))?.[1] ?? null;
}

/** The tag of its image alone. */
export function imageIn(text: string | null): string | null {
  const from = text?.indexOf('image: "') ?? -1;
  return from < 0 ? null : (/image: "[^":]+:([^"]+)"/.exec(text?.slice(from, from + 200) ?? "")?.[1] ?? null);
}

/** Epoch ms as commands and configurations write it, in UTC, to the minute. */
export function written(at: number): string {
  return new Date(at).toISOString().slice(0, 16);
}

function seconds(ms: number): string {
  return `${ms / 1000}s`;
}

function clock(hour: number): string {
  return `${String(Math.floor(hour)).padStart(2, "0")}:${String(60 * (hour % 1)).padStart(2, "0")}`;
}
