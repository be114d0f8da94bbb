import { z } from "zod";
import { condition, count, type Live, type Metadata, text } from "../object.ts";
import { type Controller, type ControllerWord, conditionWord } from "./controller.ts";

const NEEDED = ["Accepted", "ResolvedRefs"];

/** What a route is attached to; it leaves out what goes without saying. */
const reference = z.object({
  group: z.string().catch("gateway.networking.k8s.io"),
  kind: z.string().catch("Gateway"),
  namespace: text,
  name: z.string(),
  sectionName: text,
  port: count,
});
type Reference = z.infer<typeof reference>;

const route = z.object({
  spec: z.object({ parentRefs: z.array(reference).catch([]) }).catch({ parentRefs: [] }),
  status: z
    .object({
      parents: z
        .array(
          z.object({
            parentRef: reference,
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
    let taken: ControllerWord = { status: "pending", words: "it has no parents" };
    for (const wanted of spec.parentRefs) {
      // Several controllers may answer for one parent; what is said of a former one counts no more.
      const answers = status.parents.filter(({ parentRef }) => isSame(parentRef, wanted, live.metadata));
      if (answers.length === 0) {
        return {
          status: "pending",
          words: `nobody has answered for its parent ${wanted.kind} ${wanted.name}`,
        };
      }
      for (const answer of answers) {
        const word = wordFor(live, answer);
        if (word.status !== "taken") return word;
        taken = word;
      }
    }
    return taken;
  },
};

function wordFor(
  live: Live,
  { controllerName, conditions }: z.infer<typeof route>["status"]["parents"][number],
) {
  let taken: ControllerWord = { status: "pending", words: "" };
  for (const type of NEEDED) {
    const found = conditions.find((one) => one.type === type);
    if (!found) return { status: "pending", words: `${controllerName} does not say ${type} yet` } as const;
    const word = conditionWord(live, found, "accepted");
    if (word.status !== "taken") return { ...word, words: `${controllerName} says: ${word.words}` };
    if (type === "Accepted") taken = word;
  }
  return taken;
}

function isSame(one: Reference, other: Reference, { namespace }: Metadata): boolean {
  const said = (ref: Reference) => JSON.stringify({ ...ref, namespace: ref.namespace || namespace });
  return said(one) === said(other);
}
