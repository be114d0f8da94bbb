/** Objects as a cluster has them, in YAML. */

export function virtualService(stable: number, canary: number, more = "", version = "v1"): string {
  return `apiVersion: networking.istio.io/${version}
kind: VirtualService
metadata:
  name: checkout
  namespace: production
  annotations: { argocd.argoproj.io/tracking-id: "shop:networking.istio.io/VirtualService:production/checkout" }
spec:
  hosts: [checkout]
  http:
    - route:
        - { destination: { host: checkout, subset: stable }, weight: ${stable} }
        - { destination: { host: checkout, subset: canary }, weight: ${canary} }
${more}`;
}

export function httpRoute(stable: number, canary: number, more = "", version = "v1"): string {
  return `apiVersion: gateway.networking.k8s.io/${version}
kind: HTTPRoute
metadata: { name: checkout, namespace: production }
spec:
  parentRefs: [{ name: public }]
  rules:
    - backendRefs:
        - { name: checkout-stable, port: 80, weight: ${stable} }
        - { name: checkout-canary, port: 80, weight: ${canary} }
${more}`;
}

/** What a Gateway's controller writes; `generation` is the one it has seen. */
export function accepted(generation: number, accepts = true): string {
  const condition = (type: string, status: boolean) =>
    `        - { type: ${type}, status: "${status ? "True" : "False"}", reason: ${status ? type : "NoMatchingParent"}, message: "${status ? "fine" : "no listener matches"}", observedGeneration: ${generation}, lastTransitionTime: "2026-05-04T10:04:12Z" }`;
  return `status:
  parents:
    - parentRef: { name: public }
      controllerName: example.com/gateway
      conditions:
${condition("Accepted", accepts)}
${condition("ResolvedRefs", true)}
`;
}

export function trafficSplit(stable: number, canary: number, labels = "{}"): string {
  return `apiVersion: split.smi-spec.io/v1alpha4
kind: TrafficSplit
metadata: { name: checkout, namespace: production, labels: ${labels} }
spec:
  service: checkout
  backends:
    - { service: stable, weight: ${stable} }
    - { service: canary, weight: ${canary} }
`;
}

/** `status` in flow style. */
export function application(status: string): string {
  return `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: { name: shop, namespace: argocd }
spec:
  project: default
  destination: { namespace: production, server: "https://kubernetes.default.svc" }
  source: { repoURL: "https://github.com/acme/shop", path: . }
  syncPolicy: { automated: {} }
status: ${status.replace(/ }$/, ", resources: [{ group: networking.istio.io, version: v1, kind: VirtualService, namespace: production, name: checkout, status: Synced }] }")}
`;
}

/** `status` in flow style. */
export function kustomization(status: string): string {
  return `apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: { name: shop, namespace: flux-system }
spec: { interval: 1m, prune: true, sourceRef: { kind: GitRepository, name: shop } }
status: ${status.replace(/ }$/, ", inventory: { entries: [{ id: production_checkout_split.smi-spec.io_TrafficSplit, v: v1alpha4 }, { id: production_checkout_helm.toolkit.fluxcd.io_HelmRelease, v: v2 }] } }")}
`;
}

export function helmRelease(status: string): string {
  return `apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata:
  name: checkout
  namespace: production
  labels: { kustomize.toolkit.fluxcd.io/name: shop, kustomize.toolkit.fluxcd.io/namespace: flux-system }
spec: { interval: 1m, chart: { spec: { chart: checkout, sourceRef: { kind: HelmRepository, name: shop } } } }
status: ${status}
`;
}

export function deployment(image: string, status: string): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata:
  name: checkout-canary
  namespace: production
  annotations: { deployment.kubernetes.io/revision: "2" }
spec:
  replicas: 2
  selector: { matchLabels: { app: checkout, track: canary } }
  template:
    metadata: { labels: { app: checkout, track: canary } }
    spec:
      containers: [{ name: app, image: "${image}" }]
status: ${status}
`;
}

/** `owner`: its Deployment's uid. */
export function replicaSet(hash: string, revision: string, owner: string): string {
  return `apiVersion: apps/v1
kind: ReplicaSet
metadata:
  name: checkout-canary-${hash}
  namespace: production
  labels: { app: checkout, track: canary, pod-template-hash: ${hash} }
  annotations: { deployment.kubernetes.io/revision: "${revision}" }
  ownerReferences: [{ apiVersion: apps/v1, kind: Deployment, name: checkout-canary, uid: ${owner}, controller: true }]
spec:
  selector: { matchLabels: { app: checkout, track: canary, pod-template-hash: ${hash} } }
  template:
    metadata: { labels: { app: checkout, track: canary, pod-template-hash: ${hash} } }
    spec:
      containers: [{ name: app, image: "shop:2" }]
`;
}

/** `owner`: its ReplicaSet's uid. */
export function pod(name: string, labels: string, owner: string, container: string): string {
  return `apiVersion: v1
kind: Pod
metadata:
  name: ${name}
  namespace: production
  labels: ${labels}
  ownerReferences: [{ apiVersion: apps/v1, kind: ReplicaSet, name: checkout-canary, uid: ${owner}, controller: true }]
spec: { containers: [{ name: app, image: "shop:2" }] }
status:
  phase: Running
  startTime: "2020-01-01T00:00:00Z"
  containerStatuses:
    - { name: app, image: "shop:2", imageID: "", ready: false, ${container} }
`;
}

/** A workload as people write them, with much that a server writes otherwise or fills in. */
export function fullWorkload(kind: string): string {
  return `apiVersion: apps/v1
kind: ${kind}
metadata: { name: full, namespace: production }
spec:
  selector: { matchLabels: { app: full } }${kind === "StatefulSet" ? "\n  serviceName: full" : ""}
  template:
    metadata:
      creationTimestamp: null
      labels: { app: full }
      annotations: { config-hash: "a1", note: "" }
    spec:
      serviceAccountName: shop
      automountServiceAccountToken: false
      hostNetwork: false
      hostPID: false
      nodeSelector: {}
      tolerations: [{ key: dedicated, operator: Equal, value: shop, effect: NoSchedule, tolerationSeconds: null }]
      securityContext: { runAsUser: 0, runAsNonRoot: false, fsGroup: 1000 }
      affinity:
        podAntiAffinity:
          preferredDuringSchedulingIgnoredDuringExecution:
            - weight: 100
              podAffinityTerm: { topologyKey: kubernetes.io/hostname, labelSelector: { matchLabels: { app: full } } }
      topologySpreadConstraints:
        - { maxSkew: 1, topologyKey: topology.kubernetes.io/zone, whenUnsatisfiable: ScheduleAnyway, labelSelector: { matchLabels: { app: full } } }
      initContainers:
        - { name: migrate, image: "shop:2", args: [], env: [] }
      containers:
        - name: app
          image: shop:2
          command: ["/bin/serve"]
          args: ["--log", "json"]
          tty: false
          stdin: no
          ports:
            - { containerPort: 8080, name: http }
            - { containerPort: 8080, name: udp, protocol: UDP }
          env:
            - { name: MODE, value: fast }
            - { name: EMPTY, value: "" }
            - { name: NUMBER, value: "0100" }
            - { name: POD, valueFrom: { fieldRef: { fieldPath: metadata.name } } }
            - { name: CPUS, valueFrom: { resourceFieldRef: { resource: limits.cpu, divisor: 1 } } }
            - { name: KEY, valueFrom: { secretKeyRef: { name: shop, key: key, optional: false } } }
          envFrom: [{ configMapRef: { name: shop } }, { prefix: X_, secretRef: { name: shop } }]
          resources:
            requests: { cpu: 0.1, memory: 1024Mi, ephemeral-storage: 1.5Gi }
            limits: { cpu: 1000m, memory: 2147483648 }
          readinessProbe: { httpGet: { path: /, port: http }, initialDelaySeconds: 0, periodSeconds: 5 }
          livenessProbe: { tcpSocket: { port: 8080 } }
          lifecycle: { preStop: { exec: { command: [sleep, "5"] } } }
          securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: false, capabilities: { drop: [ALL] } }
          volumeMounts:
            - { name: tmp, mountPath: /tmp, readOnly: false }
            - { name: config, mountPath: /etc/shop, subPath: "" }
      volumes:
        - { name: tmp, emptyDir: { sizeLimit: 1000Mi } }
        - { name: cache, emptyDir: {} }
        - { name: config, configMap: { name: shop, defaultMode: 0444, items: [{ key: a, path: a }] } }
        - name: all
          projected: { sources: [{ secret: { name: shop } }, { serviceAccountToken: { path: token } }] }
        - { name: maybe, secret: { secretName: maybe, optional: yes, defaultMode: 0600 } }
`;
}
