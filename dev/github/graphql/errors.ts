import { GraphQLError } from "graphql";

/** An error with GitHub's `type`, such as NOT_FOUND or STALE_DATA. */
export function typedError(type: string, message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { type } });
}

export const unresolved = (what: string) => typedError("NOT_FOUND", `Could not resolve to a ${what}.`);
export const notAccessible = () => typedError("FORBIDDEN", "Resource not accessible by integration");

/** As GitHub writes an error: the type beside the message, not among the extensions. */
export function errorJson(error: GraphQLError): Record<string, unknown> {
  const { type, ...extensions } = error.extensions;
  return {
    ...(type === undefined ? {} : { type }),
    ...(error.path === undefined ? {} : { path: error.path }),
    ...(Object.keys(extensions).length === 0 ? {} : { extensions }),
    locations: error.locations ?? [],
    message: error.message,
  };
}
