import type { BotEnvironment, Variables } from "../environment.ts";

/** Does `start` once for as long as it succeeds: what it makes lives as long as the process. */
export function once<T>(start: () => Promise<T>): () => Promise<T> {
  let started: Promise<T> | null = null;
  return () => {
    started ??= start().catch((error: unknown) => {
      started = null;
      throw error;
    });
    return started;
  };
}

/** The environment, with the secrets that it says where to find. They are read once a process. */
export async function variables(env: Variables): Promise<Variables> {
  const source = env["SLUICE_SECRETS"];
  if (!source) return env;
  const { readSecrets } = await import("../../adapters/aws/secrets.ts");
  return { ...env, ...(await readSecrets(source)) };
}

/** What the bot needs of them. Throws with all problems at once. */
export async function started(): Promise<{
  readonly env: Variables;
  readonly environment: BotEnvironment;
}> {
  // What reads them is loaded while AWS is asked.
  const [env, { readBotEnvironment }] = await Promise.all([
    variables(process.env),
    import("../environment.ts"),
  ]);
  const read = readBotEnvironment(env);
  if (!read.ok) throw new Error(`Sluice does not start: ${read.problems.join(" ")}`);
  return { env, environment: read.environment };
}

/** A variable that the deployment sets. */
export function needed(env: Variables, name: string): string {
  const value = env[name];
  if (!value) throw new Error(`Sluice does not start: ${name} is not set.`);
  return value;
}
