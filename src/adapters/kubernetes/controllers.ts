import { byCondition, type Controller, type ControllerWord } from "./controllers/controller.ts";
import { gateway } from "./controllers/gateway.ts";
import { istio } from "./controllers/istio.ts";
import type { Live } from "./object.ts";

/** Every kind whose controller can be read: a further one is a file, or a row. */
const CONTROLLERS: readonly Controller[] = [
  gateway,
  istio,
  {
    groups: ["projectcontour.io"],
    about: "Contour `HTTPProxy`: `Valid`",
    word: byCondition("Valid", "valid"),
  },
  {
    groups: ["serving.knative.dev"],
    about: "Knative `Service` and `Route`: `Ready`",
    word: byCondition("Ready", "ready"),
  },
  {
    groups: ["consul.hashicorp.com"],
    about: "Consul `ServiceSplitter`: `Synced`",
    word: byCondition("Synced", "synced"),
  },
  {
    groups: ["helm.toolkit.fluxcd.io"],
    about: "weights among the values of a Flux `HelmRelease`: `Ready`",
    word: byCondition("Ready", "released"),
  },
];

export function wordOf(apiVersion: string, kind: string, live: Live): ControllerWord {
  const [group = ""] = apiVersion.split("/");
  const controller = CONTROLLERS.find(({ groups }) => groups.includes(group));
  return controller?.word(live) ?? { status: "silent", words: `${kind} has no status that says so` };
}
