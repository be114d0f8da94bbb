import { createHmac, createVerify, generateKeyPairSync } from "node:crypto";
import { z } from "zod";
import { HttpError } from "./errors.ts";
import type { Actor, AppFacts } from "./model.ts";
import type { World } from "./world.ts";

const claims = z.object({ iat: z.number(), exp: z.number(), iss: z.union([z.string(), z.number()]) });

/** GitHub's window: at most ten minutes long, with a minute of allowance for a clock that goes wrong. */
const longest = 600;
const drift = 60;

export function generateAppKey(): Pick<AppFacts, "privateKey" | "publicKey"> {
  const pair = generateKeyPairSync("rsa", { modulusLength: 2048 });
  return {
    privateKey: pair.privateKey.export({ type: "pkcs1", format: "pem" }).toString(),
    publicKey: pair.publicKey,
  };
}

/** The actor behind an `Authorization` header. Throws 401 for everything it does not know. */
export function authenticate(world: World, header: string | undefined): Actor {
  if (header === undefined || header === "") throw new HttpError(401, "Requires authentication");
  const [, scheme = "", token = ""] = /^(\S+)\s+(\S+)$/.exec(header) ?? [];
  if (!/^(bearer|token)$/i.test(scheme)) throw new HttpError(401, "Bad credentials");
  return token.split(".").length === 3 ? appActor(world, token) : world.tokenActor(token);
}

function appActor(world: World, token: string): Actor {
  const [header = "", payload = "", signature = ""] = token.split(".");
  const refuse = (reason: string) => new HttpError(401, reason);
  const parsed = claims.safeParse(parseJson(payload));
  const algorithm = z.object({ alg: z.literal("RS256") }).safeParse(parseJson(header));
  if (!parsed.success || !algorithm.success) throw refuse("A JSON web token could not be decoded");
  const { iat, exp, iss } = parsed.data;
  const verifier = createVerify("RSA-SHA256").update(`${header}.${payload}`);
  if (!verifier.verify(world.app.publicKey, signature, "base64url")) {
    throw refuse("A JSON web token could not be decoded");
  }
  if (String(iss) !== String(world.app.appId) && iss !== world.app.clientId) {
    throw refuse("'Issuer' claim ('iss') must be an Integer or the client ID of the App");
  }
  const now = world.now() / 1000;
  if (exp <= now)
    throw refuse(
      "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires",
    );
  if (exp > now + longest + drift) throw refuse("'Expiration time' claim ('exp') is too far in the future");
  if (iat > now + drift)
    throw refuse(
      "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued",
    );
  return { kind: "app" };
}

function parseJson(part: string): unknown {
  try {
    return JSON.parse(Buffer.from(part, "base64url").toString());
  } catch {
    return null;
  }
}

export function sign(secret: string, body: string): string {
  return `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`;
}
