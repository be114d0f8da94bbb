import { type Destination, service } from "../destination.ts";
import { type JsonNode, readJson } from "../json-text.ts";
import type { Rule, RuleArm, SplitKind, Written } from "../kind.ts";
import { at, entriesOf, type Place, textOf } from "../place.ts";
import { albRoutes } from "../routes/alb.ts";
import { isOurName } from "../routes/way.ts";
import { wholeNumbers } from "../weights/whole-numbers.ts";

const PREFIX = "alb.ingress.kubernetes.io/actions.";

/** AWS Load Balancer Controller: the weights are in JSON that is the text of an annotation. */
export const albActions: SplitKind = {
  kind: "Ingress",
  apiVersions: ["networking.k8s.io/v1", "networking.k8s.io/v1beta1", "extensions/v1beta1"],
  format: wholeNumbers({ absent: null, max: 999 }),
  about: {
    router: "AWS Load Balancer Controller",
    weightPath: `metadata.annotations["${PREFIX}NAME"], in its JSON: forwardConfig.targetGroups[].weight`,
    semantics: "relative; every target group needs one; quoted, literal and folded texts, keys in any case",
    bounds: "0 to 999, not all 0",
    armNames:
      "serviceName (with :servicePort where two are the same), else targetGroupName, else targetGroupARN",
    source:
      "kubernetes-sigs/aws-load-balancer-controller docs/guide/ingress/annotations.md (actions), ELBv2 API TargetGroupTuple",
  },
  routes: albRoutes,
  *rules(object) {
    const annotations = at(object, "metadata", "annotations");
    for (const [key, value] of entriesOf(annotations)) {
      if (annotations === null || !key.startsWith(PREFIX)) continue;
      // What stands beside a split for a step is told by its name, and is no split.
      if (isOurName(key.slice(PREFIX.length))) continue;
      const rule = ruleOf(annotations, key, value);
      if (rule !== null) yield rule;
    }
  },
};

function ruleOf(annotations: Place, key: string, value: Place): Rule | null {
  const action = readJson(textOf(value) ?? "");
  const groups = child(child(action, "forwardConfig"), "targetGroups");
  if (groups?.type !== "array") return null;
  const arms = groups.items.map((group): RuleArm => {
    const weight = child(group, "weight");
    return {
      place: value,
      names: namesOf(group),
      destination: destinationOf(group),
      weight: {
        in: "text",
        map: annotations,
        key,
        from: weight?.from ?? 0,
        to: weight?.to ?? 0,
        written: writtenOf(weight),
      },
    };
  });
  return { name: key.slice(PREFIX.length), path: key.slice(PREFIX.length), arms, item: null, match: [] };
}

function writtenOf(weight: JsonNode | null): Written {
  if (weight === null) return null;
  if (weight.type === "string") return { text: weight.value, quoted: true };
  return { text: weight.type === "word" ? weight.value : "a list or a map", quoted: false };
}

function namesOf(group: JsonNode): readonly string[] {
  const service = wordOf(child(group, "serviceName"));
  const port = wordOf(child(group, "servicePort"));
  if (service !== null) return port === null ? [service] : [service, `${service}:${port}`];
  const other = wordOf(child(group, "targetGroupName")) ?? wordOf(child(group, "targetGroupARN"));
  return other === null ? [] : [other];
}

function destinationOf(group: JsonNode): Destination | null {
  const other = wordOf(child(group, "targetGroupName")) ?? wordOf(child(group, "targetGroupARN"));
  const port = wordOf(child(group, "servicePort"));
  return (
    service(wordOf(child(group, "serviceName")), { port }) ??
    service(other, { sort: "TargetGroup", namespace: "" })
  );
}

/** The controller's JSON reader takes keys in any case; of several the last counts. */
function child(node: JsonNode | null, key: string): JsonNode | null {
  if (node?.type !== "object") return null;
  return node.entries.findLast(([name]) => name.toLowerCase() === key.toLowerCase())?.[1] ?? null;
}

function wordOf(node: JsonNode | null): string | null {
  return node?.type === "string" || node?.type === "word" ? node.value : null;
}
