import { goPrint } from "../../core/go.js";
import { unmarshal } from "../signed-token.js";
import type { ApiServer } from "./api-server.js";
import type { ServiceAccount } from "./claims.js";
import { ApiCallError } from "./connections.js";
import type { ApiReply } from "./http-answer.js";
import { genericServerResponse, statusMessage, statusOf } from "./kube-errors.js";

/** A TokenReview to ask for. */
export interface ReviewRequest {
  readonly jwt: string;
  readonly bearer: string;
  readonly audiences: readonly string[];
  /** Older releases send `"creationTimestamp":null`. */
  readonly withCreationTimestamp: boolean;
  /** Since plugin 0.15: one of the audiences asked for must come back. */
  readonly mustMeetAudience: boolean;
}

/** Why the API server, or what it said, does not let the token through; the words are Vault's log's. */
export interface ReviewFailure {
  readonly failure: string;
  /** HTTP status, where there was an answer. */
  readonly status?: number;
}

const PATH = "/apis/authentication.k8s.io/v1/tokenreviews";
const UNAUTHORIZED =
  "lookup failed: service account unauthorized; this could mean it has been deleted or recreated with a new token";

/**
 * Asks the API server whether a token is good and compares whom it belongs to. The request has neither kind nor
 * apiVersion, as the plugin sends it. (vault-plugin-auth-kubernetes: token_review.go, serviceAccount.lookup)
 * @returns `undefined` where all is well
 */
export async function reviewToken(
  api: ApiServer,
  request: ReviewRequest,
  account: ServiceAccount,
): Promise<ReviewFailure | undefined> {
  let reply: ApiReply;
  try {
    reply = await api.post(PATH, request.bearer, reviewBody(request));
  } catch (error) {
    if (error instanceof ApiCallError) return { failure: error.message };
    throw error;
  }
  const failure = readReview(reply, request, account);
  return failure === undefined ? undefined : { failure, status: reply.status };
}

function reviewBody({ jwt, audiences, withCreationTimestamp }: ReviewRequest): string {
  return JSON.stringify({
    metadata: withCreationTimestamp ? { creationTimestamp: null } : {},
    spec: { token: jwt, ...(audiences.length > 0 && { audiences }) },
    status: { user: {} },
  });
}

interface Review {
  readonly error: string;
  readonly authenticated: boolean;
  readonly audiences: readonly string[];
  readonly username: string;
  readonly uid: string;
}

function readReview(
  reply: ApiReply,
  { audiences, mustMeetAudience }: ReviewRequest,
  account: ServiceAccount,
): string | undefined {
  const review = parseReview(reply);
  if (typeof review === "string") return review;
  if (review.error !== "") return `lookup failed: ${review.error}`;
  if (!review.authenticated) return "lookup failed: service account jwt not valid";
  if (mustMeetAudience && audiences.length > 0 && !audiences.some((wanted) => review.audiences.includes(wanted))) {
    return `lookup failed: service account jwt valid for audience(s) ${goPrint(review.audiences)}, but wanted ${goPrint(audiences)}`;
  }
  const [system, kind, namespace, name, ...more] = review.username.split(":");
  if (name === undefined || more.length > 0) return "lookup failed: unexpected username format";
  if (system !== "system" || kind !== "serviceaccount")
    return "lookup failed: username returned is not a service account";
  if (account.name !== name) return "JWT names did not match";
  if (account.uid === "") return "could not parse UID from claims";
  if (account.uid !== review.uid) return "JWT UIDs did not match";
  return account.namespace === namespace ? undefined : "JWT namepaces did not match";
}

/** The review in an answer, or the error that the answer amounts to. (token_review.go: parseResponse) */
function parseReview({ status, body }: ApiReply): Review | string {
  if (status < 200 || status > 206) return status === 401 ? UNAUTHORIZED : genericServerResponse(status, body.trim());
  const value = unmarshal(body);
  if (value instanceof Error) return value.message;
  const object = statusOf(value);
  if (object === undefined) {
    const kind = value === null ? "null" : Array.isArray(value) ? "array" : typeof value;
    return `json: cannot unmarshal ${kind} into Go value of type v1.TokenReview`;
  }
  // A status that is text is that of a metav1.Status; a TokenReview has an object there.
  if (object.status === undefined || object.status === null || typeof object.status === "string") {
    if (object.status !== "Success") return isUnauthorized(object) ? UNAUTHORIZED : statusMessage(object);
    return "json: cannot unmarshal string into Go struct field TokenReview.status of type v1.TokenReviewStatus";
  }
  return illTyped(object.status) ?? readStatus(object.status);
}

type Shape = "bool" | "string" | "[]string" | "v1.UserInfo" | "map[string]v1.ExtraValue";

/** What a review may hold, in the order in which its types name it. (k8s.io/api/authentication/v1) */
const STATUS_SHAPES: readonly (readonly [name: string, shape: Shape])[] = [
  ["authenticated", "bool"],
  ["user", "v1.UserInfo"],
  ["audiences", "[]string"],
  ["error", "string"],
];
const USER_SHAPES: readonly (readonly [name: string, shape: Shape])[] = [
  ["username", "string"],
  ["uid", "string"],
  ["groups", "[]string"],
  ["extra", "map[string]v1.ExtraValue"],
];

/** Why Go cannot decode a review's status. (encoding/json: UnmarshalTypeError) */
function illTyped(status: unknown): string | undefined {
  if (kindOf(status) !== "object") return unmarshalError(status, "TokenReview.status", "v1.TokenReviewStatus");
  const own = fields(status);
  for (const [name, shape] of STATUS_SHAPES) {
    const mistake = misshapen(own[name], shape, `TokenReviewStatus.status.${name}`);
    if (mistake !== undefined) return mistake;
  }
  const user = fields(own.user);
  for (const [name, shape] of USER_SHAPES) {
    const mistake = misshapen(user[name], shape, `UserInfo.status.user.${name}`);
    if (mistake !== undefined) return mistake;
  }
  return undefined;
}

const KIND_OF_SHAPE: Readonly<Record<Shape, string>> = {
  bool: "bool",
  string: "string",
  "[]string": "array",
  "v1.UserInfo": "object",
  "map[string]v1.ExtraValue": "object",
};

function misshapen(value: unknown, shape: Shape, where: string): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (kindOf(value) !== KIND_OF_SHAPE[shape]) return unmarshalError(value, where, shape);
  const items: readonly unknown[] = Array.isArray(value) ? value : [];
  const wrong = items.find((item) => item !== null && typeof item !== "string");
  return wrong === undefined ? undefined : unmarshalError(wrong, where, "string");
}

function unmarshalError(value: unknown, where: string, type: string): string {
  return `json: cannot unmarshal ${kindOf(value)} into Go struct field ${where} of type ${type}`;
}

/** What encoding/json calls a value. */
function kindOf(value: unknown): string {
  if (Array.isArray(value)) return "array";
  return typeof value === "boolean" ? "bool" : typeof value;
}

function isUnauthorized({ reason, code }: { readonly reason?: unknown; readonly code?: unknown }): boolean {
  return reason === "Unauthorized" || ((reason === undefined || reason === "") && code === 401);
}

function readStatus(status: unknown): Review {
  const { error, authenticated, audiences, user } = fields(status);
  const { username, uid } = fields(user);
  return {
    error: text(error),
    authenticated: authenticated === true,
    audiences: Array.isArray(audiences) ? audiences.map(text) : [],
    username: text(username),
    uid: text(uid),
  };
}

function fields(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : {};
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}
