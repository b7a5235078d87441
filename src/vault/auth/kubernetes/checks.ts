import { goQuote } from "../../../runtime/index.js";
import { pass, refuse, type ServerLog, skip } from "../../../journal/index.js";
import type { BackendContext } from "../../core/backend.js";
import { logLine } from "../../log-line.js";
import { withinCidrs } from "../../token/cidr.js";
import { accountClaims, bindingChecks } from "./checks-binding.js";
import { claimChecks } from "./checks-claims.js";
import { reviewChecks } from "./checks-review.js";
import { signatureChecks } from "./checks-signature.js";
import { timeChecks } from "./checks-times.js";
import type { Login, LoginCheck } from "./login.js";
import { LOCAL_CA_FILE, LOCAL_TOKEN_FILE, noSuchFile } from "./pod.js";

/**
 * The checks of a login in the real plugin's order. Until plugin 0.12 the claims came before the signature, and until
 * 0.17 the namespace before the name. (vault-plugin-auth-kubernetes: path_login.go)
 */
export function loginChecks(context: BackendContext): readonly LoginCheck[] {
  const token = { ...signatureChecks, ...claimChecks, ...timeChecks };
  const binding = bindingChecks(context);
  const claimsFirst = context.quirk("kubernetes-claims-before-signature");
  const verified = claimsFirst
    ? [
        token.parse,
        token.issuer,
        token.audience,
        token.boundAudiences,
        accountClaims,
        ...binding,
        token.signature,
        token.oldTimes,
      ]
    : [
        token.signature,
        token.algorithm,
        token.registeredClaims,
        token.issuer,
        token.audience,
        token.boundAudiences,
        token.notBefore,
        token.expiry,
        token.issuedAt,
        accountClaims,
        ...binding,
      ];
  return [missingRole, missingJwt, role, cidr, config, ...verified, ...reviewChecks];
}

const missingRole: LoginCheck = {
  id: "missing-role",
  doc: "The request names a role; this is looked at before the token.",
  wants: () => "a role",
  run: ({ roleName }) =>
    roleName === ""
      ? refuse({ status: 400, text: "missing role" }, { remedy: 'send {"role": "…", "jwt": "…"}' })
      : pass(roleName),
};

const missingJwt: LoginCheck = {
  id: "missing-jwt",
  doc: "The request holds a token.",
  wants: () => "a JWT",
  run: ({ jwt }) =>
    jwt === ""
      ? refuse({ status: 400, text: "missing jwt" }, { remedy: "send the service account's token as jwt" })
      : pass(`${jwt.length} characters`),
};

const role: LoginCheck = {
  id: "role",
  doc: "The role exists; names are compared in lower case.",
  wants: ({ state }) =>
    state.roles.size === 0 ? "a role, but none was written" : `one of ${[...state.roles.keys()].join(", ")}`,
  run: (login) => {
    const found = login.state.roles.get(login.roleName.toLowerCase());
    if (found === undefined) {
      const text = `invalid role name ${goQuote(login.roleName)}`;
      const remedy = `write auth/…/role/${login.roleName}, or log in with a role that exists on this mount`;
      return refuse({ status: 400, text }, { got: login.roleName, remedy });
    }
    login.set("role", found);
    return pass(login.roleName);
  },
};

const cidr: LoginCheck = {
  id: "cidr",
  doc: "The client's address lies in the role's token_bound_cidrs.",
  wants: (login) => login.get("role").token.boundCidrs.join(", ") || undefined,
  run: (login) => {
    const blocks = login.get("role").token.boundCidrs;
    const remote = login.request.remoteAddress;
    if (blocks.length === 0) return skip("the role has no token_bound_cidrs");
    if (withinCidrs(remote, blocks)) return pass(remote);
    const remedy = "add the address to the role's token_bound_cidrs, or see which proxy changes it";
    return refuse({ status: 403, text: "permission denied" }, { got: remote, remedy });
  },
};

const config: LoginCheck = {
  id: "config",
  doc: "The method is configured, and the CA that verifies the API server can be had.",
  wants: () => "a configuration with a CA",
  run: (login) => {
    const found = login.state.config;
    if (found === undefined) {
      const remedy = "write auth/…/config with kubernetes_host";
      return refuse({ status: 500, text: "could not load backend configuration" }, { got: "none", remedy });
    }
    const { context } = login;
    const local = found.disableLocalCaJwt ? undefined : context.pod;
    const needsLocal = !found.disableLocalCaJwt && found.reviewerJwt === "";
    login.reviewer = found.reviewerJwt !== "" ? found.reviewerJwt : (local?.token() ?? "");
    const log = needsLocal && local === undefined ? { log: noLocalToken(login) } : {};
    if (found.caCert === "" && !found.disableLocalCaJwt && local === undefined) {
      const remedy = "set kubernetes_ca_cert: this Vault runs in no pod whose CA it could use";
      return refuse({ status: 500, text: noSuchFile(LOCAL_CA_FILE) }, { ...log, got: "no CA", remedy });
    }
    login.set("config", found);
    login.set("api", login.state.api(found, found.caCert === "" ? local?.ca() : found.caCert));
    return { ...pass(found.host), ...log };
  },
};

function noLocalToken(login: Login): ServerLog {
  const text = "failed to read local service account token, will use client token";
  return { level: "debug", line: logLine(login.logger, text, { error: noSuchFile(LOCAL_TOKEN_FILE) }) };
}
