import { type JsonObject, mapAt, objectsAt, textAt, textsAt } from "./objects.js";
import { type FieldError, invalidValue, requiredValue } from "./status.js";

const NAME = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]";
const CHARACTERS =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
const NAME_RULE = `${CHARACTERS} (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '${NAME}')`;
const VALUE_RULE = `a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(${NAME})?')`;
const PREFIX = "[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*";
const PREFIX_RULE = `a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '${PREFIX}')`;
export const TOO_LONG = "must be no more than 63 characters";

/** What is wrong with an object's labels, annotations, owners and finalizers. (api/validation/objectmeta.go) */
export function metadataErrors(metadata: unknown): readonly FieldError[] {
  const labels = Object.entries(mapAt(metadata, "labels")).flatMap(([key, value]) => [
    ...qualifiedNameErrors("metadata.labels", key),
    ...labelValueErrors(value),
  ]);
  const annotations = Object.keys(mapAt(metadata, "annotations")).flatMap((key) =>
    qualifiedNameErrors("metadata.annotations", key.toLowerCase(), key),
  );
  const finalizers = textsAt(metadata, "finalizers").flatMap((name, i) => [
    ...qualifiedNameErrors("metadata.finalizers", name),
    ...unqualified(name, i),
  ]);
  return [...labels, ...annotations, ...objectsAt(metadata, "ownerReferences").flatMap(ownerErrors), ...finalizers];
}

/** (util/validation IsQualifiedName) */
function qualifiedNameErrors(field: string, name: string, shown = name): readonly FieldError[] {
  const wrong = (why: string): FieldError => invalidValue(field, shown, why);
  const parts = name.split("/");
  if (parts.length > 2) {
    const more = "with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')";
    return [wrong(`a qualified name ${NAME_RULE} ${more}`)];
  }
  const [own = "", prefix] = parts.toReversed();
  const errors: FieldError[] = [];
  if (prefix === "") errors.push(wrong("prefix part must be non-empty"));
  else if (prefix !== undefined && !new RegExp(`^${PREFIX}$`).test(prefix)) {
    errors.push(wrong(`prefix part ${PREFIX_RULE}`));
  }
  if (own === "") errors.push(wrong("name part must be non-empty"));
  else if (own.length > 63) errors.push(wrong(`name part ${TOO_LONG}`));
  if (!new RegExp(`^${NAME}$`).test(own)) errors.push(wrong(`name part ${NAME_RULE}`));
  return errors;
}

export function labelValueErrors(value: string): readonly FieldError[] {
  const isLong = value.length > 63;
  const isOdd = !new RegExp(`^(${NAME})?$`).test(value);
  return [
    ...(isLong ? [invalidValue("metadata.labels", value, TOO_LONG)] : []),
    ...(isOdd ? [invalidValue("metadata.labels", value, VALUE_RULE)] : []),
  ];
}

const STANDARD_FINALIZERS: ReadonlySet<string> = new Set(["kubernetes", "orphan", "foregroundDeletion"]);

function unqualified(name: string, index: number): readonly FieldError[] {
  if (name.includes("/") || STANDARD_FINALIZERS.has(name)) return [];
  const why = "name is neither a standard finalizer name nor is it fully qualified";
  return [invalidValue(`metadata.finalizers[${index}]`, name, why)];
}

function ownerErrors(owner: JsonObject): readonly FieldError[] {
  const at = (field: string): string => `metadata.ownerReferences.${field}`;
  const empty = (field: string, why: string): readonly FieldError[] =>
    textAt(owner, field) === "" ? [invalidValue(at(field), "", why)] : [];
  return [
    ...empty("apiVersion", "version must not be empty"),
    ...empty("kind", "must not be empty"),
    ...empty("name", "must not be empty"),
    ...empty("uid", "must not be empty"),
  ];
}

const KEY_RULE =
  "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";

/** Keys of ConfigMaps and Secrets. (util/validation IsConfigMapKey) */
export function keyErrors(field: "data" | "binaryData", keys: readonly string[]): readonly FieldError[] {
  return keys
    .filter((key) => !/^[-._a-zA-Z0-9]+$/.test(key))
    .map((key) => invalidValue(`${field}[${key}]`, key, KEY_RULE));
}

/** Keys that a Secret must have by its type. (pkg/apis/core/validation ValidateSecret) */
export function secretTypeErrors(type: string, data: JsonObject): readonly FieldError[] {
  const required = (...keys: readonly string[]): readonly FieldError[] =>
    keys.filter((key) => !(key in data)).map((key) => requiredValue(`data[${key}]`));
  switch (type) {
    case "kubernetes.io/tls":
      return required("tls.crt", "tls.key");
    case "kubernetes.io/basic-auth":
      return "username" in data || "password" in data ? [] : required("username", "password");
    case "kubernetes.io/ssh-auth":
      return required("ssh-privatekey");
    case "kubernetes.io/dockercfg":
      return required(".dockercfg");
    case "kubernetes.io/dockerconfigjson":
      return required(".dockerconfigjson");
    default:
      return [];
  }
}
