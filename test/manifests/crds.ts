import { readdirSync } from "node:fs";
import { Ajv, type ValidateFunction } from "ajv";
import { isMap, parseAllDocuments } from "yaml";
import { hasShared, SHARED, shared } from "./helpers.ts";

/** Published CRDs, newest first where a kind is there twice. */
const FOLDERS = [
  "istio",
  "gateway-api",
  "gateway-api-v1.6.1",
  "gateway-api-v1.2.1",
  "linkerd-plain",
  "smi",
  "smi-osm",
  "smi-linkerd",
  "kuma",
  "traefik",
  "contour",
  "consul",
  "knative",
];

const WANTED =
  /kind: (?:VirtualService|(?:HTTP|GRPC|TCP|TLS|UDP)Route|TrafficSplit|Mesh(?:HTTP|TCP)Route|ServiceSplitter|TraefikService|IngressRoute(?:TCP|UDP)?|HTTPProxy|Service|Route)$/m;

/** `apiVersion kind` → its published schema, made into a validator when it is asked for. */
export class Schemas {
  private readonly schemas = new Map<string, object>();
  private readonly validators = new Map<string, ValidateFunction>();
  private readonly ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true, logger: false });

  constructor() {
    for (const folder of FOLDERS) {
      if (!hasShared(`corpora/crds/${folder}`)) continue;
      for (const file of readdirSync(new URL(`corpora/crds/${folder}/`, SHARED), {
        recursive: true,
        encoding: "utf8",
      })) {
        if (/\.ya?ml$/.test(file)) this.read(shared(`corpora/crds/${folder}/${file}`));
      }
    }
  }

  get size(): number {
    return this.schemas.size;
  }

  has(key: string): boolean {
    return this.schemas.has(key);
  }

  /** What is wrong with an object, a line each; null when there is no schema for it. */
  errorsOf(key: string, object: unknown): readonly string[] | null {
    const schema = this.schemas.get(key);
    if (schema === undefined) return null;
    const validate = this.validators.get(key) ?? this.ajv.compile(modern(schema));
    this.validators.set(key, validate);
    validate(object);
    return (validate.errors ?? []).map((error) => `${error.instancePath} ${error.message}`);
  }

  /** Paths in an object that its schema has no word for; none where there is no schema. */
  unknownIn(key: string, object: unknown): readonly string[] {
    const schema = this.schemas.get(key);
    return schema === undefined ? [] : unknownUnder(schema as Node, object, "");
  }

  private read(text: string): void {
    if (!WANTED.test(text) || text.includes("{{")) return;
    for (const document of parseAllDocuments(text, { logLevel: "silent" })) {
      if (!isMap(document.contents) || document.get("kind") !== "CustomResourceDefinition") continue;
      const { spec } = document.toJS() as { spec: Definition };
      for (const { name, schema } of spec.versions ?? []) {
        const key = `${spec.group}/${name} ${spec.names.kind}`;
        const found = schema?.openAPIV3Schema ?? spec.validation?.openAPIV3Schema;
        if (found !== undefined && !this.schemas.has(key)) this.schemas.set(key, found);
      }
    }
  }
}

interface Node {
  readonly properties?: Readonly<Record<string, Node>>;
  readonly additionalProperties?: unknown;
  readonly items?: Node;
  readonly "x-kubernetes-preserve-unknown-fields"?: boolean;
}

function unknownUnder(schema: Node, value: unknown, path: string): readonly string[] {
  if (Array.isArray(value)) {
    const { items } = schema;
    return items === undefined ? [] : value.flatMap((one) => unknownUnder(items, one, `${path}[]`));
  }
  if (typeof value !== "object" || value === null || schema["x-kubernetes-preserve-unknown-fields"])
    return [];
  const { properties } = schema;
  if (properties === undefined) return [];
  return Object.entries(value).flatMap(([key, inside]) => {
    const known = properties[key];
    return known === undefined ? [`${path}.${key}`] : unknownUnder(known, inside, `${path}.${key}`);
  });
}

/** `exclusiveMaximum: true`, as OpenAPI 3.0 has it, in the words of newer JSON Schema. */
function modern<T>(schema: T): T {
  return JSON.parse(JSON.stringify(schema), (_, value) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
    const { exclusiveMaximum, maximum, exclusiveMinimum, minimum, ...rest } = value;
    return {
      ...rest,
      ...bound(exclusiveMaximum, maximum, "exclusiveMaximum", "maximum"),
      ...bound(exclusiveMinimum, minimum, "exclusiveMinimum", "minimum"),
    };
  });
}

function bound(exclusive: unknown, limit: unknown, open: string, closed: string): object {
  if (limit === undefined) return {};
  return typeof exclusive === "boolean" && exclusive ? { [open]: limit } : { [closed]: limit };
}

interface Definition {
  readonly group: string;
  readonly names: { readonly kind: string };
  readonly versions?: readonly {
    readonly name: string;
    readonly schema?: { readonly openAPIV3Schema?: object };
  }[];
  readonly validation?: { readonly openAPIV3Schema?: object };
}

/** What the published schemas say against the objects of a text; nothing where a kind has none. */
export function errorsIn(schemas: Schemas, text: string): readonly string[] {
  return parseAllDocuments(text, { logLevel: "silent" }).flatMap((document) => {
    const object: unknown = document.toJS();
    if (typeof object !== "object" || object === null || !("kind" in object) || !("apiVersion" in object))
      return [];
    return schemas.errorsOf(`${object.apiVersion} ${object.kind}`, object) ?? [];
  });
}
