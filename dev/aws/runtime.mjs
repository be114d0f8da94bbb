// A process of a Lambda function: `node runtime.mjs FILE`, told over the channel to its parent what to work on.
import { pathToFileURL } from "node:url";

const { handler } = await import(pathToFileURL(process.argv[2] ?? "").href);
process.on("message", async ({ event }) => {
  try {
    process.send?.({ result: (await handler(event)) ?? null });
  } catch (error) {
    process.send?.({ error: error instanceof Error ? error.message : String(error) });
  }
});
process.send?.({ ready: true });
