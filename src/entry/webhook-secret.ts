/** What Probot falls back to, with which anybody could sign. */
const KNOWN = "development";

export function webhookSecret(env: Readonly<Record<string, string | undefined>>, problems: string[]): string {
  const secret = env["WEBHOOK_SECRET"] ?? "";
  const mend = "anybody could send webhooks. Set the secret of the App's webhook.";
  if (secret === "") problems.push(`WEBHOOK_SECRET is not set: without it ${mend}`);
  if (secret === KNOWN)
    problems.push(`WEBHOOK_SECRET is \`${KNOWN}\`, which everybody knows: with it ${mend}`);
  return secret;
}
