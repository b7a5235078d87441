import { goQuote, goQuoteList } from "../../../runtime/index.js";
import { type Check, pass, refuse, type Refused } from "../../../journal/index.js";
import type { BackendContext, BackendReply } from "../../core/backend.js";
import { type Claims, registeredClaims, type RegisteredClaims } from "../registered-claims.js";
import { claimsOf, isFailure, parseCompact, type SignedToken, SIGNING_ALGORITHMS } from "../signed-token.js";
import { isOidc } from "./oidc.js";
import { boundClaimsError, type Identity, identityOf } from "./claims.js";
import type { JwtConfig } from "./config.js";
import type { JwtRole } from "./role.js";
import { timesError } from "../token-times.js";

/** A login on its way through the checks, which fill in what they find out. */
export interface JwtLogin {
  readonly context: BackendContext;
  readonly roles: ReadonlyMap<string, JwtRole>;
  readonly config: JwtConfig | undefined;
  roleName: string;
  readonly jwt: string;
  readonly isPeerAllowed: (cidrs: readonly string[]) => boolean;
  role?: JwtRole;
  token?: SignedToken;
  claims: Claims;
  registered: RegisteredClaims;
  identity?: Identity;
}

type LoginCheck = Check<JwtLogin, BackendReply>;

const bad = (error: string, about: { got?: string; remedy?: string } = {}): Refused<BackendReply> =>
  refuse<BackendReply>({ error, status: 400 }, about);
const invalid = (why: string, about: { got?: string; remedy?: string } = {}): Refused<BackendReply> =>
  bad(`error validating token: ${why}`, about);

/** Keys behind a URL are only asked about algorithms that sign with one half of a pair. (go-jose 4: ParseSigned) */
function unlistedAlgorithm({ config, context }: JwtLogin, algorithm: string): string | undefined {
  const malformed = config?.keys.malformed ?? "";
  if (malformed === "" || !context.quirk("jwt-remote-algorithms-are-listed")) return undefined;
  const known: readonly string[] = [...SIGNING_ALGORITHMS, "EdDSA"];
  if (known.includes(algorithm)) return undefined;
  return `${malformed}unexpected signature algorithm ${goQuote(algorithm)}; expected ${goQuoteList(known)}`;
}

/** The steps of a JWT login in the plugin's order (vault-plugin-auth-jwt path_login.go). Every refusal is a 400 but one. */
export const LOGIN_CHECKS: readonly LoginCheck[] = [
  {
    id: "config",
    doc: "The mount has been configured.",
    run: ({ config }) =>
      config === undefined ? bad("could not load configuration", { remedy: "write the mount's config" }) : pass(),
  },
  {
    id: "missing-role",
    doc: "The request names a role, or the configuration has a default one.",
    run: (login) => {
      if (login.roleName === "") login.roleName = login.config?.defaultRole ?? "";
      return login.roleName === "" ? bad("missing role") : pass(login.roleName);
    },
  },
  {
    id: "role",
    doc: "The role exists and is of type jwt. Names are looked up in lower case.",
    wants: ({ roles }) => [...roles.keys()].join(", "),
    run: (login) => {
      const role = login.roles.get(login.roleName);
      if (role === undefined)
        return bad(`role ${JSON.stringify(login.roleName)} could not be found`, { got: login.roleName });
      if (role.type === "oidc")
        return bad("role with oidc role_type is not allowed", { remedy: "write the role with role_type=jwt" });
      if (login.config !== undefined && isOidc(login.config))
        return bad("error configuring token validator: unsupported config type", {
          remedy: "leave oidc_client_id out of the mount's config, or log in by browser",
        });
      login.role = role;
      return pass(login.roleName);
    },
  },
  {
    id: "missing-jwt",
    doc: "The request holds a token.",
    run: ({ jwt }) => (jwt === "" ? bad("missing token") : pass()),
  },
  {
    id: "cidr",
    doc: "The peer lies within the role's `token_bound_cidrs`.",
    wants: ({ role }) => role?.token.boundCidrs.join(", "),
    run: ({ role, isPeerAllowed }) =>
      isPeerAllowed(role?.token.boundCidrs ?? [])
        ? pass()
        : refuse<BackendReply>({ error: "permission denied", status: 403 }),
  },
  {
    id: "signature",
    doc: "One of the configured keys signed the token.",
    run: async (login) => {
      const token = parseCompact(
        login.jwt,
        login.context.quirk("jose-is-square-with-keys") ? "square/go-jose" : "go-jose/go-jose",
      );
      if (isFailure(token)) {
        return invalid(`error verifying token signature: ${login.config?.keys.malformed ?? ""}${token.error}`);
      }
      const unlisted = unlistedAlgorithm(login, token.algorithm);
      if (unlisted !== undefined)
        return invalid(`error verifying token signature: ${unlisted}`, { got: token.algorithm });
      const refusal = await login.config?.keys.refusal(token);
      if (refusal !== undefined)
        return invalid(`error verifying token signature: ${refusal}`, { got: `${token.algorithm} ${token.keyId}` });
      const claims = claimsOf(token);
      if (isFailure(claims)) return invalid(claims.error);
      Object.assign(login, { token, claims });
      return pass(token.algorithm);
    },
  },
  {
    id: "algorithm",
    doc: "The token's algorithm is one of `jwt_supported_algs`.",
    wants: ({ config }) => config?.algorithms.join(", "),
    run: ({ config, token }) => {
      const algorithms = config?.algorithms ?? [];
      if (algorithms.length === 0 || algorithms.includes(token?.algorithm ?? "")) return pass(token?.algorithm);
      const why = "invalid algorithm (alg) header parameter: token signed with unexpected algorithm";
      return invalid(why, { got: token?.algorithm ?? "" });
    },
  },
  {
    id: "registered-claims",
    doc: "Issuer, audience and times have the types that a JWT gives them.",
    run: (login) => {
      const registered = registeredClaims(login.claims, "go-jose/go-jose");
      if ("error" in registered) return invalid(registered.error);
      Object.assign(login, { registered });
      return pass();
    },
  },
  {
    id: "issuer",
    doc: "`iss` equals `bound_issuer`.",
    wants: ({ config }) => config?.issuer,
    run: ({ config, registered: { issuer } }) => {
      const wanted = config?.issuer ?? "";
      return wanted === "" || wanted === issuer ? pass(issuer) : invalid("invalid issuer (iss) claim", { got: issuer });
    },
  },
  {
    id: "subject",
    doc: "`sub` equals the role's `bound_subject`.",
    wants: ({ role }) => role?.boundSubject,
    run: ({ role, claims }) => {
      const subject = typeof claims.sub === "string" ? claims.sub : "";
      const wanted = role?.boundSubject ?? "";
      return wanted === "" || wanted === subject
        ? pass(subject)
        : invalid("invalid subject (sub) claim", { got: subject });
    },
  },
  {
    id: "audience",
    doc: "One of the token's audiences is among the role's `bound_audiences`.",
    wants: ({ role }) => role?.boundAudiences?.join(", "),
    run: ({ role, registered: { audience } }) => {
      const bound = role?.boundAudiences ?? [];
      if (bound.length === 0 || bound.some((one) => audience.includes(one))) return pass(audience.join(", "));
      return invalid("invalid audience (aud) claim: audience claim does not match any expected audience", {
        got: audience.join(", ") || "none",
        remedy: "ask for a token with one of the role's bound_audiences, or add the token's audience to them",
      });
    },
  },
  {
    id: "times",
    doc: "The token is valid now, give or take the role's leeways.",
    run: ({ role, registered, context }) => {
      const { expirationLeeway = 0, notBeforeLeeway = 0, clockSkewLeeway = 0 } = role ?? {};
      const leeways = { expiration: expirationLeeway, notBefore: notBeforeLeeway, clockSkew: clockSkewLeeway };
      const error = timesError(registered, Math.floor(context.clock.now() / 1_000), leeways);
      const got = `iat ${registered.issuedAt}, nbf ${registered.notBefore}, exp ${registered.expiry}`;
      return error === undefined ? pass(got) : invalid(error, { got });
    },
  },
  {
    id: "audience-is-bound",
    doc: "A token with an audience needs a role that binds one; a plain string counts since plugin 0.20.3.",
    run: ({ role, claims, registered: { audience }, context }) => {
      const counts = context.quirk("jwt-string-audience-must-be-bound") || Array.isArray(claims.aud);
      if (!counts || audience.length === 0 || (role?.boundAudiences?.length ?? 0) > 0) return pass();
      const remedy = "write the role with bound_audiences that hold the token's audience";
      return bad("audience claim found in JWT but no audiences bound to the role", {
        got: audience.join(", "),
        remedy,
      });
    },
  },
  {
    id: "identity",
    doc: "The user, metadata and groups can be read from the claims that the role names.",
    wants: ({ role }) => role?.userClaim,
    run: (login) => {
      const comparesNumbers = login.context.quirk("jwt-numbers-are-compared");
      const identity =
        login.role === undefined ? "role missing" : identityOf(login.role, login.claims, comparesNumbers);
      if (typeof identity === "string") return bad(identity);
      login.identity = identity;
      return pass(identity.user);
    },
  },
  {
    id: "bound-claims",
    doc: "Every claim in the role's `bound_claims` matches.",
    wants: ({ role }) => (role?.boundClaims === null ? undefined : JSON.stringify(role?.boundClaims)),
    run: ({ role, claims, context }) => {
      const error =
        role === undefined ? undefined : boundClaimsError(role, claims, context.quirk("jwt-numbers-are-compared"));
      return error === undefined ? pass() : bad(`error validating claims: ${error}`);
    },
  },
];
