import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { Ajv, type ErrorObject, type ValidateFunction } from "ajv";
import addFormats from "ajv-formats";
import { bySpecificity, templatePattern } from "./router.ts";

/** One breach of GitHub's published contract. */
export interface Violation {
  readonly kind: "request" | "response" | "webhook";
  /** `PUT /repos/{owner}/{repo}/contents/{path} → 201`, or the name of the webhook. */
  readonly where: string;
  readonly problem: string;
}

type Schema = { readonly [key: string]: unknown };
interface MediaTypes {
  readonly content?: { readonly [type: string]: { readonly schema?: Schema } };
  readonly $ref?: string;
}
interface Operation {
  readonly requestBody?: MediaTypes & { readonly required?: boolean };
  readonly responses: { readonly [status: string]: MediaTypes };
}
interface Description {
  readonly paths: { readonly [template: string]: { readonly [method: string]: Operation } };
  readonly "x-webhooks": { readonly [name: string]: { readonly post: Operation } };
  readonly components: {
    readonly schemas: { readonly [name: string]: Schema };
    readonly responses: { readonly [name: string]: MediaTypes };
  };
}

const require = createRequire(import.meta.url);
let description: Description | null = null;

/** GitHub's OpenAPI description (13 MB), read once a process. */
function load(): Description {
  if (description === null) {
    const file = require.resolve("@octokit/openapi/generated/api.github.com.json");
    description = JSON.parse(readFileSync(file, "utf8")) as Description;
  }
  return description;
}

/**
 * Where the published description says what GitHub itself does not do. All of it is in formats:
 * - `uri`: a deployment status without a URL has "" there, which the same schema gives as the default;
 * - `email`: the address of an App's bot (`1+name[bot]@users.noreply.github.com`) is no RFC 5321 address;
 * - `repo.nwo`: a name of GitHub's own making, checked here for what it means, `owner/name`.
 */
const lenientFormats: Readonly<Record<string, (text: string) => boolean>> = {
  uri: (text) => text === "" || URL.canParse(text),
  email: (text) => /^[^\s@]+@[^\s@]+$/.test(text),
  "repo.nwo": (text) => /^[^/\s]+\/[^/\s]+$/.test(text),
};

/**
 * OpenAPI 3.0 says `nullable`; JSON Schema, which the validator speaks, says `type: null`. `oneOf` is read as
 * `anyOf`: GitHub's alternatives overlap (a 409 of contents fits both kinds of error, which require nothing).
 * In one list an installation's account must be a user and an enterprise at once; elsewhere it is either.
 */
function toJsonSchema(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(toJsonSchema);
  if (typeof value !== "object" || value === null) return value;
  const { nullable, example: _example, examples: _examples, discriminator: _, ...rest } = value as Schema;
  const converted = Object.fromEntries(
    Object.entries(rest).map(([key, inner]) => [
      Array.isArray(inner) && (key === "oneOf" || isEitherAccount(key, inner)) ? "anyOf" : key,
      key === "enum" ? inner : toJsonSchema(inner),
    ]),
  );
  if (typeof converted["$ref"] === "string") {
    converted["$ref"] = converted["$ref"].replace("#/components/schemas/", "github:");
  }
  return nullable === true ? { anyOf: [converted, { type: "null" }] } : converted;
}

/** A deployment that waits for its environment's rules has a status that the description does not know. */
function withWaiting(name: string, schema: Schema): unknown {
  const { properties } = schema as {
    readonly properties?: { readonly state?: { readonly enum?: readonly string[] } };
  };
  const { state } = properties ?? {};
  if (name !== "deployment-status" || !state?.enum) return schema;
  return { ...schema, properties: { ...properties, state: { ...state, enum: [...state.enum, "waiting"] } } };
}

function isEitherAccount(key: string, schemas: readonly Schema[]): boolean {
  if (key !== "allOf") return false;
  const titles = schemas.map((schema) => schema["title"]);
  return titles.includes("Simple User") && titles.includes("Enterprise");
}

/** Validates what goes over the wire against GitHub's OpenAPI description. */
class Contract {
  readonly #description = load();
  readonly #ajv: Ajv;
  readonly #compiled = new Map<string, ValidateFunction>();
  readonly #templates = Object.keys(this.#description.paths)
    .map((template) => ({ template, pattern: templatePattern(template) }))
    .sort(bySpecificity);

  constructor() {
    this.#ajv = new Ajv({ strict: false, allErrors: false, validateFormats: true });
    addFormats.default(this.#ajv);
    for (const [name, format] of Object.entries(lenientFormats)) this.#ajv.addFormat(name, format);
    for (const [name, schema] of Object.entries(this.#description.components.schemas)) {
      this.#ajv.addSchema(toJsonSchema(withWaiting(name, schema)) as Schema, `github:${name}`);
    }
  }

  /** The operation's template, such as `/repos/{owner}/{repo}`; null when GitHub describes none. */
  template(method: string, path: string): string | null {
    const [bare = ""] = path.split("?");
    // Not in the description, though documented; it is the repository by its number.
    if (/^\/repositories\/\d+$/.test(bare)) return "/repos/{owner}/{repo}";
    const found = this.#templates.find(
      ({ template, pattern }) =>
        pattern.test(bare) && this.#description.paths[template]?.[method.toLowerCase()] !== undefined,
    );
    return found?.template ?? null;
  }

  /** Breaches in a request's body. */
  request(method: string, path: string, body: unknown): Violation[] {
    const operation = this.#operation(method, path);
    if (operation === null) return [];
    const { template, described } = operation;
    const where = `${method} ${template}`;
    const schema = described.requestBody?.content?.["application/json"]?.schema;
    if (schema === undefined || (body === undefined && described.requestBody?.required !== true)) return [];
    return this.#check("request", where, `${where} request`, schema, body);
  }

  /** Breaches in a response: its status must be described, and its body fit that status. */
  response(method: string, path: string, status: number, body: unknown): Violation[] {
    const operation = this.#operation(method, path);
    if (operation === null) {
      if (status === 404 || status === 401) return [];
      return [{ kind: "response", where: `${method} ${path}`, problem: "GitHub has no such operation" }];
    }
    const { template, described } = operation;
    const where = `${method} ${template} → ${status}`;
    const found = described.responses[String(status)];
    if (found === undefined && status < 400) {
      // A conditional request may be answered with 304 everywhere.
      if (status === 304) return [];
      return [{ kind: "response", where, problem: "GitHub does not describe this status" }];
    }
    const resolved =
      found?.$ref === undefined
        ? found
        : this.#description.components.responses[found.$ref.split("/").at(-1) ?? ""];
    const schema = resolved?.content?.["application/json"]?.schema;
    if (schema !== undefined) return this.#check("response", where, where, schema, body);
    if (status < 400) {
      return body === undefined ? [] : [{ kind: "response", where, problem: "a body where GitHub has none" }];
    }
    // An error that the description leaves without a body still has GitHub's common form.
    return this.#check("response", where, "basic-error", { $ref: "#/components/schemas/basic-error" }, body);
  }

  /** Breaches in a webhook's payload. */
  webhook(event: string, payload: unknown): Violation[] {
    if (event === "repository_dispatch") return this.#dispatch(payload);
    const action = (payload as { action?: unknown }).action;
    const name = `${event}${typeof action === "string" ? `_${action}` : ""}`.replaceAll("_", "-");
    const described = this.#description["x-webhooks"][name];
    const schema = described?.post.requestBody?.content?.["application/json"]?.schema;
    if (schema === undefined)
      return [{ kind: "webhook", where: name, problem: "GitHub has no such webhook" }];
    return this.#check("webhook", name, `webhook ${name}`, schema, payload);
  }

  /** Its action is whatever the sender calls it; GitHub describes one by an example. */
  #dispatch(payload: unknown): Violation[] {
    const name = "repository-dispatch-sample.collected";
    const described = this.#description["x-webhooks"][name];
    const schema = described?.post.requestBody?.content?.["application/json"]?.schema ?? {};
    const as = { ...(payload as object), action: "sample.collected" };
    return this.#check("webhook", name, `webhook ${name}`, schema, as);
  }

  #operation(method: string, path: string): { template: string; described: Operation } | null {
    const template = this.template(method, path);
    const described =
      template === null ? undefined : this.#description.paths[template]?.[method.toLowerCase()];
    return template === null || described === undefined ? null : { template, described };
  }

  #check(kind: Violation["kind"], where: string, key: string, schema: Schema, body: unknown): Violation[] {
    let validate = this.#compiled.get(key);
    if (validate === undefined) {
      validate = this.#ajv.compile(toJsonSchema(schema) as Schema);
      this.#compiled.set(key, validate);
    }
    if (validate(body)) return [];
    return (validate.errors ?? []).map((error) => ({ kind, where, problem: describe(error) }));
  }
}

function describe(error: ErrorObject): string {
  return `${error.instancePath === "" ? "body" : error.instancePath} ${error.message ?? error.keyword} (${JSON.stringify(error.params)})`;
}

let shared: Contract | null = null;

/** The contract of this process: what it has compiled serves every server. */
export function githubContract(): Contract {
  shared ??= new Contract();
  return shared;
}

/** Breaches of one response, for those who hold other servers to the same contract. */
export function violationsOf(method: string, path: string, status: number, body: unknown): Violation[] {
  return githubContract().response(method, path, status, body);
}
