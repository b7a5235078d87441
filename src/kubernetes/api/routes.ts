import type { ResourcePath } from "../request-info.js";
import { findResource, type Resource, RESOURCES, SERVED_GROUPS } from "../resources.js";
import { methodNotAllowed, noSuchPath } from "../status.js";
import {
  createLocalSubjectAccessReview,
  createSelfSubjectAccessReview,
  createSelfSubjectReview,
  createSelfSubjectRulesReview,
  createSubjectAccessReview,
} from "./access-reviews.js";
import type { Answer, Call, CallHandler } from "./call.js";
import { healthPath } from "./health.js";
import { replyEncoding } from "./media.js";
import { storedObject } from "./objects.js";
import { checkOptions } from "./options.js";
import { publicPath } from "./public-paths.js";
import { createToken } from "./token-request.js";
import { createTokenReview } from "./token-review.js";

const REVIEWS: Readonly<Record<string, CallHandler>> = {
  [RESOURCES.tokenReview.plural]: createTokenReview,
  [RESOURCES.selfSubjectReview.plural]: createSelfSubjectReview,
  [RESOURCES.selfSubjectRulesReview.plural]: createSelfSubjectRulesReview,
  [RESOURCES.subjectAccessReview.plural]: createSubjectAccessReview,
  [RESOURCES.selfSubjectAccessReview.plural]: createSelfSubjectAccessReview,
  [RESOURCES.localSubjectAccessReview.plural]: createLocalSubjectAccessReview,
};

/**
 * Finds what answers an authorized request.
 * @throws ApiError 404, 405 and whatever the handler refuses with
 */
export async function route(call: Call): Promise<Answer> {
  const path = call.info.resource;
  const resource = path === undefined ? undefined : findResource(path.group, path.version, path.plural);
  if (path !== undefined && resource !== undefined) return await ofResource(call, resource, path);
  const handler = healthPath(call) ?? publicPath(call);
  if (handler !== undefined) return await handler(call);
  if (belongsToApi(call.info.path)) throw noSuchPath();
  return { status: 404, text: "404 page not found\n", headers: PLAIN_404 };
}

const PLAIN_404 = { "Content-Type": "text/plain; charset=utf-8", "X-Content-Type-Options": "nosniff" } as const;

async function ofResource(call: Call, resource: Resource, path: ResourcePath): Promise<Answer> {
  replyEncoding(call.request.headers.accept);
  checkOptions(call.info);
  if (resource.mode === "review") return await review(call, resource, path);
  if (path.subresource === "token" && resource === RESOURCES.serviceAccount && path.depth === 3) {
    if (call.info.verb !== "create") throw methodNotAllowed();
    return await createToken(call);
  }
  if (path.depth > 2 || !fitsScope(resource, path)) throw noSuchPath();
  return await storedObject(call, resource, path);
}

async function review(call: Call, resource: Resource, path: ResourcePath): Promise<Answer> {
  if (path.depth > 1 || resource.namespaced !== (path.namespace !== "")) throw noSuchPath();
  if (resource === RESOURCES.selfSubjectReview && !call.cluster.release.quirk("self-subject-review"))
    throw noSuchPath();
  const handler = REVIEWS[resource.plural];
  if (call.info.verb !== "create" || handler === undefined) throw methodNotAllowed();
  return await handler(call);
}

/** Cluster resources have no namespace in their path; namespaced ones may leave it out only to list all. */
function fitsScope(resource: Resource, path: ResourcePath): boolean {
  if (!resource.namespaced) return path.namespace === "" || resource === RESOURCES.namespace;
  return path.namespace !== "" || path.name === "";
}

/** Does the API's own router answer below this path, with a Status, or the mux around it, in plain text? */
function belongsToApi(path: string): boolean {
  const [, first = "", second = ""] = path.split("/");
  return first === "api" || (first === "apis" && SERVED_GROUPS.has(second)) || first === "version";
}
