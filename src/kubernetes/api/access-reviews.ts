import type { Attributes, Authorization } from "../access/authorizer.js";
import { bareMetadata } from "../cluster.js";
import { fieldManager, managedFields } from "../managed-fields.js";
import { at, isObject, type JsonObject, textAt, textsAt, timestamp } from "../objects.js";
import { groupVersion, type Resource, RESOURCES } from "../resources.js";
import { badRequest, type FieldError, invalid, invalidValue } from "../status.js";
import type { User } from "../tokens/authenticator.js";
import { type Answer, type Call, readObject } from "./call.js";

/** `POST selfsubjectreviews`: who am I? */
export async function createSelfSubjectReview(call: Call): Promise<Answer> {
  await readObject(call, RESOURCES.selfSubjectReview);
  return {
    status: 201,
    object: {
      kind: "SelfSubjectReview",
      apiVersion: "authentication.k8s.io/v1",
      metadata: { creationTimestamp: timestamp(call.cluster.clock.now()) },
      status: { userInfo: call.user },
    },
  };
}

/** `POST selfsubjectaccessreviews`: may I? */
export async function createSelfSubjectAccessReview(call: Call): Promise<Answer> {
  return await accessReview(call, RESOURCES.selfSubjectAccessReview, () => call.user);
}

/** `POST selfsubjectrulesreviews`: what may I, in this namespace? (pkg/registry/authorization/selfsubjectrulesreview) */
export async function createSelfSubjectRulesReview(call: Call): Promise<Answer> {
  const { cluster, user } = call;
  const namespace = textAt(await readObject(call, RESOURCES.selfSubjectRulesReview), "spec", "namespace");
  if (namespace === "") throw badRequest("no namespace on request");
  const { rules, error } = cluster.authorizer.rulesFor(user, namespace);
  const status = {
    resourceRules: rules.flatMap(({ verbs, apiGroups, resources, resourceNames }) =>
      hasSome(resources) ? [{ verbs, apiGroups, resources, ...(hasSome(resourceNames) && { resourceNames }) }] : [],
    ),
    nonResourceRules: rules.flatMap(({ verbs, nonResourceURLs }) =>
      hasSome(nonResourceURLs) ? [{ verbs, nonResourceURLs }] : [],
    ),
    incomplete: false,
    ...(error !== "" && { evaluationError: error }),
  };
  const { kind } = RESOURCES.selfSubjectRulesReview;
  const apiVersion = groupVersion(RESOURCES.selfSubjectRulesReview);
  return { status: 201, object: { kind, apiVersion, metadata: bareMetadata(cluster), spec: {}, status } };
}

function hasSome(list: readonly string[] | undefined): boolean {
  return list !== undefined && list.length > 0;
}

/** `POST subjectaccessreviews`: may they? */
export async function createSubjectAccessReview(call: Call): Promise<Answer> {
  return await accessReview(call, RESOURCES.subjectAccessReview, namedUser);
}

/** `POST localsubjectaccessreviews`: may they, in this namespace? */
export async function createLocalSubjectAccessReview(call: Call): Promise<Answer> {
  return await accessReview(call, RESOURCES.localSubjectAccessReview, namedUser);
}

async function accessReview(call: Call, resource: Resource, who: (spec: unknown) => User): Promise<Answer> {
  const { cluster, info, request } = call;
  const object = await readObject(call, resource);
  const spec = isObject(object.spec) ? object.spec : {};
  const errors = specErrors(spec, resource, info.resource?.namespace ?? "");
  // The handler reads the kind from an internal object, which has none.
  if (errors.length > 0) throw invalid(resource.group, "", "", errors);
  const verdict = cluster.authorizer.authorize(who(spec), attributes(spec));
  const managed = managedFields(
    { spec },
    {
      manager: fieldManager(info.query, request.headers["user-agent"]),
      apiVersion: groupVersion(resource),
      time: timestamp(cluster.clock.now()),
    },
  );
  const namespace = info.resource?.namespace ?? "";
  return {
    status: 201,
    object: {
      kind: resource.kind,
      apiVersion: groupVersion(resource),
      metadata: { ...bareMetadata(cluster), ...(namespace !== "" && { namespace }), managedFields: managed },
      spec,
      status: statusOf(verdict),
    },
  };
}

function statusOf(verdict: Authorization): JsonObject {
  return { allowed: verdict.allowed, ...(verdict.reason !== "" && { reason: verdict.reason }) };
}

/** (pkg/apis/authorization/validation) */
function specErrors(spec: JsonObject, resource: Resource, namespace: string): readonly FieldError[] {
  const both = isObject(spec.resourceAttributes) && isObject(spec.nonResourceAttributes);
  const neither = !isObject(spec.resourceAttributes) && !isObject(spec.nonResourceAttributes);
  const errors: FieldError[] = [];
  if (both) {
    const text = "cannot be specified in combination with resourceAttributes";
    errors.push(invalidValue("spec.nonResourceAttributes", goPath(spec), text));
  }
  if (neither) {
    const text = "exactly one of nonResourceAttributes or resourceAttributes must be specified";
    errors.push(invalidValue("spec.resourceAttributes", null, text));
  }
  if (resource === RESOURCES.localSubjectAccessReview) {
    const other = textAt(spec, "resourceAttributes", "namespace");
    if (isObject(spec.resourceAttributes) && other !== namespace) {
      errors.push(invalidValue("spec.resourceAttributes.namespace", other, "must match metadata.namespace"));
    }
    if (isObject(spec.nonResourceAttributes)) {
      errors.push(invalidValue("spec.nonResourceAttributes", goPath(spec), "disallowed on this kind of request"));
    }
  }
  const self = resource === RESOURCES.selfSubjectAccessReview;
  if (!self && textAt(spec, "user") === "" && textsAt(spec, "groups").length === 0) {
    errors.push(invalidValue("spec.user", "", "at least one of user or group must be specified"));
  }
  return errors;
}

/** The internal struct, which has no JSON names. */
function goPath(spec: JsonObject): JsonObject {
  const { nonResourceAttributes: path } = spec;
  return { Path: textAt(path, "path"), Verb: textAt(path, "verb") };
}

function attributes(spec: JsonObject): Attributes {
  const path = at(spec, "nonResourceAttributes");
  if (isObject(path)) return { verb: textAt(path, "verb"), path: textAt(path, "path") };
  const named = spec.resourceAttributes;
  return {
    verb: textAt(named, "verb"),
    group: textAt(named, "group"),
    resource: textAt(named, "resource"),
    subresource: textAt(named, "subresource"),
    namespace: textAt(named, "namespace"),
    name: textAt(named, "name"),
  };
}

function namedUser(spec: unknown): User {
  return { username: textAt(spec, "user"), groups: textsAt(spec, "groups") };
}
