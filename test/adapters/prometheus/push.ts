import { pushTimeseries } from "prometheus-remote-write";

type Fetch = NonNullable<NonNullable<Parameters<typeof pushTimeseries>[1]>["fetch"]>;
const post: Fetch = (url, init) =>
  fetch(url, {
    method: "POST",
    headers: init?.headers ?? {},
    body: Buffer.from(new Uint8Array(init?.body ?? new ArrayBuffer(0))),
  });

/** Samples of one series into a Prometheus that accepts them; `timestamp` is epoch ms. */
export async function push(
  server: string,
  labels: Readonly<Record<string, string>> & { readonly __name__: string },
  samples: readonly { readonly timestamp: number; readonly value: number }[],
): Promise<void> {
  const pushed = await pushTimeseries(
    { labels, samples: [...samples] },
    { url: `${server}/api/v1/write`, fetch: post },
  );
  if (pushed.status !== 204) throw new Error(`remote write: ${pushed.status} ${pushed.errorMessage}`);
}
