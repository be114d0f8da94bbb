import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";

/** An address in front of a server that can be taken away and given back, as an outage does. */
export interface Switch {
  readonly url: string;
  /** Where requests go. */
  connect(target: string): void;
  /** Off: connections are cut without an answer. */
  turn(on: boolean): void;
  stop(): Promise<void>;
}

export async function startSwitch(): Promise<Switch> {
  let target: URL | null = null;
  let on = true;
  const server = createServer((incoming, outgoing) => {
    if (!on || !target) return void incoming.socket.destroy();
    const { hostname, port } = target;
    const { method = "GET", url = "/", headers } = incoming;
    const onward = request({ hostname, port, method, path: url, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    onward.on("error", () => incoming.socket.destroy());
    incoming.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    connect(to) {
      target = new URL(to);
    },
    turn(state) {
      on = state;
      if (!on) server.closeAllConnections();
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
