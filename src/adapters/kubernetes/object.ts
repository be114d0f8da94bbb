import { z } from "zod";
import { withoutCredentials } from "../addresses.ts";

/** What all objects have, as far as it is read; whatever does not fit is taken for absent. */

/** Servers write null for what is not set. */
export const text = z.string().catch("");
export const count = z.number().catch(0);
export const time = z
  .string()
  .transform((written) => Date.parse(written))
  .optional()
  .catch(undefined);
/** Istio writes generations as text. */
export const generation = z
  .union([z.number(), z.string().transform(Number)])
  .optional()
  .catch(undefined);
const words = z.record(z.string(), z.string()).catch({});

export const condition = z.object({
  type: z.string(),
  status: z.string(),
  reason: text,
  message: text,
  observedGeneration: generation,
  lastTransitionTime: time,
});
export type Condition = z.infer<typeof condition>;

const managedFields = z.object({
  manager: z.string().catch("somebody unnamed"),
  time,
  fieldsV1: z.record(z.string(), z.unknown()).catch({}),
});
export type Managed = z.infer<typeof managedFields>;

const owner = z.object({ uid: z.string(), controller: z.boolean().catch(false) });

export const metadata = z.object({
  name: z.string(),
  namespace: text,
  uid: text,
  generation: count,
  labels: words,
  annotations: words,
  managedFields: z.array(managedFields).catch([]),
  ownerReferences: z.array(owner).catch([]),
});
export type Metadata = z.infer<typeof metadata>;

/** A live object: its metadata parsed, the rest as it came. */
export interface Live {
  /** API group; empty for the core. */
  readonly group: string;
  readonly kind: string;
  readonly metadata: Metadata;
  readonly body: Readonly<Record<string, unknown>>;
}

const object = z.looseObject({ metadata, apiVersion: text, kind: text });

export function liveObject(body: unknown): Live | null {
  const parsed = object.safeParse(body);
  if (!parsed.success) return null;
  const { metadata: own, apiVersion, kind } = parsed.data;
  const group = apiVersion.includes("/") ? apiVersion.replace(/\/.*/, "") : "";
  return { group, kind, metadata: own, body: parsed.data };
}

/** Whether the object with this uid made another, and keeps it. */
export function isOwnedBy({ ownerReferences }: Metadata, uid: string): boolean {
  return uid !== "" && ownerReferences.some((one) => one.controller && one.uid === uid);
}

/** `10:04:12` of epoch ms, UTC. */
export function clock(at: number): string {
  return new Date(at).toISOString().slice(11, 19);
}

/** One line, short enough for a sentence, and without the credentials that tools put into addresses. */
export function short(said: string, most = 300): string {
  const line = withoutCredentials(said.replace(/\s+/g, " ")).trim();
  return line.length > most ? `${line.slice(0, most - 1)}…` : line;
}
