import type { Variables } from "../environment.ts";

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

/** A variable that the deployment sets. */
export function needed(env: Variables, name: string): string {
  const value = env[name];
  if (!value) throw new Error(`Sluice does not start: ${name} is not set.`);
  return value;
}
