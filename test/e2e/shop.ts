import { GitReader } from "../../dev/demo/git.ts";
import { until } from "../../dev/demo/watch.ts";
import type { GitHub } from "../../dev/github/server.ts";
import { Person } from "../../dev/stage/person.ts";
import type { Repository } from "../../dev/stage/stage.ts";
import { findSplits } from "../../src/manifests/index.ts";

export const CONFIG = ".github/sluice.yaml";
export const MESH = "mesh/checkout.yaml";
export const STABLE = "apps/checkout/stable.yaml";
export const CANARY = "apps/checkout/canary.yaml";

/** A configuration whose times are short; `with` replaces or adds lines of the rollout, by key. */
export function configuration(
  changes: {
    readonly prometheus?: string;
    readonly steps?: readonly number[];
    readonly targets?: { readonly file?: string; readonly stable?: string; readonly canary?: string };
    readonly more?: readonly string[];
  } = {},
): string {
  const { file = MESH, stable = "stable", canary = "canary" } = changes.targets ?? {};
  return [
    "version: 1",
    `prometheus: ${changes.prometheus ?? "production"}`,
    "rollouts:",
    "  checkout:",
    "    mesh: istio",
    "    namespace: production",
    "    service: checkout",
    "    targets:",
    `      - { file: ${file}, stable: ${stable}, canary: ${canary} }`,
    "    workloads:",
    `      stable: ${STABLE}`,
    `      canary: ${CANARY}`,
    "    bake: 1s",
    "    minRequests: 10",
    "    live: { after: 1s }",
    "    steps:",
    ...(changes.steps ?? [10, 50, 100]).map((weight) => `      - setWeight: ${weight}`),
    "    slos:",
    "      - errorRate: { max: 5% }",
    "    promotion: { strategy: copy, settle: 1s }",
    ...(changes.more ?? []).map((line) => `    ${line}`),
    "",
  ].join("\n");
}

export function workload(side: "stable" | "canary", version: string): string {
  return [
    "apiVersion: apps/v1",
    "kind: Deployment",
    "metadata:",
    `  name: checkout-${side}`,
    "  namespace: production",
    "spec:",
    "  replicas: 1",
    "  selector:",
    `    matchLabels: { app: checkout, track: ${side} }`,
    "  template:",
    "    metadata:",
    `      labels: { app: checkout, track: ${side} }`,
    "    spec:",
    "      containers:",
    "        - name: checkout",
    `          image: registry.example.com/checkout:${version}`,
    "",
  ].join("\n");
}

export function virtualService(stable: number, canary: number): string {
  return [
    "apiVersion: networking.istio.io/v1",
    "kind: VirtualService",
    "metadata:",
    "  name: checkout",
    "  namespace: production",
    "spec:",
    "  hosts: [checkout]",
    "  http:",
    "    - route:",
    "        - destination: { host: checkout, subset: stable }",
    `          weight: ${stable}`,
    "        - destination: { host: checkout, subset: canary }",
    `          weight: ${canary}`,
    "",
  ].join("\n");
}

/** What a team has before it ships: version 1.0.0 on both sides, the canary without traffic. */
export function shopFiles(config: string | null, weights: readonly [number, number] = [100, 0]) {
  return {
    ...(config === null ? {} : { [CONFIG]: config }),
    [MESH]: virtualService(...weights),
    [STABLE]: workload("stable", "1.0.0"),
    [CANARY]: workload("canary", "1.0.0"),
  };
}

/** A repository and what can be read of it. */
export class Shop {
  readonly github: GitHub;
  readonly repository: Repository;
  readonly git: GitReader;
  readonly alice: Person;

  constructor(github: GitHub, repository: Repository) {
    this.github = github;
    this.repository = repository;
    this.git = new GitReader(repository.git.dir);
    this.alice = new Person("alice", github, repository);
    github.setPermission(repository, "alice", "write");
  }

  static async create(github: GitHub, owner: string, files: Readonly<Record<string, string>>): Promise<Shop> {
    return new Shop(github, await github.createRepository({ owner, name: "shop", files }));
  }

  /** The canary's weight on the deployment branch. */
  async weight(ref = "main"): Promise<number | undefined> {
    const splits = findSplits(MESH, await this.git.read(ref, MESH));
    return splits.ok ? splits.value[0]?.arms.find(({ name }) => name === "canary")?.weight : undefined;
  }

  /** Commits on main that Sluice made. */
  async ours() {
    return (await this.git.log("main")).filter(({ author }) => author.startsWith("sluice"));
  }

  /** The state document; null before there is one. */
  async state(): Promise<{
    readonly pending: unknown;
    readonly release: { readonly number: number; readonly hold: { readonly reason: string } | null } | null;
    readonly last: { readonly number: number; readonly outcome: string } | null;
    readonly handled: readonly { readonly key: string; readonly outcome: string }[];
  } | null> {
    return this.git.read("sluice/state", "rollouts/checkout.json").then(JSON.parse, () => null);
  }

  adopted(): Promise<unknown> {
    return until("The baseline", () => this.state());
  }

  /** Proposes version `version` of the canary and merges it; the pull request's number. */
  async ship(version: string): Promise<number> {
    const number = await this.alice.propose(`checkout-${version}`, `checkout ${version}`, {
      [CANARY]: workload("canary", version),
    });
    await this.alice.merge(number);
    return number;
  }

  weightIs(percent: number): Promise<unknown> {
    return until(`Canary weight ${percent}`, async () => (await this.weight()) === percent);
  }

  /** The completed check run of this name on a commit. */
  check(commit: string, name: string) {
    return until(`The check ${name}`, async () =>
      (await this.alice.checks(commit)).find((check) => check.name === name && check.status === "completed"),
    );
  }

  async planOf(pull: number) {
    return this.check((await this.alice.pull(pull)).head.sha, "sluice");
  }

  async annotationsOf(check: number) {
    const where = { owner: this.repository.owner.login, repo: this.repository.name };
    const { data } = await this.alice.octokit.rest.checks.listAnnotations({ ...where, check_run_id: check });
    return data;
  }

  /** Our comments that show a release. */
  async sticky(pull: number): Promise<readonly string[]> {
    return (await this.alice.comments(pull)).flatMap(({ body }) =>
      body?.includes("<!-- sluice:release ") ? [body] : [],
    );
  }

  async rollbackPulls() {
    return (await this.alice.pulls()).filter(({ head }) => head.ref.startsWith("sluice/rollback/"));
  }
}
