import type { Credentials } from "./credentials.ts";

/** AWS' token service answers at once or not at all, ms. */
const PATIENCE = 5000;

/**
 * Signs GETs with AWS Signature Version 4, by the credentials that AWS gives this process: keys in the environment,
 * a profile, a web identity (EKS), the role of a container (ECS, EKS Pod Identity) or of a machine. Temporary ones
 * are kept, and renewed before they end. The query of `url` must be percent-encoded as RFC 3986 says.
 */
export function sigv4(region: string, service: string): Credentials {
  let loading: ReturnType<typeof load> | null = null;
  return async (url, signal) => {
    loading ??= load(region, service);
    const { provider, signer } = await loading;
    const late = new Promise<never>((_, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    });
    const identity = await Promise.race([provider(), late]).catch((error: unknown) => {
      throw new Error(`AWS gives no credentials (${nameOf(error)})`);
    });
    const { headers } = await signer(identity).sign({
      method: "GET",
      protocol: url.protocol,
      hostname: url.hostname,
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      headers: { host: url.host },
    });
    const { accessKeyId, secretAccessKey, sessionToken = "" } = identity;
    return { headers, secrets: [secretAccessKey, accessKeyId, sessionToken] };
  };
}

/** Only who signs waits for these packages to load. */
async function load(region: string, service: string) {
  const [{ SignatureV4 }, { defaultProvider }, { Sha256 }] = await Promise.all([
    import("@smithy/signature-v4"),
    import("@aws-sdk/credential-provider-node"),
    import("@smithy/core/checksum"),
  ]);
  const requestHandler = { connectionTimeout: PATIENCE, requestTimeout: PATIENCE };
  const provider = defaultProvider({ clientConfig: { region, requestHandler } });
  const signer = (credentials: Awaited<ReturnType<typeof provider>>) =>
    new SignatureV4({ credentials, region, service, sha256: Sha256, applyChecksum: false });
  return { provider, signer };
}

/** AWS' messages quote roles, accounts and tokens; its errors' names do not. */
function nameOf(error: unknown): string {
  const name = error instanceof Error ? error.name : "";
  return /^[A-Za-z]+$/.test(name) ? name : "unknown error";
}
