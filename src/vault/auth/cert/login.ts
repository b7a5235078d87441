import { decide } from "../../../journal/index.js";
import { type CertificateFields, colonHex, decimalSerial, parseCertificate } from "../../../pki/index.js";
import type { AuthGrant, BackendContext, BackendReply, BackendRequest, Renewal } from "../../core/backend.js";
import { VaultError } from "../../core/backend.js";
import { withinCidrs } from "../../token/cidr.js";
import { samePolicies, tokenGrant } from "../token-params.js";
import { type CertLogin, LOGIN_CHECKS } from "./checks.js";
import type { CertConfig } from "./config.js";
import { extensionMetadata } from "./extensions.js";
import type { CertRole } from "./role.js";

/** What the method keeps. */
export interface CertState {
  readonly context: BackendContext;
  readonly roles: Map<string, CertRole>;
  config: CertConfig;
}

type Verified = { readonly leaf: CertificateFields; readonly role: CertRole } | { readonly refusal: BackendReply };

/** Runs the checks over the connection's certificates and journals them. (path_login.go: verifyCredentials) */
async function verify(state: CertState, request: BackendRequest, wanted: string): Promise<Verified> {
  const { context, roles } = state;
  const chain = (request.tls?.clientChain ?? []).map(parseCertificate);
  const attempt: CertLogin = {
    saysLess: context.quirk("cert-login-errors-are-short"),
    saysOne: state.context.quirk("cert-failures-are-one-text"),
    hasTls: request.tls !== undefined,
    chain,
    roles: [...roles.values()].filter(({ name }) => wanted === "" || name === wanted),
    now: context.clock.now(),
    isPeerAllowed: (cidrs) => withinCidrs(request.remoteAddress, cidrs),
    matched: [],
  };
  const decision = await decide(LOGIN_CHECKS, attempt);
  request.exchange.decided("certificate login", decision);
  if (decision.refusal !== undefined) return { refusal: decision.refusal.reply };
  const [leaf] = chain;
  const [role] = attempt.matched;
  if (leaf === undefined || role === undefined) throw new VaultError(500, "no certificate matched");
  return { leaf, role };
}

export async function logIn(state: CertState, request: BackendRequest): Promise<BackendReply> {
  const verified = await verify(state, request, request.data.string("name").toLowerCase());
  if ("refusal" in verified) return verified.refusal;
  const { leaf, role } = verified;
  const commonName = leaf.subject.commonName ?? "";
  const metadata = {
    authority_key_id: keyId(leaf.authorityKeyId),
    cert_name: role.name,
    common_name: commonName,
    serial_number: decimalSerial(leaf.serial),
    subject_key_id: keyId(leaf.subjectKeyId),
    ...extensionMetadata(role.lists.allowed_metadata_extensions ?? [], leaf),
  };
  return {
    auth: {
      ...tokenGrant(role.token, request.remoteAddress),
      displayName: role.displayName,
      metadata,
      alias: { name: commonName, ...(state.config.aliasMetadata && { metadata }) },
      internalData: { role: role.name, subject: metadata.subject_key_id, authority: metadata.authority_key_id },
    },
  };
}

function keyId(id: Buffer | undefined): string {
  return id === undefined ? "" : colonHex(id);
}

/** A renewal needs the certificate of the login, unless that is switched off. (path_login.go: pathLoginRenew) */
export async function renewLogin(state: CertState, grant: AuthGrant, request: BackendRequest): Promise<Renewal> {
  const { role: name, subject, authority } = grant.internalData ?? {};
  if (!state.config.disableBinding) {
    const verified = await verify(state, request, "");
    if ("refusal" in verified) return refusalOf(verified.refusal);
    const { subjectKeyId, authorityKeyId } = verified.leaf;
    const isSubject = keyId(subjectKeyId) === subject;
    const isAuthority = keyId(authorityKeyId) === authority;
    if (state.context.quirk("cert-renewal-needs-both-key-ids") ? !isSubject : !isSubject && !isAuthority) {
      throw new VaultError(500, "client identity during renewal not matching client identity used during login");
    }
    if (!isAuthority && state.context.quirk("cert-renewal-needs-both-key-ids")) {
      const text = "client authority identity during renewal not matching client identity used during login";
      throw new VaultError(500, text);
    }
  }
  const role = state.roles.get(typeof name === "string" ? name : "");
  if (role === undefined) return undefined;
  if (!samePolicies(role.token.policies, grant.policies)) {
    throw new VaultError(500, "policies have changed, not renewing");
  }
  return { ...grant, ttl: role.token.ttl, maxTtl: role.token.maxTtl, period: role.token.period };
}

function refusalOf(reply: BackendReply): Renewal {
  return reply !== undefined && "error" in reply ? { error: reply.error } : undefined;
}
