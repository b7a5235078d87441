import { decide } from "../../../journal/index.js";
import { colonHex, decimalSerial, parseCertificate, parseChain } from "../../../pki/index.js";
import { withinCidrs } from "../../token/cidr.js";
import type { BackendContext, BackendFactory, BackendReply, BackendRequest } from "../../core/backend.js";
import { VaultError } from "../../core/backend.js";
import { genericName, listReply, NOT_FOUND } from "../../core/sdk.js";
import { InvalidRole, NO_TOKEN_PARAMS, parseTokenFields, tokenData, tokenGrant } from "../token-params.js";
import { type CertLogin, LOGIN_CHECKS } from "./login.js";
import { certFields, type CertRole, LISTS, shownLists } from "./role.js";

/**
 * The TLS certificates auth method.
 * @see https://developer.hashicorp.com/vault/api-docs/auth/cert
 */
export const cert: BackendFactory = (context) => {
  const roles = new Map<string, CertRole>();
  return {
    paths: [
      {
        pattern: "login",
        summary: "Log in with the connection's client certificate.",
        fields: { name: { type: "string", description: "Only this role" } },
        operations: { update: (request) => login(context, roles, request) },
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
          update: (request) => write(roles, request),
          delete: ({ data }) => void roles.delete(data.string("name").toLowerCase()),
        },
      },
      {
        pattern: "config",
        summary: "Settings of the method.",
        fields: { disable_binding: { type: "bool" }, enable_identity_alias_metadata: { type: "bool" } },
        operations: {
          read: () => ({ data: { disable_binding: false, enable_identity_alias_metadata: false } }),
          update: () => undefined,
        },
      },
    ],
    unauthenticated: ["login"],
  };
};

function shown(context: BackendContext, role: CertRole | undefined): BackendReply {
  if (role === undefined) return NOT_FOUND;
  return {
    data: {
      ...shownLists(role),
      certificate: role.certificate,
      display_name: role.displayName,
      ...tokenData(role.token, context),
    },
  };
}

/** The steps of pathCertWrite (builtin/credential/cert/path_certs.go). */
function write(roles: Map<string, CertRole>, { data }: BackendRequest): BackendReply {
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
    roles.set(name, { name, certificate, parsed, lists, displayName: displayName === "" ? name : displayName, token });
    return undefined;
  } catch (error) {
    if (error instanceof InvalidRole) return { error: error.message };
    throw error;
  }
}

async function login(
  context: BackendContext,
  roles: Map<string, CertRole>,
  request: BackendRequest,
): Promise<BackendReply> {
  const chain = (request.tls?.clientChain ?? []).map(parseCertificate);
  const wanted = request.data.string("name").toLowerCase();
  const attempt: CertLogin = {
    saysLess: context.quirk("cert-login-errors-are-short"),
    takesAnyUsage: context.quirk("cert-login-takes-any-key-usage"),
    hasTls: request.tls !== undefined,
    chain,
    roles: [...roles.values()].filter(({ name }) => wanted === "" || name === wanted),
    now: context.clock.now(),
    isPeerAllowed: (cidrs) => withinCidrs(request.remoteAddress, cidrs),
    matched: [],
  };
  const decision = await decide(LOGIN_CHECKS, attempt);
  request.exchange.decided("certificate login", decision);
  if (decision.refusal !== undefined) return decision.refusal.reply;
  const [leaf] = chain;
  const [role] = attempt.matched;
  if (leaf === undefined || role === undefined) throw new VaultError(500, "no certificate matched");
  const keyId = (id: Buffer | undefined): string => (id === undefined ? "" : colonHex(id));
  return {
    auth: {
      ...tokenGrant(role.token, request.remoteAddress),
      displayName: role.displayName,
      metadata: {
        authority_key_id: keyId(leaf.authorityKeyId),
        cert_name: role.name,
        common_name: leaf.subject.commonName ?? "",
        serial_number: decimalSerial(leaf.serial),
        subject_key_id: keyId(leaf.subjectKeyId),
      },
      alias: { name: leaf.subject.commonName ?? "" },
      internalData: { role: role.name },
    },
  };
}
