import { z } from "zod";
import { ROLLOUT_NAME } from "./names.ts";
import { file } from "./schema.ts";
import type { Path } from "./source.ts";

export type Schema = z.core.JSONSchema.JSONSchema;

let known: Schema | null = null;

/** Made when somebody asks: whoever reads a file without problems does not. */
function made(): Schema {
  known ??= z.toJSONSchema(file, {
    io: "input",
    // What the YAML language server understands best.
    target: "draft-7",
    override({ jsonSchema, path }) {
      if (path.join("/") === "properties/rollouts")
        jsonSchema.propertyNames = { pattern: ROLLOUT_NAME.source };
    },
  });
  return known;
}

/** JSON Schema (draft 7) of the file as people write it, for editors. */
export function jsonSchema(): Schema {
  const { $schema, ...rest } = structuredClone(made());
  const head = $schema === undefined ? {} : { $schema };
  return { ...head, title: "Sluice configuration (.github/sluice.yaml)", ...rest };
}

/** The alternatives that describe one place of the file; empty where nothing is known. */
export function schemasAt(path: Path): readonly Schema[] {
  let here: readonly Schema[] = [made()];
  for (const segment of path) {
    here = here.flatMap(alternatives).flatMap((schema) => stepInto(schema, segment));
  }
  return here.flatMap(alternatives);
}

/** The keys a mapping at this place may have. */
export function keysAt(path: Path): readonly string[] {
  const keys = schemasAt(path).flatMap((schema) =>
    Object.entries(schema.properties ?? {}).filter(([, value]) => isObject(value) && value.not === undefined),
  );
  return [...new Set(keys.map(([key]) => key))];
}

export function alternatives(schema: Schema): readonly Schema[] {
  return schema.anyOf === undefined ? [schema] : schema.anyOf.filter(isObject);
}

export function isObject(schema: unknown): schema is Schema {
  return typeof schema === "object" && schema !== null && !Array.isArray(schema);
}

function stepInto(schema: Schema, segment: PropertyKey): readonly Schema[] {
  const { properties, items, additionalProperties } = schema;
  const key = String(segment);
  const found =
    typeof segment === "number"
      ? items
      : properties !== undefined && Object.hasOwn(properties, key)
        ? properties[key]
        : additionalProperties;
  return isObject(found) ? [found] : [];
}
