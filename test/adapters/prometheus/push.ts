import { pushTimeseries } from "prometheus-remote-write";

type Fetch = NonNullable<NonNullable<Parameters<typeof pushTimeseries>[1]>["fetch"]>;
const post: Fetch = (url, init) =>
  fetch(url, {
    method: "POST",
    headers: init?.headers ?? {},
    body: Buffer.from(new Uint8Array(init?.body ?? new ArrayBuffer(0))),
  });

interface Series {
  readonly labels: Readonly<Record<string, string>> & { readonly __name__: string };
  /** `timestamp` is epoch ms. */
  readonly samples: readonly { readonly timestamp: number; readonly value: number }[];
}

/** Samples of one series into a Prometheus that accepts them. */
export function push(server: string, labels: Series["labels"], samples: Series["samples"]): Promise<void> {
  return pushAll(server, [{ labels, samples }]);
}

/** The same of many series. */
export async function pushAll(server: string, series: readonly Series[]): Promise<void> {
  const all = series.map(({ labels, samples }) => ({ labels, samples: [...samples] }));
  const pushed = await pushTimeseries(all, { url: `${server}/api/v1/write`, fetch: post });
  if (pushed.status !== 204) throw new Error(`remote write: ${pushed.status} ${pushed.errorMessage}`);
}
