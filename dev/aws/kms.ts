import { constants, createPrivateKey, privateEncrypt } from "node:crypto";
import { z } from "zod";
import { readBody } from "../github/http.ts";
import { serve } from "../mesh/serve.ts";

const question = z.strictObject({
  KeyId: z.string(),
  Message: z.base64(),
  MessageType: z.literal("DIGEST"),
  SigningAlgorithm: z.literal("RSASSA_PKCS1_V1_5_SHA_256"),
});

/** What DER has before a SHA-256 digest in a signature of this kind (RFC 8017, 9.2). */
const SHA256 = Buffer.from("3031300d060960864801650304020105000420", "hex");

export interface LocalKms {
  readonly endpoint: string;
  /** How often it signed. */
  readonly signed: () => number;
  stop(): Promise<void>;
}

/** AWS' key management, with one key that signs, by the name that it has there. */
export async function startKms(keyId: string, pem: string): Promise<LocalKms> {
  const key = createPrivateKey(pem);
  let signed = 0;
  const { port, close } = await serve(async (request, response) => {
    const json = (status: number, body: object) => {
      response.writeHead(status, { "content-type": "application/x-amz-json-1.1" });
      response.end(JSON.stringify(body));
    };
    const read = question.safeParse(JSON.parse(await readBody(request)));
    if (request.headers["x-amz-target"] !== "TrentService.Sign" || !read.success)
      return json(400, { __type: "ValidationException", message: read.error?.message });
    const { KeyId, Message, SigningAlgorithm } = read.data;
    if (KeyId !== keyId) return json(400, { __type: "NotFoundException", message: `No key ${KeyId}` });
    const digest = Buffer.from(Message, "base64");
    if (digest.length !== 32) return json(400, { __type: "ValidationException", message: "No digest" });
    signed += 1;
    const padded = Buffer.concat([SHA256, digest]);
    const signature = privateEncrypt({ key, padding: constants.RSA_PKCS1_PADDING }, padded);
    json(200, { KeyId, Signature: signature.toString("base64"), SigningAlgorithm });
  });
  return { endpoint: `http://127.0.0.1:${port}`, signed: () => signed, stop: close };
}
