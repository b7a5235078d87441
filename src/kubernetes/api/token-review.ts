import { bareMetadata } from "../cluster.js";
import { fieldManager, managedFields } from "../managed-fields.js";
import { ownMetadata, textAt, textsAt, timestamp } from "../objects.js";
import { groupVersion, RESOURCES } from "../resources.js";
import { ApiError, badRequest } from "../status.js";
import { ANONYMOUS, type Authentication } from "../tokens/authenticator.js";
import { bearerOf } from "../tokens/bearer.js";
import { type Answer, type Call, readObject } from "./call.js";

/** `POST tokenreviews`: is this token good, for these audiences? (pkg/registry/authentication/tokenreview/storage.go) */
export async function createTokenReview(call: Call): Promise<Answer> {
  const { cluster, request } = call;
  const object = await readObject(call, RESOURCES.tokenReview);
  const token = textAt(object, "spec", "token");
  const asked = textsAt(object, "spec", "audiences");
  if (token === "") throw badRequest("token is required for TokenReview in authentication");
  const wanted = asked.length === 0 ? cluster.apiAudiences : asked;
  // A real server puts the token into a header of its own and reads it back, so that spaces cut it.
  const bearer = bearerOf(`Bearer ${token}`);
  // Who comes without a bearer is anonymous, and that is an answer, too.
  const result: Authentication =
    bearer.token === undefined
      ? { user: ANONYMOUS, audiences: wanted, checks: [] }
      : await cluster.authenticator.authenticate(bearer.token, wanted, "token");
  request.exchange.checked("token-review", result.checks, result.refusedBy);
  if (result.user !== undefined && result.audiences.length === 0) {
    throw new ApiError(500, "InternalError", "Internal error occurred: unexpected error validating audience");
  }
  const spec = { token, ...(asked.length > 0 && { audiences: asked }) };
  const managed = managedFields(
    { metadata: object.metadata, spec },
    {
      manager: fieldManager(call.info.query, request.headers["user-agent"]),
      apiVersion: groupVersion(RESOURCES.tokenReview),
      time: timestamp(cluster.clock.now()),
    },
  );
  return {
    status: 201,
    object: {
      kind: "TokenReview",
      apiVersion: "authentication.k8s.io/v1",
      metadata: Object.assign(ownMetadata(object), { namespace: undefined }, bareMetadata(cluster), {
        managedFields: managed,
      }),
      spec,
      status: {
        ...(result.user !== undefined && { authenticated: true }),
        user: result.user ?? {},
        ...(result.user !== undefined && { audiences: result.audiences }),
        ...(result.error !== undefined && { error: result.error }),
      },
    },
  };
}
