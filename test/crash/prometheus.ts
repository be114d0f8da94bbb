import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Faults, type RequestFacts } from "../../dev/github/faults.ts";

export interface FaultyPrometheus {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  readonly faults: Faults;
  /** Every request that arrived, in order. */
  readonly requests: readonly RequestFacts[];
  close(): void;
}

/** Stands before a real Prometheus at `behind` and has the faults that `dev/github` has, of which only cuts make sense. */
export async function faultyPrometheus(behind: string): Promise<FaultyPrometheus> {
  const faults = new Faults();
  const requests: RequestFacts[] = [];
  const server = createServer(async (request, response) => {
    const { method = "GET", url = "/" } = request;
    const facts = { method, path: url, body: undefined };
    requests.push(facts);
    try {
      if ((await faults.take(facts)) !== null) return void request.socket.destroy();
      const answer = await fetch(behind + url);
      response.writeHead(answer.status, { "content-type": answer.headers.get("content-type") ?? "" });
      response.end(await answer.text());
    } catch {
      request.socket.destroy();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    faults,
    requests,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
