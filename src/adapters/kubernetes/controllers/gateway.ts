import { z } from "zod";
import { condition, type Live } from "../object.ts";
import { type Controller, type ControllerWord, conditionWord } from "./controller.ts";

const NEEDED = ["Accepted", "ResolvedRefs"];

const route = z.object({
  spec: z.object({ parentRefs: z.array(z.unknown()).catch([]) }).catch({ parentRefs: [] }),
  status: z
    .object({
      parents: z
        .array(
          z.object({
            controllerName: z.string().catch("a controller"),
            conditions: z.array(condition).catch([]),
          }),
        )
        .catch([]),
    })
    .catch({ parents: [] }),
});

/** Every parent must have accepted the route and found what it refers to. */
export const gateway: Controller = {
  groups: ["gateway.networking.k8s.io", "policy.linkerd.io"],
  about: "Gateway API routes: `Accepted` and `ResolvedRefs` by every parent, for the present generation",
  word(live: Live): ControllerWord {
    const { spec, status } = route.parse(live.body);
    if (status.parents.length < spec.parentRefs.length || status.parents.length === 0) {
      const words = `${status.parents.length} of its ${spec.parentRefs.length} parents have answered`;
      return { status: "pending", words };
    }
    let taken: ControllerWord = { status: "pending", words: "no parent has answered" };
    for (const parent of status.parents) {
      for (const type of NEEDED) {
        const found = parent.conditions.find((one) => one.type === type);
        if (!found) return { status: "pending", words: `${parent.controllerName} does not say ${type} yet` };
        const word = conditionWord(live, found, "accepted");
        if (word.status !== "taken")
          return { ...word, words: `${parent.controllerName} says: ${word.words}` };
        if (type === "Accepted") taken = word;
      }
    }
    return taken;
  },
};
