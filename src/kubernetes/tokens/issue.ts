import { type Check, decide, type Decision, pass, refuse, skip } from "../../journal/index.js";
import type { Clock, Ids } from "../../runtime/index.js";
import { type JsonObject, type KubernetesObject, textAt, timestamp } from "../objects.js";
import type { KubernetesRelease } from "../quirks.js";
import { type Resource, RESOURCES } from "../resources.js";
import { type ApiError, badRequest, conflict, invalid, invalidValue, notFound, otherNamespace } from "../status.js";
import type { ObjectStore } from "../store.js";
import type { SigningKey } from "./keys.js";

/** The object whose end ends a token. */
export interface BoundObjectRef {
  readonly apiVersion?: string;
  readonly kind: string;
  readonly name: string;
  readonly uid?: string;
}

export interface TokenRequestSpec {
  readonly audiences: readonly string[];
  readonly expirationSeconds: number;
  readonly boundObjectRef?: BoundObjectRef;
}

export interface IssuerOptions {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly objects: ObjectStore;
  readonly release: KubernetesRelease;
  readonly issuer: string;
  readonly apiAudiences: readonly string[];
  key(): Promise<SigningKey>;
}

interface RequestContext {
  readonly options: IssuerOptions;
  readonly namespace: string;
  readonly name: string;
  readonly metadata: unknown;
  readonly spec: TokenRequestSpec;
  account?: KubernetesObject;
  bound?: KubernetesObject;
}

const INVALID_KIND = ["authentication.k8s.io", "TokenRequest"] as const;

/** The steps of `serviceaccounts/token`. (pkg/registry/core/serviceaccount/storage/token.go Create) */
const CHECKS: readonly Check<RequestContext, ApiError>[] = [
  {
    id: "token-request-name",
    doc: "Name and namespace in the body, if any, are those of the path.",
    run({ metadata, name, namespace }) {
      const named = textAt(metadata, "name");
      const inNamespace = textAt(metadata, "namespace");
      if (inNamespace !== "" && inNamespace !== namespace) return refuse(otherNamespace(), { got: inNamespace });
      if (named !== "" && named !== name) {
        const error = invalidValue("metadata.name", named, "must match the service account name if specified");
        return refuse(invalid(...INVALID_KIND, name, [error]), { got: named });
      }
      return pass();
    },
  },
  {
    id: "service-account",
    doc: "The service account exists, in a namespace that does, and has the uid that the body may tell.",
    run(context) {
      const { name, namespace, options, metadata } = context;
      if (options.objects.get(RESOURCES.namespace, "", namespace) === undefined) {
        return refuse(notFound(RESOURCES.namespace, namespace), { got: `no namespace ${namespace}` });
      }
      const account = options.objects.get(RESOURCES.serviceAccount, namespace, name);
      if (account === undefined)
        return refuse(notFound(RESOURCES.serviceAccount, name), { got: `no ${namespace}/${name}` });
      const uid = textAt(metadata, "uid");
      const isHeld = options.release.quirk("token-request-uid");
      if (isHeld && uid !== "" && uid !== account.metadata.uid) {
        const theirs = `the UID of the service account (${account.metadata.uid})`;
        const why = `the UID in the token request (${uid}) does not match ${theirs}`;
        return refuse(conflict({ group: INVALID_KIND[0], plural: INVALID_KIND[1] }, name, why), { got: uid });
      }
      context.account = account;
      return pass(`${namespace}/${name}`);
    },
  },
  {
    id: "expiration",
    doc: "The lifetime lies between ten minutes and 2^32 seconds. (authentication/validation)",
    wants: () => "600 to 4294967296 seconds",
    run({ spec }) {
      const seconds = spec.expirationSeconds;
      const got = `${seconds} seconds`;
      const limit = seconds < 600 ? "less than 10 minutes" : seconds > 2 ** 32 ? "larger than 2^32 seconds" : undefined;
      if (limit === undefined) return pass(got);
      const error = invalidValue("spec.expirationSeconds", seconds, `may not specify a duration ${limit}`);
      return refuse(invalid(...INVALID_KIND, "", [error]), { got });
    },
  },
  {
    id: "bound-object",
    doc: "The object to bind to exists, is of a kind that can be bound, and has the uid asked for.",
    run(context) {
      const ref = context.spec.boundObjectRef;
      if (ref === undefined) return skip("no boundObjectRef");
      return bind(context, ref);
    },
  },
];

function bind(context: RequestContext, ref: BoundObjectRef): ReturnType<Check<RequestContext, ApiError>["run"]> {
  const { namespace, name, options } = context;
  const { group, version } = splitApiVersion(ref.apiVersion ?? "");
  const resource = group === "" ? bindable(ref.kind, options.release) : undefined;
  const got = `${ref.kind} ${ref.name}`;
  if (resource === undefined) {
    return refuse(badRequest(`cannot bind token to object of type ${group}/${version}, Kind=${ref.kind}`), { got });
  }
  if (ref.name === "") return refuse(badRequest("Name parameter required."), { got });
  const object = options.objects.get(resource, namespace, ref.name);
  if (object === undefined) return refuse(notFound(resource, ref.name), { got });
  if (resource === RESOURCES.pod && textAt(object, "spec", "serviceAccountName") !== name) {
    const text = `cannot bind token for serviceaccount "${name}" to pod running with different serviceaccount name.`;
    return refuse(badRequest(text), { got: `${got} of ${textAt(object, "spec", "serviceAccountName")}` });
  }
  if (ref.uid !== undefined && ref.uid !== "" && ref.uid !== object.metadata.uid) {
    const why =
      `the UID in the bound object reference (${ref.uid}) does not match the UID in record. ` +
      "The object might have been deleted and then recreated";
    return refuse(conflict({ group: "", plural: ref.kind }, ref.name, why), { got: `${got} (${object.metadata.uid})` });
  }
  context.bound = object;
  return pass(got);
}

function bindable(kind: string, release: KubernetesRelease): Resource | undefined {
  if (kind === "Pod") return RESOURCES.pod;
  if (kind === "Secret") return RESOURCES.secret;
  return kind === "Node" && release.quirk("node-claims") ? RESOURCES.node : undefined;
}

function splitApiVersion(apiVersion: string): { readonly group: string; readonly version: string } {
  const slash = apiVersion.indexOf("/");
  return slash === -1
    ? { group: "", version: apiVersion }
    : { group: apiVersion.slice(0, slash), version: apiVersion.slice(slash + 1) };
}

/** What a TokenRequest came to. */
export interface IssueOutcome {
  readonly decision: Decision<ApiError>;
  /** Present where nothing refused. */
  readonly issued?: {
    readonly account: KubernetesObject;
    readonly token: string;
    readonly audiences: readonly string[];
    /** RFC 3339. */
    readonly expirationTimestamp: string;
  };
}

/** Issues service account tokens, for TokenRequest and for whoever asks in the process. */
export class TokenIssuer {
  readonly #options: IssuerOptions;

  constructor(options: IssuerOptions) {
    this.#options = options;
  }

  /** @param metadata the body's, which may repeat name and namespace */
  async issue(namespace: string, name: string, spec: TokenRequestSpec, metadata?: unknown): Promise<IssueOutcome> {
    const options = this.#options;
    const audiences = spec.audiences.length === 0 ? options.apiAudiences : spec.audiences;
    const context: RequestContext = { options, namespace, name, metadata, spec: { ...spec, audiences } };
    const decision = await decide(CHECKS, context);
    const { account, bound } = context;
    if (decision.refusal !== undefined || account === undefined) return { decision };
    const now = options.clock.now();
    const token = (await options.key()).sign(claims(context, account, bound, now));
    const expirationTimestamp = timestamp(now + spec.expirationSeconds * 1000);
    return { decision, issued: { account, token, audiences, expirationTimestamp } };
  }
}

/**
 * Pod-bound tokens of the kubelet's usual lifetime for the API server itself live a year longer and carry the moment
 * from which their use is only warned about. (claims.go, --service-account-extend-token-expiration)
 */
const EXTENDED_SECONDS = 3_607;
const EXTENSION_SECONDS = 365 * 24 * 3_600;

function claims(
  context: RequestContext,
  account: KubernetesObject,
  bound: KubernetesObject | undefined,
  now: number,
): JsonObject {
  const { options, namespace, name, spec } = context;
  const seconds = Math.floor(now / 1000);
  const isPod = bound?.kind === "Pod";
  const extended =
    isPod &&
    spec.expirationSeconds === EXTENDED_SECONDS &&
    spec.audiences.every((a) => options.apiAudiences.includes(a));
  const kubernetes: Record<string, unknown> = { namespace };
  if (isPod && options.release.quirk("node-claims")) Object.assign(kubernetes, nodeClaim(options.objects, bound));
  if (bound !== undefined)
    kubernetes[bound.kind.toLowerCase()] = { name: bound.metadata.name, uid: bound.metadata.uid };
  kubernetes.serviceaccount = { name, uid: account.metadata.uid };
  if (extended) kubernetes.warnafter = seconds + EXTENDED_SECONDS;
  return {
    aud: spec.audiences,
    exp: seconds + (extended ? EXTENSION_SECONDS : spec.expirationSeconds),
    iat: seconds,
    iss: options.issuer,
    ...(options.release.quirk("token-id") && { jti: options.ids.uuid() }),
    "kubernetes.io": kubernetes,
    nbf: seconds,
    sub: `system:serviceaccount:${namespace}:${name}`,
  };
}

function nodeClaim(objects: ObjectStore, pod: KubernetesObject): JsonObject {
  const name = textAt(pod, "spec", "nodeName");
  if (name === "") return {};
  const uid = objects.get(RESOURCES.node, "", name)?.metadata.uid;
  return { node: { name, ...(uid !== undefined && { uid }) } };
}
