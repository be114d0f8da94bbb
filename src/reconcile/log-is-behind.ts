import { ForgeError } from "../ports/forge.ts";

/** GitHub's log of pushes follows a moment after the branch: to be asked again. */
export function logIsBehind(branch: string): ForgeError {
  return new ForgeError("server", `GitHub's log of pushes does not show yet who moved ${branch}`);
}
