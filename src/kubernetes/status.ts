import type { JsonObject } from "./objects.js";

/** What an error is about; goes into the Status' `details`. `kind` holds the resource's plural, as in Kubernetes. */
export interface StatusDetails {
  readonly name?: string;
  readonly group?: string;
  readonly kind?: string;
  readonly uid?: string;
  readonly causes?: readonly { readonly reason: string; readonly message: string; readonly field: string }[];
}

/** An error that ends as a Status body, worded as k8s.io/apimachinery/pkg/api/errors does. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  constructor(
    readonly code: number,
    readonly reason: string,
    message: string,
    readonly details?: StatusDetails,
  ) {
    super(message);
  }

  status(): JsonObject {
    return {
      kind: "Status",
      apiVersion: "v1",
      metadata: {},
      status: "Failure",
      message: this.message,
      reason: this.reason,
      ...(this.details !== undefined && { details: this.details }),
      code: this.code,
    };
  }
}

/** A resource with its group, as error texts name it. */
export interface GroupResource {
  readonly group: string;
  readonly plural: string;
}

/** `tokenreviews.authentication.k8s.io`, or just `pods` for the core group. */
export function groupResourceText(resource: GroupResource): string {
  return resource.group === "" ? resource.plural : `${resource.plural}.${resource.group}`;
}

function detailsOf(resource: GroupResource, name: string): StatusDetails {
  return {
    ...(name !== "" && { name }),
    ...(resource.group !== "" && { group: resource.group }),
    kind: resource.plural,
  };
}

export function badRequest(message: string): ApiError {
  return new ApiError(400, "BadRequest", message);
}

/** An object's own namespace is not that of the path. (rest.EnsureObjectNamespaceMatchesRequestNamespace) */
export function otherNamespace(): ApiError {
  return badRequest("the namespace of the provided object does not match the namespace sent on the request");
}

export function unauthorized(): ApiError {
  return new ApiError(401, "Unauthorized", "Unauthorized");
}

export function forbidden(resource: GroupResource | undefined, name: string, why: string): ApiError {
  if (resource === undefined) return new ApiError(403, "Forbidden", `forbidden: ${why}`, {});
  const what = groupResourceText(resource) + (name === "" ? "" : ` "${name}"`);
  return new ApiError(403, "Forbidden", `${what} is forbidden: ${why}`, detailsOf(resource, name));
}

export function notFound(resource: GroupResource, name: string): ApiError {
  return new ApiError(404, "NotFound", `${groupResourceText(resource)} "${name}" not found`, detailsOf(resource, name));
}

/** What the router says of a path below a known API group that leads nowhere. */
export function noSuchPath(): ApiError {
  return new ApiError(404, "NotFound", "the server could not find the requested resource", {});
}

export function methodNotAllowed(): ApiError {
  return new ApiError(405, "MethodNotAllowed", "the server does not allow this method on the requested resource", {});
}

export function notAcceptable(accepted: readonly string[]): ApiError {
  return new ApiError(406, "NotAcceptable", `only the following media types are accepted: ${accepted.join(", ")}`);
}

/** What the router says where a path has only one representation and the client takes another. unverified: the text */
export function notProduced(type: string): ApiError {
  return new ApiError(406, "NotAcceptable", `406: Not Acceptable\n\nAvailable representations: ${type}`, {});
}

/** What the router says of a body that no handler of the path takes. */
export function notConsumed(): ApiError {
  return new ApiError(415, "UnsupportedMediaType", "415: Unsupported Media Type", {});
}

export function unsupportedMediaType(accepted: readonly string[]): ApiError {
  const text = "the body of the request was in an unknown format - accepted media types include: ";
  return new ApiError(415, "UnsupportedMediaType", text + accepted.join(", "));
}

export function alreadyExists(resource: GroupResource, name: string): ApiError {
  return new ApiError(
    409,
    "AlreadyExists",
    `${groupResourceText(resource)} "${name}" already exists`,
    detailsOf(resource, name),
  );
}

export function conflict(resource: GroupResource, name: string, why: string): ApiError {
  const message = `Operation cannot be fulfilled on ${groupResourceText(resource)} "${name}": ${why}`;
  return new ApiError(409, "Conflict", message, detailsOf(resource, name));
}

/** One finding of a validation, as k8s.io/apimachinery/pkg/util/validation/field words it. */
export interface FieldError {
  readonly reason: "FieldValueInvalid" | "FieldValueRequired" | "FieldValueForbidden" | "FieldValueNotSupported";
  readonly field: string;
  /** The whole text after the field: `Invalid value: 599: may not …`. */
  readonly message: string;
}

export function invalidValue(field: string, value: unknown, why: string): FieldError {
  return { reason: "FieldValueInvalid", field, message: `Invalid value: ${JSON.stringify(value)}: ${why}` };
}

export function unsupportedValue(field: string, value: unknown, supported: readonly string[]): FieldError {
  const values = supported.map((one) => JSON.stringify(one)).join(", ");
  const message = `Unsupported value: ${JSON.stringify(value)}: supported values: ${values}`;
  return { reason: "FieldValueNotSupported", field, message };
}

export function requiredValue(field: string, why = ""): FieldError {
  return { reason: "FieldValueRequired", field, message: `Required value${why === "" ? "" : `: ${why}`}` };
}

/** A 422 with its causes. `kind` is the object's kind, not its plural. */
export function invalid(group: string, kind: string, name: string, errors: readonly FieldError[]): ApiError {
  const texts = errors.map((error) => `${error.field}: ${error.message}`);
  const list = texts.length === 1 ? (texts[0] ?? "") : `[${texts.join(", ")}]`;
  return new ApiError(422, "Invalid", `${group === "" ? kind : `${kind}.${group}`} "${name}" is invalid: ${list}`, {
    ...(name !== "" && { name }),
    ...(group !== "" && { group }),
    ...(kind !== "" && { kind }),
    causes: errors.map(({ reason, message, field }) => ({ reason, message, field })),
  });
}
