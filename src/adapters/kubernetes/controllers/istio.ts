import { z } from "zod";
import { condition, generation, type Live, text } from "../object.ts";
import { type Controller, type ControllerWord, conditionWord } from "./controller.ts";

/** What Istio called its condition over time. */
const NEEDED = ["Reconciled", "Accepted"];

const resource = z.object({
  status: z
    .object({
      conditions: z.array(condition).catch([]),
      observedGeneration: generation,
      validationMessages: z
        .array(
          z.object({
            level: z.string(),
            type: z.object({ code: text, name: text }).optional().catch(undefined),
          }),
        )
        .catch([]),
    })
    .catch({ conditions: [], validationMessages: [] }),
});

/** Only where the mesh writes status at all (`PILOT_ENABLE_STATUS`, `PILOT_ENABLE_ANALYSIS`). */
export const istio: Controller = {
  groups: ["networking.istio.io"],
  about: "Istio, where its status is enabled: `Reconciled`, and no error of its analysis",
  word(live: Live): ControllerWord {
    const { status } = resource.parse(live.body);
    const error = status.validationMessages.find(({ level }) => level === "ERROR");
    if (error) {
      const { code = "", name = "" } = error.type ?? {};
      return { status: "refused", words: `Istio's analysis finds an error: ${code} ${name}`.trim() };
    }
    const found = status.conditions.find(({ type }) => NEEDED.includes(type));
    if (!found) return { status: "silent", words: "Istio writes no status" };
    const seen = found.observedGeneration ?? status.observedGeneration;
    const word = conditionWord(live, { ...found, observedGeneration: seen }, "taken by the proxies");
    // `3/4 proxies up to date` is on its way, not refused.
    return found.type === "Reconciled" && word.status === "refused" ? { ...word, status: "pending" } : word;
  },
};
