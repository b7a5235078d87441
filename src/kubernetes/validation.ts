import { type JsonObject, mapAt, objectsAt, textAt } from "./objects.js";
import { keyErrors, labelValueErrors, metadataErrors, secretTypeErrors, TOO_LONG } from "./metadata-errors.js";
import { bindingErrors, roleRefErrors, ruleErrors } from "./rbac-errors.js";
import { type Resource, RESOURCES } from "./resources.js";
import { type FieldError, invalidValue, requiredValue } from "./status.js";
import { SERVICE_ACCOUNT_NAME } from "./tokens/claims.js";

const LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
const SUBDOMAIN = `${LABEL}(\\.${LABEL})*`;

/** What is wrong with an object that shall be created. (apimachinery validation, pkg/apis/core/validation) */
export function creationErrors(resource: Resource, object: JsonObject): readonly FieldError[] {
  const metadata = object.metadata;
  const name = textAt(metadata, "name");
  if (name === "" && textAt(metadata, "generateName") === "") {
    return [requiredValue("metadata.name", "name or generateName is required")];
  }
  const named = name === "" ? [] : nameErrors(resource, name);
  const isLongNamespace = resource === RESOURCES.namespace && name.length > 63;
  return [
    ...named,
    ...(isLongNamespace ? labelValueErrors(name) : []),
    ...metadataErrors(metadata),
    ...kindErrors(resource, object),
  ];
}

function nameErrors(resource: Resource, name: string): readonly FieldError[] {
  if (resource.group === RESOURCES.role.group) {
    if (name === "." || name === "..") return [invalidValue("metadata.name", name, `may not be '${name}'`)];
    const bad = ["/", "%"].find((char) => name.includes(char));
    return bad === undefined ? [] : [invalidValue("metadata.name", name, `may not contain '${bad}'`)];
  }
  if (resource === RESOURCES.namespace) {
    if (name.length > 63) return [invalidValue("metadata.name", name, TOO_LONG)];
    if (new RegExp(`^${LABEL}$`).test(name)) return [];
    const text =
      "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end " +
      `with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '${LABEL}')`;
    return [invalidValue("metadata.name", name, text)];
  }
  if (new RegExp(`^${SUBDOMAIN}$`).test(name) && name.length <= 253) return [];
  const text =
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start " +
    `and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '${SUBDOMAIN}')`;
  return [invalidValue("metadata.name", name, text)];
}

function kindErrors(resource: Resource, object: JsonObject): readonly FieldError[] {
  switch (resource) {
    case RESOURCES.secret: {
      const data = { ...mapAt(object, "data"), ...mapAt(object, "stringData") };
      const type = textAt(object, "type");
      if (type !== "kubernetes.io/service-account-token") {
        return [...keyErrors("data", Object.keys(data)), ...secretTypeErrors(type, data)];
      }
      const account = mapAt(object, "metadata", "annotations")[SERVICE_ACCOUNT_NAME] ?? "";
      return account === "" ? [requiredValue(`metadata.annotations[${SERVICE_ACCOUNT_NAME}]`)] : [];
    }
    case RESOURCES.configMap:
      return configMapErrors(object);
    case RESOURCES.pod:
      return objectsAt(object, "spec", "containers").length === 0 ? [requiredValue("spec.containers")] : [];
    case RESOURCES.role:
    case RESOURCES.clusterRole:
      return ruleErrors(object, resource.namespaced);
    case RESOURCES.roleBinding:
    case RESOURCES.clusterRoleBinding:
      return bindingErrors(object, resource);
    default:
      return [];
  }
}

function configMapErrors(object: JsonObject): readonly FieldError[] {
  const [data, binary] = [mapAt(object, "data"), mapAt(object, "binaryData")];
  const twice = Object.keys(data).filter((key) => key in binary);
  return [
    ...keyErrors("data", Object.keys(data)),
    ...twice.map((key) => invalidValue(`data[${key}]`, key, "duplicate of key present in binaryData")),
    ...keyErrors("binaryData", Object.keys(binary)),
  ];
}

/** What a replacement may not change. (pkg/apis/core/validation ValidateSecretUpdate and the like) */
export function changeErrors(resource: Resource, old: JsonObject, next: JsonObject): readonly FieldError[] {
  if (resource.kind.endsWith("Binding")) return roleRefErrors(old, next);
  const isConfig = resource === RESOURCES.configMap;
  if (!isConfig && resource !== RESOURCES.secret) return [];
  const errors: FieldError[] = [];
  const type = textAt(next, "type");
  if (!isConfig && type !== textAt(old, "type")) errors.push(invalidValue("type", type, "field is immutable"));
  if (old.immutable !== true) return errors;
  const frozen = (field: string): void => {
    const message = "Forbidden: field is immutable when `immutable` is set";
    errors.push({ reason: "FieldValueForbidden", field, message });
  };
  if (next.immutable !== true) frozen("immutable");
  for (const field of isConfig ? ["data", "binaryData"] : ["data"]) {
    if (JSON.stringify(mapAt(next, field)) !== JSON.stringify(mapAt(old, field))) frozen(field);
  }
  return errors;
}

/** Fields that the server fills in where a manifest leaves them out. */
export function defaults(resource: Resource, object: JsonObject): JsonObject {
  switch (resource) {
    case RESOURCES.secret:
      return withStringData({ type: "Opaque", ...object });
    case RESOURCES.namespace:
      return { ...object, spec: { finalizers: ["kubernetes"] }, status: { phase: "Active" } };
    case RESOURCES.pod:
      return { ...object, spec: podSpec(object.spec), status: { phase: "Pending", qosClass: "BestEffort" } };
    case RESOURCES.role:
    case RESOURCES.clusterRole:
      return { ...object, rules: object.rules ?? null };
    case RESOURCES.roleBinding:
    case RESOURCES.clusterRoleBinding:
      return withSubjectGroups(object);
    default:
      return object;
  }
}

function withStringData(secret: JsonObject): JsonObject {
  const { stringData, ...rest } = secret;
  const written = Object.entries(mapAt({ stringData }, "stringData"));
  if (written.length === 0) return rest;
  const encoded = Object.fromEntries(written.map(([key, text]) => [key, Buffer.from(text).toString("base64")]));
  return { ...rest, data: { ...mapAt(rest, "data"), ...encoded } };
}

function podSpec(spec: unknown): JsonObject {
  const containers = objectsAt(spec, "containers").map(container);
  const account = textAt(spec, "serviceAccountName") || textAt(spec, "serviceAccount") || "default";
  return {
    restartPolicy: "Always",
    terminationGracePeriodSeconds: 30,
    dnsPolicy: "ClusterFirst",
    securityContext: {},
    schedulerName: "default-scheduler",
    enableServiceLinks: true,
    ...(typeof spec === "object" && spec),
    containers,
    serviceAccountName: account,
    serviceAccount: account,
  };
}

function container(container: JsonObject): JsonObject {
  const latest = !/:(?!latest$)[^/]*$/.test(textAt(container, "image"));
  return {
    imagePullPolicy: latest ? "Always" : "IfNotPresent",
    resources: {},
    terminationMessagePath: "/dev/termination-log",
    terminationMessagePolicy: "File",
    ...container,
  };
}

function withSubjectGroups(binding: JsonObject): JsonObject {
  const subjects = objectsAt(binding, "subjects").map((subject) =>
    ["User", "Group"].includes(textAt(subject, "kind")) ? { apiGroup: RESOURCES.role.group, ...subject } : subject,
  );
  const roleRef = { apiGroup: RESOURCES.role.group, ...(typeof binding.roleRef === "object" && binding.roleRef) };
  return { ...binding, roleRef, ...(subjects.length > 0 && { subjects }) };
}
