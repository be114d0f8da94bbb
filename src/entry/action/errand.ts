import type { RepositoryId } from "../../ports/scheduler.ts";
import type { Happening } from "../../reconcile/happening.ts";
import { happeningsOf } from "../happenings.ts";

/** There is one, and no App: any number does. */
export const INSTALLATION = 0;

/** What a job was started for. */
export type Errand =
  /** What merging pull requests would do; nothing else is looked at. */
  | { readonly kind: "plan"; readonly happenings: readonly Happening[] }
  /** Everything: whichever run GitHub lets start stands in for those that it dropped. `said`: comments to hear first. */
  | { readonly kind: "look"; readonly said: readonly number[] }
  | { readonly kind: "nothing"; readonly why: string };

/** By the same table as a webhook's delivery; throws on a payload that lacks what its event must have. */
export function errandOf(
  event: { readonly name: string; readonly payload: object },
  repository: RepositoryId,
): Errand {
  const payload = { ...event.payload, installation: { id: INSTALLATION } };
  const happenings = happeningsOf(event.name, payload).map((one) => ({ ...one, repository }));
  const proposals = happenings.filter(({ what }) => what.kind === "proposal");
  if (proposals.length > 0) {
    return isFork(event.payload)
      ? {
          kind: "nothing",
          why: "GitHub gives a fork's pull request a token that may only read: no plan is shown.",
        }
      : { kind: "plan", happenings: proposals };
  }
  return {
    kind: "look",
    said: happenings.flatMap(({ what }) => (what.kind === "comment" ? [what.comment] : [])),
  };
}

interface Ends {
  readonly pull_request?: {
    readonly head?: { readonly repo?: { readonly id?: unknown } | null };
    readonly base?: { readonly repo?: { readonly id?: unknown } };
  };
}

/** A fork that was deleted is null, and was a fork. */
function isFork(payload: Ends): boolean {
  const { head, base } = payload.pull_request ?? {};
  return head?.repo?.id !== base?.repo?.id;
}
