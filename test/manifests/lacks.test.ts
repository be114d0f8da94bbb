import { describe, expect, it } from "vitest";
import { lacks, lacksBesideImages, readWorkload } from "../../src/manifests/index.ts";
import { value } from "./helpers.ts";

/** A pod template with these lines in the container `app`, and these in the pod. */
function template(app: string, pod = "", { image = "shop:1", labels = "track: any" } = {}): unknown {
  const text = `apiVersion: apps/v1
kind: Deployment
metadata: { name: shop }
spec:
  template:
    metadata:
      labels: { ${labels} }
${pod.startsWith("annotations:") ? `      ${pod}` : ""}
    spec:
${pod.startsWith("annotations:") ? "" : indented(pod, 6)}
      containers:
        - name: app
          image: ${image}
${indented(app, 10)}
`;
  return value(readWorkload("f.yaml", text)).template;
}

function indented(text: string, by: number): string {
  return text
    .split("\n")
    .map((line) => `${" ".repeat(by)}${line}`)
    .join("\n");
}

const env = (...variables: string[]) =>
  `env: [${variables.map((one) => `{ name: ${one.split("=")[0]}, value: "${one.split("=")[1]}" }`).join(", ")}]`;

/** What the stable template lacks of a change of the canary's. */
function lacking(from: string, to: string, stable: string): readonly string[] {
  return lacksBesideImages(template(stable), { from: template(from), to: template(to) });
}

describe("what a template lacks of another one's change", () => {
  it.each([
    ["a variable", env("LEVEL=info"), env("LEVEL=debug"), "container app's env LEVEL"],
    ["the first variable", "", env("LEVEL=debug"), "container app's env LEVEL"],
    [
      "where a variable comes from",
      "env: [{ name: A, valueFrom: { secretKeyRef: { name: s, key: a } } }]",
      "env: [{ name: A, valueFrom: { secretKeyRef: { name: s, key: b } } }]",
      "container app's env A",
    ],
    ["arguments", "args: [--fast]", "args: [--slow]", "container app's args"],
    ["the command", "", "command: [serve]", "container app's command"],
    ["all variables of a secret", "", "envFrom: [{ secretRef: { name: keys } }]", "container app's envFrom"],
    [
      "a limit",
      "resources: { limits: { memory: 1Gi } }",
      "resources: { limits: { memory: 2Gi } }",
      "container app's resources.limits.memory",
    ],
    ["a probe", "", "livenessProbe: { httpGet: { path: /up, port: 80 } }", "container app's livenessProbe"],
    [
      "a probe's time",
      "livenessProbe: { periodSeconds: 5 }",
      "livenessProbe: { periodSeconds: 9 }",
      "container app's livenessProbe.periodSeconds",
    ],
    ["a port", "", "ports: [{ containerPort: 8080 }]", "container app's ports 8080"],
    ["a mount", "", "volumeMounts: [{ name: data, mountPath: /data }]", "container app's volumeMounts /data"],
  ])("names %s, there and taken out again", (_, from, to, words) => {
    expect(lacking(from, to, from)).toEqual([words]);
    expect(lacking(from, to, to)).toEqual([]);
    expect(lacking(to, from, to)).toEqual([words]);
    expect(lacking(to, from, from)).toEqual([]);
  });

  it.each([
    ["an annotation", "annotations: { scrape: 'no' }", "annotations: { scrape: 'yes' }", "annotation scrape"],
    ["the first annotation", "", "annotations: { scrape: 'yes' }", "annotation scrape"],
    [
      "a setting of the pod",
      "",
      "terminationGracePeriodSeconds: 9",
      "the pod's terminationGracePeriodSeconds",
    ],
    ["where it runs", "", "nodeSelector: { zone: a }", "the pod's nodeSelector.zone"],
    ["a volume", "", "volumes: [{ name: data, emptyDir: {} }]", "volume data"],
    [
      "what a volume is",
      "volumes: [{ name: data, configMap: { name: a } }]",
      "volumes: [{ name: data, configMap: { name: b } }]",
      "volume data's configMap.name",
    ],
    [
      "an init container",
      "",
      "initContainers: [{ name: migrate, image: m:1, args: [up] }]",
      "init container migrate",
    ],
  ])("names %s", (_, from, to, words) => {
    const change = { from: template("", from), to: template("", to) };
    expect(lacksBesideImages(template("", from), change)).toEqual([words]);
    expect(lacksBesideImages(template("", to), change)).toEqual([]);
  });

  it("an empty directory is none that the other has by another kind of volume", () => {
    const change = { from: template(""), to: template("", "volumes: [{ name: data, emptyDir: {} }]") };
    const other = template("", "volumes: [{ name: data, hostPath: { path: /d } }]");
    expect(lacksBesideImages(other, change)).toEqual(["volume data"]);
  });

  it("images and labels are none, where the other has the container", () => {
    const change = { from: template(""), to: template("", "", { image: "shop:2", labels: "a: b" }) };
    expect(lacksBesideImages(template(""), change)).toEqual([]);
    expect(lacks(template(""), change)).toEqual(["container app's image"]);
  });

  it("the image of a container that the other does not have is one, as no copy brings it", () => {
    const sidecar = (tag: string) =>
      template("", `initContainers: [{ name: proxy, image: "proxy:${tag}", restartPolicy: Always }]`);
    const change = { from: sidecar("1"), to: sidecar("2") };
    expect(lacksBesideImages(template(""), change)).toEqual(["init container proxy's image"]);
    expect(lacksBesideImages(sidecar("1"), change)).toEqual([]);
  });

  it("what tells the two apart for good is none, and hides nothing", () => {
    const [from, to] = [env("TRACK=canary", "LEVEL=info"), env("TRACK=canary", "LEVEL=debug")];
    expect(lacking(from, to, env("TRACK=stable", "LEVEL=info"))).toEqual(["container app's env LEVEL"]);
    expect(lacking(from, to, env("OWN=1", "TRACK=stable", "LEVEL=debug"))).toEqual([]);
    expect(lacking("", env("LEVEL=debug"), env("TRACK=stable", "LEVEL=debug"))).toEqual([]);
  });

  it("arguments of one side alone are its own; their order counts", () => {
    const args = (...all: string[]) => `args: [${all.join(", ")}]`;
    const change = [args("--track=canary", "--level=info"), args("--track=canary", "--level=debug")] as const;
    expect(lacking(...change, args("--track=stable", "--level=debug"))).toEqual([]);
    expect(lacking(...change, args("--track=stable", "--level=info"))).toEqual(["container app's args"]);
    const numbers = [args("-a", '"1"', "-b", '"1"'), args("-a", '"2"', "-b", '"1"')] as const;
    expect(lacking(...numbers, args("-a", '"1"', "-b", '"2"'))).toEqual(["container app's args"]);
  });

  it("the order of items counts only where it means something", () => {
    const ports = (...all: number[]) =>
      `ports: [${all.map((one) => `{ containerPort: ${one} }`).join(", ")}]`;
    expect(lacking(ports(1, 2), ports(2, 1), ports(1, 2))).toEqual([]);
    const change = [env("A=1", "B=$(A)"), env("B=$(A)", "A=1")] as const;
    expect(lacking(...change, change[0])).toEqual(["container app's env"]);
    expect(lacking(...change, change[1])).toEqual([]);
    // The order that the two had apart before the change is none of it.
    expect(lacking(env("A=1", "B=2"), env("A=1", "B=2", "C=3"), env("B=2", "A=1", "C=3"))).toEqual([]);
  });

  it("a list with items that nothing tells apart is one place", () => {
    const nameless = (word: string) => `env: [{ value: ${word} }]`;
    expect(lacking(nameless("hunter1"), nameless("hunter2"), nameless("hunter1"))).toEqual([
      "container app's env",
    ]);
  });

  it("never says a value, and no more of a name than a line bears", () => {
    const secret = (word: string) =>
      `env: [{ name: KEY, value: ${word} }, { name: "${"N".repeat(500)}\`\\n", value: ${word} }]\nargs: [${word}]`;
    const words = lacking(secret("hunter1"), secret("hunter2"), secret("hunter1"));
    expect(words.join()).not.toContain("hunter");
    expect(words).toHaveLength(3);
    for (const word of words) expect(word).toMatch(/^[^`\n]{1,90}$/);
  });

  it("of a change whose beginning is not known everything counts", () => {
    const words = lacksBesideImages(template(env("TRACK=stable")), {
      from: null,
      to: template(env("TRACK=canary")),
    });
    expect(words).toEqual(["container app"]);
  });
});
