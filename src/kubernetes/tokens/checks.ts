import { type Check, pass, refuse, skip } from "../../journal/index.js";
import { goQuote, goQuoteList } from "../../runtime/index.js";
import { isObject, textAt } from "../objects.js";
import { type Resource, RESOURCES } from "../resources.js";
import { groupResourceText } from "../status.js";
import type { ObjectStore } from "../store.js";
import { LEGACY, privateClaims } from "./claims.js";
import { isSignedBy, type ParsedToken } from "./jwt.js";
import type { SigningKey } from "./keys.js";

/** A service account token on its way through the authenticator. */
export interface TokenContext {
  readonly token: string;
  /** Audiences that the caller asks for. */
  readonly wanted: readonly string[];
  /** `--api-audiences`. */
  readonly apiAudiences: readonly string[];
  readonly keys: readonly SigningKey[];
  readonly objects: ObjectStore;
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly parsed: ParsedToken;
}

/**
 * What a refusal says: the authenticator's error, or nothing where it steps aside for the next one and the caller
 * only hears `invalid bearer token`.
 */
export interface TokenRefusal {
  readonly error?: string;
}
export type TokenCheck = Check<TokenContext, TokenRefusal>;

const LEEWAY_SECONDS = 60;

/** The steps that every service account token takes first. (pkg/serviceaccount/jwt.go AuthenticateToken) */
const SHARED: readonly TokenCheck[] = [
  {
    id: "signature",
    doc: "A key of the cluster, chosen by `kid` if there is one, confirms the signature. (jwt.go, go-jose)",
    wants: (context) => context.keys.map((key) => `${key.algorithm} kid ${key.kid}`).join(", "),
    run(context) {
      const { header } = context.parsed;
      const kid = typeof header.kid === "string" ? header.kid : "";
      const got = `${textAt(header, "alg")}${kid === "" ? " without kid" : ` kid ${kid}`}`;
      const keys = context.keys.filter((key) => kid === "" || key.kid === kid);
      if (keys.length === 0) return refuse({ error: "invalid signature, no keys found" }, { got });
      if (keys.some((key) => isSignedBy(context.parsed, key.publicKey))) return pass(got);
      return refuse(
        { error: "go-jose/go-jose: error in cryptographic primitive" },
        { got, note: "signed with another key" },
      );
    },
  },
  {
    id: "audience",
    doc: "The token's `aud` and the wanted audiences meet; a token without `aud` has the API server's. (jwt.go)",
    wants: (context) => `one of ${goQuoteList(context.wanted)}`,
    run(context) {
      const aud = audiencesOf(context);
      if (aud === undefined) {
        return refuse({ error: "go-jose/go-jose/jwt: expected string or array value to unmarshal to Audience" });
      }
      const got = goQuoteList(aud);
      if (commonAudiences(context).length > 0) return pass(got);
      return refuse(
        { error: `token audiences ${got} is invalid for the target audiences ${goQuoteList(context.wanted)}` },
        { got, remedy: `present a token that was requested for ${context.wanted.map(goQuote).join(" or ")}` },
      );
    },
  },
];

/** Tokens of TokenRequest. (pkg/serviceaccount/claims.go Validate) */
const BOUND: readonly TokenCheck[] = [
  {
    id: "expiry",
    doc: "`nbf`, `exp` and `iat` hold now, with a minute's leeway. (claims.go)",
    wants: (context) => `valid at ${new Date(context.now).toISOString()}`,
    run(context) {
      const { nbf, exp, iat } = context.parsed.payload;
      const now = context.now / 1000;
      const got = `nbf ${moment(nbf)}, exp ${moment(exp)}`;
      if (typeof nbf === "number" && now + LEEWAY_SECONDS < nbf) {
        return refuse({ error: "service account token is not valid yet" }, { got, remedy: "compare the clocks" });
      }
      if (typeof exp === "number" && now - LEEWAY_SECONDS > exp) {
        return refuse({ error: "service account token has expired" }, { got, remedy: "request a new token" });
      }
      if (typeof iat === "number" && now + LEEWAY_SECONDS < iat) {
        return refuse(
          { error: "service account token claims could not be validated due to unexpected validation error" },
          { got: `iat ${moment(iat)}`, remedy: "compare the clocks" },
        );
      }
      return pass(got);
    },
  },
  {
    id: "service-account",
    doc: "The service account is still there and is the same one. (claims.go)",
    run: (context) => {
      const claims = privateClaims(context.parsed.payload);
      return checkAccount(context, textAt(claims, "namespace"), claims.serviceaccount);
    },
  },
  {
    id: "bound-object",
    doc: "The secret, pod or node that the token is bound to is still there and is the same one. (claims.go)",
    run(context) {
      const claims = privateClaims(context.parsed.payload);
      const bound = BOUND_KINDS.filter(({ claim }) => isObject(claims[claim]));
      const [first] = bound;
      if (first === undefined) return skip("the token is not bound to an object");
      for (const { claim, resource, phrase } of bound) {
        if (claim === "node" && isObject(claims.pod)) continue;
        const name = textAt(claims, claim, "name");
        const uid = textAt(claims, claim, "uid");
        const object = context.objects.get(resource, textAt(claims, "namespace"), name);
        const got = `${resource.kind} ${name} (${uid})`;
        if (object === undefined) {
          const remedy = `the ${claim} is gone, and its tokens with it: use a token that is not bound to it`;
          return refuse({ error: "service account token has been invalidated" }, { got, remedy });
        }
        const there = object.metadata.uid;
        if (there === uid) continue;
        const error = `${phrase} UID (${there}) does not match service account ${claim} ref claim (${uid})`;
        return refuse({ error }, { got, remedy: `the ${claim} was created again: request a new token` });
      }
      return pass(`${first.resource.kind} ${textAt(claims, first.claim, "name")}`);
    },
  },
];

const BOUND_KINDS: readonly {
  readonly claim: "secret" | "pod" | "node";
  readonly resource: Resource;
  readonly phrase: string;
}[] = [
  { claim: "secret", resource: RESOURCES.secret, phrase: "secret" },
  { claim: "pod", resource: RESOURCES.pod, phrase: "pod" },
  { claim: "node", resource: RESOURCES.node, phrase: "node" },
];

/** Long-lived tokens of Secrets. (pkg/serviceaccount/legacy.go Validate) */
const LONG_LIVED: readonly TokenCheck[] = [
  {
    id: "claims",
    doc: "Subject and all four private claims are there and agree. (legacy.go)",
    run(context) {
      const { sub, ...claims } = context.parsed.payload;
      const namespace = textAt(claims, `${LEGACY}namespace`);
      const account = textAt(claims, `${LEGACY}service-account.name`);
      const missing =
        (typeof sub !== "string" || sub === "" ? "sub" : undefined) ??
        (namespace === "" ? "namespace" : undefined) ??
        (textAt(claims, `${LEGACY}secret.name`) === "" ? "secretName" : undefined) ??
        (account === "" ? "serviceAccountName" : undefined) ??
        (textAt(claims, `${LEGACY}service-account.uid`) === "" ? "serviceAccountUID" : undefined);
      if (missing !== undefined) return refuse({ error: `${missing} claim is missing` });
      if (sub !== `system:serviceaccount:${namespace}:${account}`) return refuse({ error: "sub claim is invalid" });
      return pass(sub);
    },
  },
  {
    id: "secret",
    doc: "The Secret is still there and holds this very token. (legacy.go)",
    run(context) {
      const claims = context.parsed.payload;
      const name = textAt(claims, `${LEGACY}secret.name`);
      const secret = context.objects.get(RESOURCES.secret, textAt(claims, `${LEGACY}namespace`), name);
      if (secret === undefined) return refuse({ error: "Token has been invalidated" }, { got: `no Secret ${name}` });
      const copy = Buffer.from(textAt(secret, "data", "token"), "base64").toString();
      if (copy === context.token) return pass(`Secret ${name}`);
      return refuse({ error: "Token does not match server's copy" }, { got: `Secret ${name}` });
    },
  },
  {
    id: "service-account",
    doc: "The service account is still there and is the same one. (legacy.go)",
    run(context) {
      const claims = context.parsed.payload;
      const name = claims[`${LEGACY}service-account.name`];
      return checkAccount(context, textAt(claims, `${LEGACY}namespace`), {
        name,
        uid: claims[`${LEGACY}service-account.uid`],
      });
    },
  },
];

function checkAccount(
  context: TokenContext,
  namespace: string,
  claim: unknown,
  noun = "service account",
): ReturnType<TokenCheck["run"]> {
  const name = textAt(claim, "name");
  const uid = textAt(claim, "uid");
  const got = `${namespace}/${name} (${uid})`;
  const account = context.objects.get(RESOURCES.serviceAccount, namespace, name);
  if (account === undefined) {
    const error = `${groupResourceText(RESOURCES.serviceAccount)} ${goQuote(name)} not found`;
    return refuse({ error }, { got, remedy: "the service account is gone: create it and request a new token" });
  }
  const there = account.metadata.uid;
  if (there === uid) return pass(got);
  const error = `${noun} UID (${there}) does not match claim (${uid})`;
  return refuse({ error }, { got, remedy: "the service account was created again: request a new token" });
}

/** The check list for a token of the API server's own issuer, or of the legacy issuer; ids begin with `prefix-`. */
export function tokenChecks(kind: "bound" | "long-lived", prefix: "bearer" | "token"): readonly TokenCheck[] {
  return LISTS[`${prefix} ${kind}`];
}

function named(prefix: string, checks: readonly TokenCheck[]): readonly TokenCheck[] {
  return checks.map((check) => ({ ...check, id: `${prefix}-${check.id}` }));
}

const LISTS = {
  "bearer bound": named("bearer", [...SHARED, ...BOUND]),
  "bearer long-lived": named("bearer", [...SHARED, ...LONG_LIVED]),
  "token bound": named("token", [...SHARED, ...BOUND]),
  "token long-lived": named("token", [...SHARED, ...LONG_LIVED]),
} as const;

/** The audiences that the token is good for among those asked for, in the order asked. (authenticator.Audiences.Intersect) */
export function commonAudiences(context: TokenContext): readonly string[] {
  const aud = audiencesOf(context) ?? [];
  return context.wanted.filter((wanted) => aud.includes(wanted));
}

function audiencesOf(context: TokenContext): readonly string[] | undefined {
  const aud = context.parsed.payload.aud;
  if (typeof aud === "string") return [aud];
  if (aud === undefined || aud === null) return context.apiAudiences;
  if (!Array.isArray(aud)) return undefined;
  const texts = aud.filter((item): item is string => typeof item === "string");
  if (texts.length !== aud.length) return undefined;
  return texts.length === 0 ? context.apiAudiences : texts;
}

function moment(seconds: unknown): string {
  return typeof seconds === "number" ? new Date(seconds * 1000).toISOString() : "none";
}
