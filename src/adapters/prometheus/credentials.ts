import { readFile } from "node:fs/promises";
import { z } from "zod";
import { sigv4 } from "./sigv4.ts";
import type { SourceConfig } from "./sources.ts";

/** What lets one request to a source in. Rejects when there is no credential to be had; the message is fit for people. */
export type Credentials = (url: URL, signal: AbortSignal) => Promise<Admission>;

export interface Admission {
  readonly headers: Readonly<Record<string, string>>;
  /** What must not be told of them. */
  readonly secrets: readonly string[];
}

/** A token is asked for again a minute before it ends. */
const EARLY = 60_000;
const tokenAnswer = z.object({ access_token: z.string(), expires_in: z.number() });

export function credentialsOf(auth: SourceConfig["auth"]): Credentials {
  switch (auth.kind) {
    case "none":
      return () => Promise.resolve({ headers: {}, secrets: [] });
    case "bearer":
      return () => Promise.resolve(bearer(auth.token));
    case "bearer-file":
      return async () => bearer(await fileText(auth.file));
    case "basic": {
      const { username, password } = auth;
      const pair = Buffer.from(`${username}:${password}`).toString("base64");
      const headers = { Authorization: `Basic ${pair}` };
      return () => Promise.resolve({ headers, secrets: [pair, username, password] });
    }
    case "sigv4":
      return sigv4(auth.region, "aps");
    case "google":
      return googleToken(auth.host);
  }
}

function bearer(token: string): Admission {
  return { headers: { Authorization: `Bearer ${token}` }, secrets: [token] };
}

/** Read every time: a mounted token is replaced while we run. */
async function fileText(file: string): Promise<string> {
  const text = await readFile(file, "utf8").catch(() => {
    throw new Error("the file with the bearer token cannot be read");
  });
  if (!/^[\x21-\x7e]+$/.test(text.trim())) throw new Error("the file with the bearer token holds no token");
  return text.trim();
}

/** The token of the service account this machine or pod runs as, from Google's metadata server. */
function googleToken(host: string): Credentials {
  let known = { token: "", until: 0 };
  return async (_, signal) => {
    if (Date.now() < known.until) return bearer(known.token);
    const url = `http://${host}/computeMetadata/v1/instance/service-accounts/default/token`;
    const { default: axios } = await import("axios");
    const answer = await axios
      .get<unknown>(url, { headers: { "Metadata-Flavor": "Google" }, maxRedirects: 0, signal })
      .catch(() => null);
    const parsed = tokenAnswer.safeParse(answer?.data);
    if (!parsed.success) throw new Error("Google's metadata server gives no token");
    known = { token: parsed.data.access_token, until: Date.now() + parsed.data.expires_in * 1000 - EARLY };
    return bearer(known.token);
  };
}
