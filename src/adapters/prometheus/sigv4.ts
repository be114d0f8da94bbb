import { createHash, createHmac } from "node:crypto";

export interface AwsKeys {
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Of temporary credentials. */
  readonly sessionToken: string | null;
}

const SIGNED = "host;x-amz-date";

/**
 * Headers that sign a GET with AWS Signature Version 4. The query of `url` must be percent-encoded as RFC 3986
 * says, its names in alphabetic order; its path is signed as it is written. `now` is epoch ms.
 */
export function sigv4(
  url: URL,
  service: string,
  keys: AwsKeys,
  now: number,
): Readonly<Record<string, string>> {
  const stamp = new Date(now).toISOString().replaceAll(/[-:]|\.\d+/g, "");
  const day = stamp.slice(0, 8);
  const scope = `${day}/${keys.region}/${service}/aws4_request`;
  const token = keys.sessionToken === null ? {} : { "X-Amz-Security-Token": keys.sessionToken };
  const signed = keys.sessionToken === null ? SIGNED : `${SIGNED};x-amz-security-token`;
  const request = [
    "GET",
    // The path is encoded once more than it is sent.
    url.pathname.split("/").map(encodeRfc3986).join("/"),
    url.search.slice(1),
    `host:${url.host}`,
    `x-amz-date:${stamp}`,
    ...(keys.sessionToken === null ? [] : [`x-amz-security-token:${keys.sessionToken}`]),
    "",
    signed,
    sha256(""),
  ].join("\n");
  const text = ["AWS4-HMAC-SHA256", stamp, scope, sha256(request)].join("\n");
  const key = [day, keys.region, service, "aws4_request"].reduce<string | Buffer>(
    (secret, part) => createHmac("sha256", secret).update(part).digest(),
    `AWS4${keys.secretAccessKey}`,
  );
  const signature = createHmac("sha256", key).update(text).digest("hex");
  return {
    "X-Amz-Date": stamp,
    ...token,
    Authorization: `AWS4-HMAC-SHA256 Credential=${keys.accessKeyId}/${scope}, SignedHeaders=${signed}, Signature=${signature}`,
  };
}

/** Everything but letters, digits and `-._~`. */
export function encodeRfc3986(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
