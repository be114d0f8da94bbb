import type { z } from "zod";
import { HttpError, invalid } from "./errors.ts";

/** The request body, or GitHub's 422 for one that does not fit. */
export function parseBody<T>(schema: z.ZodType<T>, body: unknown): T {
  const parsed = schema.safeParse(body ?? {});
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => `For '${issue.path.join("/")}', ${issue.message}.`);
  throw new HttpError(422, `Invalid request.\n\n${problems.join("\n")}`);
}

/** A positive whole number from a path, or 404. */
export function numberParam(text: string | undefined): number {
  return /^\d+$/.test(text ?? "") ? Number(text) : Number.NaN;
}

/** GitHub's limit for the bodies of comments, pull requests and issues. */
const longestBody = 65_536;

export function assertBodyFits(resource: string, body: string | null | undefined): void {
  if (body !== null && body !== undefined && [...body].length > longestBody) {
    throw invalid(resource, "body", `body is too long (maximum is ${longestBody} characters)`);
  }
}

/** Base64 as RFC 4648 has it, line breaks allowed; null for anything else. */
export function decodeBase64(text: string): Buffer | null {
  const compact = text.replace(/[\r\n]/g, "");
  return /^[A-Za-z0-9+/]*={0,2}$/.test(compact) && compact.length % 4 === 0
    ? Buffer.from(compact, "base64")
    : null;
}
