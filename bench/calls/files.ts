/** A repository with some rollouts, as the benches have it. */
export function filesOf(
  rollouts: readonly string[],
  steps: readonly number[],
  bake: string,
): Readonly<Record<string, string>> {
  const files: Record<string, string> = { ".github/sluice.yaml": configOf(rollouts, steps, bake) };
  for (const rollout of rollouts) {
    files[`mesh/${rollout}.yaml`] = virtualService(rollout);
    for (const side of ["stable", "canary"] as const) {
      files[`apps/${rollout}/${side}.yaml`] = workload(rollout, side, "1.0.0");
    }
  }
  return files;
}

/** 0 to 1; 0 where there is no such text. */
export function canaryShare(mesh: string | null): number {
  return Number(/canary }\s+weight: (\d+)/.exec(mesh ?? "")?.[1] ?? 0) / 100;
}

function configOf(rollouts: readonly string[], steps: readonly number[], bake: string): string {
  return [
    "version: 1",
    "prometheus: production",
    "rollouts:",
    ...rollouts.flatMap((name) => [
      `  ${name}:`,
      "    mesh: istio",
      "    namespace: production",
      `    service: ${name}`,
      "    targets:",
      `      - { file: mesh/${name}.yaml, stable: stable, canary: canary }`,
      "    workloads:",
      `      stable: apps/${name}/stable.yaml`,
      `      canary: apps/${name}/canary.yaml`,
      `    bake: ${bake}`,
      "    steps:",
      ...steps.map((weight) => `      - setWeight: ${weight}`),
      "    slos:",
      "      - errorRate: { max: 5% }",
      "    live: { after: 2m }",
      "    environment: { name: production, url: https://shop.example.com }",
      "    promotion: { strategy: copy, settle: 5m }",
    ]),
    "",
  ].join("\n");
}

function virtualService(name: string): string {
  return `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: ${name}, namespace: production }
spec:
  hosts: [${name}]
  http:
    - route:
        - destination: { host: ${name}, subset: stable }
          weight: 100
        - destination: { host: ${name}, subset: canary }
          weight: 0
`;
}

export function workload(name: string, side: "stable" | "canary", version: string): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata: { name: ${name}-${side}, namespace: production }
spec:
  selector:
    matchLabels: { app: ${name}, track: ${side} }
  template:
    metadata:
      labels: { app: ${name}, track: ${side} }
    spec:
      containers:
        - name: app
          image: registry.example/${name}:${version}
`;
}
