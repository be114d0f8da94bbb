import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { z } from "zod";

const APP_FILE = new URL("../../../app.yml", import.meta.url);

const manifestFile = z.object({
  name: z.string(),
  url: z.string(),
  description: z.string(),
  public: z.boolean(),
  default_permissions: z.record(z.string(), z.enum(["read", "write"])),
  default_events: z.array(z.string()),
});

/** `app.yml`, and why each permission is asked for: the words behind it there. */
export interface AppFile {
  readonly manifest: z.infer<typeof manifestFile>;
  readonly permissions: readonly { readonly name: string; readonly level: string; readonly why: string }[];
}

export function readAppFile(text = readFileSync(APP_FILE, "utf8")): AppFile {
  const manifest = manifestFile.parse(parse(text));
  const permissions = Object.entries(manifest.default_permissions).map(([name, level]) => {
    const why = new RegExp(`^  ${name}: ${level} # (.+)$`, "m").exec(text)?.[1] ?? "";
    return { name, level, why };
  });
  return { manifest, permissions };
}

/** What GitHub is asked to register. `seen`: where the operator's browser reaches us; `hook`: where GitHub does. */
export function manifestFor(
  { manifest }: AppFile,
  addresses: { readonly seen: string; readonly hook: string },
): object {
  return {
    ...manifest,
    hook_attributes: { url: addresses.hook, active: true },
    redirect_url: new URL(CREATED_PATH, addresses.seen).href,
  };
}

export const CREATED_PATH = "/setup/created";

/** Where people see the GitHub whose REST address this is. */
export function webAddress(githubUrl: string): string {
  const { protocol, host, pathname } = new URL(githubUrl);
  // github.com and its tenants on ghe.com say `api.`; an Enterprise Server says `/api/v3`.
  const bare = pathname === "/" && /^api\.(github\.com|.+\.ghe\.com)$/.test(host) ? host.slice(4) : host;
  return `${protocol}//${bare}`;
}
