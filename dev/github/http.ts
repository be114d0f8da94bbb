import { createHash, randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Reply } from "./router.ts";

/** GitHub's own limit for a request body is of this order. */
const largestBody = 100 * 1024 * 1024;

export async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > largestBody) throw new Error("request body too large");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

export function etagOf(body: string): string {
  return `W/"${createHash("sha256").update(body).digest("hex")}"`;
}

/** Sends one answer with the headers GitHub always sets. */
export function send(
  response: ServerResponse,
  reply: Reply,
  text: string | null,
  headers: Readonly<Record<string, string>>,
): void {
  response.writeHead(reply.status, {
    "x-github-request-id": randomUUID(),
    "x-github-media-type": "github.v3; format=json",
    "x-github-api-version-selected": "2022-11-28",
    "cache-control": "private, max-age=60, s-maxage=60",
    vary: "Accept, Authorization, Cookie, X-GitHub-OTP",
    ...(text === null ? {} : { "content-type": "application/json; charset=utf-8" }),
    ...headers,
    ...reply.headers,
  });
  response.end(text ?? undefined);
}

export function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
