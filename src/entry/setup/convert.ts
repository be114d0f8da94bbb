import { z } from "zod";

const TIMEOUT = 20_000;

const conversion = z.object({
  id: z.number(),
  html_url: z.string(),
  pem: z.string().includes("PRIVATE KEY"),
  webhook_secret: z.string().min(8),
});

/** The App that GitHub made. */
export interface Created {
  readonly appId: number;
  readonly privateKey: string;
  readonly webhookSecret: string;
  /** Its page on GitHub. */
  readonly page: string;
}

/** Exchanges GitHub's code, which does so once and within an hour. Throws in words that hold neither code nor answer. */
export async function convert(githubUrl: string, code: string): Promise<Created> {
  let response: Response;
  try {
    response = await fetch(`${githubUrl}/app-manifests/${encodeURIComponent(code)}/conversions`, {
      method: "POST",
      headers: { accept: "application/vnd.github+json", "x-github-api-version": "2022-11-28" },
      signal: AbortSignal.timeout(TIMEOUT),
    });
  } catch {
    throw new Error("GitHub's REST address could not be reached from this server.");
  }
  if (response.status !== 201) {
    throw new Error(
      `GitHub answered ${response.status} when asked for the App. A code is good once, for an hour.`,
    );
  }
  const read = conversion.safeParse(await response.json().catch(() => null));
  if (!read.success) throw new Error("GitHub's answer lacked the App's number, key or webhook secret.");
  const { id, pem, webhook_secret, html_url } = read.data;
  return { appId: id, privateKey: pem, webhookSecret: webhook_secret, page: html_url };
}
