import { parseChain } from "../../../pki/index.js";
import type { BackendContext, BackendReply, BackendRequest, FieldData } from "../../core/backend.js";
import { VaultError } from "../../core/backend.js";
import {
  type DeprecatedParams,
  InvalidRole,
  NO_TOKEN_PARAMS,
  parseTokenFields,
  type TokenParams,
  upgradeTokenFields,
} from "../token-params.js";
import { type CertRole, listsOf, NO_OCSP, ocspOf } from "./role.js";

interface Upgraded {
  readonly params: TokenParams;
  readonly deprecated: DeprecatedParams;
}

/** The steps of pathCertWrite (builtin/credential/cert/path_certs.go). */
export function writeRole(
  context: BackendContext,
  roles: Map<string, CertRole>,
  { data }: BackendRequest,
): BackendReply {
  const name = data.string("name").toLowerCase();
  const old = roles.get(name);
  try {
    const parsedToken = parseTokenFields(data, old?.token ?? NO_TOKEN_PARAMS);
    const { params: token, deprecated } = withLease(data, upgradeTokenFields(data, parsedToken, old?.deprecated ?? {}));
    if (token.maxTtl !== 0 && token.ttl > token.maxTtl) return { error: "ttl should be shorter than max_ttl" };
    const certificate = data.has("certificate") ? data.string("certificate") : (old?.certificate ?? "");
    if (context.quirk("cert-ocsp-has-ages-and-retries") && data.number("ocsp_max_retries") < 0)
      throw new VaultError(500, "ocsp_max_retries can not be a negative number");
    const parsed = parsedChain(certificate);
    const refusal = certificateError(parsed);
    if (refusal !== undefined) return { error: refusal };
    const displayName = data.has("display_name") ? data.string("display_name") : (old?.displayName ?? "");
    roles.set(name, {
      name,
      certificate,
      parsed,
      lists: Object.fromEntries(
        listsOf(context).flatMap((field) => {
          const list = data.has(field) ? data.list(field) : old?.lists[field];
          return list === undefined ? [] : [[field, list]];
        }),
      ),
      ocsp: context.quirk("cert-has-ocsp") ? ocspOf(context, data, old?.ocsp ?? NO_OCSP) : NO_OCSP,
      displayName: displayName === "" ? name : displayName,
      token,
      deprecated,
    });
    const warnings = warningsOf(context, token);
    return warnings.length === 0 ? undefined : { warnings };
  } catch (error) {
    if (error instanceof InvalidRole) return { error: error.message };
    throw error;
  }
}

/** `lease` is the oldest name of the TTL; it counts where neither of the newer ones was sent. */
function withLease(data: FieldData, upgraded: Upgraded): Upgraded {
  if (!data.has("lease") || data.has("ttl") || data.has("token_ttl")) return upgraded;
  const ttl = data.number("lease");
  return { params: { ...upgraded.params, ttl }, deprecated: { ...upgraded.deprecated, ttl } };
}

/** Nothing where a block of the text is no certificate. */
function parsedChain(text: string): CertRole["parsed"] {
  try {
    return parseChain(text);
  } catch {
    return [];
  }
}

function certificateError([first]: CertRole["parsed"]): string | undefined {
  if (first === undefined) return "failed to parse certificate";
  const usages = first.extendedKeyUsage;
  const isUsable = usages.length === 0 || usages.some((usage) => usage === "clientAuth" || usage === "any");
  if (first.isCa || isUsable) return undefined;
  return "nonCA certificates should have TLS client authentication set as an extended key usage";
}

function warningsOf(context: BackendContext, { ttl, maxTtl, period }: TokenParams): string[] {
  const first = context.defaultLeaseTtl();
  const longest = context.maxLeaseTtl();
  const than = "is greater than current mount/system default of";
  return [
    ...(ttl > first ? [`Given ttl of ${ttl} seconds ${than} ${first} seconds`] : []),
    ...(maxTtl > longest ? [`Given max_ttl of ${maxTtl} seconds ${than} ${longest} seconds`] : []),
    ...(period > longest
      ? [`Given period of ${period} seconds is greater than the backend's maximum TTL of ${longest} seconds`]
      : []),
  ];
}
