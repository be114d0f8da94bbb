import type { Config, Problem } from "../../config/types.ts";
import type { FileReading } from "../../ports/forge.ts";
import { CONFIG_FILE, readConfig } from "../../reconcile/read.ts";
import { openCheckout } from "./checkout.ts";
import { problemLine } from "./files.ts";

type Configured =
  | {
      readonly ok: true;
      readonly config: Config;
      /** Blob of the configuration. */
      readonly oid: string;
      readonly read: (path: string) => Promise<FileReading>;
    }
  | { readonly ok: false; readonly problems: readonly string[] };

/** A checkout and its configuration, or what is wrong with them, a line each. */
export async function openConfigured(folder: string): Promise<Configured> {
  let read: (path: string) => Promise<FileReading>;
  try {
    read = await openCheckout(folder);
  } catch {
    return { ok: false, problems: [`${folder}:1:1: this is no folder that can be read`] };
  }
  const config = readConfig(await read(CONFIG_FILE));
  if (config.status === "missing") {
    return { ok: false, problems: [`${CONFIG_FILE}:1:1: there is no such file in ${folder}`] };
  }
  if (config.status === "broken") return { ok: false, problems: linesOf(config.problems) };
  return { ok: true, config: config.config, oid: config.oid, read };
}

export function linesOf(problems: readonly Problem[]): readonly string[] {
  return problems.map(problemLine);
}
