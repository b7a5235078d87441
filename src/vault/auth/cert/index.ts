import type { BackendContext, BackendFactory, BackendReply } from "../../core/backend.js";
import { genericName, listReply, NOT_FOUND } from "../../core/sdk.js";
import { deprecatedData, tokenData } from "../token-params.js";
import { configPath, NEW_CONFIG } from "./config.js";
import { type CertState, logIn, renewLogin } from "./login.js";
import { certFields, type CertRole, shownLists } from "./role.js";
import { writeRole } from "./role-write.js";

/**
 * The TLS certificates auth method. Revocation lists and OCSP are kept and not asked.
 * @see https://developer.hashicorp.com/vault/api-docs/auth/cert
 */
export const cert: BackendFactory = (context) => {
  const state: CertState = { context, roles: new Map(), config: NEW_CONFIG };
  const { roles } = state;
  return {
    paths: [
      {
        pattern: "login",
        summary: "Log in with the connection's client certificate.",
        fields: { name: { type: "string", description: "Only this role" } },
        operations: { update: (request) => logIn(state, request) },
      },
      {
        pattern: "certs/?",
        summary: "Names of roles.",
        paged: true,
        operations: { list: () => listReply(roles.keys()) },
      },
      {
        pattern: `certs/${genericName("name")}`,
        summary: "A role: a certificate, and who may log in with what it signed.",
        fields: certFields(context),
        operations: {
          read: ({ data }) => shown(context, roles.get(data.string("name").toLowerCase())),
          update: (request) => writeRole(context, roles, request),
          delete: ({ data }) => void roles.delete(data.string("name").toLowerCase()),
        },
      },
      configPath(context, state),
    ],
    unauthenticated: ["login"],
    renew: (grant, request) => renewLogin(state, grant, request),
  };
};

function shown(context: BackendContext, role: CertRole | undefined): BackendReply {
  if (role === undefined) return NOT_FOUND;
  const token = tokenData(role.token, context);
  return {
    data: {
      ...shownLists(context, role),
      ...(context.quirk("cert-has-ocsp") && role.ocsp),
      certificate: role.certificate,
      display_name: role.displayName,
      ...token,
      ...deprecatedData(role.deprecated, token),
    },
  };
}
