import { parseChain } from "../../../pki/index.js";
import type { BackendContext, BackendFactory, BackendReply, BackendRequest } from "../../core/backend.js";
import { genericName, listReply, NOT_FOUND } from "../../core/sdk.js";
import { InvalidRole, NO_TOKEN_PARAMS, parseTokenFields, tokenData } from "../token-params.js";
import { configPath, NEW_CONFIG } from "./config.js";
import { type CertState, logIn, renewLogin } from "./login.js";
import { certFields, type CertRole, LISTS, NO_OCSP, ocspOf, shownLists } from "./role.js";

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
        operations: { list: () => listReply(roles.keys()) },
      },
      {
        pattern: `certs/${genericName("name")}`,
        summary: "A role: a certificate, and who may log in with what it signed.",
        fields: certFields(context),
        operations: {
          read: ({ data }) => shown(context, roles.get(data.string("name").toLowerCase())),
          update: (request) => write(context, roles, request),
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
  return {
    data: {
      ...shownLists(role),
      ...(context.quirk("cert-has-ocsp") && role.ocsp),
      certificate: role.certificate,
      display_name: role.displayName,
      ...tokenData(role.token, context),
    },
  };
}

/** The steps of pathCertWrite (builtin/credential/cert/path_certs.go). */
function write(context: BackendContext, roles: Map<string, CertRole>, { data }: BackendRequest): BackendReply {
  const name = data.string("name").toLowerCase();
  const old = roles.get(name);
  try {
    const token = parseTokenFields(data, old?.token ?? NO_TOKEN_PARAMS);
    const certificate = data.has("certificate") ? data.string("certificate") : (old?.certificate ?? "");
    const parsed = parseChain(certificate);
    if (parsed.length === 0) return { error: "failed to parse certificate" };
    const lists = Object.fromEntries(
      LISTS.map((field) => [field, data.has(field) ? data.list(field) : (old?.lists[field] ?? [])]),
    );
    const displayName = data.has("display_name") ? data.string("display_name") : (old?.displayName ?? name);
    const ocsp = context.quirk("cert-has-ocsp") ? ocspOf(data, old?.ocsp ?? NO_OCSP) : NO_OCSP;
    const role = {
      name,
      certificate,
      parsed,
      lists,
      ocsp,
      displayName: displayName === "" ? name : displayName,
      token,
    };
    roles.set(name, role);
    return undefined;
  } catch (error) {
    if (error instanceof InvalidRole) return { error: error.message };
    throw error;
  }
}
