// biome-ignore-all lint/suspicious/noTemplateCurlyInString: as Flux writes its variables
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { otherField } from "../../../src/adapters/kubernetes/template.ts";

/** As git has it. */
const GIT = `
metadata:
  labels: { app: checkout }
  annotations: { config-hash: a1 }
spec:
  hostNetwork: false
  terminationGracePeriodSeconds: 60
  containers:
    - name: app
      image: shop:2
      command: [serve]
      args: ["--log", json]
      ports: [{ containerPort: 8080 }]
      env: [{ name: MODE, value: fast }, { name: EMPTY, value: "" }]
      envFrom: [{ configMapRef: { name: shop } }]
      resources: { requests: { cpu: 0.5, memory: 1024Mi }, limits: { cpu: 1000m } }
      livenessProbe: { httpGet: { path: /live, port: 8080 }, initialDelaySeconds: 0 }
      volumeMounts: [{ name: tmp, mountPath: /tmp, readOnly: false }]
  volumes: [{ name: tmp, emptyDir: {} }]
`;

/** As a server gives it back, with defaults, and what others put in. */
const LIVE = `
metadata:
  creationTimestamp: null
  labels: { app: checkout, injected: "true" }
  annotations: { config-hash: a1, kubectl.kubernetes.io/restartedAt: "2026-05-04T10:04:12Z" }
spec:
  restartPolicy: Always
  dnsPolicy: ClusterFirst
  schedulerName: default-scheduler
  securityContext: {}
  terminationGracePeriodSeconds: 60
  containers:
    - name: proxy
      image: proxy:1
    - name: app
      image: shop:2
      imagePullPolicy: IfNotPresent
      command: [serve]
      args: ["--log", json]
      ports: [{ containerPort: 8080, protocol: TCP }]
      env: [{ name: MODE, value: fast }, { name: EMPTY }, { name: INJECTED, value: "1" }]
      envFrom: [{ configMapRef: { name: shop } }]
      resources: { requests: { cpu: 500m, memory: 1Gi }, limits: { cpu: "1" } }
      livenessProbe: { httpGet: { path: /live, port: 8080, scheme: HTTP }, timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 }
      terminationMessagePath: /dev/termination-log
      terminationMessagePolicy: File
      volumeMounts: [{ name: tmp, mountPath: /tmp }]
  volumes: [{ name: tmp, emptyDir: {} }]
`;

const compared = (live: string, git: string, before: string | null = null) =>
  otherField(parse(live), { template: parse(git), before: before === null ? null : parse(before) });

describe("a live template", () => {
  it("is git's with the server's defaults, its way of writing, and what others added", () => {
    expect(compared(LIVE, GIT, GIT)).toBeNull();
  });

  it.each([
    ["shop:2", "shop:3", "containers[app].image"],
    ["value: fast", "value: slow", "containers[app].env[MODE].value"],
    ['value: ""', "value: full", "containers[app].env[EMPTY].value"],
    ["name: MODE", "name: OTHER", "containers[app].env[OTHER]"],
    ["command: [serve]", "command: [serve, all]", "containers[app].command"],
    ['"--log", json', 'json, "--log"', "containers[app].args"],
    ['args: ["--log", json]', 'args: ["--log"]', "containers[app].args"],
    ["configMapRef: { name: shop }", "secretRef: { name: shop }", "containers[app].envFrom[0]"],
    ["containerPort: 8080", "containerPort: 8081", "containers[app].ports[8081]"],
    ["cpu: 0.5", "cpu: 0.6", "containers[app].resources.requests.cpu"],
    ["1024Mi", "1025Mi", "containers[app].resources.requests.memory"],
    ["path: /live", "path: /ready", "containers[app].livenessProbe.httpGet.path"],
    ["initialDelaySeconds: 0", "initialDelaySeconds: 5", "containers[app].livenessProbe.initialDelaySeconds"],
    ["emptyDir: {}", "configMap: { name: shop }", "volumes[tmp].configMap"],
    ["hostNetwork: false", "hostNetwork: true", "hostNetwork"],
    ["hostNetwork: false", "automountServiceAccountToken: false", "automountServiceAccountToken"],
    ["- name: app\n", "- name: web\n", "containers[web]"],
  ])("%s, in git now %s: differs in %s", (old, now, field) => {
    expect(GIT).toContain(old);
    expect(compared(LIVE, GIT.replace(old, now))).toBe(`spec.template.spec.${field}`);
  });

  it.each([
    ["config-hash: a1", "config-hash: a2", "annotations.config-hash"],
    ["app: checkout", "app: checkout, tier: web", "labels.tier"],
  ])("%s, in git now %s: differs in %s", (old, now, field) => {
    expect(compared(LIVE, GIT.replace(old, now))).toBe(`spec.template.metadata.${field}`);
  });

  it.each([
    ["      envFrom: [{ configMapRef: { name: shop } }]\n", "spec.template.spec.containers[app].envFrom"],
    ["{ name: MODE, value: fast }, ", "spec.template.spec.containers[app].env[MODE]"],
    ['      args: ["--log", json]\n', "spec.template.spec.containers[app].args"],
    ["  terminationGracePeriodSeconds: 60\n", "spec.template.spec.terminationGracePeriodSeconds"],
    [
      "      volumeMounts: [{ name: tmp, mountPath: /tmp, readOnly: false }]\n",
      "spec.template.spec.containers[app].volumeMounts",
    ],
    ["  annotations: { config-hash: a1 }\n", "spec.template.metadata.annotations"],
  ])("still has %j, which git took out", (gone, field) => {
    const now = GIT.replace(gone, "");
    expect(now).not.toBe(GIT);
    expect(compared(LIVE, now, GIT)).toBe(field);
    // What git never declared is nobody's to miss.
    expect(compared(LIVE, now, now)).toBeNull();
  });

  it("without what git took out is git's, and so is one in which the server puts the same", () => {
    const now = GIT.replace("{ name: MODE, value: fast }, ", "");
    expect(compared(LIVE.replace("{ name: MODE, value: fast }, ", ""), now, GIT)).toBeNull();
    const said = GIT.replace("hostNetwork: false", "restartPolicy: Always");
    expect(compared(LIVE, GIT, said)).toBeNull();
  });

  it("may have the names that Kustomize makes of a configuration's, and no others", () => {
    expect(compared(LIVE.replace("name: shop }", "name: shop-57k8ghm2bt }"), GIT)).toBeNull();
    expect(compared(LIVE.replace("name: shop }", "name: shop-old }"), GIT)).not.toBeNull();
  });

  it("may have what Flux puts in for a variable, and nothing else around it", () => {
    const git = GIT.replace("value: fast", 'value: "http://${HOST}:${PORT:=80}/a"');
    const live = (value: string) => LIVE.replace("value: fast", `value: "${value}"`);
    expect(compared(live("http://shop:8080/a"), git)).toBeNull();
    for (const other of ["http://shop/a", "http://shop:8080/b", "http://${OTHER}:${PORT:=80}/a", "/a"]) {
      expect(compared(live(other), git), other).toMatch(/env\[MODE\]\.value$/);
    }
  });

  it("has the last of several variables with one name", () => {
    const twice = GIT.replace(
      "{ name: MODE, value: fast }",
      "{ name: MODE, value: slow }, { name: MODE, value: fast }",
    );
    expect(compared(LIVE, twice)).toBeNull();
  });

  it("is read as YAML 1.1, in which 0644 is octal and yes is true", () => {
    const live = "{ spec: { volumes: [{ name: x, configMap: { defaultMode: 420, optional: true } }] } }";
    const said = "{ spec: { volumes: [{ name: x, configMap: { defaultMode: 0644, optional: yes } }] } }";
    expect(compared(live, said)).toBeNull();
    expect(compared(live, said.replace("0644", "0600"))).not.toBeNull();
    expect(compared(live, said.replace("yes", "no"))).not.toBeNull();
  });

  it("that is not there, or is no object, is not git's", () => {
    for (const live of [undefined, null, "x", []]) {
      expect(otherField(live, { template: parse(GIT), before: null })).not.toBeNull();
    }
  });
});
