import { isObject } from "../objects.js";

/** A Go struct as encoding/json sees it: enough to word its errors and to find unknown fields. */
export interface StructType {
  /** `TokenReviewSpec`. */
  readonly name: string;
  readonly fields: Readonly<Record<string, FieldType>>;
}

type FieldType =
  "string" | "int64" | "bool" | "any" | readonly ["list", FieldType] | readonly ["map", FieldType] | StructType;

const META: StructType = {
  name: "ObjectMeta",
  fields: {
    name: "string",
    generateName: "string",
    namespace: "string",
    selfLink: "string",
    uid: "string",
    resourceVersion: "string",
    generation: "int64",
    creationTimestamp: "any",
    deletionTimestamp: "any",
    deletionGracePeriodSeconds: "int64",
    labels: ["map", "string"],
    annotations: ["map", "string"],
    ownerReferences: "any",
    finalizers: ["list", "string"],
    managedFields: "any",
  },
};

const USER: StructType = {
  name: "UserInfo",
  fields: { username: "string", uid: "string", groups: ["list", "string"], extra: ["map", ["list", "string"]] },
};

const ATTRIBUTES: StructType = {
  name: "ResourceAttributes",
  fields: {
    namespace: "string",
    verb: "string",
    group: "string",
    version: "string",
    resource: "string",
    subresource: "string",
    name: "string",
    fieldSelector: "any",
    labelSelector: "any",
  },
};
const PATH_ATTRIBUTES: StructType = { name: "NonResourceAttributes", fields: { path: "string", verb: "string" } };
const ACCESS_STATUS: StructType = {
  name: "SubjectAccessReviewStatus",
  fields: { allowed: "bool", denied: "bool", reason: "string", evaluationError: "string" },
};

const OBJECT = { apiVersion: "string", kind: "string", metadata: META } as const;

function kind(name: string, spec: StructType | undefined, status: StructType): StructType {
  const fields = {
    ...OBJECT,
    ...(spec !== undefined && { spec }),
    status,
  } as const;
  return { name, fields };
}

const SUBJECT_SPEC: StructType = {
  name: "SubjectAccessReviewSpec",
  fields: {
    resourceAttributes: ATTRIBUTES,
    nonResourceAttributes: PATH_ATTRIBUTES,
    user: "string",
    groups: ["list", "string"],
    extra: ["map", ["list", "string"]],
    uid: "string",
  },
};

/** The kinds whose bodies are checked field by field. (k8s.io/api/authentication/v1, authorization/v1) */
export const TYPES: Readonly<Record<string, StructType>> = {
  TokenReview: kind(
    "TokenReview",
    { name: "TokenReviewSpec", fields: { token: "string", audiences: ["list", "string"] } },
    {
      name: "TokenReviewStatus",
      fields: { authenticated: "bool", user: USER, audiences: ["list", "string"], error: "string" },
    },
  ),
  TokenRequest: kind(
    "TokenRequest",
    {
      name: "TokenRequestSpec",
      fields: {
        audiences: ["list", "string"],
        expirationSeconds: "int64",
        boundObjectRef: {
          name: "BoundObjectReference",
          fields: { kind: "string", apiVersion: "string", name: "string", uid: "string" },
        },
      },
    },
    { name: "TokenRequestStatus", fields: { token: "string", expirationTimestamp: "any" } },
  ),
  ConfigMap: {
    name: "ConfigMap",
    fields: { ...OBJECT, data: ["map", "string"], binaryData: ["map", "string"], immutable: "bool" },
  },
  Namespace: { name: "Namespace", fields: { ...OBJECT, spec: "any", status: "any" } },
  Secret: {
    name: "Secret",
    fields: {
      ...OBJECT,
      data: ["map", "string"],
      stringData: ["map", "string"],
      type: "string",
      immutable: "bool",
    },
  },
  ServiceAccount: {
    name: "ServiceAccount",
    fields: { ...OBJECT, secrets: "any", imagePullSecrets: "any", automountServiceAccountToken: "bool" },
  },
  SelfSubjectReview: kind("SelfSubjectReview", undefined, {
    name: "SelfSubjectReviewStatus",
    fields: { userInfo: USER },
  }),
  SubjectAccessReview: kind("SubjectAccessReview", SUBJECT_SPEC, ACCESS_STATUS),
  LocalSubjectAccessReview: kind("LocalSubjectAccessReview", SUBJECT_SPEC, ACCESS_STATUS),
  SelfSubjectAccessReview: kind(
    "SelfSubjectAccessReview",
    {
      name: "SelfSubjectAccessReviewSpec",
      fields: { resourceAttributes: ATTRIBUTES, nonResourceAttributes: PATH_ATTRIBUTES },
    },
    ACCESS_STATUS,
  ),
  SelfSubjectRulesReview: kind(
    "SelfSubjectRulesReview",
    { name: "SelfSubjectRulesReviewSpec", fields: { namespace: "string" } },
    {
      name: "SubjectRulesReviewStatus",
      fields: { resourceRules: "any", nonResourceRules: "any", incomplete: "bool", evaluationError: "string" },
    },
  ),
};

/** The first value of a wrong type, in Go's words, and the paths of all fields that the type does not have. */
export function typeErrors(
  value: unknown,
  type: StructType,
): { readonly first?: string; readonly unknown: readonly string[] } {
  const walk = new Walk();
  walk.value(value, type, "", [], type.name);
  return { ...(walk.first !== undefined && { first: walk.first }), unknown: walk.unknown };
}

class Walk {
  first: string | undefined;
  readonly unknown: string[] = [];

  /** @param owner the struct that the value's field belongs to */
  value(value: unknown, type: FieldType, owner: string, path: readonly string[], root: string): void {
    if (value === null || type === "any") return;
    if (typeof type === "string") {
      const wrong = scalarError(value, type);
      if (wrong !== undefined) this.#wrong(wrong, owner, path, type, root);
    } else if ("name" in type) this.#struct(value, type, owner, path, root);
    else if (type[0] === "list") this.#list(value, type, owner, path, root);
    else if (!isObject(value)) this.#wrong(goKind(value), owner, path, goType(type), root);
    else for (const item of Object.values(value)) this.value(item, type[1], owner, path, root);
  }

  #list(
    value: unknown,
    type: readonly ["list", FieldType],
    owner: string,
    path: readonly string[],
    root: string,
  ): void {
    if (!Array.isArray(value)) this.#wrong(goKind(value), owner, path, goType(type), root);
    else for (const item of value) this.value(item, type[1], owner, path, root);
  }

  #struct(value: unknown, type: StructType, owner: string, path: readonly string[], root: string): void {
    if (!isObject(value)) {
      this.#wrong(goKind(value), owner, path, goType(type), root);
      return;
    }
    for (const [name, item] of Object.entries(value)) {
      const field = type.fields[name];
      if (field === undefined) this.unknown.push([...path, name].join("."));
      else this.value(item, field, type.name, [...path, name], root);
    }
  }

  #wrong(got: string, owner: string, path: readonly string[], type: string, root: string): void {
    this.first ??= `json: cannot unmarshal ${got} into Go struct field ${owner === "" ? root : owner}.${path.join(".")} of type ${type}`;
  }
}

function scalarError(value: unknown, type: "string" | "int64" | "bool" | "any"): string | undefined {
  if (type === "int64") {
    if (typeof value !== "number") return goKind(value);
    return Number.isInteger(value) ? undefined : `number ${value}`;
  }
  return typeof value === (type === "bool" ? "boolean" : "string") ? undefined : goKind(value);
}

function goKind(value: unknown): string {
  if (Array.isArray(value)) return "array";
  return typeof value === "boolean" ? "bool" : typeof value;
}

function goType(type: FieldType): string {
  if (typeof type === "string") return type;
  if ("name" in type) return `v1.${type.name}`;
  return type[0] === "list" ? `[]${goType(type[1])}` : `map[string]${goType(type[1])}`;
}
