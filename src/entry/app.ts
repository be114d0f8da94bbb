import type { Probot } from "probot";
import type { Happening } from "../reconcile/happening.ts";
import { EVENTS, happeningsOf } from "./happenings.ts";

/**
 * Has Probot listen to the App's events. Handlers only hand over what happened, so GitHub has its answer at once; and
 * no payload with it, as many may wait.
 */
export function sluice(
  happened: (happening: Happening) => Promise<unknown>,
  options: { readonly self: string; readonly run: (work: () => Promise<unknown>, what: string) => void },
) {
  const { self, run } = options;
  return (probot: Probot): void => {
    probot.on(EVENTS, ({ name, payload }) => {
      for (const happening of happeningsOf(name, payload)) {
        const { what, by, repository } = happening;
        if (by === self) continue;
        run(() => happened(happening), `${repository.owner}/${repository.name}: ${WORDS[what.kind]}`);
      }
    });
  };
}

/** For the log. */
const WORDS: Readonly<Record<Happening["what"]["kind"], string>> = {
  push: "push",
  pull: "pull request",
  proposal: "pull request",
  comment: "comment",
  click: "button",
  deployment: "deployment",
  dispatch: "dispatch",
  check: "check run",
  "start-up": "start",
};
