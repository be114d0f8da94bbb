import type { JsonObject } from "./model.ts";

/** An answer other than success; GitHub's body is made from it. */
export class HttpError extends Error {
  readonly status: number;
  readonly errors: readonly (string | JsonObject)[] | undefined;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    message: string,
    details: { errors?: readonly (string | JsonObject)[]; headers?: Readonly<Record<string, string>> } = {},
  ) {
    super(message);
    this.name = "HttpError";
    this.status = status;
    this.errors = details.errors;
    this.headers = details.headers ?? {};
  }
}

export const notFound = () => new HttpError(404, "Not Found");
export const forbidden = (message = "Resource not accessible by integration") => new HttpError(403, message);

/** 422 for one field of one resource, in GitHub's form. */
export function invalid(resource: string, field: string, message: string, code = "custom"): HttpError {
  return new HttpError(422, "Validation Failed", { errors: [{ resource, field, code, message }] });
}

/** A write that a protected branch refuses; REST and GraphQL word it in their own way. */
export class ProtectedBranchError extends Error {
  readonly branch: string;
  readonly ruleset: boolean;

  constructor(branch: string, reason: string, ruleset = false) {
    super(ruleset ? `Repository rule violations found\n\n${reason}\n\n` : reason);
    this.ruleset = ruleset;
    this.name = "ProtectedBranchError";
    this.branch = branch;
  }
}
