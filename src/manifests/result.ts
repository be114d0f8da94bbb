import type { Problem } from "../config/types.ts";
import type { Result } from "./types.ts";

export function success<T>(value: T): Result<T> {
  return { ok: true, value };
}

export function failure(problem: Problem): { readonly ok: false; readonly problem: Problem } {
  return { ok: false, problem };
}
