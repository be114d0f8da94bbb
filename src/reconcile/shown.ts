import { hash } from "node:crypto";
import type { Ports } from "./ports.ts";

/** Sends what says something else than what was sent last. */
export async function changed(
  ports: Ports,
  key: string,
  says: string,
  send: () => Promise<void>,
): Promise<void> {
  const words = hash("sha256", says, "base64");
  if (ports.memory.shown.get(key) === words) return;
  await send();
  ports.memory.shown.set(key, words);
}
