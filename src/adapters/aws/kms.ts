import { createHash } from "node:crypto";
import type { CreateJwt } from "../github/client.ts";

/** GitHub takes tokens of at most ten minutes; begun a little earlier, so that a clock may be behind. Seconds. */
const LIFE = 600;
const EARLIER = 30;
/** A token that is good for less is not used again, ms. */
const LEAST = 60_000;

/**
 * Has the App's JSON web tokens signed by a key that never leaves AWS KMS (RSA 2048, SIGN_VERIFY): for `kms:Sign` it is
 * asked once in about nine minutes. `keyId` is an id, an ARN or `alias/NAME`. Throws in words that name AWS' error and
 * nothing else.
 */
export function kmsJwt(keyId: string, now: () => number = Date.now): CreateJwt {
  let known: { readonly jwt: string; readonly expires: number; readonly difference: number } | null = null;
  return async (appId, timeDifference = 0) => {
    if (!known || known.difference !== timeDifference || known.expires - now() < LEAST) {
      const begins = Math.floor(now() / 1000) + timeDifference - EARLIER;
      const claims = { iat: begins, exp: begins + LIFE, iss: appId };
      const signed = `${part({ alg: "RS256", typ: "JWT" })}.${part(claims)}`;
      const signature = await sign(keyId, createHash("sha256").update(signed).digest());
      const expires = 1000 * (claims.exp - timeDifference);
      known = { jwt: `${signed}.${signature.toString("base64url")}`, expires, difference: timeDifference };
    }
    return { jwt: known.jwt, expiresAt: new Date(known.expires).toISOString() };
  };
}

function part(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

async function sign(KeyId: string, Message: Buffer): Promise<Buffer> {
  // Nobody else waits for AWS' library.
  const { KMSClient, SignCommand } = await import("@aws-sdk/client-kms");
  const how = { MessageType: "DIGEST", SigningAlgorithm: "RSASSA_PKCS1_V1_5_SHA_256" } as const;
  try {
    const { Signature } = await new KMSClient({}).send(new SignCommand({ KeyId, Message, ...how }));
    if (Signature) return Buffer.from(Signature);
  } catch (error) {
    // AWS' messages quote roles and accounts; its errors' names do not.
    const name = error instanceof Error ? error.name : "unknown error";
    throw new Error(
      `KMS does not sign with the key of PRIVATE_KEY_KMS (${name}): it must be an RSA key for SIGN_VERIFY, with kms:Sign allowed.`,
    );
  }
  throw new Error("KMS gave no signature for the key of PRIVATE_KEY_KMS.");
}
