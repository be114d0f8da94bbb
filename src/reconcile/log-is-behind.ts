import { ForgeError } from "../ports/forge.ts";

/** How long GitHub may show a branch, or its log, as it was, ms. */
export const SHOWN_WITHIN = 30_000;

/** GitHub's log of pushes follows a moment after the branch: to be asked again. */
export function logIsBehind(branch: string): ForgeError {
  return new ForgeError("server", `GitHub's log of pushes does not show yet who moved ${branch}`);
}
