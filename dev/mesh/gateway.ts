import { Agent, type IncomingMessage, request as send } from "node:http";
import type { Pods } from "./desired.ts";
import { serve } from "./serve.ts";
import { Telemetry } from "./telemetry.ts";

interface Destination {
  readonly port: number;
  readonly pods: Pods;
}

export interface Gateway {
  readonly port: number;
  readonly metricsPort: number;
  /** Requests that came back as 5xx. */
  failed(): number;
  firstFailureAt(): number | null;
  stop(): Promise<void>;
}

interface GatewayOptions {
  readonly service: string;
  /** One destination, drawn by weight; null when there is none. */
  readonly choose: () => Destination | null;
}

/** The proxy in front: forwards each request to one side and counts as the source does. */
export async function startGateway({ service, choose }: GatewayOptions): Promise<Gateway> {
  const telemetry = new Telemetry("source");
  const agent = new Agent({ keepAlive: true });
  let failed = 0;
  let firstFailureAt: number | null = null;

  const front = await serve((request, response) => {
    const began = performance.now();
    const destination = choose();
    let counted = false;
    const done = (responseCode: number, responseFlags: string) => {
      // A connection may break after its answer began; the request was counted then.
      if (counted) return;
      counted = true;
      telemetry.record({
        service,
        pods: destination?.pods ?? null,
        responseCode,
        responseFlags,
        milliseconds: performance.now() - began,
      });
      if (responseCode < 500) return;
      failed += 1;
      firstFailureAt ??= Date.now();
    };
    const unavailable = (flags: string) => {
      done(503, flags);
      if (response.headersSent) response.destroy();
      else response.writeHead(503).end("no healthy upstream\n");
    };
    if (!destination) {
      unavailable("NR");
      return;
    }
    const upstream = send(
      {
        agent,
        host: "127.0.0.1",
        port: destination.port,
        method: request.method,
        path: request.url,
        headers: request.headers,
      },
      (answer: IncomingMessage) => {
        const responseCode = answer.statusCode ?? 502;
        done(responseCode, "-");
        response.writeHead(responseCode, answer.headers);
        answer.pipe(response);
      },
    );
    upstream.once("error", () => unavailable("UF"));
    request.pipe(upstream);
  });
  const metrics = await serve(async (_, response) => {
    response.writeHead(200, { "content-type": "text/plain; version=0.0.4" });
    response.end(await telemetry.exposition());
  });

  return {
    port: front.port,
    metricsPort: metrics.port,
    failed: () => failed,
    firstFailureAt: () => firstFailureAt,
    async stop() {
      await front.close();
      agent.destroy();
      await metrics.close();
    },
  };
}
