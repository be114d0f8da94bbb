import { describe, expect, it } from "vitest";
import { readWorkload, setImages } from "../../src/manifests/index.ts";
import { problem, value } from "./helpers.ts";

const DEPLOYMENT = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: checkout-canary
  namespace: production
spec:
  replicas: 2
  template:
    metadata:
      labels: { app: checkout, version: canary }
    spec:
      initContainers:
        - name: migrate
          image: 'registry.example.com:5000/migrate:1.0'  # keep
      containers:
        - name: app
          image: checkout:1.4.0 # released
          env:
            - { name: MODE, value: "on" }
`;
const SERVICE = "apiVersion: v1\nkind: Service\nmetadata: {name: checkout}\n---\n";
const versionOf = (text: string) => value(readWorkload("f.yaml", text)).version;
const change = (text: string, images: Record<string, string>, selector = {}) =>
  setImages("f.yaml", text, new Map(Object.entries(images)), selector);

describe("reading a workload", () => {
  it("gives its name, its containers and the version of its pod template", () => {
    expect(value(readWorkload("apps/canary.yaml", SERVICE + DEPLOYMENT))).toEqual({
      file: "apps/canary.yaml",
      kind: "Deployment",
      namespace: "production",
      name: "checkout-canary",
      replicas: 2,
      version: expect.stringMatching(/^[0-9a-f]{12}$/),
      template: expect.objectContaining({ metadata: expect.anything(), spec: expect.anything() }),
      containers: [
        { name: "migrate", image: "registry.example.com:5000/migrate:1.0" },
        { name: "app", image: "checkout:1.4.0" },
      ],
    });
  });

  it("has replicas only where a number is written", () => {
    const replicas = (text: string) =>
      value(readWorkload("f", DEPLOYMENT.replace("  replicas: 2\n", text))).replicas;
    expect(replicas("  replicas: 0\n")).toBe(0);
    expect(replicas("")).toBeNull();
    expect(replicas('  replicas: "{{ .Values.replicas }}"\n')).toBeNull();
  });

  it("the version is what runs, however it is written", () => {
    const version = versionOf(DEPLOYMENT);
    const same = [
      DEPLOYMENT.replaceAll("\n", "\r\n"),
      DEPLOYMENT.replace("version: canary", "version: stable"),
      DEPLOYMENT.replace("replicas: 2", "replicas: 9"),
      DEPLOYMENT.replace('{ name: MODE, value: "on" }', "{ value: 'on', \"name\": MODE }"),
      DEPLOYMENT.replace(" # released", ""),
      DEPLOYMENT.replace("kind: Deployment", "kind: StatefulSet"),
      DEPLOYMENT.replace("name: checkout-canary", "name: checkout"),
      DEPLOYMENT.replace("{ name: MODE", "{ <<: { name: MODE }, name: MODE"),
    ];
    for (const text of same) expect(versionOf(text), text).toBe(version);
    const different = [
      DEPLOYMENT.replace("1.4.0", "1.4.1"),
      DEPLOYMENT.replace('"on"', '"off"'),
      DEPLOYMENT.replace('"on"', "1"),
      DEPLOYMENT.replace("      labels:", "      annotations: { restarted: now }\n      labels:"),
    ];
    expect(new Set([version, ...different.map(versionOf)]).size).toBe(different.length + 1);
  });

  it("refuses several, none, and half a workload by name", () => {
    const both = `${DEPLOYMENT}---\n${DEPLOYMENT.replace("checkout-canary", "checkout-stable")}`;
    expect(problem(readWorkload("f", both)).message).toContain("Deployment checkout-stable (line 21)");
    expect(value(readWorkload("f", both, { name: "checkout-stable" })).name).toBe("checkout-stable");
    expect(problem(readWorkload("f", SERVICE)).message).toContain("there is none at all");
    expect(problem(readWorkload("f", DEPLOYMENT, { kind: "DaemonSet" })).message).toContain(
      "there is Deployment checkout-canary",
    );
    expect(problem(readWorkload("f", "apiVersion: apps/v1\nkind: DaemonSet\n")).code).toBe("no-template");
    expect(problem(readWorkload("f", DEPLOYMENT.replace("image: checkout", "tag: checkout")))).toMatchObject({
      code: "bad-container",
      line: 16,
    });
  });
});

describe("setting images", () => {
  it("changes the images' bytes alone and keeps the quotes", () => {
    const edited = value(change(DEPLOYMENT, { app: "checkout:1.5.0", migrate: "m@sha256:0a1b" }));
    expect(edited).toBe(
      DEPLOYMENT.replace("checkout:1.4.0", "checkout:1.5.0").replace(
        "registry.example.com:5000/migrate:1.0",
        "m@sha256:0a1b",
      ),
    );
    const back = { app: "checkout:1.4.0", migrate: "registry.example.com:5000/migrate:1.0" };
    expect(value(change(edited, back))).toBe(DEPLOYMENT);
    expect(value(change(DEPLOYMENT, back))).toBe(DEPLOYMENT);
  });

  it("refuses what is no image, no container, a template or shared", () => {
    expect(problem(change(DEPLOYMENT, { ap: "x" })).message).toContain('did you mean "app"?');
    for (const image of ["", "a b", "a\nb: c", "a: b", "'x'", "{{ .Values.image }}"]) {
      expect(problem(change(DEPLOYMENT, { app: image })).code).toBe("bad-image");
    }
    // Plain 5 would be a number.
    expect(problem(change(DEPLOYMENT, { app: "5" })).code).toBe("unsafe-edit");
    const template = DEPLOYMENT.replace("checkout:1.4.0", '"checkout:{{ .Values.tag }}"');
    expect(problem(change(template, { app: "x:1" })).code).toBe("template");
    const shared = DEPLOYMENT.replace("image: checkout:1.4.0", "image: &i checkout:1.4.0").replace(
      '"on"',
      "*i",
    );
    expect(problem(change(shared, { app: "x:1" })).message).toContain("anchor &i on line 17");
  });
});
