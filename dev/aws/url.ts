import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { z } from "zod";
import { readBody } from "../github/http.ts";

const answer = z.object({
  statusCode: z.number(),
  headers: z.record(z.string(), z.string()),
  body: z.string(),
});

/** A Function URL: requests become events of payload format 2.0. */
export async function startUrl(invoke: (event: unknown) => Promise<unknown>) {
  const server = createServer(async (request, response) => {
    const body = await readBody(request);
    const event = {
      version: "2.0",
      rawPath: request.url,
      headers: request.headers,
      requestContext: { http: { method: request.method, path: request.url } },
      body: Buffer.from(body).toString("base64"),
      isBase64Encoded: true,
    };
    try {
      const { statusCode, headers, body: text } = answer.parse(await invoke(event));
      response.writeHead(statusCode, headers).end(text);
    } catch {
      response.writeHead(502).end("Internal Server Error");
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
