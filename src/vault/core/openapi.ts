import type { Backend, Field, FieldType, OperationName, Path } from "./backend.js";
import { expandPattern } from "./expand.js";
import type { MountEntry } from "./mounts.js";
import { PathSet } from "./path-set.js";

/** A mount that is to be described, under a prefix with a slash at its end. */
export interface Described {
  readonly mount: MountEntry;
  readonly backend: Backend;
}

type Json = Readonly<Record<string, unknown>>;

/** The API of some mounts as an OpenAPI 3.0 document. (sdk/framework/openapi.go, vault/logical_system.go: pathInternalOpenAPI) */
export function openApi(mounts: readonly Described[], version: string): Json {
  const paths: Record<string, Json> = {};
  for (const { mount, backend } of mounts) {
    const special = { open: new PathSet(backend.unauthenticated ?? []), sudo: new PathSet(backend.sudo ?? []) };
    for (const path of backend.paths) {
      for (const text of expandPattern(path.pattern)) {
        paths[`/${mount.path}${text}`] ??= pathItem(mount, path, text, special);
      }
    }
  }
  return {
    openapi: "3.0.2",
    info: {
      title: "HashiCorp Vault API",
      description: "HTTP API that gives you full access to Vault. All API routes are prefixed with `/v1/`.",
      version,
      license: { name: "Mozilla Public License 2.0", url: "https://www.mozilla.org/en-US/MPL/2.0" },
    },
    paths,
    components: { schemas: {} },
  };
}

interface Special {
  readonly open: PathSet;
  readonly sudo: PathSet;
}

function pathItem(mount: MountEntry, path: Path, text: string, { open, sudo }: Special): Json {
  const fields = path.fields ?? {};
  const inPath = [...text.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => name);
  const methods = Object.entries(METHODS).flatMap(([operation, method]) =>
    path.operations[operation as OperationName] === undefined
      ? []
      : [[method, operationOf(mount, path, text, operation as OperationName, inPath)] as const],
  );
  return {
    ...(path.summary !== "" && { description: path.summary }),
    ...(inPath.length > 0 && {
      parameters: inPath.map((name) => ({
        name,
        in: "path",
        description: fields[name]?.description ?? "",
        required: true,
        schema: schemaOf(fields[name] ?? { type: "string" }),
      })),
    }),
    ...(sudo.has(text) && { "x-vault-sudo": true }),
    ...(open.has(text) && { "x-vault-unauthenticated": true }),
    ...(path.operations.create !== undefined && { "x-vault-createSupported": true }),
    ...Object.fromEntries(methods),
  };
}

/** In this order a later operation takes the place of an earlier one of the same method. */
const METHODS: Readonly<Record<OperationName, string>> = {
  scan: "get",
  list: "get",
  read: "get",
  create: "post",
  update: "post",
  patch: "patch",
  delete: "delete",
};

const VERBS: Readonly<Record<OperationName, string>> = {
  scan: "scan",
  list: "list",
  read: "read",
  create: "write",
  update: "write",
  patch: "patch",
  delete: "delete",
};

function operationOf(
  mount: MountEntry,
  path: Path,
  text: string,
  operation: OperationName,
  inPath: readonly string[],
): Json {
  const words = text
    .replaceAll(/[{}]/g, "")
    .split(/[^\w]+/)
    .filter(Boolean);
  const body = Object.entries(path.fields ?? {}).filter(([name]) => !inPath.includes(name));
  const takesBody = (operation === "create" || operation === "update" || operation === "patch") && body.length > 0;
  const listing = { name: "list", in: "query", required: true, schema: { type: "string", enum: ["true"] } };
  return {
    summary: path.summary,
    operationId: [mount.type, VERBS[operation], ...words].join("-"),
    tags: [mount.class === "secret" ? "secrets" : mount.class],
    ...((operation === "list" || operation === "scan") && { parameters: [{ ...listing, name: operation }] }),
    ...(takesBody && {
      requestBody: { content: { "application/json": { schema: { type: "object", properties: propertiesOf(body) } } } },
    }),
    responses: operation === "delete" ? { 204: { description: "empty body" } } : { 200: { description: "OK" } },
  };
}

function propertiesOf(fields: readonly (readonly [string, Field])[]): Json {
  return Object.fromEntries(fields.map(([name, field]) => [name, schemaOf(field)]));
}

const SCHEMAS: Readonly<Record<FieldType, Json>> = {
  string: { type: "string" },
  "lower-string": { type: "string" },
  int: { type: "integer" },
  bool: { type: "boolean" },
  duration: { type: "string", format: "duration" },
  "signed-duration": { type: "string", format: "duration" },
  slice: { type: "array", items: { type: "object" } },
  "string-list": { type: "array", items: { type: "string" } },
  "comma-list": { type: "array", items: { type: "string" } },
  "comma-int-list": { type: "array", items: { type: "integer" } },
  map: { type: "object", format: "map" },
  "key-values": { type: "object", format: "kvpairs" },
  any: {},
  float: { type: "number", format: "float" },
  time: { type: "string", format: "date-time" },
};

function schemaOf({ type, description, deprecated, default: usual }: Field): Json {
  return {
    ...SCHEMAS[type],
    ...(description !== undefined && { description }),
    ...(deprecated === true && { deprecated }),
    ...(usual !== undefined && { default: usual }),
  };
}
