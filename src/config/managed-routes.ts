import { z } from "zod";
import type { Code } from "./codes.ts";
import { pattern, refusedKey, text } from "./fields.ts";
import { weight } from "./percent.ts";
import type { HeaderMatch } from "./types.ts";

const LONGEST_VALUE = 1024;

const routeName = () =>
  pattern(
    "route name",
    /^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/,
    () => "Write up to 40 lower-case letters, digits and dashes.",
  );

const headerName = (title: string) =>
  pattern(title, /^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$/, () => "Write letters, digits, dashes and underscores.");

const value = z
  .strictObject({
    exact: text("text", LONGEST_VALUE).optional().describe("The whole value."),
    prefix: text("text", LONGEST_VALUE).optional().describe("How the value begins."),
    regex: text("text", LONGEST_VALUE)
      .optional()
      .describe("What the whole value matches, in the syntax of the mesh (RE2)."),
  })
  .meta({ oneOf: [{ required: ["exact"] }, { required: ["prefix"] }, { required: ["regex"] }] })
  .transform((said, context): HeaderMatch["value"] => {
    const [only, ...others] = (["exact", "prefix", "regex"] as const).flatMap((how) =>
      said[how] === undefined ? [] : [{ how, text: said[how] }],
    );
    if (only !== undefined && others.length === 0) return only;
    const message = "Write one of `exact`, `prefix` and `regex`.";
    context.addIssue({ code: "custom", params: { code: "conflict" satisfies Code }, message });
    return z.NEVER;
  });

const match = z
  .strictObject({
    headerName: headerName("header name").optional().describe("A request header, in any case."),
    headerValue: value.optional().describe("What the header must hold."),
    cookieName: headerName("cookie name").optional().describe("A cookie, where the mesh can match it."),
    cookieValue: value.optional().describe("What the cookie must hold."),
  })
  .meta({
    oneOf: [{ required: ["headerName", "headerValue"] }, { required: ["cookieName", "cookieValue"] }],
  })
  .transform((said, context): HeaderMatch => {
    const header = said.headerName !== undefined || said.headerValue !== undefined;
    const cookie = said.cookieName !== undefined || said.cookieValue !== undefined;
    if (header !== cookie) {
      const name = said.headerName ?? said.cookieName;
      const found = said.headerValue ?? said.cookieValue;
      if (name !== undefined && found !== undefined) {
        return { in: header ? "header" : "cookie", name, value: found };
      }
    }
    const message =
      'Write `headerName` with `headerValue`, or `cookieName` with `cookieValue`, such as `{ headerName: x-beta, headerValue: { exact: "yes" } }`.';
    context.addIssue({ code: "custom", params: { code: "conflict" satisfies Code }, message });
    return z.NEVER;
  });

/** Without `match` it takes the route of that name away again. */
export const headerRoute = z
  .strictObject({
    name: routeName().describe("What later steps and people call the route."),
    match: z
      .array(match)
      .min(1)
      .max(20)
      .optional()
      .describe(
        "Requests that go to the canary, whatever the weights: one of these is enough. Without it, the route of this name is taken away.",
      ),
  })
  .transform(({ name, match: matches = [] }) => ({ kind: "header" as const, name, match: matches }));

/** Without `percentage` it takes the route of that name away again. */
export const mirrorRoute = z
  .strictObject({
    name: routeName().describe("What later steps and people call the route."),
    percentage: weight()
      .optional()
      .describe(
        "Percent of the split's requests that are copied to the canary, whose answers are thrown away. Without it, the route of this name is taken away.",
      ),
    match: refusedKey(
      "`match` is not available for `setMirrorRoute`: all requests of the split are mirrored. To mirror some of them give those a route of their own in the manifest and drive that.",
    ),
  })
  .transform(({ name, percentage }) => ({ kind: "mirror" as const, name, percent: percentage ?? 0 }));
