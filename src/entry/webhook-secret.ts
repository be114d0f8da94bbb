/** Probot falls back to the secret "development", with which anybody could sign. */
export function webhookSecret(env: Readonly<Record<string, string | undefined>>, problems: string[]): string {
  const secret = env["WEBHOOK_SECRET"] ?? "";
  if (secret === "" || secret === "development") {
    problems.push(
      "WEBHOOK_SECRET is not set: without it anybody could send webhooks. Set the secret of the App's webhook.",
    );
  }
  return secret;
}
