import { armsOf } from "../arms.ts";
import { type Destination, service } from "../destination.ts";
import type { SplitKind } from "../kind.ts";
import { at, type Place, textOf } from "../place.ts";
import { summingTo } from "../weights/summing-to.ts";
import { wholeNumbers } from "../weights/whole-numbers.ts";

function knative(kind: string, source: string): SplitKind {
  return {
    kind,
    apiVersions: ["serving.knative.dev/v1"],
    format: summingTo(100, wholeNumbers({ absent: 0, max: 100 })),
    about: {
      router: "Knative",
      weightPath: "spec.traffic[].percent",
      semantics: "percent; a missing one is 0",
      bounds: "0 to 100, the sum exactly 100",
      armNames: "revisionName, else configurationName, else @latest (with #tag where two are the same)",
      source,
    },
    rules: (object) => [
      {
        name: null,
        path: null,
        arms: armsOf(
          at(object, "spec", "traffic"),
          trafficNames,
          (item) => revisionOf(item, textOf(at(object, "metadata", "name"))),
          "percent",
        ),
        item: null,
        match: [],
      },
    ],
  };
}

function trafficNames(item: Place): readonly string[] {
  const name = textOf(at(item, "revisionName")) ?? textOf(at(item, "configurationName")) ?? "@latest";
  const tag = textOf(at(item, "tag"));
  return tag === null ? [name] : [name, `${name}#${tag}`];
}

/** The latest revision is that of a configuration; a Service has one of its own name. */
function revisionOf(item: Place, own: string | null): Destination | null {
  return (
    service(textOf(at(item, "revisionName")), { sort: "Revision" }) ??
    service(textOf(at(item, "configurationName")) ?? own, { sort: "Configuration" })
  );
}

const SOURCE = "knative/serving pkg/apis/serving/v1/route_validation.go, CRD";

export const knativeService = knative("Service", `${SOURCE} services.serving.knative.dev`);
export const knativeRoute = knative("Route", `${SOURCE} routes.serving.knative.dev`);
