import { z } from "zod";
import { ROLLOUT_NAME } from "../../config/names.ts";
import type { Message } from "./message.ts";

const id = z.int().positive();
const repository = z.object({ id, owner: z.string(), name: z.string() });
const click = z.object({ run: id, release: z.string(), action: z.string(), by: z.string() });
/** As its sender wrote it, but no longer than anything that is followed. */
const dispatch = z.object({
  rollout: z.string().max(100).nullable(),
  image: z.string().max(1000),
  sha: z.string().max(100).nullable(),
  at: z.number().nullable(),
  by: z.string(),
});
const what = z.union([
  z.object({ kind: z.enum(["push", "pull", "deployment", "check", "start-up"]) }),
  z.object({ kind: z.literal("proposal"), pull: id }),
  z.object({ kind: z.literal("comment"), comment: id }),
  z.object({ kind: z.literal("click"), click }),
  z.object({ kind: z.literal("dispatch"), dispatch }),
]);
const cause = z.union([
  z.object({ kind: z.enum(["timer", "push", "pull", "deployment", "check", "start-up"]) }),
  z.object({ kind: z.literal("comment"), comment: id, repository: z.string().optional() }),
  z.object({ kind: z.literal("click"), click }),
  z.object({ kind: z.literal("dispatch"), dispatch }),
]);
const common = { id: z.string(), tries: z.int().nonnegative() };
const message = z.union([
  z.object({
    ...common,
    kind: z.literal("happening"),
    happening: z.object({ installation: id, repository, what, by: z.string().nullable() }),
  }),
  z.object({
    ...common,
    kind: z.literal("look"),
    key: z.object({ installation: id, repository, rollout: z.string().regex(ROLLOUT_NAME) }),
    cause,
  }),
]);

/** Throws on what we never put into the queue. */
export function readMessage(body: string): Message {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    throw new Error("The message is not JSON.");
  }
  const read = message.safeParse(value);
  if (read.success) return read.data;
  throw new Error(`The message has not our shape at "${read.error.issues[0]?.path.join(".") ?? ""}".`);
}
