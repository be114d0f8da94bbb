import { GetParametersByPathCommand, SSMClient } from "@aws-sdk/client-ssm";

/**
 * Variables kept in the Parameter Store: `ssm:/sluice/worker/` stands for every parameter right below that path, each
 * named like its variable. Throws in words that say what to do and quote no value.
 */
export async function readSecrets(
  source: string,
  client = new SSMClient({}),
): Promise<Readonly<Record<string, string>>> {
  const [, path] = /^ssm:(\/[\w./-]*\w)\/$/.exec(source) ?? [];
  if (path === undefined) {
    throw new Error("SLUICE_SECRETS must be ssm: and a path that ends with /, such as ssm:/sluice/worker/.");
  }
  const found: Record<string, string> = {};
  let NextToken: string | undefined;
  do {
    const page = await client
      .send(
        new GetParametersByPathCommand({ Path: path, WithDecryption: true, ...(NextToken && { NextToken }) }),
      )
      .catch((error: unknown) => {
        // AWS' messages quote roles and accounts; its errors' names do not.
        const name = error instanceof Error ? error.name : "unknown error";
        throw new Error(
          `The parameters below ${path}/ cannot be read (${name}): may the function's role read them?`,
        );
      });
    for (const { Name = "", Value } of page.Parameters ?? []) {
      if (Value !== undefined) found[Name.slice(path.length + 1)] = Value;
    }
    NextToken = page.NextToken;
  } while (NextToken);
  if (Object.keys(found).length === 0)
    throw new Error(`There are no parameters below ${path}/. Create them first.`);
  return found;
}
