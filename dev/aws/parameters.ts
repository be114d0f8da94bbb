import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { z } from "zod";
import { readBody } from "../github/http.ts";

const question = z.strictObject({
  Path: z.string().regex(/^\/[\w./-]*\w$/),
  WithDecryption: z.literal(true),
  NextToken: z.string().optional(),
});

/** What AWS gives at once, at most. */
const PAGE = 10;

export interface LocalParameters {
  readonly endpoint: string;
  /** How often it was asked. */
  readonly asked: () => number;
  stop(): Promise<void>;
}

/** The Parameter Store of the Systems Manager, with the parameters given by their full names. */
export async function startParameters(
  parameters: Readonly<Record<string, string>>,
): Promise<LocalParameters> {
  let asked = 0;
  const server = createServer(async (request, response) => {
    asked += 1;
    const json = (status: number, body: object) => {
      response.writeHead(status, { "content-type": "application/x-amz-json-1.1" });
      response.end(JSON.stringify(body));
    };
    const target = request.headers["x-amz-target"];
    const read = question.safeParse(JSON.parse(await readBody(request)));
    if (target !== "AmazonSSM.GetParametersByPath" || !read.success)
      return json(400, { __type: "ValidationException", message: `${target}: ${read.error?.message}` });
    const { Path: path, NextToken: token = "0" } = read.data;
    const from = Number(token);
    // Right below the path only, as nobody asked for more.
    const below = Object.entries(parameters).filter(
      ([name]) => name.startsWith(`${path}/`) && !name.slice(path.length + 1).includes("/"),
    );
    const page = below.slice(from, from + PAGE);
    json(200, {
      Parameters: page.map(([Name, Value]) => ({ Name, Value, Type: "SecureString", Version: 1 })),
      ...(from + PAGE < below.length && { NextToken: String(from + PAGE) }),
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked: () => asked,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
